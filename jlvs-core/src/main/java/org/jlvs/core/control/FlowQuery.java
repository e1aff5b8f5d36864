package org.jlvs.core.control;

import org.jlvs.core.net.Address;

/**
 * A connection that a client might open, to ask a director about.
 *
 * @param protocol IP protocol number: of TCP, UDP or SCTP
 * @param inInterface index of the interface its first packet comes in by; 0 for the one by which
 *     packets go to the client
 */
public record FlowQuery(
    int protocol,
    Address source,
    int sourcePort,
    Address destination,
    int destinationPort,
    int inInterface) {
  public FlowQuery {
    if (source.family() != destination.family()) {
      throw new IllegalArgumentException(source + " and " + destination + " are of two families");
    }
  }
}
