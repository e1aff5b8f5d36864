package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.net.PacketBuilder.eth;
import static org.jlvs.xdp.ProgramRows.check;
import static org.jlvs.xdp.ProgramRows.drop;
import static org.jlvs.xdp.ProgramRows.pass;
import static org.jlvs.xdp.ProgramRows.sentTo;
import static org.jlvs.xdp.ProgramRows.toDirector;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.XdpAction;
import org.jlvs.xdp.ProgramRows.Row;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the kernel program does with packets of IPv6, of tunnelled connections, of servers on the
 * host itself and of the host's own flows: tables as in {@link DirectorProgramTest}.
 */
@Tag("system")
class Ipv6AndTunnelsProgramTest {
  private static final String CLIENT = "10.0.0.1";
  private static final String VIP = "10.1.0.1";
  private static final String CLIENT6 = "2001:db8::1";
  private static final String VIP6 = "2001:db8:1::1";
  private static final String SERVER6 = "2001:db8:2::2";
  private static final String TUNNEL_FROM = "10.2.0.254";
  private static final String TUNNEL_TO = "10.2.0.1";
  private static final String TUNNEL6_FROM = "2001:db8:2::fe";
  private static final String TUNNEL6_TO = "2001:db8:2::1";
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int GUE_PORT = 6080;

  /* Client ports of connections to VIP:80 and VIP6:80, named by what is special about them. */
  private static final int DIRECT = 40000;
  private static final int MASQUERADED = 40001;
  private static final int NOT_FAST = 40002;
  private static final int SMALL_MTU = 40003;
  private static final int LOCAL = 40004;
  private static final int IPIP = 40010;
  private static final int GRE = 40011;
  private static final int GUE = 40012;
  private static final int IPIP6 = 40013;
  private static final int GRE6 = 40014;
  private static final int UNTOLD = 40015;
  private static final int FREE_TO_FRAGMENT = 40016;
  private static final int UNKNOWN = 40999;

  @AutoClose private static DirectorFixture director;

  @BeforeAll
  static void load() throws IOException {
    director = new DirectorFixture();
  }

  private static TestConnection tcp(int clientPort) {
    return TestConnection.direct(TCP, CLIENT, clientPort, VIP, 80);
  }

  private static TestConnection tcp6(int clientPort) {
    return TestConnection.direct(TCP, CLIENT6, clientPort, VIP6, 80).server(SERVER6);
  }

  /** A tunnelled connection whose real server has the number of its tunnel. */
  private static TestConnection tunnelled(TestConnection connection, int number, String server) {
    return connection.forwarding(TestConnection.TUNNEL).server(server).serverNumber(number);
  }

  @BeforeEach
  void fillTable() throws IOException {
    director.clear();
    director.hop(1, DirectorFixture.OTHER_INTERFACE, DirectorFixture.MTU, true);
    director.hop(2, DirectorFixture.OTHER_INTERFACE, DirectorFixture.MTU, true);
    director.hop(4, DirectorFixture.OTHER_INTERFACE, 100, true);
    director.tunnel(3, TUNNEL_FROM, DirectorLayout.TUNNEL_IPIP, 1500, 0, true);
    director.tunnel(4, TUNNEL_FROM, DirectorLayout.TUNNEL_GRE, 1500, 0, true);
    director.tunnel(5, TUNNEL_FROM, DirectorLayout.TUNNEL_GUE, 1500, GUE_PORT, true);
    director.tunnel(6, TUNNEL6_FROM, DirectorLayout.TUNNEL_IPIP, 1400, 0, true);
    director.tunnel(7, TUNNEL6_FROM, DirectorLayout.TUNNEL_GRE, 1500, 0, true);
    director.tunnel(8, TUNNEL_FROM, DirectorLayout.TUNNEL_IPIP, 1500, 0, false);
    for (TestConnection connection :
        List.of(
            tcp6(DIRECT),
            tcp6(MASQUERADED).masqueraded(SERVER6, 8080).serverNumber(2),
            tcp6(NOT_FAST).flags(0),
            tcp6(SMALL_MTU).hops(4, 0),
            tcp6(LOCAL).hops(ConnectionLayout.HOP_LOCAL, 0),
            tcp(LOCAL).hops(ConnectionLayout.HOP_LOCAL, 0),
            TestConnection.direct(UDP, CLIENT6, MASQUERADED, VIP6, 53).masqueraded(SERVER6, 5353),
            TestConnection.direct(132, CLIENT6, DIRECT, VIP6, 80).server(SERVER6),
            TestConnection.direct(132, CLIENT6, MASQUERADED, VIP6, 80).masqueraded(SERVER6, 80))) {
      director.table.add(connection);
    }
    for (TestConnection of : List.of(tcp(0), tcp6(0))) {
      for (TestConnection connection :
          List.of(
              tunnelled(of.clientPort(IPIP), 3, TUNNEL_TO),
              tunnelled(of.clientPort(GRE), 4, TUNNEL_TO),
              tunnelled(of.clientPort(GUE), 5, TUNNEL_TO),
              tunnelled(of.clientPort(IPIP6), 6, TUNNEL6_TO),
              tunnelled(of.clientPort(GRE6), 7, TUNNEL6_TO),
              tunnelled(of.clientPort(UNTOLD), 9, TUNNEL_TO),
              tunnelled(of.clientPort(FREE_TO_FRAGMENT), 8, TUNNEL_TO))) {
        director.table.add(connection);
      }
    }
    int service = DirectorLayout.INTEREST_UNMATCHED | DirectorLayout.INTEREST_RETRY;
    director.interest(VIP6, TCP, 80, service);
    director.interest(VIP6, UDP, 53, service);
    director.interest(VIP6, 0, 0, DirectorLayout.INTEREST_ODD_TO);
    director.interest(SERVER6, 0, 0, DirectorLayout.INTEREST_ODD_FROM);
    director.interest(VIP, TCP, 80, service);
  }

  private static PacketBuilder fromClient(int port) {
    return eth().ipv4(CLIENT, VIP).tcp(port, 80).ack().payload(11);
  }

  private static PacketBuilder fromClient6(int port) {
    return eth().ipv6(CLIENT6, VIP6).tcp(port, 80).ack().payload(11);
  }

  static List<Row> directRouting() {
    PacketBuilder data = fromClient6(DIRECT);
    return List.of(
        Row.of("a segment goes to the server, a hop older", data, sentTo(1, data.but().ttl(63))),
        Row.of("so does the last that may", data.but().ttl(2), sentTo(1, data.but().ttl(1))),
        Row.of(
            "traffic class and padding stay",
            data.but().tos(0xb9).padding(3),
            sentTo(1, data.but().tos(0xb9).padding(3).ttl(63))),
        Row.of(
            "a packet as long as the MTU goes",
            data.but().payload(1440),
            sentTo(1, data.but().payload(1440).ttl(63))),
        new Row("a longer one is the director's", data.but().payload(1441), toDirector(), drop()),
        new Row("as is the last hop's", data.but().ttl(1), toDirector(), drop()),
        new Row(
            "FIN may change the state",
            data.but().fin(),
            toDirector(),
            sentTo(1, data.but().fin().ttl(63))),
        new Row(
            "what isn't fast is the director's",
            fromClient6(NOT_FAST),
            toDirector(),
            sentTo(1, fromClient6(NOT_FAST).ttl(63))),
        new Row("a hop's MTU counts", fromClient6(SMALL_MTU).payload(41), toDirector(), drop()),
        new Row(
            "SCTP's chunks change states; alone it goes on",
            eth().ipv6(CLIENT6, VIP6).protocol(132).payload(sctp(DIRECT)),
            toDirector(),
            sentTo(1, eth().ipv6(CLIENT6, VIP6).protocol(132).payload(sctp(DIRECT)).ttl(63))),
        new Row(
            "its checksum covers the ports, so it is not masqueraded here",
            eth().ipv6(CLIENT6, VIP6).protocol(132).payload(sctp(MASQUERADED)),
            toDirector(),
            drop()));
  }

  private static byte[] sctp(int port) {
    byte[] packet = new byte[16];
    packet[0] = (byte) (port >> 8);
    packet[1] = (byte) port;
    packet[3] = 80;
    return packet;
  }

  static List<Row> masquerading() {
    PacketBuilder in = fromClient6(MASQUERADED);
    PacketBuilder translatedIn = in.but().destination(SERVER6).destinationPort(8080).ttl(63);
    PacketBuilder out = eth().ipv6(SERVER6, CLIENT6).tcp(8080, MASQUERADED).ack().payload(1001);
    PacketBuilder translatedOut = out.but().source(VIP6).sourcePort(80).ttl(63);
    PacketBuilder udpIn = eth().ipv6(CLIENT6, VIP6).udp(MASQUERADED, 53).payload(31);
    PacketBuilder translatedUdpIn = udpIn.but().destination(SERVER6).destinationPort(5353).ttl(63);
    PacketBuilder udpOut = eth().ipv6(SERVER6, CLIENT6).udp(5353, MASQUERADED).payload(64);
    return List.of(
        Row.of("a segment of the client", in, sentTo(1, translatedIn)),
        Row.of("a segment of the server", out, sentTo(2, translatedOut)),
        Row.of(
            "a wrong checksum stays as wrong",
            out.but().checksumError(0xfedc),
            sentTo(2, translatedOut.but().checksumError(0xfedc))),
        Row.of("a datagram of the client", udpIn, sentTo(1, translatedUdpIn)),
        Row.of(
            "a datagram of the server",
            udpOut,
            sentTo(2, udpOut.but().source(VIP6).sourcePort(53).ttl(63))),
        new Row(
            "a datagram without checksum is given one by the director",
            udpIn.but().withoutChecksum(),
            toDirector(),
            sentTo(1, translatedUdpIn.but().withoutChecksum())));
  }

  static List<Row> packetsOfNoConnection() {
    PacketBuilder unknown = fromClient6(UNKNOWN);
    return List.of(
        new Row("SYN to a service", unknown.but().syn(), toDirector(), drop()),
        new Row("ACK to a service gets the host's RST", unknown, toDirector(), pass()),
        Row.of("another port", unknown.but().destinationPort(22).syn(), pass()),
        Row.of("another address", unknown.but().destination("2001:db8:1::2").syn(), pass()),
        Row.of(
            "an IPv4 packet with the service's number",
            eth().ipv4("0.0.0.0", "0.0.0.0").tcp(UNKNOWN, 80).syn(),
            pass()));
  }

  static List<Row> packetsOnlyTheDirectorCanPlace() {
    PacketBuilder error = eth().ipv6("2001:db8::fe", VIP6).icmp(2, 0).payload(48);
    PacketBuilder aboutServer =
        eth()
            .ipv6("2001:db8:2::fe", CLIENT6)
            .icmp(1, 3)
            .payload(withoutEthernet(eth().ipv6(CLIENT6, SERVER6).tcp(1, 2)));
    PacketBuilder data = fromClient6(DIRECT);
    return List.of(
        new Row("packet too big to the service", error, toDirector(), pass()),
        new Row(
            "unreachable from a server", error.but().ipv6(SERVER6, CLIENT6), toDirector(), pass()),
        new Row(
            "unreachable from a router, about what went to a server",
            aboutServer,
            toDirector(),
            pass()),
        Row.of("an error about another", aboutServer.but().payload(60), pass()),
        new Row("fragment", data.but().protocol(44), toDirector(), pass()),
        new Row("hop-by-hop options", data.but().protocol(0), toDirector(), pass()),
        new Row("destination options", data.but().protocol(60), toDirector(), pass()),
        new Row("ESP", data.but().protocol(50), toDirector(), pass()),
        Row.of("fragment to another", data.but().destination(TUNNEL6_TO).protocol(44), pass()));
  }

  static List<Row> packetsThatAreTheHosts() {
    PacketBuilder data = fromClient6(DIRECT);
    int eth = 14;
    return List.of(
        Row.of("echo", eth().ipv6(CLIENT6, VIP6).icmp(128, 0), pass()),
        Row.of(
            "neighbour solicitation", eth().ipv6(CLIENT6, VIP6).icmp(135, 0).payload(24), pass()),
        Row.of(
            "neighbour advertisement", eth().ipv6(SERVER6, VIP6).icmp(136, 0).payload(24), pass()),
        Row.of("router advertisement", eth().ipv6("fe80::1", "ff02::1").icmp(134, 0), pass()),
        Row.of(
            "a multicast listener report, which has hop-by-hop options",
            eth().ipv6("fe80::1", VIP6).macs("02:00:00:00:00:02", "33:33:00:00:00:16").protocol(0),
            pass()),
        Row.of(
            "a frame to all, even to the service",
            data.but().macs("02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff"),
            pass()),
        Row.of("half an IP header", data.but().truncatedTo(eth + 39), pass()),
        Row.of("version 4", data.but().version(6).etherType(0x0800), pass()),
        Row.of("no transport header", data.but().truncatedTo(eth + 59), pass()),
        Row.of("a byte less than TCP's header", data.but().totalLength(19), pass()),
        Row.of("shorter than its length says", data.but().truncatedTo(eth + 65), pass()));
  }

  private static byte[] withoutEthernet(PacketBuilder frame) {
    byte[] bytes = frame.build();
    return Arrays.copyOfRange(bytes, 14, bytes.length);
  }

  private static byte[] withHeader(byte[] packet, int... header) {
    byte[] bytes = new byte[header.length + packet.length];
    for (int i = 0; i < header.length; i++) {
      bytes[i] = (byte) header[i];
    }
    System.arraycopy(packet, 0, bytes, header.length, packet.length);
    return bytes;
  }

  static List<Row> tunnels() {
    byte[] inner = withoutEthernet(fromClient(IPIP).dontFragment().ttl(63));
    byte[] gre = withoutEthernet(fromClient(GRE).dontFragment().ttl(63));
    byte[] inner6 = withoutEthernet(fromClient6(IPIP).ttl(63));
    byte[] gre6 = withoutEthernet(fromClient6(GRE6).ttl(63));
    PacketBuilder outer = eth().ipv4(TUNNEL_FROM, TUNNEL_TO).ttl(63).id(0).dontFragment();
    PacketBuilder outer6 = eth().ipv6(TUNNEL6_FROM, TUNNEL6_TO).ttl(63);
    return List.of(
        Row.of(
            "IPv4 in IPv4",
            fromClient(IPIP).dontFragment(),
            sentTo(1, outer.but().protocol(4).payload(inner))),
        Row.of(
            "padding is behind the outer packet",
            fromClient(IPIP).dontFragment().padding(4),
            sentTo(1, outer.but().protocol(4).payload(inner).padding(4))),
        Row.of(
            "the shortest datagram",
            fromClient(IPIP).dontFragment().payload(0),
            sentTo(
                1,
                outer
                    .but()
                    .protocol(4)
                    .payload(withoutEthernet(fromClient(IPIP).dontFragment().payload(0).ttl(63))))),
        Row.of(
            "the DS field goes outside, congestion met does not",
            fromClient(IPIP).dontFragment().tos(0xbb),
            sentTo(
                1,
                outer
                    .but()
                    .tos(0xba)
                    .protocol(4)
                    .payload(withoutEthernet(fromClient(IPIP).dontFragment().tos(0xbb).ttl(63))))),
        Row.of(
            "IPv4 in GRE",
            fromClient(GRE).dontFragment(),
            sentTo(1, outer.but().protocol(47).payload(withHeader(gre, 0, 0, 8, 0)))),
        Row.of(
            "IPv6 in GRE over IPv6",
            fromClient6(GRE6),
            sentTo(1, outer6.but().protocol(47).payload(withHeader(gre6, 0, 0, 0x86, 0xdd)))),
        Row.of(
            "IPv4 in IPv6",
            fromClient(IPIP6).tos(0x2c),
            sentTo(
                1,
                outer6
                    .but()
                    .tos(0x2c)
                    .protocol(4)
                    .payload(withoutEthernet(fromClient(IPIP6).tos(0x2c).ttl(63))))),
        Row.of(
            "IPv6 in IPv6",
            fromClient6(IPIP6).tos(0x47),
            sentTo(
                1,
                outer6
                    .but()
                    .tos(0x46)
                    .protocol(41)
                    .payload(withoutEthernet(fromClient6(IPIP6).tos(0x47).ttl(63))))),
        Row.of(
            "as long as the tunnel lets it",
            fromClient6(IPIP6).payload(1300),
            sentTo(
                1,
                outer6
                    .but()
                    .protocol(41)
                    .payload(withoutEthernet(fromClient6(IPIP6).payload(1300).ttl(63))))),
        new Row("longer", fromClient6(IPIP6).payload(1301), toDirector(), drop()),
        new Row(
            "longer than the interface lets it",
            fromClient(IPIP).payload(1441),
            toDirector(),
            drop()),
        new Row("the last hop's", fromClient(IPIP).ttl(1), toDirector(), drop()),
        new Row(
            "FIN",
            fromClient(IPIP).dontFragment().fin(),
            toDirector(),
            sentTo(
                1,
                outer
                    .but()
                    .protocol(4)
                    .payload(withoutEthernet(fromClient(IPIP).dontFragment().fin().ttl(63))))),
        new Row("a tunnel it wasn't told of", fromClient(UNTOLD), toDirector(), drop()));
  }

  /** The outer header's identification is random where fragments are allowed. */
  @Test
  void withoutDontFragmentInsideOrWithoutItsCopyOutsideTheOuterPacketMayBeFragmented()
      throws IOException {
    for (PacketBuilder sent :
        List.of(fromClient(IPIP), fromClient6(IPIP), fromClient(FREE_TO_FRAGMENT).dontFragment())) {
      byte[] inner = withoutEthernet(sent.but().ttl(63));
      byte[] got = HexFormat.of().parseHex(director.run(sent).frame());
      int identification = (got[18] & 0xff) << 8 | got[19] & 0xff;
      PacketBuilder outer =
          eth()
              .macs(DirectorFixture.hopSourceMac(1), DirectorFixture.hopMac(1))
              .ipv4(TUNNEL_FROM, TUNNEL_TO)
              .id(identification)
              .ttl(63)
              .protocol(inner[0] >>> 4 == 4 ? 4 : 41)
              .payload(inner);
      assertThat(got).isEqualTo(outer.build());
    }
  }

  @Test
  void aFlowInGueKeepsItsSourcePort() throws IOException {
    PacketBuilder sent = fromClient(GUE).dontFragment();
    byte[] inner = withoutEthernet(sent.but().ttl(63));
    byte[] got = HexFormat.of().parseHex(director.run(sent).frame());
    int port = (got[34] & 0xff) << 8 | got[35] & 0xff;
    PacketBuilder outer =
        eth()
            .macs(DirectorFixture.hopSourceMac(1), DirectorFixture.hopMac(1))
            .ipv4(TUNNEL_FROM, TUNNEL_TO)
            .id(0)
            .dontFragment()
            .ttl(63)
            .udp(port, GUE_PORT)
            .withoutChecksum()
            .payload(withHeader(inner, 0, 4, 0, 0));
    assertThat(got).isEqualTo(outer.build());
    assertThat(port).isBetween(32_768, 60_999);
  }

  @Test
  void countsTheInnerPacketOnce() throws IOException {
    director.run(fromClient(IPIP));
    director.run(fromClient6(IPIP6));

    assertThat(director.counter(3, ConnectionLayout.COUNTER_IN_PACKETS)).isEqualTo(1);
    assertThat(director.counter(3, ConnectionLayout.COUNTER_IN_BYTES)).isEqualTo(51);
    assertThat(director.counter(6, ConnectionLayout.COUNTER_IN_BYTES)).isEqualTo(71);
  }

  static List<Row> serversOnTheHostItself() {
    return List.of(
        Row.of("get packets as they came", fromClient(LOCAL), pass()),
        Row.of("of IPv6 too, by the last hop", fromClient6(LOCAL).ttl(1), pass()),
        new Row(
            "after the director saw what changes states",
            fromClient(LOCAL).fin(),
            toDirector(),
            pass()));
  }

  @Test
  void countsAndNotesPacketsForServersOnTheHostItself() throws IOException {
    int slot = director.table.add(tcp(50000).hops(ConnectionLayout.HOP_LOCAL, 0));

    director.run(fromClient(50000));
    director.run(fromClient(50000).fin());

    assertThat(director.counter(1, ConnectionLayout.COUNTER_IN_PACKETS)).isEqualTo(2);
    assertThat(director.table.lastSeen(slot)).isPositive();
    assertThat(director.table.u8(slot, ConnectionLayout.MISSED_FLAGS))
        .isEqualTo(PacketBuilder.FIN | PacketBuilder.ACK);
  }

  @ParameterizedTest
  @MethodSource({
    "directRouting",
    "masquerading",
    "packetsOfNoConnection",
    "packetsOnlyTheDirectorCanPlace",
    "packetsThatAreTheHosts",
    "tunnels",
    "serversOnTheHostItself"
  })
  void whileADirectorListens(Row row) throws IOException {
    director.listening(true);
    check(director, row.sent(), row.listening());
  }

  @ParameterizedTest
  @MethodSource({
    "directRouting",
    "masquerading",
    "packetsOfNoConnection",
    "packetsOnlyTheDirectorCanPlace",
    "packetsThatAreTheHosts",
    "tunnels",
    "serversOnTheHostItself"
  })
  void whileNoDirectorListens(Row row) throws IOException {
    check(director, row.sent(), row.alone());
  }

  private static Flow flow(PacketBuilder sent, int protocol, int interfaceIndex) {
    byte[] frame = sent.build();
    Flow flow = new Flow();
    boolean ipv4 = frame[12] == 8;
    int addresses = ipv4 ? 26 : 22;
    int bytes = ipv4 ? 4 : 16;
    flow.family = ipv4 ? Family.IPV4 : Family.IPV6;
    flow.source(Address.of(Arrays.copyOfRange(frame, addresses, addresses + bytes)));
    flow.destination(
        Address.of(Arrays.copyOfRange(frame, addresses + bytes, addresses + 2 * bytes)));
    int ports = ipv4 ? 34 : 54;
    flow.sourcePort = (frame[ports] & 0xff) << 8 | frame[ports + 1] & 0xff;
    flow.destinationPort = (frame[ports + 2] & 0xff) << 8 | frame[ports + 3] & 0xff;
    flow.protocol = protocol;
    flow.inInterface = interfaceIndex;
    return flow;
  }

  private static XdpAction verdict(PacketBuilder sent) throws IOException {
    return director.run(sent).verdict();
  }

  @Test
  void flowsOfTheHostPassUntilTheyAreForgottenOrOld() throws IOException {
    director.listening(true);
    for (PacketBuilder sent : List.of(fromClient(UNKNOWN), fromClient6(UNKNOWN))) {
      assertThat(verdict(sent)).isEqualTo(XdpAction.REDIRECT);
      director.passing.add(flow(sent, TCP, DirectorFixture.LOOPBACK), System.nanoTime());

      assertThat(verdict(sent)).isEqualTo(XdpAction.PASS);
      assertThat(verdict(sent.but().fin())).isEqualTo(XdpAction.PASS);
      assertThat(verdict(sent.but().syn())).as("SYN").isEqualTo(XdpAction.REDIRECT);
      assertThat(verdict(sent.but().sourcePort(UNKNOWN - 1))).isEqualTo(XdpAction.REDIRECT);

      director.passing.forget();
      assertThat(verdict(sent)).as("forgotten").isEqualTo(XdpAction.REDIRECT);

      director.passing.add(
          flow(sent, TCP, DirectorFixture.LOOPBACK), System.nanoTime() - 11_000_000_000L);
      assertThat(verdict(sent)).as("old").isEqualTo(XdpAction.REDIRECT);

      director.passing.add(flow(sent, TCP, DirectorFixture.OTHER_INTERFACE), System.nanoTime());
      assertThat(verdict(sent)).as("by another interface").isEqualTo(XdpAction.REDIRECT);
    }
  }

  @Test
  void datagramsOfTheHostPassToo() throws IOException {
    director.listening(true);
    PacketBuilder datagram = eth().ipv6(CLIENT6, VIP6).udp(UNKNOWN, 53);
    director.passing.add(flow(datagram, UDP, DirectorFixture.LOOPBACK), System.nanoTime());

    assertThat(verdict(datagram)).isEqualTo(XdpAction.PASS);
    assertThat(verdict(datagram.but().source(SERVER6))).isEqualTo(XdpAction.REDIRECT);
  }

  @Test
  void aConnectionComesBeforeWhatIsTheHosts() throws IOException {
    PacketBuilder sent = fromClient6(DIRECT);
    director.passing.add(flow(sent, TCP, DirectorFixture.LOOPBACK), System.nanoTime());

    assertThat(verdict(sent)).isEqualTo(XdpAction.REDIRECT);
  }
}
