package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.SERVER_1;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.server;
import static org.jlvs.core.engine.TestDirector.tcp;

import java.util.List;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** How handshakes are counted for the servers, and what clients can't make of it. */
class HandshakeWatchTest {
  private static final int CLIENT_NUMBER = 1000;
  private static final int SERVER_NUMBER = 0xfffff000;

  private final TestDirector world = new TestDirector();
  private final ServiceKey web = tcp(VIP, 80);

  private void serve(ForwardingMethod method) throws DirectorException {
    world.service(web, "rr", 0);
    world.director.addServer(web, server(SERVER_1, 80, method, 1));
  }

  private static PacketBuilder client(int port) {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(port, 80).sequence(CLIENT_NUMBER, 0);
  }

  private static PacketBuilder fromServer(int port) {
    return PacketBuilder.ip()
        .ipv4(SERVER_1, CLIENT)
        .tcp(80, port)
        .sequence(SERVER_NUMBER, CLIENT_NUMBER + 1);
  }

  private void establish(int port) {
    world.receive(client(port).syn());
    world.receive(fromServer(port).syn().ack());
    world.receive(client(port).ack().sequence(CLIENT_NUMBER + 1, SERVER_NUMBER + 1));
  }

  /** "answered unanswered refused reset" of the server. */
  private String counts() {
    List<ServerHandshakes> all = world.director.handshakes();
    if (all.isEmpty()) {
      return "none";
    }
    ServerHandshakes one = all.getFirst();
    return one.answered() + " " + one.unanswered() + " " + one.refused() + " " + one.reset();
  }

  @Test
  void aSynThatIsRepeatedWithoutAnAnswerCountsOnceAConnection() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    world.receive(client(1).syn());
    assertThat(counts()).isEqualTo("none");
    world.sleep(1);
    world.receive(client(1).syn());
    world.sleep(2);
    world.receive(client(1).syn());
    assertThat(counts()).isEqualTo("0 1 0 0");
    world.sleep(5);
    assertThat(world.director.handshakes())
        .containsExactly(
            new ServerHandshakes(
                web,
                new ServerKey(Address.of(SERVER_1), 80),
                true,
                0,
                1,
                0,
                0,
                List.of(new ServerHandshakes.FailedClient(Address.of(CLIENT), 7000))));
  }

  @Test
  void aFloodOfSynsCountsForNothingWhetherTheServerAnswersOrNot() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    for (int port = 1001; port <= 1300; port++) {
      for (int copy = 0; copy < 3; copy++) {
        world.receive(client(port).syn());
        world.sleep(0.001);
      }
      if (port % 2 == 0) {
        world.receive(fromServer(port).syn().ack());
        world.sleep(1);
        world.receive(client(port).syn());
      }
    }
    assertThat(counts()).isEqualTo("150 0 0 0");
  }

  @Test
  void aResetInAnswerToTheSynIsARefusal() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    world.receive(client(1).syn());
    world.receive(fromServer(1).rst().ack());
    assertThat(counts()).isEqualTo("0 0 1 0");
    world.receive(client(1).syn());
    world.receive(fromServer(1).rst().ack());
    assertThat(counts()).isEqualTo("0 0 2 0");
  }

  @Test
  void aResetRightAfterTheHandshakeCountsAgainstTheServer() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    establish(1);
    world.receive(fromServer(1).rst().sequence(SERVER_NUMBER + 1, 0));
    establish(2);
    world.receive(fromServer(2).rst().ack().sequence(SERVER_NUMBER + 1, CLIENT_NUMBER + 1));
    assertThat(counts()).isEqualTo("2 0 0 2");
  }

  @Test
  void aResetThatTheClientMayHaveCausedCountsForNothing() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    // It guessed the acknowledgement.
    world.receive(client(1).syn());
    world.receive(fromServer(1).syn().ack());
    world.receive(client(1).ack().sequence(CLIENT_NUMBER + 1, 77));
    world.receive(fromServer(1).rst().sequence(77, 0));
    // It reset the connection itself, and then went on.
    world.receive(client(2).syn());
    world.receive(fromServer(2).syn().ack());
    world.receive(client(2).rst().sequence(CLIENT_NUMBER + 1, 0));
    world.receive(client(2).ack().sequence(CLIENT_NUMBER + 1, SERVER_NUMBER + 1));
    world.receive(fromServer(2).rst().sequence(SERVER_NUMBER + 1, 0));
    // It sent what the server did not like.
    establish(3);
    world.receive(fromServer(3).rst().ack().sequence(SERVER_NUMBER + 1, CLIENT_NUMBER + 9));
    // It said nothing until the server had enough of it.
    establish(4);
    world.sleep(5);
    world.receive(fromServer(4).rst().ack().sequence(SERVER_NUMBER + 1, CLIENT_NUMBER + 1));
    // It was served.
    establish(5);
    world.receive(fromServer(5).rst().ack().sequence(SERVER_NUMBER + 500, CLIENT_NUMBER + 1));
    assertThat(counts()).isEqualTo("5 0 0 0");
  }

  @Test
  void whereAnswersAreNotSeenTheClientsAcknowledgementTellsOfThem() throws DirectorException {
    serve(ForwardingMethod.DIRECT_ROUTE);
    world.receive(client(1).syn());
    world.receive(client(1).ack());
    world.receive(client(2).syn());
    world.sleep(1);
    world.receive(client(2).syn());
    assertThat(counts()).isEqualTo("1 1 0 0");
    assertThat(world.director.handshakes().getFirst().answersSeen()).isFalse();
  }

  @Test
  void theClientsOfTheLastFailuresAreRemembered() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    for (int client = 1; client <= 20; client++) {
      String address = "198.18.1." + client;
      PacketBuilder syn = PacketBuilder.ip().ipv4(address, VIP).tcp(40000, 80).syn();
      world.receive(syn.but());
      world.receive(
          PacketBuilder.ip().ipv4(SERVER_1, address).tcp(80, 40000).rst().ack().sequence(0, 1));
      world.sleep(1);
    }
    List<ServerHandshakes.FailedClient> failed =
        world.director.handshakes().getFirst().failedClients();
    assertThat(failed)
        .extracting(ServerHandshakes.FailedClient::millisAgo)
        .containsExactlyInAnyOrder(1000L, 2000L, 3000L, 4000L, 5000L, 6000L, 7000L, 8000L);
  }

  @Test
  void countsGoOnAfterAnotherDirectorHasTakenOverTheConnections() throws DirectorException {
    serve(ForwardingMethod.MASQUERADE);
    establish(1);
    TestDirector next = new TestDirector(world, 0.1);
    next.receive(fromServer(1).rst().sequence(SERVER_NUMBER + 1, 0));
    ServerHandshakes after = next.director.handshakes().getFirst();
    assertThat(after.answered()).isZero();
    assertThat(after.reset()).isOne();
  }
}
