package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.net.Protocol;
import org.junit.jupiter.api.Test;

/** SCTP associations, where it isn't recorded traces that hold them. */
class SctpTest {
  private static final ServiceKey SERVICE =
      new ServiceKey.Endpoint(Protocol.SCTP, Address.of(VIP), 5060);
  private static final int DATA = 0;
  private static final int INIT = 1;
  private static final int INIT_ACK = 2;
  private static final int ABORT = 6;
  private static final int COOKIE_ECHO = 10;
  private static final int COOKIE_ACK = 11;
  private static final int IP_BYTES = 20;
  private static final int CHECKSUM_AT = IP_BYTES + 8;

  private final TestDirector world = new TestDirector();

  private static byte[] packet(
      String from, int fromPort, String to, int toPort, int chunk, int checksumError) {
    ByteBuffer sctp = ByteBuffer.allocate(12 + 8);
    sctp.putShort((short) fromPort).putShort((short) toPort).putInt(7).putInt(0);
    sctp.put((byte) chunk).put((byte) 0).putShort((short) 8).putInt(1);
    sctp.order(ByteOrder.LITTLE_ENDIAN).putInt(8, checksum(sctp.array()) ^ checksumError);
    return PacketBuilder.ip().ipv4(from, to).protocol(132).payload(sctp.array()).build();
  }

  private static int checksum(byte[] sctp) {
    CRC32C crc = new CRC32C();
    crc.update(sctp);
    return (int) crc.getValue();
  }

  private static byte[] fromClient(int chunk) {
    return packet(CLIENT, 40_000, VIP, 5060, chunk, 0);
  }

  private static boolean hasRightChecksum(TestDirector.Sent sent) {
    ByteBuffer bytes = ByteBuffer.wrap(sent.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int written = bytes.getInt(CHECKSUM_AT);
    bytes.putInt(CHECKSUM_AT, 0);
    byte[] sctp = new byte[sent.bytes().length - IP_BYTES];
    bytes.get(IP_BYTES, sctp);
    return written == checksum(sctp);
  }

  private List<String> where(byte[] packet) {
    return world.receive(packet).stream().map(TestDirector.Sent::where).toList();
  }

  @Test
  void onlyAnInitBeginsAnAssociation() throws DirectorException {
    world.service(SERVICE, ForwardingMethod.DIRECT_ROUTE, 5060);
    for (int chunk = 0; chunk < 256; chunk++) {
      byte[] packet = packet(CLIENT, 1000 + chunk, VIP, 5060, chunk, 0);
      assertThat(where(packet)).containsExactly(chunk == INIT ? "hop 2" : "host");
    }
    assertThat(world.connectionLines())
        .containsExactly("132 198.18.0.1:1001 10.0.0.100:5060 10.1.0.2:5060 INIT1");
  }

  @Test
  void anotherPortMakesAWrongChecksumRightAndTheSamePortLeavesIt() throws DirectorException {
    world.service(SERVICE, ForwardingMethod.MASQUERADE, 5061);
    byte[] wrong = packet(CLIENT, 40_000, VIP, 5060, INIT, 0x5555);
    assertThat(world.receive(wrong)).singleElement().matches(SctpTest::hasRightChecksum);
    byte[] answer = packet(SERVER_2, 5061, CLIENT, 40_000, INIT_ACK, 0x5555);
    assertThat(world.receive(answer)).singleElement().matches(SctpTest::hasRightChecksum);

    TestDirector samePort = new TestDirector();
    samePort.service(SERVICE, ForwardingMethod.MASQUERADE, 5060);
    assertThat(samePort.receive(wrong))
        .singleElement()
        .matches(sent -> sent.where().equals("hop 2"))
        .matches(sent -> !hasRightChecksum(sent));
  }

  @Test
  void anAssociationOutlivesItsDirectorWithItsStateAndTime() throws DirectorException {
    world.service(SERVICE, ForwardingMethod.MASQUERADE, 5060);
    world.receive(fromClient(INIT));
    world.receive(packet(SERVER_2, 5060, CLIENT, 40_000, INIT_ACK, 0));
    world.receive(fromClient(COOKIE_ECHO));
    world.receive(packet(SERVER_2, 5060, CLIENT, 40_000, COOKIE_ACK, 0));
    List<String> before = world.connectionLines();
    assertThat(before)
        .containsExactly("132 198.18.0.1:40000 10.0.0.100:5060 10.1.0.2:5060 ESTABLISHED");

    TestDirector next = new TestDirector(world, 5);
    assertThat(next.connectionLines()).isEqualTo(before);
    assertThat(next.director.service(SERVICE).orElseThrow().servers())
        .filteredOn(server -> server.activeConnections() == 1)
        .singleElement()
        .matches(server -> server.spec().key().address().equals(Address.of(SERVER_2)));
    assertThat(next.receive(fromClient(DATA))).hasSize(1);
    assertThat(next.sleep(890)).isEmpty();
    assertThat(next.connectionLines()).hasSize(1);
    next.sleep(20);
    assertThat(next.connectionLines()).isEmpty();
  }

  @Test
  void theProgramLeavesAssociationsToTheEngine() throws DirectorException {
    world.service(SERVICE, ForwardingMethod.DIRECT_ROUTE, 5060);
    world.receive(fromClient(INIT));
    world.receive(fromClient(COOKIE_ECHO));
    world.receive(fromClient(DATA));
    int slot = world.onlySlot();
    assertThat(world.slots().flags(slot)).isZero();
  }

  @Test
  void aBundledAbortAfterACookieEndsTheAssociation() throws DirectorException {
    world.service(SERVICE, ForwardingMethod.MASQUERADE, 5060);
    world.receive(fromClient(INIT));
    ByteBuffer sctp = ByteBuffer.allocate(12 + 8 + 4);
    sctp.putShort((short) 40_000).putShort((short) 5060).putInt(7).putInt(0);
    sctp.put((byte) COOKIE_ECHO).put((byte) 0).putShort((short) 7).putInt(1);
    sctp.put((byte) ABORT).put((byte) 0).putShort((short) 4);
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).protocol(132).payload(sctp.array()));
    assertThat(world.connectionLines())
        .containsExactly("132 198.18.0.1:40000 10.0.0.100:5060 10.1.0.2:5060 CLOSED");
  }

  @Test
  void withoutAServiceForItSctpIsTheHosts() throws DirectorException {
    world.service(TestDirector.tcp(VIP, 5060), ForwardingMethod.DIRECT_ROUTE, 5060);
    assertThat(where(fromClient(INIT))).containsExactly("host");
    assertThat(where(packet(SERVER_1, 5060, CLIENT, 40_000, DATA, 0))).containsExactly("host");
  }
}
