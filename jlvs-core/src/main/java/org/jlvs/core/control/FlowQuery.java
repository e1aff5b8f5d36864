package org.jlvs.core.control;

import java.util.Optional;
import org.jlvs.core.net.Address;

/**
 * A connection that a client might open, to ask a director about.
 *
 * @param protocol IP protocol number: of TCP, UDP or SCTP
 * @param inInterface index of the interface its first packet comes in by; 0 for the one by which
 *     packets go to the client
 * @param callId the SIP Call-ID in its first packet
 */
public record FlowQuery(
    int protocol,
    Address source,
    int sourcePort,
    Address destination,
    int destinationPort,
    int inInterface,
    Optional<String> callId) {

  /** The question about a packet that is no SIP message. */
  public FlowQuery(
      int protocol,
      Address source,
      int sourcePort,
      Address destination,
      int destinationPort,
      int inInterface) {
    this(protocol, source, sourcePort, destination, destinationPort, inInterface, Optional.empty());
  }

  public FlowQuery {
    if (source.family() != destination.family()) {
      throw new IllegalArgumentException(source + " and " + destination + " are of two families");
    }
  }
}
