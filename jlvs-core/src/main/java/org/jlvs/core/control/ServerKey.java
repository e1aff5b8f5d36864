package org.jlvs.core.control;

import org.jlvs.core.net.Address;

/** A real server within its service. */
public record ServerKey(Address address, int port) {

  /** {@code 10.1.0.1:80} or {@code [2001:db8::1]:80}. */
  @Override
  public String toString() {
    return (address.isIpv4() ? address.toString() : "[" + address + "]") + ":" + port;
  }
}
