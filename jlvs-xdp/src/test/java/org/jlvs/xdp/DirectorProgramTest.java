package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.net.PacketBuilder.eth;
import static org.jlvs.xdp.ProgramRows.check;
import static org.jlvs.xdp.ProgramRows.drop;
import static org.jlvs.xdp.ProgramRows.pass;
import static org.jlvs.xdp.ProgramRows.sentTo;
import static org.jlvs.xdp.ProgramRows.toDirector;

import java.io.IOException;
import java.util.List;
import org.jlvs.core.connection.ConnectionHash;
import org.jlvs.core.connection.ConnectionLayout;
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
 * What the kernel program does with a packet: tables of packets, each with the verdict and the
 * frame expected, while a director listens and while none does.
 */
@Tag("system")
class DirectorProgramTest {
  private static final String CLIENT = "10.0.0.1";
  private static final String VIP = "10.1.0.1";
  private static final String SERVER = "10.2.0.2";
  private static final int TCP = 6;
  private static final int UDP = 17;

  /* Client ports of the table's connections to VIP:80, named by what is special about them. */
  private static final int DIRECT = 40000;
  private static final int MASQUERADED = 40001;
  private static final int NOT_FAST = 40002;
  private static final int INVALID_HOP = 40003;
  private static final int NO_HOP = 40004;
  private static final int SMALL_MTU = 40005;
  private static final int TUNNELLED = 40007;
  private static final int BACK_OUT = 40008;
  private static final int TEMPLATE = 40009;
  private static final int FAST_IN_ONLY = 40010;
  private static final int UNKNOWN = 40999;

  @AutoClose private static DirectorFixture director;

  private static PacketBuilder fromClient(int port) {
    return eth().ipv4(CLIENT, VIP).tcp(port, 80).ack().payload(11);
  }

  private static PacketBuilder fromServer() {
    return eth().ipv4(SERVER, CLIENT).tcp(8080, MASQUERADED).ack().payload(1001);
  }

  private static PacketBuilder datagramFromClient() {
    return eth().ipv4(CLIENT, VIP).udp(MASQUERADED, 53).payload(31);
  }

  private static PacketBuilder datagramFromServer() {
    return eth().ipv4(SERVER, CLIENT).udp(5353, MASQUERADED).payload(64);
  }

  @BeforeAll
  static void load() throws IOException {
    director = new DirectorFixture();
  }

  @BeforeEach
  void fillTable() throws IOException {
    director.clear();
    director.hop(1, DirectorFixture.OTHER_INTERFACE, DirectorFixture.MTU, true);
    director.hop(2, DirectorFixture.OTHER_INTERFACE, DirectorFixture.MTU, true);
    director.hop(3, DirectorFixture.OTHER_INTERFACE, DirectorFixture.MTU, false);
    director.hop(4, DirectorFixture.OTHER_INTERFACE, 100, true);
    director.hop(5, DirectorFixture.LOOPBACK, DirectorFixture.MTU, true);
    for (TestConnection connection :
        List.of(
            tcp(DIRECT),
            tcp(MASQUERADED).masqueraded(SERVER, 8080).serverNumber(2),
            tcp(NOT_FAST).flags(0),
            tcp(INVALID_HOP).hops(3, 0),
            tcp(NO_HOP).hops(0, 0),
            tcp(SMALL_MTU).hops(4, 0),
            tcp(TUNNELLED).forwarding(TestConnection.TUNNEL),
            tcp(BACK_OUT).hops(5, 0),
            tcp(TEMPLATE).flags(ConnectionLayout.FLAG_TEMPLATE),
            tcp(FAST_IN_ONLY).masqueraded(SERVER, 8080).flags(ConnectionLayout.FLAG_FAST_IN),
            TestConnection.direct(UDP, CLIENT, MASQUERADED, VIP, 53).masqueraded(SERVER, 5353))) {
      director.table.add(connection);
    }
    int service = DirectorLayout.INTEREST_UNMATCHED | DirectorLayout.INTEREST_RETRY;
    director.interest(VIP, TCP, 80, service);
    director.interest(VIP, UDP, 53, service);
    director.interest(VIP, 0, 0, DirectorLayout.INTEREST_ODD_TO);
    director.interest(SERVER, 0, 0, DirectorLayout.INTEREST_ODD_FROM);
  }

  private static TestConnection tcp(int clientPort) {
    return TestConnection.direct(TCP, CLIENT, clientPort, VIP, 80);
  }

  static List<Row> directRouting() {
    PacketBuilder data = fromClient(DIRECT);
    return List.of(
        Row.of(
            "a segment goes to the server's MAC, a hop older", data, sentTo(1, data.but().ttl(63))),
        Row.of("so does the last that may", data.but().ttl(2), sentTo(1, data.but().ttl(1))),
        Row.of(
            "so does one whose checksum carries",
            data.but().id(0x4821),
            sentTo(1, data.but().id(0x4821).ttl(63))),
        Row.of(
            "don't-fragment is no fragment",
            data.but().dontFragment(),
            sentTo(1, data.but().dontFragment().ttl(63))),
        Row.of(
            "padding stays",
            data.but().payload(0).padding(6),
            sentTo(1, data.but().payload(0).padding(6).ttl(63))),
        Row.of(
            "a wrong TCP checksum stays wrong",
            data.but().checksumError(77),
            sentTo(1, data.but().checksumError(77).ttl(63))),
        Row.of(
            "a server on the side it came from gets it straight back",
            fromClient(BACK_OUT),
            sentTo(5, fromClient(BACK_OUT).ttl(63))),
        Row.of(
            "a packet as long as the MTU goes",
            data.but().payload(1460),
            sentTo(1, data.but().payload(1460).ttl(63))),
        new Row(
            "a longer one is the director's to answer",
            data.but().payload(1461),
            toDirector(),
            drop()),
        new Row("as is the last hop's", data.but().ttl(1), toDirector(), drop()),
        new Row("and one that should have ended", data.but().ttl(0), toDirector(), drop()),
        new Row(
            "SYN may change the state",
            data.but().syn(),
            toDirector(),
            sentTo(1, data.but().syn().ttl(63))),
        new Row(
            "FIN may change the state",
            data.but().fin(),
            toDirector(),
            sentTo(1, data.but().fin().ttl(63))),
        new Row(
            "RST may change the state",
            data.but().rst(),
            toDirector(),
            sentTo(1, data.but().rst().ttl(63))),
        new Row(
            "so may what lacks an ACK",
            data.but().flags(8),
            toDirector(),
            sentTo(1, data.but().flags(8).ttl(63))),
        new Row(
            "in a young connection anything may",
            fromClient(NOT_FAST),
            toDirector(),
            sentTo(1, fromClient(NOT_FAST).ttl(63))),
        new Row("a server whose MAC is not known", fromClient(INVALID_HOP), toDirector(), drop()),
        new Row("a connection without next hop", fromClient(NO_HOP), toDirector(), drop()),
        new Row("a hop's own MTU counts", fromClient(SMALL_MTU).payload(61), toDirector(), drop()),
        Row.of(
            "and lets through what fits",
            fromClient(SMALL_MTU).payload(60),
            sentTo(4, fromClient(SMALL_MTU).payload(60).ttl(63))),
        new Row("tunnels are the director's", fromClient(TUNNELLED), toDirector(), drop()));
  }

  static List<Row> masquerading() {
    PacketBuilder in = fromClient(MASQUERADED);
    PacketBuilder translatedIn = in.but().destination(SERVER).destinationPort(8080).ttl(63);
    PacketBuilder out = fromServer();
    PacketBuilder translatedOut = out.but().source(VIP).sourcePort(80).ttl(63);
    PacketBuilder udpIn = datagramFromClient();
    PacketBuilder translatedUdpIn = udpIn.but().destination(SERVER).destinationPort(5353).ttl(63);
    PacketBuilder udpOut = datagramFromServer();
    PacketBuilder translatedUdpOut = udpOut.but().source(VIP).sourcePort(53).ttl(63);
    PacketBuilder zeroed = udpOut.but().payload(payloadForChecksum(udpOut, translatedUdpOut));
    return List.of(
        Row.of(
            "a segment of the client gets the server's address and port",
            in,
            sentTo(1, translatedIn)),
        Row.of("a segment of the server gets the service's", out, sentTo(2, translatedOut)),
        Row.of(
            "a wrong TCP checksum stays as wrong",
            in.but().checksumError(0x1234),
            sentTo(1, translatedIn.but().checksumError(0x1234))),
        Row.of(
            "a wrong one of the server too",
            out.but().checksumError(0xfedc),
            sentTo(2, translatedOut.but().checksumError(0xfedc))),
        Row.of("a datagram of the client", udpIn, sentTo(1, translatedUdpIn)),
        Row.of("a datagram of the server", udpOut, sentTo(2, translatedUdpOut)),
        new Row(
            "a datagram without checksum is given one by the director, none without one",
            udpIn.but().withoutChecksum(),
            toDirector(),
            sentTo(1, translatedUdpIn.but().withoutChecksum())),
        new Row(
            "so is one of the server",
            udpOut.but().withoutChecksum(),
            toDirector(),
            sentTo(2, translatedUdpOut.but().withoutChecksum())),
        Row.of(
            "a checksum that comes to zero is sent as all ones",
            zeroed,
            sentTo(2, zeroed.but().source(VIP).sourcePort(53).ttl(63))),
        Row.of(
            "a wrong UDP checksum stays as wrong",
            udpIn.but().checksumError(0x0101),
            sentTo(1, translatedUdpIn.but().checksumError(0x0101))),
        new Row(
            "FIN of the client", in.but().fin(), toDirector(), sentTo(1, translatedIn.but().fin())),
        new Row(
            "FIN of the server",
            out.but().fin(),
            toDirector(),
            sentTo(2, translatedOut.but().fin())),
        Row.of(
            "a direction that is fast",
            fromClient(FAST_IN_ONLY),
            sentTo(1, fromClient(FAST_IN_ONLY).destination(SERVER).destinationPort(8080).ttl(63))),
        new Row(
            "a direction that isn't",
            out.but().destinationPort(FAST_IN_ONLY),
            toDirector(),
            sentTo(2, translatedOut.but().destinationPort(FAST_IN_ONLY))));
  }

  /** A payload with which the translated datagram's checksum is zero before it is mended. */
  private static byte[] payloadForChecksum(PacketBuilder sent, PacketBuilder translated) {
    byte[] payload = new byte[64];
    byte[] frame = translated.but().payload(payload).build();
    payload[0] = frame[40];
    payload[1] = frame[41];
    byte[] mended = translated.but().payload(payload).build();
    assertThat(mended[40] & mended[41]).as("checksum of the mended datagram").isEqualTo(-1);
    assertThat(sent.but().payload(payload).build()[41]).isNotEqualTo((byte) -1);
    return payload;
  }

  static List<Row> packetsOfNoConnection() {
    PacketBuilder unknown = fromClient(UNKNOWN);
    return List.of(
        new Row(
            "SYN to a service; alone, the client is to try again",
            unknown.but().flags(PacketBuilder.SYN),
            toDirector(),
            drop()),
        new Row("whatever else it carries", unknown.but().syn().ack(), toDirector(), drop()),
        new Row(
            "a datagram to a service",
            datagramFromClient().sourcePort(UNKNOWN),
            toDirector(),
            drop()),
        new Row("ACK to a service gets the host's RST", unknown, toDirector(), pass()),
        new Row("a template is no connection", fromClient(TEMPLATE), toDirector(), pass()),
        Row.of("another port", unknown.but().destinationPort(22).syn(), pass()),
        Row.of(
            "another protocol of the service's port",
            datagramFromClient().sourcePort(UNKNOWN).destinationPort(80),
            pass()),
        Row.of("another address", unknown.but().destination("10.1.0.2").syn(), pass()),
        Row.of("a server's own connection", fromServer().sourcePort(22), pass()));
  }

  static List<Row> packetsOnlyTheDirectorCanPlace() {
    PacketBuilder error = eth().ipv4("10.0.0.254", VIP).icmp(3, 4).payload(28);
    PacketBuilder data = fromClient(DIRECT);
    return List.of(
        new Row("destination unreachable to the service", error, toDirector(), pass()),
        new Row("source quench", error.but().icmp(4, 0), toDirector(), pass()),
        new Row("time exceeded", error.but().icmp(11, 0), toDirector(), pass()),
        new Row(
            "unreachable from a server", error.but().ipv4(SERVER, CLIENT), toDirector(), pass()),
        Row.of("unreachable to another", error.but().destination("10.1.0.2"), pass()),
        Row.of("echo is the host's", error.but().icmp(8, 0), pass()),
        Row.of("parameter problem is the host's", error.but().icmp(12, 0), pass()),
        new Row("first fragment", data.but().fragment(0, true), toDirector(), pass()),
        new Row("later fragment", data.but().fragment(1480, false), toDirector(), pass()),
        new Row("fragment from a server", fromServer().fragment(0, true), toDirector(), pass()),
        Row.of("fragment to another", data.but().destination("10.1.0.2").fragment(0, true), pass()),
        new Row("options", data.but().options(1, 1, 1, 1), toDirector(), pass()),
        Row.of("options to another", data.but().destination("10.1.0.2").options(1), pass()));
  }

  static List<Row> packetsThatAreTheHosts() {
    PacketBuilder data = fromClient(DIRECT);
    int eth = 14;
    return List.of(
        Row.of("a wrong IP checksum", data.but().ipChecksumError(1), pass()),
        Row.of("ARP", data.but().etherType(0x0806), pass()),
        Row.of("IPv6", eth().ipv6("fd00::1", "fd00::2").tcp(1, 80).syn(), pass()),
        Row.of("a VLAN tag", data.but().vlan(5), pass()),
        Row.of("GRE", data.but().protocol(47).payload(40), pass()),
        Row.of("version 5", data.but().version(5), pass()),
        Row.of("half an IP header", data.but().truncatedTo(eth + 19), pass()),
        Row.of("no transport header", data.but().truncatedTo(eth + 20).totalLength(20), pass()),
        Row.of(
            "a byte less than TCP's header",
            data.but().truncatedTo(eth + 39).totalLength(39),
            pass()),
        Row.of(
            "a byte less than UDP's header",
            datagramFromClient().truncatedTo(eth + 27).totalLength(27),
            pass()),
        Row.of(
            "a byte less than ICMP's header",
            eth().ipv4(CLIENT, VIP).icmp(3, 3).truncatedTo(eth + 27).totalLength(27),
            pass()),
        Row.of("shorter than its length says", data.but().truncatedTo(eth + 50), pass()),
        Row.of("a length below the headers'", data.but().totalLength(39), pass()),
        Row.of("a length below the IP header's", data.but().totalLength(19), pass()),
        Row.of("options cut off", data.but().options(1, 1, 1, 1).totalLength(20), pass()),
        Row.of("the shortest frame", data.but().truncatedTo(14), pass()));
  }

  /** What the director gives back to the host must not come round again. */
  static List<Row> framesTheDirectorDelivered() {
    return List.of(
        Row.of("of no connection", delivered(fromClient(UNKNOWN).syn()), pass()),
        Row.of("of a connection", delivered(fromClient(NOT_FAST)), pass()),
        Row.of("fragment", delivered(fromClient(DIRECT).fragment(0, true)), pass()));
  }

  private static PacketBuilder delivered(PacketBuilder frame) {
    return frame.but().macs(DirectorFixture.DELIVERY_MARK_MAC, "02:00:00:00:00:01");
  }

  @ParameterizedTest
  @MethodSource({
    "directRouting",
    "masquerading",
    "packetsOfNoConnection",
    "packetsOnlyTheDirectorCanPlace",
    "packetsThatAreTheHosts",
    "framesTheDirectorDelivered"
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
    "framesTheDirectorDelivered"
  })
  void whileNoDirectorListens(Row row) throws IOException {
    check(director, row.sent(), row.alone());
  }

  @Test
  void countsPacketsAndBytesOfTheIpPacketByServerAndDirection() throws IOException {
    director.run(fromClient(DIRECT));
    director.run(fromClient(MASQUERADED).padding(9));
    director.run(fromClient(MASQUERADED));
    director.run(fromServer());

    assertThat(counters(1)).containsExactly(1, 51, 0, 0);
    assertThat(counters(2)).containsExactly(2, 102, 1, 1041);
  }

  @Test
  void countsNothingOfPacketsItDoesNotSend() throws IOException {
    director.listening(true);
    director.run(fromClient(DIRECT).fin());
    director.run(fromClient(DIRECT).ttl(1));

    assertThat(counters(1)).containsExactly(0, 0, 0, 0);
  }

  @Test
  void aConnectionOfServerZeroOrOneTooHighCountsNowhere() throws IOException {
    director.table.add(tcp(50000).serverNumber(0));
    director.table.add(tcp(50001).serverNumber(DirectorFixture.SERVERS));

    assertThat(director.run(fromClient(50000)).verdict()).isEqualTo(XdpAction.REDIRECT);
    assertThat(director.run(fromClient(50001)).verdict()).isEqualTo(XdpAction.REDIRECT);

    for (int server = 0; server < DirectorFixture.SERVERS; server++) {
      assertThat(counters(server)).containsExactly(0, 0, 0, 0);
    }
  }

  private static long[] counters(int server) {
    return new long[] {
      director.counter(server, ConnectionLayout.COUNTER_IN_PACKETS),
      director.counter(server, ConnectionLayout.COUNTER_IN_BYTES),
      director.counter(server, ConnectionLayout.COUNTER_OUT_PACKETS),
      director.counter(server, ConnectionLayout.COUNTER_OUT_BYTES)
    };
  }

  @Test
  void notesTheTimeOfPacketsItSendsOnTheMonotonicClock() throws IOException {
    int sent = director.table.add(tcp(50000));
    int kept = director.table.add(tcp(50001).hops(0, 0));

    long before = System.nanoTime();
    director.run(fromClient(50000));
    director.run(fromClient(50001));
    long after = System.nanoTime();

    long jiffy = 10_000_000;
    assertThat(director.table.lastSeen(sent)).isBetween(before - jiffy, after);
    assertThat(director.table.lastSeen(kept)).isZero();
  }

  @Test
  void remembersFlagsOfPacketsThatNoDirectorSaw() throws IOException {
    int fast = director.table.add(tcp(50000));
    int young = director.table.add(tcp(50001).flags(ConnectionLayout.FLAG_FAST_OUT));

    director.run(fromClient(50000).flags(PacketBuilder.PSH | PacketBuilder.ACK));
    director.run(fromClient(50001).flags(PacketBuilder.ACK));
    assertThat(missedFlags(fast)).isZero();
    assertThat(missedFlags(young)).isEqualTo(PacketBuilder.ACK);

    director.run(fromClient(50001).flags(PacketBuilder.FIN | PacketBuilder.PSH));
    director.run(fromClient(50000).flags(PacketBuilder.RST));
    assertThat(missedFlags(fast)).isEqualTo(PacketBuilder.RST);
    assertThat(missedFlags(young))
        .isEqualTo(PacketBuilder.ACK | PacketBuilder.FIN | PacketBuilder.PSH);
    assertThat(director.table.u8(young, ConnectionLayout.FLAGS))
        .as("the flag byte beside it")
        .isEqualTo(ConnectionLayout.FLAG_FAST_OUT);
  }

  @Test
  void missesNoFlagsWhileADirectorListens() throws IOException {
    int slot = director.table.add(tcp(50000));
    director.listening(true);

    director.run(fromClient(50000).fin());

    assertThat(missedFlags(slot)).isZero();
  }

  private static int missedFlags(int slot) {
    return director.table.u8(slot, ConnectionLayout.MISSED_FLAGS);
  }

  @Test
  void findsAConnectionAmongOthersWithItsTag() throws IOException {
    TestConnection sought = tcp(50000);
    long hash =
        director.table.hash(sought.client(), sought.clientPort(), sought.virtual(), 80, TCP);
    int bucket = ConnectionHash.bucket(hash, director.table.mask());
    director.table.plant(bucket, ConnectionHash.tag(hash), 1);
    director.table.plant(bucket, ConnectionHash.tag(hash), 0x7fff_ffff);
    director.table.add(sought);

    check(director, fromClient(50000), sentTo(1, fromClient(50000).ttl(63)));
  }

  @Test
  void findsAConnectionInItsOtherBucketBehindOneWithItsTag() throws IOException {
    TestConnection sought = tcp(50000);
    long hash =
        director.table.hash(sought.client(), sought.clientPort(), sought.virtual(), 80, TCP);
    int bucket = ConnectionHash.bucket(hash, director.table.mask());
    for (int i = 0; i < ConnectionLayout.BUCKET_ENTRIES - 1; i++) {
      director.table.plant(bucket, i, 1);
    }
    director.table.plant(bucket, ConnectionHash.tag(hash), 1);
    director.table.add(sought);

    check(director, fromClient(50000), sentTo(1, fromClient(50000).ttl(63)));
  }

  @Test
  void entriesOfSlotZeroOrBeyondTheTableMatchNothing() throws IOException {
    long hash = director.table.hash(tcp(50000).client(), 50000, tcp(50000).virtual(), 80, TCP);
    int bucket = ConnectionHash.bucket(hash, director.table.mask());
    director.table.plant(bucket, ConnectionHash.tag(hash), ConnectionLayout.ENTRY_REPLY);
    check(director, fromClient(50000), pass());
    director.table.plant(bucket, ConnectionHash.tag(hash), 0x7fff_ffff);
    check(director, fromClient(50000), pass());
  }
}
