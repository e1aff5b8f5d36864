package org.jlvs.core.control;

import org.jlvs.core.net.Address;

/** A real server within its service. */
public record ServerKey(Address address, int port) {}
