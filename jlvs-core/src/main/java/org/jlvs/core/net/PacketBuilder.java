package org.jlvs.core.net;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Builds Ethernet frames and IP packets, one header after the other, for tests, benchmarks and
 * probes. Lengths and checksums are right unless told otherwise. A builder is mutable and for one
 * thread; {@link #but} copies it, so that an expected frame reads as the sent one with its
 * differences:
 *
 * <pre>
 * PacketBuilder sent = PacketBuilder.eth().ipv4("10.0.0.1", "10.1.0.1").tcp(40000, 80).ack();
 * PacketBuilder expected = sent.but().macs(director, server).ttl(63);
 * </pre>
 */
public final class PacketBuilder {
  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;

  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int NO_TRANSPORT = 255;
  private static final int WHOLE = -1;

  private byte[] destinationMac = mac("02:00:00:00:00:01");
  private byte[] sourceMac = mac("02:00:00:00:00:02");
  private boolean ethernet;
  private int etherType = -1;
  private int vlan = -1;

  private Address source = Address.ipv4(0);
  private Address destination = Address.ipv4(0);
  private int ttl = 64;
  private int typeOfService;
  private int identification = 1;
  private int fragmentField;
  private int version = 4;
  private byte[] options = {};
  private int ipChecksumError;
  private int totalLength = WHOLE;

  private int protocol = NO_TRANSPORT;
  private int sourcePort;
  private int destinationPort;
  private int sequence = 1;
  private int acknowledgement;
  private int tcpFlags;
  private int icmpTypeAndCode;
  private int icmpRest;
  private int checksumError;
  private boolean withoutChecksum;
  private boolean unfinishedChecksum;
  private byte[] payload = {};
  private boolean isPiece;

  private int truncatedTo = WHOLE;
  private int padding;

  private PacketBuilder() {}

  /** A frame with an Ethernet header. */
  public static PacketBuilder eth() {
    PacketBuilder builder = new PacketBuilder();
    builder.ethernet = true;
    return builder;
  }

  /** An IP packet without Ethernet header. */
  public static PacketBuilder ip() {
    return new PacketBuilder();
  }

  /** A copy, to be changed without changing this one. */
  public PacketBuilder but() {
    PacketBuilder copy = new PacketBuilder();
    copy.destinationMac = destinationMac;
    copy.sourceMac = sourceMac;
    copy.ethernet = ethernet;
    copy.etherType = etherType;
    copy.vlan = vlan;
    copy.source = source;
    copy.destination = destination;
    copy.ttl = ttl;
    copy.typeOfService = typeOfService;
    copy.identification = identification;
    copy.fragmentField = fragmentField;
    copy.version = version;
    copy.options = options;
    copy.ipChecksumError = ipChecksumError;
    copy.totalLength = totalLength;
    copy.protocol = protocol;
    copy.sourcePort = sourcePort;
    copy.destinationPort = destinationPort;
    copy.sequence = sequence;
    copy.acknowledgement = acknowledgement;
    copy.tcpFlags = tcpFlags;
    copy.icmpTypeAndCode = icmpTypeAndCode;
    copy.icmpRest = icmpRest;
    copy.checksumError = checksumError;
    copy.withoutChecksum = withoutChecksum;
    copy.unfinishedChecksum = unfinishedChecksum;
    copy.payload = payload;
    copy.isPiece = isPiece;
    copy.truncatedTo = truncatedTo;
    copy.padding = padding;
    return copy;
  }

  /** Source and destination of the Ethernet header, as {@code 02:00:00:00:00:01}. */
  public PacketBuilder macs(String source, String destination) {
    sourceMac = mac(source);
    destinationMac = mac(destination);
    return this;
  }

  /** Another type in the Ethernet header than the packet's own. */
  public PacketBuilder etherType(int type) {
    etherType = type;
    return this;
  }

  /** An 802.1Q tag. */
  public PacketBuilder vlan(int id) {
    vlan = id;
    return this;
  }

  public PacketBuilder ipv4(String source, String destination) {
    return ip(Address.of(source), Address.of(destination), 4);
  }

  public PacketBuilder ipv6(String source, String destination) {
    return ip(Address.of(source), Address.of(destination), 6);
  }

  private PacketBuilder ip(Address source, Address destination, int version) {
    this.source = source;
    this.destination = destination;
    this.version = version;
    return this;
  }

  public PacketBuilder source(String address) {
    source = Address.of(address);
    return this;
  }

  public PacketBuilder destination(String address) {
    destination = Address.of(address);
    return this;
  }

  /** Time to live, or IPv6's hop limit. */
  public PacketBuilder ttl(int ttl) {
    this.ttl = ttl;
    return this;
  }

  /** Type of service, or IPv6's traffic class. */
  public PacketBuilder tos(int typeOfService) {
    this.typeOfService = typeOfService;
    return this;
  }

  public PacketBuilder id(int identification) {
    this.identification = identification;
    return this;
  }

  public PacketBuilder dontFragment() {
    fragmentField |= 0x4000;
    return this;
  }

  /** A fragment: {@code offset} in bytes, a multiple of 8. */
  public PacketBuilder fragment(int offset, boolean more) {
    fragmentField = fragmentField & 0x4000 | offset / 8 | (more ? 0x2000 : 0);
    return this;
  }

  /** Options of the IPv4 header, filled up to words with zeros. */
  public PacketBuilder options(int... octets) {
    options = new byte[(octets.length + 3) / 4 * 4];
    for (int i = 0; i < octets.length; i++) {
      options[i] = (byte) octets[i];
    }
    return this;
  }

  /** Another version number in the first header byte. */
  public PacketBuilder version(int number) {
    version = number;
    return this;
  }

  /** Another total length in the IP header than the packet's own. */
  public PacketBuilder totalLength(int bytes) {
    totalLength = bytes;
    return this;
  }

  /** Adds {@code error} to the right checksum of the IP header, in one's complement. */
  public PacketBuilder ipChecksumError(int error) {
    ipChecksumError = error;
    return this;
  }

  public PacketBuilder tcp(int sourcePort, int destinationPort) {
    return transport(TCP, sourcePort, destinationPort);
  }

  public PacketBuilder udp(int sourcePort, int destinationPort) {
    return transport(UDP, sourcePort, destinationPort);
  }

  /** A protocol by its number, with the payload right behind the IP header. */
  public PacketBuilder protocol(int number) {
    return transport(number, 0, 0);
  }

  public PacketBuilder icmp(int type, int code) {
    icmpTypeAndCode = type << 8 | code;
    return transport(version == 6 ? ICMPV6 : ICMP, 0, 0);
  }

  /** The word after ICMP's checksum: identifier and sequence number, next hop's MTU, gateway. */
  public PacketBuilder icmpRest(int word) {
    icmpRest = word;
    return this;
  }

  private PacketBuilder transport(int protocol, int sourcePort, int destinationPort) {
    this.protocol = protocol;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    return this;
  }

  public PacketBuilder sourcePort(int port) {
    sourcePort = port;
    return this;
  }

  public PacketBuilder destinationPort(int port) {
    destinationPort = port;
    return this;
  }

  public PacketBuilder syn() {
    return flags(tcpFlags | SYN);
  }

  public PacketBuilder ack() {
    return flags(tcpFlags | ACK);
  }

  public PacketBuilder fin() {
    return flags(tcpFlags | FIN);
  }

  public PacketBuilder rst() {
    return flags(tcpFlags | RST);
  }

  /** TCP's flag byte. */
  public PacketBuilder flags(int flags) {
    tcpFlags = flags;
    return this;
  }

  public PacketBuilder sequence(int sequence, int acknowledgement) {
    this.sequence = sequence;
    this.acknowledgement = acknowledgement;
    return this;
  }

  /** Adds {@code error} to the right checksum of TCP, UDP or ICMP, in one's complement. */
  public PacketBuilder checksumError(int error) {
    checksumError = error;
    return this;
  }

  /** UDP's checksum is 0: none was computed. */
  public PacketBuilder withoutChecksum() {
    withoutChecksum = true;
    return this;
  }

  /**
   * TCP's or UDP's checksum is the sum of the pseudo header: the rest is left to the sender's
   * device.
   */
  public PacketBuilder unfinishedChecksum() {
    unfinishedChecksum = true;
    return this;
  }

  public PacketBuilder payload(byte[] bytes) {
    payload = bytes.clone();
    return this;
  }

  /**
   * All that comes behind the IP header, also for a protocol that would be given a header: a piece
   * of a packet.
   */
  public PacketBuilder piece(byte[] bytes) {
    isPiece = true;
    return payload(bytes);
  }

  /** {@code length} bytes that count up. */
  public PacketBuilder payload(int length) {
    payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) i;
    }
    return this;
  }

  /** Cuts the built bytes, leaving the headers' lengths as they were. */
  public PacketBuilder truncatedTo(int bytes) {
    truncatedTo = bytes;
    return this;
  }

  /** Bytes of zero after the IP packet, as short Ethernet frames have. */
  public PacketBuilder padding(int bytes) {
    padding = bytes;
    return this;
  }

  /** The frame, or the packet when there is no Ethernet header. */
  public byte[] build() {
    byte[] transport = transport();
    byte[] header = version == 6 ? ipv6Header(transport.length) : ipv4Header(transport.length);
    byte[] link = ethernet ? ethernetHeader() : new byte[0];
    ByteBuffer whole =
        ByteBuffer.allocate(link.length + header.length + transport.length + padding);
    whole.put(link).put(header).put(transport);
    return truncatedTo == WHOLE ? whole.array() : Arrays.copyOf(whole.array(), truncatedTo);
  }

  private byte[] ethernetHeader() {
    ByteBuffer header = ByteBuffer.allocate(vlan < 0 ? 14 : 18);
    header.put(destinationMac).put(sourceMac);
    if (vlan >= 0) {
      header.putShort((short) 0x8100).putShort((short) vlan);
    }
    int own = version == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
    header.putShort((short) (etherType < 0 ? own : etherType));
    return header.array();
  }

  private byte[] ipv4Header(int transportBytes) {
    int bytes = 20 + options.length;
    ByteBuffer header = ByteBuffer.allocate(bytes);
    header.put((byte) (version << 4 | bytes / 4)).put((byte) typeOfService);
    header.putShort((short) (totalLength == WHOLE ? bytes + transportBytes : totalLength));
    header.putShort((short) identification).putShort((short) fragmentField);
    header.put((byte) ttl).put((byte) protocol).putShort((short) 0);
    header.put(source.bytes()).put(destination.bytes()).put(options);
    header.putShort(10, (short) withError(~fold(sum(header.array())), ipChecksumError));
    return header.array();
  }

  private byte[] ipv6Header(int transportBytes) {
    ByteBuffer header = ByteBuffer.allocate(40);
    header.putInt(version << 28 | typeOfService << 20);
    header.putShort((short) (totalLength == WHOLE ? transportBytes : totalLength));
    header.put((byte) protocol).put((byte) ttl);
    header.put(source.bytes()).put(destination.bytes());
    return header.array();
  }

  private byte[] transport() {
    if (isPiece) {
      return payload;
    }
    int checksumAt;
    ByteBuffer segment;
    switch (protocol) {
      case TCP -> {
        segment = ByteBuffer.allocate(20 + payload.length);
        segment.putShort((short) sourcePort).putShort((short) destinationPort);
        segment.putInt(sequence).putInt(acknowledgement);
        segment.put((byte) 0x50).put((byte) tcpFlags).putShort((short) 0xffff);
        segment.putInt(0);
        checksumAt = 16;
      }
      case UDP -> {
        segment = ByteBuffer.allocate(8 + payload.length);
        segment.putShort((short) sourcePort).putShort((short) destinationPort);
        segment.putShort((short) (8 + payload.length)).putShort((short) 0);
        checksumAt = 6;
      }
      case ICMP, ICMPV6 -> {
        segment = ByteBuffer.allocate(8 + payload.length);
        segment.putShort((short) icmpTypeAndCode).putShort((short) 0).putInt(icmpRest);
        checksumAt = 2;
      }
      default -> {
        return payload;
      }
    }
    segment.put(payload);
    int checksum = ~fold(sum(segment.array()) + pseudoHeader(segment.capacity())) & 0xffff;
    if (protocol == UDP && checksum == 0) {
      checksum = 0xffff;
    }
    if (unfinishedChecksum) {
      checksum = fold(pseudoHeader(segment.capacity()));
    }
    boolean none = protocol == UDP && withoutChecksum;
    segment.putShort(checksumAt, (short) (none ? 0 : withError(checksum, checksumError)));
    return segment.array();
  }

  private long pseudoHeader(int length) {
    if (protocol == ICMP) {
      return 0;
    }
    return sum(source.bytes()) + sum(destination.bytes()) + protocol + length;
  }

  private static int withError(int checksum, int error) {
    return error == 0 ? checksum & 0xffff : fold((checksum & 0xffff) + (long) error);
  }

  private static long sum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (long) (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    return sum;
  }

  private static int fold(long sum) {
    long folded = sum;
    while (folded > 0xffff) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) folded;
  }

  private static byte[] mac(String text) {
    byte[] bytes = HexFormat.ofDelimiter(":").parseHex(text);
    if (bytes.length != 6) {
      throw new IllegalArgumentException("not a MAC address: " + text);
    }
    return bytes;
  }
}
