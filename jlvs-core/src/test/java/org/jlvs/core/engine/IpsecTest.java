package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_2;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.udp;

import java.util.List;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AH and ESP, which go where the client's key exchange went. */
class IpsecTest {
  private static final int ISAKMP = 500;

  private final TestDirector world = new TestDirector();

  private static PacketBuilder of(int protocol, String from, String to) {
    return PacketBuilder.ip().ipv4(from, to).protocol(protocol).payload(40);
  }

  private List<String> where(PacketBuilder packet) {
    return world.receive(packet).stream().map(TestDirector.Sent::where).toList();
  }

  private void exchangeKeys(ForwardingMethod method) throws DirectorException {
    world.service(udp(VIP, ISAKMP), method, ISAKMP);
    world.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).udp(ISAKMP, ISAKMP).payload(20));
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 51})
  void aClientWithoutKeyExchangeIsLeftToTheHost(int protocol) throws DirectorException {
    exchangeKeys(ForwardingMethod.DIRECT_ROUTE);
    assertThat(where(of(protocol, "198.18.0.2", VIP))).containsExactly("host");
    assertThat(where(of(protocol, CLIENT, "10.0.0.101"))).containsExactly("host");
    assertThat(world.connectionLines()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 51})
  void onlyTheAddressIsTranslated(int protocol) throws DirectorException {
    exchangeKeys(ForwardingMethod.MASQUERADE);
    assertSent(of(protocol, CLIENT, VIP), "hop 2", of(protocol, CLIENT, SERVER_2).ttl(63));
    assertSent(of(protocol, SERVER_2, CLIENT), "hop 1", of(protocol, VIP, CLIENT).ttl(63));
  }

  private void assertSent(PacketBuilder received, String where, PacketBuilder expected) {
    List<TestDirector.Sent> sent = world.receive(received);
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().where()).isEqualTo(where);
    assertThat(sent.getFirst().bytes()).isEqualTo(expected.build());
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 51})
  void theyKeepTheConnectionAlive(int protocol) throws DirectorException {
    exchangeKeys(ForwardingMethod.DIRECT_ROUTE);
    world.sleep(200);
    world.receive(of(protocol, CLIENT, VIP));
    world.sleep(290);
    assertThat(world.connectionLines())
        .containsExactly("17 198.18.0.1:500 10.0.0.100:500 10.1.0.2:500 UDP");
    world.sleep(20);
    assertThat(world.connectionLines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 51})
  void fragmentsThatPassAreTranslatedOneByOne(int protocol) throws DirectorException {
    exchangeKeys(ForwardingMethod.MASQUERADE);
    assertThat(where(of(protocol, SERVER_2, CLIENT).fragment(0, true))).containsExactly("hop 1");
    assertThat(where(of(protocol, SERVER_2, CLIENT).fragment(40, false))).containsExactly("hop 1");
    assertThat(where(of(protocol, CLIENT, VIP).fragment(0, true))).isEmpty();
    assertThat(where(of(protocol, CLIENT, VIP).fragment(40, false)))
        .containsExactly("hop 2", "hop 2");
  }
}
