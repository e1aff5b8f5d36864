package org.jlvs.xdp;

import static org.jlvs.core.net.PacketBuilder.eth;

import java.io.IOException;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program does with checksums that a sender left to its device. */
@Tag("system")
class UnfinishedChecksumProgramTest {
  private static final String CLIENT = "10.0.0.1";
  private static final String VIP = "10.1.0.1";
  private static final String SERVER = "10.2.0.2";
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int DIRECT = 40000;
  private static final int MASQUERADED = 40001;

  /** TCP's checksum in a frame without IP options. */
  private static final int TCP_CHECKSUM = 14 + 20 + 16;

  private static final int UDP_CHECKSUM = 14 + 20 + 6;

  @AutoClose private static DirectorFixture director;

  @BeforeAll
  static void load() throws IOException {
    director = new DirectorFixture();
  }

  @BeforeEach
  void fillTable() throws IOException {
    director.clear();
    director.hop(1, DirectorFixture.OTHER_INTERFACE, 4000, true);
    director.hop(2, DirectorFixture.OTHER_INTERFACE, 4000, true);
    director.table.add(TestConnection.direct(TCP, CLIENT, DIRECT, VIP, 80));
    director.table.add(
        TestConnection.direct(TCP, CLIENT, MASQUERADED, VIP, 80).masqueraded(SERVER, 8080));
    director.table.add(
        TestConnection.direct(UDP, CLIENT, MASQUERADED, VIP, 53).masqueraded(SERVER, 5353));
  }

  private static PacketBuilder segment(int port, int payload) {
    return eth().ipv4(CLIENT, VIP).tcp(port, 80).ack().payload(payload);
  }

  private static PacketBuilder datagram(int payload) {
    return eth().ipv4(CLIENT, VIP).udp(MASQUERADED, 53).payload(payload);
  }

  private static PacketBuilder toServer(PacketBuilder sent, int port) {
    return sent.but().destination(SERVER).destinationPort(port).ttl(63);
  }

  private static void assertSent(PacketBuilder sent, int hop, PacketBuilder expected)
      throws IOException {
    ProgramRows.check(director, sent, ProgramRows.sentTo(hop, expected));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 43, 44, 45, 491, 492, 493, 511, 512, 1003, 1448, 3459})
  void areFinishedWhereTheNoteOfThemIsLost(int payload) throws IOException {
    director.unfinishedChecksums(DirectorLayout.UNFINISHED_LOST);
    PacketBuilder direct = segment(DIRECT, payload);
    PacketBuilder masqueraded = segment(MASQUERADED, payload);
    PacketBuilder reply = eth().ipv4(SERVER, CLIENT).tcp(8080, MASQUERADED).ack().payload(payload);
    PacketBuilder udp = datagram(payload);

    assertSent(direct.but().unfinishedChecksum(), 1, direct.but().ttl(63));
    assertSent(masqueraded.but().unfinishedChecksum(), 1, toServer(masqueraded, 8080));
    assertSent(reply.but().unfinishedChecksum(), 2, reply.but().source(VIP).sourcePort(80).ttl(63));
    assertSent(udp.but().unfinishedChecksum(), 1, toServer(udp, 5353));
  }

  @Test
  void areFinishedWithoutThePaddingOfTheLink() throws IOException {
    director.unfinishedChecksums(DirectorLayout.UNFINISHED_LOST);
    PacketBuilder data = segment(MASQUERADED, 1);

    assertSent(data.but().padding(5).unfinishedChecksum(), 1, toServer(data, 8080).padding(5));
  }

  @Test
  void stayUnfinishedWhereTheNoteOfThemIsKept() throws IOException {
    director.unfinishedChecksums(DirectorLayout.UNFINISHED_KEPT);
    PacketBuilder direct = segment(DIRECT, 1448).unfinishedChecksum();
    PacketBuilder masqueraded = segment(MASQUERADED, 1448).unfinishedChecksum();
    PacketBuilder udp = datagram(31).unfinishedChecksum();

    assertSent(direct, 1, direct.but().ttl(63));
    assertSent(masqueraded, 1, toServer(masqueraded, 8080));
    assertSent(udp, 1, toServer(udp, 5353));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        DirectorLayout.UNFINISHED_NONE,
        DirectorLayout.UNFINISHED_LOST,
        DirectorLayout.UNFINISHED_KEPT
      })
  void otherOnesAreTakenAsFinished(int what) throws IOException {
    director.unfinishedChecksums(what);
    PacketBuilder data = segment(MASQUERADED, 1448);

    assertSent(data, 1, toServer(data, 8080));
    assertSent(
        data.but().checksumError(0x1234), 1, toServer(data, 8080).but().checksumError(0x1234));
  }

  @ParameterizedTest
  @ValueSource(ints = {DirectorLayout.UNFINISHED_LOST, DirectorLayout.UNFINISHED_KEPT})
  void aFinishedOneThatLooksUnfinishedStaysRight(int what) throws IOException {
    director.unfinishedChecksums(what);
    PacketBuilder data = finishedLikeUnfinished();

    assertSent(data, 1, toServer(data, 8080));
  }

  /** A segment whose right checksum is the sum of its pseudo header. */
  private static PacketBuilder finishedLikeUnfinished() {
    for (int word = 0; word < 1 << 16; word++) {
      byte[] payload = {(byte) (word >>> 8), (byte) word};
      PacketBuilder data = segment(MASQUERADED, 0).payload(payload);
      byte[] finished = data.build();
      byte[] unfinished = data.but().unfinishedChecksum().build();
      if (finished[TCP_CHECKSUM] == unfinished[TCP_CHECKSUM]
          && finished[TCP_CHECKSUM + 1] == unfinished[TCP_CHECKSUM + 1]) {
        return data;
      }
    }
    throw new AssertionError("no payload gives that checksum");
  }

  @Test
  void aDatagramWhoseChecksumComesToZeroIsSentWithAllOnes() throws IOException {
    director.unfinishedChecksums(DirectorLayout.UNFINISHED_LOST);
    // A word of the payload that is the checksum the rest has makes it zero.
    byte[] payload = new byte[64];
    byte[] rest = toServer(datagram(0), 5353).payload(payload).build();
    payload[0] = rest[UDP_CHECKSUM];
    payload[1] = rest[UDP_CHECKSUM + 1];
    PacketBuilder data = datagram(0).payload(payload);

    assertSent(data.but().unfinishedChecksum(), 1, toServer(data, 5353));
  }

  @Test
  void withoutTheSettingNothingIsFinished() throws IOException {
    PacketBuilder direct = segment(DIRECT, 100).unfinishedChecksum();

    assertSent(direct, 1, direct.but().ttl(63));
  }

  @Test
  void alsoWhatPassesWithoutADirectorIsFinished() throws IOException {
    director.unfinishedChecksums(DirectorLayout.UNFINISHED_LOST);
    PacketBuilder last = segment(MASQUERADED, 100).fin();

    assertSent(last.but().unfinishedChecksum(), 1, toServer(last, 8080));
  }

  @Test
  void thoseOfPacketsForTheHostAreLeftToIt() throws IOException {
    director.unfinishedChecksums(DirectorLayout.UNFINISHED_LOST);
    PacketBuilder foreign = eth().ipv4(CLIENT, VIP).tcp(1, 22).ack().unfinishedChecksum();

    ProgramRows.check(director, foreign, ProgramRows.pass());
  }
}
