package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jlvs.core.net.Address;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * SCTP and IPsec packets through a real director between hosts. They come from raw sockets: hardly
 * a machine has the protocols themselves.
 */
@Tag("system")
class SctpAndIpsecTest {
  private static final int SCTP = 132;
  private static final int ESP = 50;
  private static final int UDP = 17;
  private static final int ISAKMP = 500;
  private static final String CLIENT = "10.0.0.10";
  private static final String MASQUERADED = "192.168.0.11";
  private static final int DATA = 0;
  private static final int INIT = 1;
  private static final int INIT_ACK = 2;
  private static final int COOKIE_ECHO = 10;
  private static final int COOKIE_ACK = 11;

  private static DirectorLab lab;
  private static Host masqueraded;
  private static Host direct;

  @BeforeAll
  static void begin() throws Exception {
    lab = DirectorLab.create("sctp");
    assumeTrue(Testbed.isInstalled("perl"), "perl is not installed");
    masqueraded = lab.masqueradedServer(1);
    direct = lab.directServer(1);
    lab.startDirector();
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @BeforeEach
  @AfterEach
  void noServices() throws Exception {
    lab.command("ipvsadm -C");
  }

  private static byte[] sctp(int from, int to, int chunk) {
    ByteBuffer packet = ByteBuffer.allocate(12 + 8);
    packet.putShort((short) from).putShort((short) to).putInt(7).putInt(0);
    packet.put((byte) chunk).put((byte) 0).putShort((short) 8).putInt(1);
    CRC32C crc = new CRC32C();
    crc.update(packet.array());
    packet.order(ByteOrder.LITTLE_ENDIAN).putInt(8, (int) crc.getValue());
    return packet.array();
  }

  /** Without a checksum, which IPv4 allows. */
  private static byte[] udp(int from, int to) {
    return ByteBuffer.allocate(8 + 4)
        .putShort((short) from)
        .putShort((short) to)
        .putShort((short) 12)
        .array();
  }

  /** Waits for the packet after so many others; "source destination" and what follows. */
  private static void assertReceives(
      RawSocket socket, int others, String from, String to, byte[] payload) {
    assertThat(Waiting.until(DirectorLab.PATIENCE, () -> socket.received().size() > others))
        .as("packet %d from %s to %s comes", others + 1, from, to)
        .isTrue();
    List<byte[]> packets = socket.received();
    byte[] last = packets.get(others);
    assertThat(Address.of(Arrays.copyOfRange(last, 12, 16))).hasToString(from);
    assertThat(Address.of(Arrays.copyOfRange(last, 16, 20))).hasToString(to);
    assertThat(Arrays.copyOfRange(last, 20, last.length)).isEqualTo(payload);
  }

  @Test
  void anAssociationIsMasqueradedBothWays() throws Exception {
    lab.restore(
        "-A --sctp-service 10.0.0.100:5060 -s rr",
        "-a --sctp-service 10.0.0.100:5060 -r 192.168.0.11:5061 -m");
    try (RawSocket client = RawSocket.open(lab.client(), SCTP);
        RawSocket server = RawSocket.open(masqueraded, SCTP)) {
      client.send(CLIENT, DirectorLab.VIP, sctp(4000, 5060, INIT));
      assertReceives(server, 0, CLIENT, MASQUERADED, sctp(4000, 5061, INIT));
      server.send(MASQUERADED, CLIENT, sctp(5061, 4000, INIT_ACK));
      assertReceives(client, 0, DirectorLab.VIP, CLIENT, sctp(5060, 4000, INIT_ACK));
      client.send(CLIENT, DirectorLab.VIP, sctp(4000, 5060, COOKIE_ECHO));
      assertReceives(server, 1, CLIENT, MASQUERADED, sctp(4000, 5061, COOKIE_ECHO));
      assertThat(lab.command("ipvsadm -Lnc")).contains("C-REPLIED   10.0.0.10:4000");
      server.send(MASQUERADED, CLIENT, sctp(5061, 4000, COOKIE_ACK));
      assertReceives(client, 1, DirectorLab.VIP, CLIENT, sctp(5060, 4000, COOKIE_ACK));
      client.send(CLIENT, DirectorLab.VIP, sctp(4000, 5060, DATA));
      assertReceives(server, 2, CLIENT, MASQUERADED, sctp(4000, 5061, DATA));

      assertThat(lab.command("ipvsadm -Lnc"))
          .containsPattern(
              "SCTP 1\\d:\\d\\d  ESTABLISHED 10.0.0.10:4000     10.0.0.100:5060"
                  + "    192.168.0.11:5061\n");
      assertThat(lab.command("ipvsadm -Ln"))
          .contains("SCTP 10.0.0.100:5060 rr\n")
          .containsPattern("-> 192.168.0.11:5061 +Masq +1 +1 +0 ");
    }
  }

  @Test
  void anAssociationIsRoutedToItsServer() throws Exception {
    lab.restore(
        "-A --sctp-service 10.0.0.100:5060 -s rr",
        "-a --sctp-service 10.0.0.100:5060 -r 10.0.0.11 -g");
    try (RawSocket client = RawSocket.open(lab.client(), SCTP);
        RawSocket server = RawSocket.open(direct, SCTP)) {
      client.send(CLIENT, DirectorLab.VIP, sctp(4001, 5060, INIT));
      assertReceives(server, 0, CLIENT, DirectorLab.VIP, sctp(4001, 5060, INIT));
      server.send(DirectorLab.VIP, CLIENT, sctp(5060, 4001, INIT_ACK));
      assertReceives(client, 0, DirectorLab.VIP, CLIENT, sctp(5060, 4001, INIT_ACK));
      client.send(CLIENT, DirectorLab.VIP, sctp(4001, 5060, COOKIE_ECHO));
      assertReceives(server, 1, CLIENT, DirectorLab.VIP, sctp(4001, 5060, COOKIE_ECHO));
      assertThat(lab.command("ipvsadm -Lnc")).contains("ESTABLISHED 10.0.0.10:4001");
    }
  }

  @Test
  void ipsecGoesWhereItsKeyExchangeWent() throws Exception {
    lab.restore("-A -u 10.0.0.100:500 -s rr", "-a -u 10.0.0.100:500 -r 192.168.0.11:500 -m");
    byte[] payload = {0, 0, 0, 1, 0, 0, 0, 1, 5, 6, 7, 8};
    try (RawSocket keys = RawSocket.open(lab.client(), UDP);
        RawSocket serverKeys = RawSocket.open(masqueraded, UDP);
        RawSocket client = RawSocket.open(lab.client(), ESP);
        RawSocket server = RawSocket.open(masqueraded, ESP)) {
      keys.send(CLIENT, DirectorLab.VIP, udp(ISAKMP, ISAKMP));
      assertThat(Waiting.until(DirectorLab.PATIENCE, () -> !serverKeys.received().isEmpty()))
          .isTrue();
      client.send(CLIENT, DirectorLab.VIP, payload);
      assertReceives(server, 0, CLIENT, MASQUERADED, payload);
      server.send(MASQUERADED, CLIENT, payload);
      assertReceives(client, 0, DirectorLab.VIP, CLIENT, payload);
    }
  }
}
