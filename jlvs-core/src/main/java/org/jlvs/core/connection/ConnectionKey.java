package org.jlvs.core.connection;

import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;

/**
 * What a packet is looked up by: protocol, addresses, ports. Mutable and reused, for one thread.
 * Numbers are plain, not in network order; addresses are as in {@link org.jlvs.core.net.Address}.
 */
public final class ConnectionKey {
  private static final int UDP = 17;
  private static final int ESP = 50;
  private static final int AH = 51;

  /** Where both ends of IPsec agree on keys. */
  private static final int ISAKMP_PORT = 500;

  Family family = Family.IPV4;
  int protocol;
  long sourceHigh;
  long sourceLow;
  int sourcePort;
  long destinationHigh;
  long destinationLow;
  int destinationPort;

  /** The key of packets of {@code flow}; of AH and ESP, that of their key exchange (IKE). */
  public ConnectionKey set(Flow flow) {
    family = flow.family;
    protocol = flow.protocol;
    sourceHigh = flow.sourceHigh;
    sourceLow = flow.sourceLow;
    sourcePort = flow.sourcePort;
    destinationHigh = flow.destinationHigh;
    destinationLow = flow.destinationLow;
    destinationPort = flow.destinationPort;
    return ofTransport();
  }

  /** AH and ESP go where the client's key exchange went: ah_esp_conn_fill_param_proto. */
  private ConnectionKey ofTransport() {
    if (protocol == ESP || protocol == AH) {
      protocol = UDP;
      sourcePort = ISAKMP_PORT;
      destinationPort = ISAKMP_PORT;
    }
    return this;
  }

  /** The key of packets from a source to a destination. */
  public ConnectionKey set(
      Family family,
      int protocol,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    this.family = family;
    this.protocol = protocol;
    this.sourceHigh = sourceHigh;
    this.sourceLow = sourceLow;
    this.sourcePort = sourcePort;
    this.destinationHigh = destinationHigh;
    this.destinationLow = destinationLow;
    this.destinationPort = destinationPort;
    return this;
  }

  /** The key of packets of a flow whose client's port is not yet known: 0 in its place. */
  public ConnectionKey setAwaited(Flow flow) {
    set(flow);
    sourcePort = 0;
    return this;
  }

  /** The key of packets that answer those of {@code flow}, addresses unchanged. */
  public ConnectionKey setInverse(Flow flow) {
    family = flow.family;
    protocol = flow.protocol;
    sourceHigh = flow.destinationHigh;
    sourceLow = flow.destinationLow;
    sourcePort = flow.destinationPort;
    destinationHigh = flow.sourceHigh;
    destinationLow = flow.sourceLow;
    destinationPort = flow.sourcePort;
    return ofTransport();
  }

  /**
   * The key of a persistence template.
   *
   * @param protocol 0 for a firewall mark's, whose virtual address begins with the mark's four
   *     bytes
   * @param clientHigh the client's address, masked as the service wants it
   * @param virtualPort 0 when the template is good for all ports
   */
  public ConnectionKey setTemplate(
      Family family,
      int protocol,
      long clientHigh,
      long clientLow,
      long virtualHigh,
      long virtualLow,
      int virtualPort) {
    return set(family, protocol, clientHigh, clientLow, 0, virtualHigh, virtualLow, virtualPort);
  }

  /** The hash that packets of the key are found by. */
  public long hash(long seed) {
    int ownPort = Short.reverseBytes((short) sourcePort);
    int otherPort = Short.reverseBytes((short) destinationPort);
    if (family == Family.IPV4) {
      return ConnectionHash.ipv4(
          seed,
          Integer.reverseBytes((int) sourceLow),
          ownPort,
          Integer.reverseBytes((int) destinationLow),
          otherPort,
          protocol);
    }
    return ConnectionHash.ipv6(
        seed,
        Long.reverseBytes(sourceHigh),
        Long.reverseBytes(sourceLow),
        ownPort,
        Long.reverseBytes(destinationHigh),
        Long.reverseBytes(destinationLow),
        otherPort,
        protocol);
  }
}
