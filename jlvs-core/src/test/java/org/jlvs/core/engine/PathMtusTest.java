package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PathMtusTest {
  private static final long TEN_MINUTES = 600_000_000_000L;
  private static final ServiceKey WEB =
      new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80);
  private static final Address SERVER = Address.of("10.1.0.1");

  private final ServiceTable services = new ServiceTable(10, new Random(1), ProgramCounters.NONE);
  private final PathMtus mtus = new PathMtus();
  private final Hop hop = new Hop(1, 2, 1500);
  private RealServer server;
  private long now = 1_000_000_000_000L;

  @BeforeEach
  void addServer() throws Exception {
    services.addService(new ServiceSpec(WEB, "rr", 0, 0, 32, Optional.empty()));
    services.addServer(WEB, spec());
    server = services.listed().getFirst().servers().getFirst();
  }

  private static ServerSpec spec() {
    return new ServerSpec(new ServerKey(SERVER, 80), ForwardingMethod.TUNNEL, 1, 0, 0, Tunnel.IPIP);
  }

  private boolean report(int mtu) {
    return mtus.report(SERVER, hop, mtu, now);
  }

  private int send() {
    return mtus.toServer(server, hop, now);
  }

  private int inForce() {
    return mtus.inForce(server, hop, now);
  }

  @Test
  void firstReportComesIntoForceWithTheNextPacketAndFurtherOnesAtOnce() {
    assertThat(inForce()).isZero();
    assertThat(send()).isEqualTo(1500);
    assertThat(report(1300)).isTrue();
    assertThat(inForce()).isEqualTo(1500);
    assertThat(send()).isEqualTo(1300);
    assertThat(report(1200)).isTrue();
    assertThat(inForce()).isEqualTo(1200);
    assertThat(send()).isEqualTo(1200);
  }

  @Test
  void largerReportsChangeNothing() {
    assertThat(report(1600)).isFalse();
    report(1200);
    assertThat(report(1300)).isFalse();
    assertThat(report(1200)).isFalse();
    assertThat(send()).isEqualTo(1200);
  }

  @Test
  void afterAReportBelowTheSmallestNothingIsBelievedForTenMinutes() {
    report(100);
    assertThat(send()).isEqualTo(552);
    assertThat(report(60)).isFalse();
    now += TEN_MINUTES - 1;
    assertThat(send()).isEqualTo(552);
    now++;
    assertThat(inForce()).isEqualTo(1500);
    assertThat(send()).isEqualTo(1500);
    assertThat(report(1400)).isTrue();
    assertThat(send()).isEqualTo(1400);
  }

  @Test
  void aServersRouteIsForgottenWhenItIsEdited() throws Exception {
    report(1300);
    send();
    services.editServer(WEB, spec());
    assertThat(inForce()).isZero();
    assertThat(send()).isEqualTo(1300);
  }

  @Test
  void reportsOutlastAChangeOfRoutesButReachCachedOnesNoMore() {
    report(1300);
    send();
    mtus.routesChanged();
    report(1200);
    assertThat(inForce()).isEqualTo(1300);
    assertThat(send()).isEqualTo(1200);
    assertThat(inForce()).isEqualTo(1200);
  }

  @Test
  void anInterfaceThatTakesLessBoundsWhatWasReported() {
    report(1300);
    mtus.routesChanged();
    assertThat(mtus.toServer(server, new Hop(1, 2, 1280), now)).isEqualTo(1280);
  }

  @Test
  void otherDestinationsAreNotConcerned() {
    mtus.report(Address.of("10.1.0.2"), hop, 1000, now);
    assertThat(send()).isEqualTo(1500);
  }
}
