package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_IN;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_OUT;
import static org.jlvs.core.control.ForwardingMethod.DIRECT_ROUTE;
import static org.jlvs.core.control.ForwardingMethod.MASQUERADE;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.tcp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** What traces of the kernel don't show: the kernel program, adoption, and the choice of ports. */
class FtpHelperTest {
  private static final int CONTROL_PORT = 40_000;
  private static final int SERVER_SEQUENCE = 70_000;
  private static final String ANSWER = "227 Entering Passive Mode (10,1,0,2,195,80).\r\n";

  private TestDirector world = new TestDirector();

  private void service(int port, ForwardingMethod method) throws DirectorException {
    world.service(tcp(VIP, port), method, port);
  }

  private static PacketBuilder client(int port) {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(CONTROL_PORT, port);
  }

  private static PacketBuilder server(int port) {
    return PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(port, CONTROL_PORT);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void connect(int port) {
    world.receive(client(port).syn().sequence(1000, 0));
    world.receive(server(port).syn().ack().sequence(SERVER_SEQUENCE, 1001));
    world.receive(client(port).ack().sequence(1001, SERVER_SEQUENCE + 1));
  }

  /** What the client gets for its PASV. */
  private String passive(int port) {
    world.receive(client(port).ack().sequence(1001, SERVER_SEQUENCE + 1).payload(text("PASV\r\n")));
    return payload(
        world.receive(
            server(port).ack().sequence(SERVER_SEQUENCE + 1, 1007).payload(text(ANSWER))));
  }

  private static String payload(List<TestDirector.Sent> sent) {
    assertThat(sent).hasSize(1);
    byte[] bytes = sent.getFirst().bytes();
    return new String(bytes, 40, bytes.length - 40, StandardCharsets.US_ASCII);
  }

  private static int number(List<TestDirector.Sent> sent, int offset) {
    assertThat(sent).hasSize(1);
    return ByteBuffer.wrap(sent.getFirst().bytes()).getInt(20 + offset);
  }

  @Test
  void theProgramForwardsDataAndNeverControlConnections() throws DirectorException {
    service(21, MASQUERADE);
    connect(21);
    int control = world.onlySlot();
    assertThat(passive(21)).isEqualTo("227 Entering Passive Mode (10,0,0,100,195,80).\r\n");
    assertThat(world.slots().flags(control) & (FLAG_FAST_IN | FLAG_FAST_OUT)).isZero();
    assertThat(world.slots().inHop(control)).as("nor without a director").isZero();
    assertThat(world.slots().outHop(control)).isZero();

    PacketBuilder data = PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(CONTROL_PORT + 1, 50_000);
    world.receive(data.but().syn());
    world.receive(
        PacketBuilder.ip().ipv4(SERVER_2, CLIENT).tcp(50_000, CONTROL_PORT + 1).syn().ack());
    world.receive(data.but().ack());
    int slot = world.connections.nextOfServer(control);
    slot = slot == 0 ? world.connections.firstOfServer(world.slots().server(control)) : slot;
    assertThat(world.slots().clientPort(slot)).isEqualTo(CONTROL_PORT + 1);
    assertThat(world.slots().flags(slot) & (FLAG_FAST_IN | FLAG_FAST_OUT))
        .isEqualTo(FLAG_FAST_IN | FLAG_FAST_OUT);
  }

  @Test
  void theNextProcessGoesOnWhereTheKilledOneWas() throws DirectorException {
    service(21, MASQUERADE);
    connect(21);
    passive(21);
    List<String> before = world.connectionLines();
    world = new TestDirector(world, 1);
    assertThat(world.connectionLines())
        .isEqualTo(before)
        .containsExactlyInAnyOrder(
            "6 198.18.0.1:40000 10.0.0.100:21 10.1.0.2:21 ESTABLISHED",
            "6 198.18.0.1:0 10.0.0.100:50000 10.1.0.2:50000 LISTEN");
    int afterAnswer = SERVER_SEQUENCE + 1 + ANSWER.length();
    assertThat(number(world.receive(client(21).ack().sequence(1007, afterAnswer + 2)), 8))
        .isEqualTo(afterAnswer);
    assertThat(number(world.receive(server(21).ack().sequence(afterAnswer, 1007)), 4))
        .isEqualTo(afterAnswer + 2);
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(41_000, 50_000).syn());
    assertThat(world.connectionLines())
        .contains("6 198.18.0.1:41000 10.0.0.100:50000 10.1.0.2:50000 SYN_RECV");
  }

  @Test
  void aDataConnectionOnAnotherAddressOfTheServerIsAdoptedWithItsServer() throws DirectorException {
    service(21, MASQUERADE);
    connect(21);
    world.receive(client(21).ack().sequence(1001, SERVER_SEQUENCE + 1).payload(text("PASV\r\n")));
    world.receive(
        server(21)
            .ack()
            .sequence(SERVER_SEQUENCE + 1, 1007)
            .payload(text("227 x (10,1,0,77,195,80)\r\n")));
    world = new TestDirector(world, 1);
    assertThat(world.connectionLines())
        .contains("6 198.18.0.1:0 10.0.0.100:50000 10.1.0.77:50000 LISTEN");
    int number = world.slots().server(world.onlySlot());
    int first = world.connections.firstOfServer(number);
    assertThat(first).isNotZero();
    assertThat(world.connections.nextOfServer(first)).isNotZero();
  }

  @Test
  void otherPortsHaveTheHelperWhenToldSo() throws DirectorException {
    service(2121, MASQUERADE);
    connect(2121);
    assertThat(passive(2121)).isEqualTo(ANSWER);

    world = new TestDirector();
    world.engine.helpFtp(List.of(21, 2121));
    service(2121, MASQUERADE);
    connect(2121);
    assertThat(passive(2121)).isEqualTo("227 Entering Passive Mode (10,0,0,100,195,80).\r\n");
  }

  @Test
  void withoutPortsThereIsNoHelper() throws DirectorException {
    world.engine.helpFtp(List.of());
    service(21, MASQUERADE);
    connect(21);
    assertThat(passive(21)).isEqualTo(ANSWER);
  }

  @Test
  void moreThanEightPortsAreRefused() {
    assertThatThrownBy(() -> world.engine.helpFtp(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("at most 8 FTP ports from 1 to 65535, not [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    assertThatThrownBy(() -> world.engine.helpFtp(List.of(0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void serversThatAnswerTheClientThemselvesHaveNoHelper() throws DirectorException {
    service(21, DIRECT_ROUTE);
    world.receive(client(21).syn());
    world.receive(client(21).ack());
    assertThat(payload(world.receive(client(21).ack().payload(text("PORT 198,18,0,1,1,2\r\n")))))
        .isEqualTo("PORT 198,18,0,1,1,2\r\n");
    assertThat(world.connectionLines()).hasSize(1);
  }

  @Test
  void dataConnectionsAreOfInterestWhereverTheyGo() throws DirectorException {
    world.engine.helpFtp(List.of(21, 2121));
    service(2121, MASQUERADE);
    world.service(new ServiceKey.Mark(7, Family.IPV4), MASQUERADE, 0);
    Interest marked = new Interest(Optional.of(Address.of("10.0.0.101")), 6, 21);
    Interest web = new Interest(Optional.of(Address.of("10.0.0.101")), 6, 80);
    world.engine.marks(MarkRules.NONE, List.of(marked, web));
    assertThat(world.engine.interests().packets())
        .containsExactlyInAnyOrder(
            marked,
            web,
            new Interest(Optional.of(Address.of("10.0.0.101")), 6, 0),
            new Interest(Optional.of(Address.of(VIP)), 6, 0));
  }

  /** The server's connections: active, inactive. */
  private List<Integer> counts() {
    var view = world.director.services().getFirst().servers().getFirst();
    return List.of(view.activeConnections(), view.inactiveConnections());
  }

  @Test
  void anAnnouncedConnectionCountsForItsServerUntilItsTimeIsOver() throws DirectorException {
    service(21, MASQUERADE);
    connect(21);
    assertThat(counts()).containsExactly(1, 0);
    passive(21);
    assertThat(counts()).containsExactly(1, 1);
    world.sleep(100);
    passive(21);
    assertThat(counts()).as("announced once more").containsExactly(1, 1);
    world.sleep(100);
    assertThat(counts()).as("and waited for anew").containsExactly(1, 1);
    world.sleep(30);
    assertThat(counts()).containsExactly(1, 0);
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:40000 10.0.0.100:21 10.1.0.2:21 ESTABLISHED");
  }

  @Test
  void aControlConnectionThatFindsNoRoomForItsHelperIsNotMade() throws DirectorException {
    world = new TestDirector(16);
    service(21, MASQUERADE);
    int made = 0;
    PacketBuilder client = PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(CONTROL_PORT, 21).syn();
    while (made < 100 && !world.receive(client.but().sourcePort(1 + made)).isEmpty()) {
      made++;
    }
    assertThat(world.listed()).hasSize(made).hasSizeBetween(1, 16);
    assertThat(world.engine.counters().tableFull).isEqualTo(1);
    assertThat(
            world.director.services().getFirst().servers().stream()
                .mapToInt(view -> view.activeConnections() + view.inactiveConnections())
                .sum())
        .isEqualTo(made);
  }
}
