package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.connection.ConnectionLayout.COUNTER_IN_PACKETS;
import static org.jlvs.core.connection.ConnectionLayout.COUNTER_OUT_BYTES;
import static org.jlvs.core.connection.ConnectionLayout.COUNTER_OUT_PACKETS;
import static org.jlvs.core.connection.ConnectionLayout.HOP_LOCAL;
import static org.jlvs.core.connection.ConnectionLayout.MISSED_FLAGS;
import static org.jlvs.core.net.PacketBuilder.eth;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.XdpAction;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the programs do with packets for, and from, real servers on the host itself. */
@Tag("system")
class LocalServerProgramTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final String CLIENT = "10.0.0.1";
  private static final String VIP = "10.1.0.1";
  private static final String OWN = "10.1.0.254";
  private static final String CLIENT6 = "fd00::1";
  private static final String VIP6 = "fd01::1";
  private static final String OWN6 = "fd01::fe";
  private static final int SERVER = 2;
  private static final int DIRECT_SERVER = 3;

  @AutoClose private static DirectorFixture director;

  private int masqueraded;
  private int direct;

  @BeforeAll
  static void load() throws IOException {
    director = new DirectorFixture();
  }

  @BeforeEach
  void fillTable() throws IOException {
    director.clear();
    director.servesLocally(true);
    masqueraded = director.table.add(own(TCP, CLIENT, VIP, 80, OWN, 8080));
    for (TestConnection connection :
        List.of(
            own(UDP, CLIENT, VIP, 53, OWN, 5353),
            own(TCP, CLIENT6, VIP6, 80, OWN6, 8080),
            own(UDP, CLIENT6, VIP6, 53, OWN6, 5353),
            TestConnection.direct(TCP, CLIENT, 40000, VIP, 90).serverNumber(DIRECT_SERVER))) {
      director.table.add(connection);
    }
    direct =
        director.table.add(
            TestConnection.direct(TCP, CLIENT, 40000, VIP, 81)
                .server(OWN)
                .serverNumber(DIRECT_SERVER)
                .hops(HOP_LOCAL, 1));
  }

  private static TestConnection own(
      int protocol, String client, String virtual, int port, String server, int serverPort) {
    return TestConnection.direct(protocol, client, 40000, virtual, port)
        .masqueraded(server, serverPort)
        .serverNumber(SERVER)
        .hops(HOP_LOCAL, 1);
  }

  /**
   * A packet and what becomes of it.
   *
   * @param name of the case
   */
  private record Row(String name, PacketBuilder before, PacketBuilder after) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static PacketBuilder fromServer() {
    return eth().ipv4(OWN, CLIENT).tcp(8080, 40000).ack().payload(9);
  }

  private static String hex(PacketBuilder packet) {
    return HexFormat.of().formatHex(packet.build());
  }

  static List<Row> requests() {
    PacketBuilder tcp = eth().ipv4(CLIENT, VIP).tcp(40000, 80).ack().payload(9);
    PacketBuilder udp = eth().ipv4(CLIENT, VIP).udp(40000, 53).payload(3);
    PacketBuilder tcp6 = eth().ipv6(CLIENT6, VIP6).tcp(40000, 80).ack().payload(4);
    PacketBuilder udp6 = eth().ipv6(CLIENT6, VIP6).udp(40000, 53).payload(1);
    return List.of(
        new Row("TCP", tcp, tcp.but().destination(OWN).destinationPort(8080)),
        new Row(
            "the last hop",
            tcp.but().ttl(1),
            tcp.but().ttl(1).destination(OWN).destinationPort(8080)),
        new Row("UDP", udp, udp.but().destination(OWN).destinationPort(5353)),
        new Row("TCP over IPv6", tcp6, tcp6.but().destination(OWN6).destinationPort(8080)),
        new Row("UDP over IPv6", udp6, udp6.but().destination(OWN6).destinationPort(5353)));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void requestsAreTranslatedAndPassed(Row row) throws IOException {
    assertThat(director.run(row.before()))
        .isEqualTo(new DirectorFixture.Outcome(XdpAction.PASS, hex(row.after())));
    assertThat(director.counter(SERVER, COUNTER_IN_PACKETS)).isEqualTo(1);
  }

  @Test
  void requestsThatChangeTheStateGoToTheDirectorOrPassWithoutOne() throws IOException {
    PacketBuilder end = eth().ipv4(CLIENT, VIP).tcp(40000, 80).fin().ack();
    String translated = hex(end.but().destination(OWN).destinationPort(8080));

    director.listening(true);
    assertThat(director.run(end).verdict()).isEqualTo(XdpAction.REDIRECT);
    director.listening(false);

    assertThat(director.run(end))
        .isEqualTo(new DirectorFixture.Outcome(XdpAction.PASS, translated));
    assertThat(director.table.u8(masqueraded, MISSED_FLAGS))
        .isEqualTo(PacketBuilder.FIN | PacketBuilder.ACK);
  }

  static List<Row> answers() {
    PacketBuilder udp = eth().ipv4(OWN, CLIENT).udp(5353, 40000).payload(3);
    PacketBuilder tcp6 = eth().ipv6(OWN6, CLIENT6).tcp(8080, 40000).ack().payload(4);
    PacketBuilder udp6 = eth().ipv6(OWN6, CLIENT6).udp(5353, 40000).payload(1);
    return List.of(
        new Row("TCP", fromServer(), fromServer().but().source(VIP).sourcePort(80)),
        new Row("UDP", udp, udp.but().source(VIP).sourcePort(53)),
        new Row(
            "UDP without a checksum",
            udp.but().withoutChecksum(),
            udp.but().withoutChecksum().source(VIP).sourcePort(53)),
        new Row("TCP over IPv6", tcp6, tcp6.but().source(VIP6).sourcePort(80)),
        new Row("UDP over IPv6", udp6, udp6.but().source(VIP6).sourcePort(53)));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void answersComeFromTheServiceWhetherADirectorListensOrNot(Row row) throws IOException {
    assertThat(director.answer(row.before())).isEqualTo(hex(row.after()));
    director.listening(true);
    assertThat(director.answer(row.before())).isEqualTo(hex(row.after()));

    assertThat(director.counter(SERVER, COUNTER_OUT_PACKETS)).isEqualTo(2);
    assertThat(director.counter(SERVER, COUNTER_OUT_BYTES))
        .isEqualTo(2L * (row.before().build().length - 14));
    assertThat(director.told()).as("they change no state").isEmpty();
  }

  static List<PacketBuilder> othersOfTheHost() {
    return List.of(
        eth().ipv4(OWN, CLIENT).tcp(8081, 40000).ack(),
        eth().ipv4(OWN, CLIENT).tcp(8080, 40001).syn(),
        eth().ipv4(OWN, CLIENT).icmp(8, 0),
        eth().ipv4(VIP, CLIENT).tcp(80, 40000).ack(),
        eth().ipv4(VIP, CLIENT).tcp(90, 40000).ack(),
        eth().ipv4(CLIENT, VIP).tcp(40000, 80).ack(),
        fromServer().but().fragment(0, true),
        fromServer().but().truncatedTo(14 + 20 + 8),
        eth().etherType(0x0806).payload(28));
  }

  @ParameterizedTest
  @MethodSource("othersOfTheHost")
  void whatAnswersNobodyIsLeftAsItIs(PacketBuilder packet) throws IOException {
    director.listening(true);
    assertThat(director.answer(packet)).isEqualTo(hex(packet));
    assertThat(director.told()).isEmpty();
    assertThat(director.counter(SERVER, COUNTER_OUT_PACKETS)).isZero();
    assertThat(director.counter(DIRECT_SERVER, COUNTER_OUT_PACKETS)).isZero();
  }

  @Test
  void nothingIsLookedAtBeforeAServerIsOnTheHost() throws IOException {
    director.servesLocally(false);
    assertThat(director.answer(fromServer())).isEqualTo(hex(fromServer()));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        PacketBuilder.SYN | PacketBuilder.ACK,
        PacketBuilder.FIN | PacketBuilder.ACK,
        PacketBuilder.RST
      })
  void theDirectorIsToldOfWhatMayChangeTheState(int flags) throws IOException {
    PacketBuilder packet = fromServer().but().flags(flags).payload(100);
    director.listening(true);

    assertThat(director.answer(packet)).isEqualTo(hex(packet.but().source(VIP).sourcePort(80)));

    String untranslated = hex(packet).substring(2 * 14, 2 * (14 + 60));
    assertThat(director.told()).containsExactly(untranslated);
    assertThat(director.table.u8(masqueraded, MISSED_FLAGS)).isZero();
  }

  @Test
  void theNextDirectorLearnsOfItWhenNoneListens() throws IOException {
    String _ = director.answer(fromServer().but().fin());

    assertThat(director.told()).isEmpty();
    assertThat(director.table.u8(masqueraded, MISSED_FLAGS))
        .isEqualTo(PacketBuilder.FIN | PacketBuilder.ACK);
  }

  @Test
  void anAnswerFromTheServicesOwnAddressIsCountedAndTold() throws IOException {
    PacketBuilder packet = eth().ipv4(VIP, CLIENT).tcp(81, 40000).fin().ack();
    director.listening(true);

    assertThat(director.answer(packet)).isEqualTo(hex(packet));

    assertThat(director.told()).containsExactly(hex(packet).substring(2 * 14));
    assertThat(director.counter(DIRECT_SERVER, COUNTER_OUT_PACKETS)).isEqualTo(1);
    assertThat(director.table.lastSeen(direct)).isPositive();
  }

  @Test
  void whatTheDirectorDoesNotTakeInTimeIsLostAndTheRestComesInOrder() throws IOException {
    director.listening(true);
    int sent = 5000;
    for (int i = 0; i < sent; i++) {
      String _ = director.answer(fromServer().but().fin().sequence(i, 0));
    }
    List<String> told = director.told();
    assertThat(told).hasSizeBetween(1000, sent - 1);

    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 300; i++) {
        String _ = director.answer(fromServer().but().fin().sequence(1000 * round + i, 0));
      }
      List<String> numbers =
          director.told().stream().map(packet -> packet.substring(2 * 24, 2 * 28)).toList();
      int first = 1000 * round;
      assertThat(numbers)
          .isEqualTo(
              IntStream.range(first, first + 300).mapToObj(HexFormat.of()::toHexDigits).toList());
    }
  }
}
