package org.jlvs.core.net;

/**
 * A packet's addresses and ports as the rules see them: what services are looked up by, schedulers
 * hash and mark rules match. One mutable instance is reused for packet after packet, so nobody
 * keeps it. Not for sharing between threads. Addresses are as in {@link Address}: IPv4 in the low
 * 32 bits of {@code …Low}.
 */
public final class Flow {
  /** Family of the packet. */
  public Family family = Family.IPV4;

  /** IP protocol number. */
  public int protocol;

  public long sourceHigh;
  public long sourceLow;
  public long destinationHigh;
  public long destinationLow;

  /** Ports as numbers, 0 where the protocol has none. */
  public int sourcePort;

  public int destinationPort;

  /** TCP flag byte, 0 for other protocols. */
  public int tcpFlags;

  /** Type of an ICMP or ICMPv6 message in the upper byte, its code in the lower; 0 for others. */
  public int icmp;

  /** The byte of IP that was called type of service: DSCP in the upper six bits, ECN below. */
  public int trafficClass;

  /** Time to live, or hop limit, as the packet came in. */
  public int hopLimit;

  /** Firewall mark, 0 when no rule set one. */
  public int mark;

  /** Index of the interface that the packet came in by, 0 when unknown. */
  public int inInterface;

  /** Length of the IP packet in bytes. */
  public int length;

  /**
   * Nobody has seen the packet itself: an ICMP error has quoted its answer, and whatever goes by
   * the destination of the packet in hand goes by this one's source.
   */
  public boolean answered;

  /** Monotonic time of the packet in nanoseconds. */
  public long now;

  /** Makes this the flow that packets of {@code other} answer. */
  public void setAnswered(Flow other) {
    family = other.family;
    protocol = other.protocol;
    sourceHigh = other.destinationHigh;
    sourceLow = other.destinationLow;
    sourcePort = other.destinationPort;
    destinationHigh = other.sourceHigh;
    destinationLow = other.sourceLow;
    destinationPort = other.sourcePort;
    inInterface = other.inInterface;
    length = other.length;
    tcpFlags = 0;
    icmp = 0;
    trafficClass = other.trafficClass;
    hopLimit = other.hopLimit;
    answered = true;
  }

  /** High half of the address that schedulers by destination go by. */
  public long hashedHigh() {
    return answered ? sourceHigh : destinationHigh;
  }

  /** Low half of the address that schedulers by destination go by. */
  public long hashedLow() {
    return answered ? sourceLow : destinationLow;
  }

  public Address source() {
    return new Address(family, sourceHigh, sourceLow);
  }

  public Address destination() {
    return new Address(family, destinationHigh, destinationLow);
  }

  public void source(Address address) {
    sourceHigh = address.high();
    sourceLow = address.low();
  }

  public void destination(Address address) {
    destinationHigh = address.high();
    destinationLow = address.low();
  }
}
