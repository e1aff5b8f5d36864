package org.jlvs.core.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.jlvs.core.service.TestSpecs.at;
import static org.jlvs.core.service.TestSpecs.mark;
import static org.jlvs.core.service.TestSpecs.server;
import static org.jlvs.core.service.TestSpecs.service;
import static org.jlvs.core.service.TestSpecs.tcp;
import static org.jlvs.core.service.TestSpecs.thresholds;
import static org.jlvs.core.service.TestSpecs.udp;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServiceTableTest {
  private static final ServiceKey WEB = tcp("10.0.0.100", 80);
  private static final long SECOND = 1_000_000_000L;

  private final TestProgram program = new TestProgram();
  private final ServiceTable table = new ServiceTable(5, new SplittableRandom(1), program);

  // ---- what is refused, and with what ----

  @Test
  void refusesAServiceThatExistsBeforeAskingForItsScheduler() throws Exception {
    table.addService(service(WEB, "rr"));
    assertRefused(
        () -> table.addService(service(WEB, "nosuch")),
        Errno.EEXIST,
        "service TCP 10.0.0.100:80 exists already");
    assertThat(table.services()).hasSize(1);
  }

  @Test
  void refusesASchedulerThatDoesNotExist() throws Exception {
    String message =
        "service TCP 10.0.0.100:80: there is no scheduler \"nosuch\"; choose one of rr wrr lc wlc"
            + " lblc lblcr dh sh sed nq fo ovf mh twos none";
    assertRefused(() -> table.addService(service(WEB, "nosuch")), Errno.ENOENT, message);
    table.addService(service(WEB, "rr"));
    assertRefused(() -> table.editService(service(WEB, "nosuch")), Errno.ENOENT, message);
    assertThat(spec(WEB).scheduler()).isEqualTo("rr");
  }

  @Test
  void refusesAPersistenceEngineThatDoesNotExist() throws Exception {
    ServiceKey sip = udp("10.0.0.100", 5060);
    table.addService(new ServiceSpec(sip, "rr", 1, 60, 32, Optional.of("sip")));
    assertRefused(
        () -> table.editService(new ServiceSpec(sip, "rr", 1, 60, 32, Optional.of("bogus"))),
        Errno.ENOENT,
        "service UDP 10.0.0.100:5060: there is no persistence engine \"bogus\"; choose one of sip");
  }

  @Test
  void refusesClientMasksThatAreNoneOfTheFamily() throws Exception {
    ServiceKey six = tcp("2001:db8::100", 80);
    assertRefused(
        () -> table.addService(service(six, "rr", 0)),
        Errno.EINVAL,
        "service TCP [2001:db8::100]:80: client mask :: is not the first 1-128 bits of an IPv6"
            + " address");
    for (String mask : List.of("ffff:0:ffff::", "255.255.255.0")) {
      ServiceSpec spec = new ServiceSpec(six, "rr", 0, 0, Address.of(mask), Optional.empty());
      assertRefused(() -> table.addService(spec), Errno.EINVAL, "client mask " + mask);
    }
    ServiceSpec spec = new ServiceSpec(WEB, "rr", 0, 0, Address.of("ff00::"), Optional.empty());
    assertRefused(() -> table.addService(spec), Errno.EINVAL, "is not one of IPv4 addresses");
    table.addService(service(WEB, "rr", 0));
  }

  @Test
  void namesTheServiceOrServerThatIsMissing() throws Exception {
    ServerSpec spec = server("10.1.0.1", 80, 1);
    String noService = "there is no service TCP 10.0.0.100:80";
    assertRefused(() -> table.editService(service(WEB, "nosuch")), Errno.ESRCH, noService);
    assertRefused(() -> table.deleteService(WEB), Errno.ESRCH, noService);
    assertRefused(() -> table.zero(WEB), Errno.ESRCH, noService);
    assertRefused(() -> table.addServer(WEB, spec), Errno.ESRCH, noService);
    assertRefused(() -> table.editServer(WEB, spec), Errno.ESRCH, noService);
    assertRefused(() -> table.deleteServer(WEB, spec.key()), Errno.ESRCH, noService);
    table.addService(service(WEB, "rr"));
    String noServer = "there is no server 10.1.0.1:80 of service TCP 10.0.0.100:80";
    assertRefused(() -> table.editServer(WEB, spec), Errno.ENOENT, noServer);
    assertRefused(() -> table.deleteServer(WEB, spec.key()), Errno.ENOENT, noServer);
  }

  @Test
  void refusesAServerThatExists() throws Exception {
    web("10.1.0.1");
    assertRefused(
        () -> table.addServer(WEB, server("10.1.0.1", 80, 9)),
        Errno.EEXIST,
        "server 10.1.0.1:80 of TCP 10.0.0.100:80 exists already");
    assertThat(table.services().getFirst().servers().getFirst().spec().weight()).isEqualTo(1);
  }

  @Test
  void asksForWeightAndThresholdsBeforeTheServersExistence() throws Exception {
    web("10.1.0.1");
    assertRefused(
        () -> table.addServer(WEB, thresholds("10.1.0.1", 80, 1, 2)),
        Errno.ERANGE,
        "server 10.1.0.1:80 of TCP 10.0.0.100:80: lower threshold 2 is above the upper threshold 1");
    assertRefused(
        () -> table.editServer(WEB, server("10.1.0.9", 80, -1)),
        Errno.ERANGE,
        "server 10.1.0.9:80 of TCP 10.0.0.100:80: weight -1 is negative; give 0 or more");
  }

  @Test
  void comparesThresholdsUnsigned() throws Exception {
    web("10.1.0.1");
    table.editServer(WEB, thresholds("10.1.0.1", 80, -1, 0x7fff_ffff));
    assertRefused(
        () -> table.editServer(WEB, thresholds("10.1.0.1", 80, 5, -1)),
        Errno.ERANGE,
        "lower threshold 4294967295 is above the upper threshold 5");
  }

  @Test
  void takesAServerOfAnotherFamilyForATunnelOnly() throws Exception {
    table.addService(service(WEB, "rr"));
    String six = "2001:db8:1::1";
    for (ForwardingMethod method :
        List.of(ForwardingMethod.MASQUERADE, ForwardingMethod.DIRECT_ROUTE)) {
      assertRefused(
          () -> table.addServer(WEB, server(six, 80, method, 1)),
          Errno.EINVAL,
          "server [2001:db8:1::1]:80 of TCP 10.0.0.100:80: only a tunnelled server may have another"
              + " address family than its service");
    }
    table.addServer(WEB, server(six, 80, ForwardingMethod.TUNNEL, 1));
    VirtualService web = table.find(WEB);
    Address address = Address.of(six);
    assertThat(table.server(web, address.high(), address.low(), 80)).isNull();
    assertThat(table.server(web, Family.IPV6, address.high(), address.low(), 80)).isNotNull();
  }

  @Test
  void refusesAGueTunnelWithoutPort() throws Exception {
    table.addService(service(WEB, "rr"));
    Tunnel gue = new Tunnel(Tunnel.Type.GUE, 0, Tunnel.Checksum.NONE);
    ServerSpec spec = new ServerSpec(at("10.1.0.1", 80), ForwardingMethod.TUNNEL, 1, 0, 0, gue);
    assertRefused(
        () -> table.addServer(WEB, spec),
        Errno.EINVAL,
        "server 10.1.0.1:80 of TCP 10.0.0.100:80: a GUE tunnel needs a UDP port other than 0");
  }

  @Test
  void refusesServersThatAreNotUnicastAsTheKernelDoes() throws Exception {
    ServiceKey six = tcp("2001:db8::100", 80);
    table.addService(service(WEB, "rr"));
    table.addService(service(six, "rr"));
    for (String address : List.of("0.0.0.0", "224.0.0.1", "239.1.2.3", "255.255.255.255")) {
      assertRefused(
          () -> table.addServer(WEB, server(address, 80, 1)),
          Errno.EINVAL,
          address + " is not a unicast address a server can have");
    }
    for (String address : List.of("::", "ff02::1", "fe80::1", "::ffff:1.2.3.4")) {
      assertRefused(() -> table.addServer(six, server(address, 80, 1)), Errno.EINVAL, address);
    }
    ServiceTable roomy = new ServiceTable(20, new SplittableRandom(1), program);
    roomy.addService(service(WEB, "rr"));
    roomy.addService(service(six, "rr"));
    for (String address : List.of("0.1.2.3", "127.0.0.1", "223.255.255.255", "240.0.0.1")) {
      roomy.addServer(WEB, server(address, 80, 1));
    }
    for (String address : List.of("::1", "::1.2.3.4", "fec0::1", "fd00::1", "2001:db8:1::1")) {
      roomy.addServer(six, server(address, 80, 1));
    }
  }

  // ---- order of listing ----

  @Test
  void listsServicesInTheOrderTheKernelWalksItsTables() throws Exception {
    // As `ipvsadm -Ln --nosort` listed them in the boot whose order ListingOrder keeps.
    List<ServiceKey> kernels =
        List.of(
            tcp("2001:db8::100", 80),
            tcp("10.0.0.100", 443),
            udp("2001:db8::100", 53),
            tcp("10.0.0.101", 0),
            tcp("10.0.0.101", 25),
            udp("10.0.0.100", 53),
            tcp("10.0.0.100", 80),
            mark(9),
            mark(10),
            new ServiceKey.Mark(11, Family.IPV6));
    for (ServiceKey key : kernels.reversed()) {
      table.addService(service(key, "rr"));
    }
    assertThat(table.services()).extracting(view -> view.spec().key()).isEqualTo(kernels);
  }

  @Test
  void listsTheLastAddedFirstWhereHashesMeet() throws Exception {
    for (int mark : List.of(5, 5 + 256, 5 + 512)) {
      table.addService(service(mark(mark), "rr"));
    }
    table.editService(service(mark(5), "wlc"));
    assertThat(table.services())
        .extracting(view -> view.spec().key())
        .containsExactly(mark(5 + 512), mark(5 + 256), mark(5));
  }

  @Test
  void listsTheLastAddedServerFirst() throws Exception {
    web("10.1.0.1", "10.1.0.2", "10.1.0.3");
    table.editServer(WEB, server("10.1.0.1", 80, 7));
    assertThat(view(WEB).servers())
        .extracting(view -> view.spec().key().toString() + " " + view.spec().weight())
        .containsExactly("10.1.0.3:80 1", "10.1.0.2:80 1", "10.1.0.1:80 7");
  }

  // ---- lookup ----

  @Test
  void prefersTheMarkThenThePortThenAllPorts() throws Exception {
    ServiceKey allPorts = tcp("10.0.0.100", 0);
    for (ServiceKey key : List.of(WEB, allPorts, mark(7))) {
      table.addService(service(key, "rr"));
    }
    assertThat(lookup(7, 6, "10.0.0.100", 80)).isEqualTo(mark(7));
    assertThat(lookup(7, 17, "10.9.9.9", 1)).isEqualTo(mark(7));
    assertThat(lookup(8, 6, "10.0.0.100", 80)).isEqualTo(WEB);
    assertThat(lookup(0, 6, "10.0.0.100", 80)).isEqualTo(WEB);
    assertThat(lookup(0, 6, "10.0.0.100", 81)).isEqualTo(allPorts);
    assertThat(lookup(0, 17, "10.0.0.100", 80)).isNull();
    assertThat(lookup(0, 6, "10.0.0.101", 80)).isNull();
    table.deleteService(allPorts);
    assertThat(lookup(0, 6, "10.0.0.100", 81)).isNull();
  }

  @Test
  void takesMarksOfBothFamiliesApart() throws Exception {
    ServiceKey six = new ServiceKey.Mark(7, Family.IPV6);
    table.addService(service(six, "rr"));
    assertThat(lookup(7, 6, "10.0.0.100", 80)).isNull();
    assertThat(lookup(7, 6, "2001:db8::1", 80)).isEqualTo(six);
  }

  @Test
  void takesMarksAsUnsigned() throws Exception {
    table.addService(service(mark(-1), "rr"));
    assertThat(lookup(-1, 6, "10.0.0.100", 80)).isEqualTo(mark(-1));
  }

  @Test
  void givesFtpDataConnectionsToTheFtpServiceBeforeAllPorts() throws Exception {
    ServiceKey ftp = tcp("10.0.0.100", 21);
    ServiceKey allPorts = tcp("10.0.0.100", 0);
    table.addService(service(ftp, "rr"));
    table.addService(service(allPorts, "rr"));
    assertThat(lookup(0, 6, "10.0.0.100", 20)).isEqualTo(ftp);
    assertThat(lookup(0, 6, "10.0.0.100", 1024)).isEqualTo(ftp);
    assertThat(lookup(0, 6, "10.0.0.100", 1023)).isEqualTo(allPorts);
    assertThat(lookup(0, 17, "10.0.0.100", 20)).isNull();
    table.deleteService(ftp);
    assertThat(lookup(0, 6, "10.0.0.100", 20)).isEqualTo(allPorts);
  }

  @Test
  void findsEachOfTenThousandServices() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      table.addService(service(tcp("10.0." + i / 250 + "." + i % 250, 80), "rr"));
    }
    for (int i = 0; i < 10_000; i += 2) {
      table.deleteService(tcp("10.0." + i / 250 + "." + i % 250, 80));
    }
    for (int i = 0; i < 10_000; i++) {
      String address = "10.0." + i / 250 + "." + i % 250;
      assertThat(lookup(0, 6, address, 80)).isEqualTo(i % 2 == 0 ? null : tcp(address, 80));
    }
  }

  @Test
  void knowsTheAddressesOfMasqueradedServers() throws Exception {
    ServiceKey other = tcp("10.0.0.101", 80);
    ServerSpec masqueraded = server("10.1.0.1", 8080, ForwardingMethod.MASQUERADE, 1);
    ServerSpec routed = server("10.1.0.1", 8080, 1);
    for (ServiceKey key : List.of(WEB, other, mark(3))) {
      table.addService(service(key, "rr"));
    }
    table.addServer(WEB, routed);
    assertThat(isMasqueraded(6)).isFalse();
    table.editServer(WEB, masqueraded);
    table.addServer(other, masqueraded);
    assertThat(isMasqueraded(6)).isTrue();
    assertThat(isMasqueraded(17)).isFalse();
    table.editServer(WEB, routed);
    assertThat(isMasqueraded(6)).isTrue();
    table.deleteService(other);
    assertThat(isMasqueraded(6)).isFalse();
    table.addServer(mark(3), masqueraded);
    assertThat(isMasqueraded(6)).isTrue();
    assertThat(isMasqueraded(17)).isTrue();
    table.deleteServer(mark(3), masqueraded.key());
    assertThat(isMasqueraded(17)).isFalse();
  }

  @Test
  void takesTheServerThatGotItsTunnelLastForThatOfAnAddress() throws Exception {
    ServiceKey other = tcp("10.0.0.101", 80);
    table.addService(service(WEB, "rr"));
    table.addService(service(other, "rr"));
    table.addServer(WEB, tunnelled(Tunnel.Type.GRE, 0, 1));
    table.addServer(other, tunnelled(Tunnel.Type.IPIP, 0, 1));
    assertThat(tunnelTo(0)).isEqualTo(Tunnel.Type.IPIP);
    table.editServer(WEB, tunnelled(Tunnel.Type.GRE, 0, 5));
    assertThat(tunnelTo(0)).isEqualTo(Tunnel.Type.IPIP);
    table.editServer(WEB, tunnelled(Tunnel.Type.GUE, 6080, 5));
    assertThat(tunnelTo(6080)).isEqualTo(Tunnel.Type.GUE);
    table.editServer(WEB, tunnelled(Tunnel.Type.GRE, 0, 5));
    assertThat(tunnelTo(6080)).isNull();
    assertThat(tunnelTo(0)).isEqualTo(Tunnel.Type.GRE);
    table.editServer(WEB, server("10.1.0.1", 80, 1));
    assertThat(tunnelTo(0)).isEqualTo(Tunnel.Type.IPIP);
    table.deleteService(other);
    assertThat(tunnelTo(0)).isNull();
  }

  private static ServerSpec tunnelled(Tunnel.Type type, int port, int weight) {
    Tunnel tunnel = new Tunnel(type, port, Tunnel.Checksum.NONE);
    ServerKey key = new ServerKey(Address.of("10.1.0.1"), 80);
    return new ServerSpec(key, ForwardingMethod.TUNNEL, weight, 0, 0, tunnel);
  }

  private Tunnel.@Nullable Type tunnelTo(int port) {
    Address address = Address.of("10.1.0.1");
    RealServer found = table.tunnelledServer(address.family(), address.high(), address.low(), port);
    return found == null ? null : found.tunnel().type();
  }

  private boolean isMasqueraded(int protocol) {
    Address address = Address.of("10.1.0.1");
    return table.hasMasqueradedServer(
        address.family(), protocol, address.high(), address.low(), 8080);
  }

  // ---- numbers and the trash ----

  @Test
  void usesANumberAgainAsLateAsPossible() throws Exception {
    web("10.1.0.1", "10.1.0.2");
    assertThat(numbers(WEB)).containsExactly(2, 1);
    table.deleteService(WEB);
    letTheTrashGo();
    web("10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6", "10.1.0.7");
    assertThat(numbers(WEB)).containsExactly(2, 1, 5, 4, 3);
    assertRefused(
        () -> table.addServer(WEB, server("10.1.0.8", 80, 1)),
        Errno.ENOMEM,
        "server 10.1.0.8:80 of TCP 10.0.0.100:80: all 5 server numbers are in use");
  }

  @Test
  void takesNumbersFromUnreferencedDeletedServersWhenNoneIsLeft() throws Exception {
    web("10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5");
    RealServer busy = find("10.1.0.1");
    table.retain(busy);
    table.deleteServer(WEB, busy.key());
    table.deleteServer(WEB, at("10.1.0.2", 80));
    table.addServer(WEB, server("10.1.0.6", 80, 1));
    assertThat(find("10.1.0.6").number()).isEqualTo(2);
    assertThat(table.numbered(1)).isSameAs(busy);
    assertRefused(() -> table.addServer(WEB, server("10.1.0.7", 80, 1)), Errno.ENOMEM, "10.1.0.7");
    table.release(busy);
    table.addServer(WEB, server("10.1.0.7", 80, 1));
    assertThat(find("10.1.0.7").number()).isEqualTo(1);
  }

  @Test
  void aServerAddedAgainComesBackWithItsConnectionsAndCounts() throws Exception {
    web("10.1.0.1", "10.1.0.2");
    RealServer server = find("10.1.0.1");
    serve(server, 3);
    program.countPackets(server.number(), 10);
    table.deleteServer(WEB, server.key());
    assertThat(server.available()).isFalse();
    assertThat(find("10.1.0.1")).isNull();
    assertThat(view(WEB).statistics()).isEqualTo(new Statistics(3, 13, 0, 520, 0));

    table.addServer(WEB, server("10.1.0.1", 80, ForwardingMethod.TUNNEL, 7));
    assertThat(find("10.1.0.1")).isSameAs(server);
    assertThat(server.available()).isTrue();
    Statistics counts = new Statistics(3, 13, 0, 520, 0);
    ServerSpec spec = server("10.1.0.1", 80, ForwardingMethod.TUNNEL, 7);
    assertThat(view(WEB).servers())
        .first()
        .isEqualTo(new ServerView(spec, 3, 0, 0, counts, Rates.ZERO));
    assertThat(view(WEB).statistics()).isEqualTo(counts);
  }

  @Test
  void aServerOfAServiceAddedAgainKeepsItsConnectionsButNotItsCounts() throws Exception {
    web("10.1.0.1");
    RealServer server = find("10.1.0.1");
    serve(server, 3);
    program.countPackets(server.number(), 10);
    table.deleteService(WEB);
    web("10.1.0.1");
    program.countPackets(server.number(), 1);
    assertThat(find("10.1.0.1")).isSameAs(server);
    Statistics counts = new Statistics(0, 1, 0, 40, 0);
    ServerView kept = new ServerView(server("10.1.0.1", 80, 1), 3, 0, 0, counts, Rates.ZERO);
    assertThat(view(WEB))
        .isEqualTo(
            new ServiceView(
                service(WEB, "rr"), ServicePolicy.NONE, List.of(kept), counts, Rates.ZERO));
    assertThat(table.totals()).isEqualTo(new Statistics(3, 14, 0, 560, 0));
  }

  @Test
  void anotherServiceTakesNothingFromTheTrash() throws Exception {
    web("10.1.0.1");
    RealServer server = find("10.1.0.1");
    table.deleteServer(WEB, server.key());
    ServiceKey other = tcp("10.0.0.101", 80);
    table.addService(service(other, "rr"));
    table.addServer(other, server("10.1.0.1", 80, 1));
    assertThat(table.find(other).servers()).doesNotContain(server);
  }

  @Test
  void throwsAnIdleServerAwayAfterItWasSeenIdleForTwoMinutes() throws Exception {
    table.advance(0);
    web("10.1.0.1");
    RealServer server = find("10.1.0.1");
    table.deleteServer(WEB, server.key());
    table.advance(179 * SECOND);
    assertThat(table.numbered(1)).isSameAs(server);
    table.advance(181 * SECOND);
    assertThat(table.numbered(1)).isNull();
    table.addServer(WEB, server("10.1.0.1", 80, 1));
    assertThat(find("10.1.0.1")).isNotSameAs(server);
  }

  @Test
  void keepsAServerInTheTrashAsLongAsConnectionsReferToIt() throws Exception {
    table.advance(0);
    web("10.1.0.1");
    RealServer server = find("10.1.0.1");
    table.retain(server);
    table.deleteService(WEB);
    table.advance(100_000 * SECOND);
    assertThat(table.numbered(1)).isSameAs(server);
    assertThat(server.service().key()).isEqualTo(WEB);
    table.release(server);
    table.advance(100_300 * SECOND);
    assertThat(table.numbered(1)).isNull();
  }

  // ---- thresholds ----

  @Test
  void isOverloadedFromTheUpperThresholdUntilBelowThreeQuartersOfIt() throws Exception {
    web("10.1.0.1");
    table.editServer(WEB, thresholds("10.1.0.1", 80, 4, 0));
    RealServer server = find("10.1.0.1");
    serve(server, 3);
    assertThat(server.overloaded()).isFalse();
    serve(server, 1);
    assertThat(server.overloaded()).isTrue();
    end(server);
    assertThat(server.overloaded()).isTrue();
    end(server);
    assertThat(server.overloaded()).isFalse();
  }

  @Test
  void isOverloadedUntilBelowTheLowerThreshold() throws Exception {
    web("10.1.0.1");
    table.editServer(WEB, thresholds("10.1.0.1", 80, 4, 2));
    RealServer server = find("10.1.0.1");
    serve(server, 4);
    end(server);
    end(server);
    assertThat(server.overloaded()).isTrue();
    end(server);
    assertThat(server.overloaded()).isFalse();
  }

  @Test
  void aRaisedOrDroppedUpperThresholdEndsTheOverload() throws Exception {
    web("10.1.0.1");
    table.editServer(WEB, thresholds("10.1.0.1", 80, 2, 0));
    RealServer server = find("10.1.0.1");
    serve(server, 2);
    table.editServer(WEB, thresholds("10.1.0.1", 80, 1, 0));
    assertThat(server.overloaded()).isTrue();
    table.editServer(WEB, thresholds("10.1.0.1", 80, 3, 0));
    assertThat(server.overloaded()).isFalse();
    serve(server, 1);
    table.editServer(WEB, thresholds("10.1.0.1", 80, 0, 0));
    assertThat(server.overloaded()).isFalse();
  }

  // ---- statistics ----

  @Test
  void addsTheProgramsCountsToTheEnginesAndSumsThemUp() throws Exception {
    web("10.1.0.1", "10.1.0.2");
    serve(find("10.1.0.1"), 2);
    program.countPackets(1, 5);
    program.countPackets(2, 7);
    assertThat(view(WEB).servers())
        .extracting(ServerView::statistics)
        .containsExactly(new Statistics(0, 7, 0, 280, 0), new Statistics(2, 7, 0, 280, 0));
    Statistics all = new Statistics(2, 14, 0, 560, 0);
    assertThat(view(WEB).statistics()).isEqualTo(all);
    assertThat(table.totals()).isEqualTo(all);
  }

  @Test
  void zeroesOneServiceAndItsServersOnly() throws Exception {
    ServiceKey other = tcp("10.0.0.101", 80);
    web("10.1.0.1");
    table.addService(service(other, "rr"));
    table.addServer(other, server("10.1.0.1", 80, 1));
    serve(find("10.1.0.1"), 1);
    program.countPackets(1, 5);
    program.countPackets(2, 7);
    table.zero(WEB);
    program.countPackets(1, 1);
    Statistics one = new Statistics(0, 1, 0, 40, 0);
    assertThat(view(WEB).statistics()).isEqualTo(one);
    assertThat(view(WEB).servers().getFirst().statistics()).isEqualTo(one);
    assertThat(view(other).statistics()).isEqualTo(new Statistics(0, 7, 0, 280, 0));
    assertThat(table.totals()).isEqualTo(new Statistics(1, 14, 0, 560, 0));
    table.zeroAll();
    assertThat(view(WEB).statistics()).isEqualTo(Statistics.ZERO);
    assertThat(view(other).statistics()).isEqualTo(Statistics.ZERO);
    assertThat(table.totals()).isEqualTo(Statistics.ZERO);
  }

  @Test
  void aNumberUsedAgainBeginsWithoutTheFormerServersCounts() throws Exception {
    web("10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5");
    program.countPackets(1, 5);
    table.deleteServer(WEB, at("10.1.0.1", 80));
    table.addServer(WEB, server("10.1.0.6", 80, 1));
    assertThat(find("10.1.0.6").number()).isEqualTo(1);
    assertThat(view(WEB).servers().getFirst().statistics()).isEqualTo(Statistics.ZERO);
    program.countPackets(1, 2);
    assertThat(view(WEB).servers().getFirst().statistics())
        .isEqualTo(new Statistics(0, 2, 0, 80, 0));
    assertThat(view(WEB).statistics()).isEqualTo(new Statistics(0, 7, 0, 280, 0));
    assertThat(table.totals()).isEqualTo(new Statistics(0, 7, 0, 280, 0));
  }

  @Test
  void totalsKeepWhatDeletedServicesCounted() throws Exception {
    web("10.1.0.1");
    RealServer server = find("10.1.0.1");
    table.retain(server);
    serve(server, 2);
    program.countPackets(1, 5);
    table.flush();
    assertThat(table.services()).isEmpty();
    program.countPackets(1, 1);
    assertThat(table.totals()).isEqualTo(new Statistics(2, 8, 0, 320, 0));
    table.release(server);
    end(server);
    end(server);
    letTheTrashGo();
    program.countPackets(1, 100);
    assertThat(table.totals()).isEqualTo(new Statistics(2, 8, 0, 320, 0));
  }

  // ---- rates ----

  @Test
  void estimatesRatesAsTheKernelRoundsThem() throws Exception {
    table.advance(0);
    web("10.1.0.1");
    RealServer server = find("10.1.0.1");
    server.counters.connections = 7;
    server.counters.inPackets = 15;
    server.counters.inBytes = 7600;
    server.service().counters.add(server.counters.snapshot());
    table.advance(2 * SECOND - 1);
    assertThat(view(WEB).rates()).isEqualTo(Rates.ZERO);
    table.advance(2 * SECOND);
    Rates rates = new Rates(1, 2, 0, 950, 0);
    assertThat(view(WEB).rates()).isEqualTo(rates);
    assertThat(view(WEB).servers().getFirst().rates()).isEqualTo(rates);
    assertThat(table.totalRates()).isEqualTo(rates);
    table.advance(4 * SECOND);
    assertThat(view(WEB).rates()).isEqualTo(new Rates(1, 1, 0, 712, 0));
    table.zero(WEB);
    assertThat(view(WEB).rates()).isEqualTo(Rates.ZERO);
    table.advance(1_000_000 * SECOND);
    assertThat(table.totalRates()).isEqualTo(Rates.ZERO);
  }

  @Test
  void estimatesManyServicesInSlicesEachOncePerPeriod() throws Exception {
    table.advance(0);
    for (int i = 0; i < 2000; i++) {
      table.addService(service(mark(i + 1), "rr"));
    }
    table.listed().forEach(service -> service.counters.inPackets = 100);
    table.advance(2 * SECOND);
    long estimated = table.services().stream().filter(s -> s.rates().inPackets() > 0).count();
    assertThat(estimated).isBetween(1L, 1999L);
    table.deleteService(table.listed().getFirst().key());
    assertThat(table.services())
        .allSatisfy(service -> assertThat(service.rates().inPackets()).isEqualTo(12));
    assertThat(table.totalRates().inPackets()).isEqualTo(25_000);
    table.advance(4 * SECOND);
    table.advance(6 * SECOND);
    table.advance(8 * SECOND);
    assertThat(table.services().getFirst().rates().inPackets()).isEqualTo(5);
  }

  // ---- restart ----

  @Test
  void aRestoredTableShowsWhatTheFormerOneShowed() throws Exception {
    ServiceTable restored = restartWithTrash(program);
    assertThat(restored.services()).isEqualTo(withoutConnections(table.services()));
    assertThat(restored.totals()).isEqualTo(table.totals());
    assertThat(restored.snapshot()).isEqualTo(table.snapshot());
    for (int number = 1; number <= 5; number++) {
      RealServer was = table.numbered(number);
      RealServer is = restored.numbered(number);
      assertThat(is == null ? null : is.key() + " " + is.available() + " " + is.service().key())
          .isEqualTo(
              was == null ? null : was.key() + " " + was.available() + " " + was.service().key());
    }
  }

  @Test
  void aRestoredTableGoesOnCountingWhereTheProgramWentOn() throws Exception {
    Statistics before = table.totals();
    ServiceTable restored = restartWithTrash(program);
    before = table.totals();
    program.countPackets(1, 3);
    assertThat(restored.totals()).isEqualTo(before.plus(new Statistics(0, 3, 0, 120, 0)));
    assertThat(restored.services()).isEqualTo(withoutConnections(table.services()));
  }

  @Test
  void aRestoredTableKeepsItsCountsWhenTheProgramBeginsAnew() throws Exception {
    TestProgram anew = new TestProgram();
    ServiceTable restored = restartWithTrash(anew);
    assertThat(restored.services()).isEqualTo(withoutConnections(table.services()));
    assertThat(restored.totals()).isEqualTo(table.totals());
    anew.countPackets(1, 3);
    program.countPackets(1, 3);
    assertThat(restored.services()).isEqualTo(withoutConnections(table.services()));
    assertThat(restored.totals()).isEqualTo(table.totals());
  }

  @Test
  void aDeletedServerComesBackAfterARestartToo() throws Exception {
    ServiceTable restored = restartWithTrash(program);
    restored.addServer(WEB, server("10.1.0.3", 80, 1));
    table.addServer(WEB, server("10.1.0.3", 80, 1));
    assertThat(restored.services()).isEqualTo(withoutConnections(table.services()));
    assertThat(restored.totals()).isEqualTo(table.totals());
  }

  @Test
  void refusesASnapshotWhoseNumbersItCannotHave() throws Exception {
    web("10.1.0.1", "10.1.0.2", "10.1.0.3");
    ServiceTable small = new ServiceTable(2, new SplittableRandom(1), program);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> small.restore(table.snapshot()))
        .withMessage(
            "server 10.1.0.3:80 of TCP 10.0.0.100:80: number 3 is taken or not within 1-2");
  }

  @Test
  void refusesASnapshotThatHasSomethingTwice() throws Exception {
    restartWithTrash(program);
    TableSnapshot snapshot = table.snapshot();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> restoreInto(twice(snapshot.services()), List.of()))
        .withMessageContaining("is there twice");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> restoreInto(snapshot.services(), twice(snapshot.trash())))
        .withMessageContaining("is in the trash twice");
  }

  private static <T> List<T> twice(List<T> list) {
    return Stream.concat(list.stream(), list.stream()).toList();
  }

  private void restoreInto(
      List<TableSnapshot.Service> services, List<TableSnapshot.DeletedServer> trash) {
    new ServiceTable(5, new SplittableRandom(1), program)
        .restore(new TableSnapshot(services, trash, Statistics.ZERO, Statistics.ZERO));
  }

  /** Servers 1 and 2 of WEB, 3 deleted from it, 4 deleted with its service. */
  private ServiceTable restartWithTrash(ProgramCounters after) throws Exception {
    ServiceKey gone = tcp("10.0.0.101", 80);
    web("10.1.0.1", "10.1.0.2", "10.1.0.3");
    table.addService(service(gone, "wlc"));
    table.addService(service(mark(3), "mh"));
    table.addServer(gone, server("10.1.0.4", 80, 1));
    table.editServer(WEB, server("10.1.0.1", 80, 0));
    for (int number = 1; number <= 4; number++) {
      serve(table.numbered(number), number);
      program.countPackets(number, 10 * number);
    }
    table.zero(WEB);
    for (int number = 1; number <= 4; number++) {
      serve(table.numbered(number), number);
      program.countPackets(number, 100 * number);
    }
    table.deleteServer(WEB, at("10.1.0.3", 80));
    table.deleteService(gone);
    ServiceTable restored = new ServiceTable(5, new SplittableRandom(1), after);
    restored.restore(table.snapshot());
    return restored;
  }

  private static List<ServiceView> withoutConnections(List<ServiceView> services) {
    return services.stream()
        .map(
            service ->
                new ServiceView(
                    service.spec(),
                    service.policy(),
                    service.servers().stream()
                        .map(s -> new ServerView(s.spec(), 0, 0, 0, s.statistics(), s.rates()))
                        .toList(),
                    service.statistics(),
                    service.rates()))
        .toList();
  }

  // ---- words of these tests ----

  /** Adds the web service with these servers, if it is not there. */
  private void web(String... servers) throws DirectorException {
    if (table.find(WEB) == null) {
      table.addService(service(WEB, "rr"));
    }
    for (String address : servers) {
      table.addServer(WEB, server(address, 80, 1));
    }
  }

  private RealServer find(String address) {
    Address of = Address.of(address);
    return table.server(table.find(WEB), of.high(), of.low(), 80);
  }

  /** Connections of one packet of 40 bytes each, counted as the engine does. */
  private void serve(RealServer server, int connections) {
    for (int i = 0; i < connections; i++) {
      table.retain(server);
      server.activeConnections++;
      server.connectionBound();
      for (Counters counters : List.of(server.counters, server.service().counters)) {
        counters.connections++;
        counters.inPackets++;
        counters.inBytes += 40;
      }
    }
  }

  private void end(RealServer server) {
    server.activeConnections--;
    server.connectionUnbound();
    table.release(server);
  }

  private void letTheTrashGo() {
    table.advance(0);
    table.advance(300 * SECOND);
  }

  private ServiceView view(ServiceKey key) {
    return table.service(key).orElseThrow();
  }

  private ServiceSpec spec(ServiceKey key) {
    return view(key).spec();
  }

  private List<Integer> numbers(ServiceKey key) {
    return table.find(key).servers().stream().map(RealServer::number).toList();
  }

  private ServiceKey lookup(int mark, int protocol, String destination, int port) {
    Address address = Address.of(destination);
    VirtualService found =
        table.lookup(address.family(), mark, protocol, address.high(), address.low(), port);
    return found == null ? null : found.key();
  }

  private static void assertRefused(ThrowingCallable call, Errno errno, String message) {
    assertThatExceptionOfType(DirectorException.class)
        .isThrownBy(call)
        .withMessageContaining(message)
        .satisfies(refusal -> assertThat(refusal.errno()).isEqualTo(errno));
  }
}
