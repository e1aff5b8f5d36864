package org.jlvs.server.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jlvs.cli.ControlClient;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.monitor.table.DirectorServerTable;
import org.jlvs.monitor.table.RefusedException;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;
import org.jlvs.server.control.ControlServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The monitor's way to the table, over a real socket, held against the director itself. */
@Timeout(60)
class RemoteServerTableTest {
  private static final Tunnel GRE = new Tunnel(Tunnel.Type.GRE, 0, Tunnel.Checksum.FULL);

  @TempDir private Path folder;
  private final ServiceTable services = new ServiceTable(1000, new Random(1), ProgramCounters.NONE);
  private final Director director = director(services);
  private final ServerTable direct = new DirectorServerTable(director);
  private ControlServer server;
  private ControlClient client;
  private ServerTable remote;

  private static Director director(ServiceTable services) {
    MemorySegment slots = MemorySegment.ofArray(new long[8 * ConnectionLayout.SLOT_BYTES / 8]);
    MemorySegment buckets = MemorySegment.ofArray(new long[2 * ConnectionLayout.BUCKET_BYTES / 8]);
    return new LocalDirector(
        new PacketEngine(
            services,
            ConnectionTable.create(slots, buckets, 1, 0),
            Host.NOWHERE,
            MarkRules.NONE,
            0));
  }

  @BeforeEach
  void listen() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Path socket = folder.resolve("net-1.sock");
    server =
        ControlServer.start(
            socket,
            Map.of(TableCommand.NAME, new TableCommand(director, new TableCommand.Counts())));
    client = new ControlClient(socket);
    remote = new RemoteServerTable(client);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    server.close();
  }

  private static ServiceSpec web(String scheduler) {
    return new ServiceSpec(
        new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80),
        scheduler,
        0,
        0,
        32,
        Optional.empty());
  }

  private static ServerSpec server(String address, ForwardingMethod method, int weight) {
    return new ServerSpec(
        new ServerKey(Address.of(address), 80), method, weight, 0, 0, Tunnel.IPIP);
  }

  private static List<ServiceSpec> kindsOfServices() {
    return List.of(
        web("wrr"),
        new ServiceSpec(
            new ServiceKey.Endpoint(Protocol.TCP, Address.of("2001:db8::5"), 443),
            "wlc",
            ServiceSpec.PERSISTENT,
            600,
            64,
            Optional.empty()),
        new ServiceSpec(
            new ServiceKey.Endpoint(Protocol.UDP, Address.of("10.0.0.100"), 53),
            "rr",
            ServiceSpec.ONE_PACKET,
            0,
            32,
            Optional.empty()),
        new ServiceSpec(
            new ServiceKey.Mark(10, Family.IPV4),
            "rr",
            ServiceSpec.PERSISTENT,
            60,
            24,
            Optional.empty()),
        new ServiceSpec(
            new ServiceKey.Mark(0xffff_fffe, Family.IPV6), "sed", 0, 0, 128, Optional.empty()));
  }

  @Test
  void allKindsOfEntriesAreMadeAndReadBack() throws TableException {
    List<TableChange> changes = new ArrayList<>();
    for (ServiceSpec spec : kindsOfServices()) {
      changes.add(new TableChange.AddService(spec));
      boolean ipv6 = spec.key().family() == Family.IPV6;
      changes.add(
          new TableChange.AddServer(
              spec.key(),
              server(ipv6 ? "2001:db8::1" : "10.0.0.1", ForwardingMethod.DIRECT_ROUTE, 3)));
      changes.add(
          new TableChange.AddServer(
              spec.key(),
              server(ipv6 ? "2001:db8::2" : "10.0.0.2", ForwardingMethod.MASQUERADE, 0)));
    }
    remote.apply(changes);

    assertThat(direct.services())
        .extracting(TableEntry::spec)
        .containsExactlyInAnyOrderElementsOf(kindsOfServices());
    assertThat(remote.services()).isEqualTo(direct.services());
    for (ServiceSpec spec : kindsOfServices()) {
      assertThat(remote.service(spec.key())).isEqualTo(direct.service(spec.key())).isPresent();
    }
  }

  @Test
  void eachKindOfChangeIsMade() throws TableException {
    ServiceKey key = web("wrr").key();
    ServerSpec real = server("10.0.0.1", ForwardingMethod.DIRECT_ROUTE, 3);
    ServerSpec quiesced = server("10.0.0.1", ForwardingMethod.TUNNEL, 0);

    remote.apply(
        List.of(new TableChange.AddService(web("wrr")), new TableChange.AddServer(key, real)));
    assertThat(direct.services())
        .containsExactly(new TableEntry(web("wrr"), ServicePolicy.NONE, List.of(real)));
    remote.apply(
        List.of(new TableChange.EditService(web("rr")), new TableChange.EditServer(key, quiesced)));
    assertThat(direct.services())
        .containsExactly(new TableEntry(web("rr"), ServicePolicy.NONE, List.of(quiesced)));
    remote.apply(List.of(new TableChange.DeleteServer(key, real.key())));
    assertThat(direct.services())
        .containsExactly(new TableEntry(web("rr"), ServicePolicy.NONE, List.of()));
    remote.apply(List.of(new TableChange.DeleteService(key)));
    assertThat(direct.services()).isEmpty();
    remote.apply(List.of());
  }

  @Test
  void handshakesAreToldOfServersThatHadAny() throws TableException {
    ServiceKey key = web("wrr").key();
    ServerSpec real = server("10.0.0.1", ForwardingMethod.MASQUERADE, 3);
    remote.apply(
        List.of(
            new TableChange.AddService(web("wrr")),
            new TableChange.AddServer(key, real),
            new TableChange.AddServer(key, server("10.0.0.2", ForwardingMethod.MASQUERADE, 3))));
    assertThat(remote.handshakes()).isEmpty();

    RealServer counted = Objects.requireNonNull(services.find(key, real.key()));
    counted.handshakes.answered = 7;
    counted.handshakes.unanswered = 2;
    counted.handshakes.failed(0, Address.of("198.18.0.1").low(), -3_000_000_000L);
    assertThat(remote.handshakes())
        .containsExactly(
            new ServerHandshakes(
                key,
                real.key(),
                true,
                7,
                2,
                0,
                0,
                List.of(new ServerHandshakes.FailedClient(Address.of("198.18.0.1"), 3000))));
  }

  @Test
  void thresholdsAndTunnelsAreCarried() throws TableException {
    ServerSpec limited =
        new ServerSpec(
            new ServerKey(Address.of("10.0.0.1"), 80), ForwardingMethod.TUNNEL, 1, 20, 10, GRE);
    remote.apply(
        List.of(
            new TableChange.AddService(web("wrr")),
            new TableChange.AddServer(web("wrr").key(), limited)));

    assertThat(remote.services())
        .containsExactly(new TableEntry(web("wrr"), ServicePolicy.NONE, List.of(limited)))
        .isEqualTo(direct.services());
  }

  @Test
  void whatTheDirectorRefusesIsNamed() throws TableException {
    assertThat(remote.services()).isEmpty();
    assertThat(remote.service(web("wrr").key())).isEmpty();
    List<TableChange> add = List.of(new TableChange.AddService(web("wrr")));
    remote.apply(add);

    assertThatThrownBy(() -> remote.apply(add))
        .isInstanceOf(RefusedException.class)
        .hasMessage("service TCP 10.0.0.100:80 exists already");
    assertThat(remote.services()).hasSize(1);
  }

  @Test
  void aRefusedChangeLeavesNothingOfThoseBeforeIt() throws TableException {
    ServerSpec real = server("10.0.0.1", ForwardingMethod.DIRECT_ROUTE, 3);
    remote.apply(
        List.of(
            new TableChange.AddService(web("wrr")),
            new TableChange.AddServer(web("wrr").key(), real)));
    List<TableEntry> before = direct.services();

    assertThatThrownBy(
            () ->
                remote.apply(
                    List.of(
                        new TableChange.EditService(web("rr")),
                        new TableChange.DeleteServer(web("rr").key(), real.key()),
                        new TableChange.AddServer(
                            web("rr").key(), server("224.0.0.1", ForwardingMethod.TUNNEL, 1)),
                        new TableChange.DeleteService(web("rr").key()))))
        .isInstanceOf(RefusedException.class)
        .hasMessage(
            "server 224.0.0.1:80 of TCP 10.0.0.100:80: 224.0.0.1 is not a unicast address a server"
                + " can have (change 3 of 4; none of them was made)");
    assertThat(remote.services()).isEqualTo(before);
  }

  @Test
  void whatIsNoListOfChangesIsRefused() throws IOException {
    for (String text : List.of("", "{}", "[{\"change\":\"burn\"}]", "[[[[", "[null]", "null")) {
      ControlClient.Result result =
          client.run(TableCommand.NAME, List.of(TableCommand.APPLY), Optional.of(text));
      assertThat(result.exitCode()).as(text).isEqualTo(2);
      assertThat(result.err()).startsWith("table: ").hasLineCount(1);
    }
    assertThat(client.run(TableCommand.NAME, List.of("shuffle"), Optional.empty()).err())
        .isEqualTo("table: wants show, services, handshakes, counts or apply, not [shuffle]");
    assertThat(director.services()).isEmpty();
  }

  @Test
  void changesAreCountedOnceTheyAreMade() throws Exception {
    TableChange delete = new TableChange.DeleteService(web("wrr").key());
    remote.apply(List.of(new TableChange.AddService(web("wrr")), delete));
    assertThatThrownBy(() -> remote.apply(List.of(delete))).isInstanceOf(TableException.class);

    assertThat(client.run(TableCommand.NAME, List.of("counts"), Optional.empty()).out())
        .isEqualTo("1 2\n");
  }

  @Test
  void aDirectorThatIsNotThereIsNamed() throws IOException {
    try (ControlClient nobody = new ControlClient(folder.resolve("net-2.sock"))) {
      assertThatThrownBy(() -> new RemoteServerTable(nobody).services())
          .isInstanceOf(TableException.class)
          .hasMessageContaining("jlvs director");
    }
  }
}
