package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.util.Arrays;
import java.util.List;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ICMP errors about connections that another director made: {@code schedule_icmp}. */
class ScheduledErrorsTest {
  private static final String ROUTER = "198.18.77.7";

  private final TestDirector world = new TestDirector();

  @BeforeEach
  void services() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    world.service(udp(VIP, 53), ForwardingMethod.DIRECT_ROUTE, 53);
    world.director.changeSetting("schedule_icmp", "1");
  }

  private static byte[] tooBig(PacketBuilder answer, int quotedBytes) {
    byte[] quoted = Arrays.copyOf(answer.build(), 20 + quotedBytes);
    return PacketBuilder.ip().ipv4(ROUTER, VIP).icmp(3, 4).icmpRest(1300).payload(quoted).build();
  }

  private static PacketBuilder answer(int clientPort) {
    return PacketBuilder.ip().ipv4(VIP, CLIENT).tcp(80, clientPort).ack();
  }

  private List<String> where(byte[] packet) {
    return world.receive(packet).stream().map(TestDirector.Sent::where).toList();
  }

  @Test
  void withoutTheSettingTheHostGetsThem() throws DirectorException {
    world.director.changeSetting("schedule_icmp", "0");
    assertThat(where(tooBig(answer(4000), 8))).containsExactly("host");
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void anErrorMakesAConnectionThatWaitsThreeSecondsForPackets() {
    assertThat(where(tooBig(answer(4000), 8))).containsExactly("hop 2");
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:4000 10.0.0.100:80 10.1.0.2:80 NONE");
    world.sleep(2.5);
    assertThat(world.connectionLines()).hasSize(1);
    world.sleep(1);
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void itEndsInThreeSecondsAlsoWhereEveryPacketWouldGiveItMore() throws DirectorException {
    PacketBuilder answer = PacketBuilder.ip().ipv4(VIP, CLIENT).udp(53, 4000).payload(8);
    assertThat(where(tooBig(answer, 8))).containsExactly("hop 2");
    world.sleep(3.5);
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void theClientsNextPacketGoesOnWithIt() {
    world.receive(tooBig(answer(4000), 8));
    assertThat(world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(4000, 80).ack())).hasSize(1);
    assertThat(world.connectionLines())
        .containsExactly("6 198.18.0.1:4000 10.0.0.100:80 10.1.0.2:80 ESTABLISHED");
    world.sleep(890);
    assertThat(world.connectionLines()).hasSize(1);
  }

  @Test
  void whatNamesNoPortsIsDroppedAndWhatNamesNoServiceIsTheHosts() {
    assertThat(where(tooBig(answer(4000), 2))).isEmpty();
    PacketBuilder other = PacketBuilder.ip().ipv4(VIP, CLIENT).tcp(81, 4000).ack();
    assertThat(where(tooBig(other, 8))).containsExactly("host");
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void nobodyIsToldThatThereIsNoServer() throws DirectorException {
    world.service(tcp(VIP, 443), "rr", 0);
    PacketBuilder answer = PacketBuilder.ip().ipv4(VIP, CLIENT).tcp(443, 4000).ack();
    assertThat(where(tooBig(answer, 8))).isEmpty();
  }

  @Test
  void theErrorsOwnMarkNamesTheServiceAndItsTimeTheServer() throws DirectorException {
    ServiceKey marked = new ServiceKey.Mark(7, Family.IPV4);
    world.service(marked, "rr", 60);
    world.director.addServer(marked, server("10.1.0.7", 0, ForwardingMethod.DIRECT_ROUTE, 1));
    world.engine.marks(
        flow -> flow.protocol == Headers.ICMP && flow.now == world.now ? 7 : 0, List.of());
    assertThat(where(tooBig(answer(4000), 8))).containsExactly("hop 2");
    assertThat(world.connectionLines())
        .containsExactly(
            "0 198.18.0.1:0 0.0.0.7:0 10.1.0.7:0 NONE",
            "6 198.18.0.1:4000 10.0.0.100:80 10.1.0.7:80 NONE");
  }
}
