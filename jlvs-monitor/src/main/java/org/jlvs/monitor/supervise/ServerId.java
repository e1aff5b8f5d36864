package org.jlvs.monitor.supervise;

import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;

/** One real server of one virtual server. */
public record ServerId(ServiceKey service, ServerKey server) {}
