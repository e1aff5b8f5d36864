package org.jlvs.monitor.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
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
import org.jlvs.core.service.ServiceTable;
import org.jlvs.ipvsadm.Ipvsadm;
import org.jlvs.ipvsadm.SystemNames;
import org.junit.jupiter.api.Test;

/** The two ways to a director's table, held against each other on one director. */
final class ServerTablesTest {
  private final Director director = director();
  private final List<String> commands = new ArrayList<>();
  private final ServerTable direct = new DirectorServerTable(director);
  private final ServerTable byCommands = new IpvsadmServerTable(this::ipvsadm);

  private static Director director() {
    MemorySegment slots = MemorySegment.ofArray(new long[8 * ConnectionLayout.SLOT_BYTES / 8]);
    MemorySegment buckets = MemorySegment.ofArray(new long[2 * ConnectionLayout.BUCKET_BYTES / 8]);
    return new LocalDirector(
        new PacketEngine(
            new ServiceTable(1000, new Random(1), ProgramCounters.NONE),
            ConnectionTable.create(slots, buckets, 1, 0),
            new Nowhere(),
            MarkRules.NONE,
            0));
  }

  private static final class Nowhere implements Host {
    @Override
    public Route route(Address destination) {
      return new Route.Unreachable();
    }

    @Override
    public Address sourceAddress(Address destination) {
      return destination;
    }
  }

  private IpvsadmServerTable.Ipvsadm.Result ipvsadm(List<String> arguments, Optional<String> input)
      throws IOException {
    commands.add(String.join(" ", arguments) + input.map(text -> ": " + text).orElse(""));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    byte[] bytes = input.orElse("").getBytes(StandardCharsets.UTF_8);
    int status =
        Ipvsadm.run(
            "ipvsadm",
            arguments,
            new ByteArrayInputStream(bytes),
            out,
            err,
            director,
            SystemNames.ofHost());
    return new IpvsadmServerTable.Ipvsadm.Result(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
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
  void commandsMakeAndReadAllKindsOfEntries() throws TableException {
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
    byCommands.apply(changes);
    assertThat(direct.services())
        .extracting(TableEntry::spec)
        .containsExactlyInAnyOrderElementsOf(kindsOfServices());
    assertThat(sorted(byCommands.services())).isEqualTo(sorted(direct.services()));
    for (ServiceSpec spec : kindsOfServices()) {
      assertThat(sorted(byCommands.service(spec.key()).stream().toList()))
          .isEqualTo(sorted(direct.service(spec.key()).stream().toList()))
          .hasSize(1);
    }
    assertThat(commands.getFirst()).startsWith("-R: -A -t 10.0.0.100:80 -s wrr\n-a -t");
  }

  /** In one order: ipvsadm sorts what it lists. */
  private static List<String> sorted(List<TableEntry> entries) {
    return entries.stream()
        .map(
            entry ->
                entry.spec()
                    + ": "
                    + entry.servers().stream().map(ServerSpec::toString).sorted().toList())
        .sorted()
        .toList();
  }

  @Test
  void eachChangeIsTheCommandThatAnOperatorWouldType() throws TableException {
    ServiceKey key = web("wrr").key();
    ServerSpec real = server("10.0.0.1", ForwardingMethod.DIRECT_ROUTE, 3);
    for (TableChange change :
        List.of(
            new TableChange.AddService(web("wrr")),
            new TableChange.EditService(web("rr")),
            new TableChange.AddServer(key, real),
            new TableChange.EditServer(key, server("10.0.0.1", ForwardingMethod.TUNNEL, 0)),
            new TableChange.DeleteServer(key, real.key()),
            new TableChange.DeleteService(key))) {
      byCommands.apply(List.of(change));
    }
    assertThat(commands)
        .containsExactly(
            "-A -t 10.0.0.100:80 -s wrr",
            "-E -t 10.0.0.100:80 -s rr",
            "-a -t 10.0.0.100:80 -r 10.0.0.1:80 -g -w 3",
            "-e -t 10.0.0.100:80 -r 10.0.0.1:80 -i -w 0",
            "-d -t 10.0.0.100:80 -r 10.0.0.1:80",
            "-D -t 10.0.0.100:80");
    assertThat(direct.services()).isEmpty();
  }

  @Test
  void thresholdsAreReadBack() throws TableException {
    ServerSpec limited =
        new ServerSpec(
            new ServerKey(Address.of("10.0.0.1"), 80),
            ForwardingMethod.DIRECT_ROUTE,
            1,
            20,
            10,
            Tunnel.IPIP);
    byCommands.apply(
        List.of(
            new TableChange.AddService(web("wrr")),
            new TableChange.AddServer(web("wrr").key(), limited)));
    assertThat(byCommands.services())
        .containsExactly(new TableEntry(web("wrr"), List.of(limited)))
        .isEqualTo(direct.services());
    assertThat(byCommands.service(web("wrr").key())).isEqualTo(direct.service(web("wrr").key()));
  }

  @Test
  void whatTheDirectorRefusesIsNamed() throws TableException {
    assertThat(byCommands.services()).isEmpty();
    assertThat(byCommands.service(web("wrr").key())).isEmpty();
    List<TableChange> add = List.of(new TableChange.AddService(web("wrr")));
    byCommands.apply(add);
    assertThatThrownBy(() -> byCommands.apply(add))
        .isInstanceOf(TableException.class)
        .hasMessage("ipvsadm -A -t 10.0.0.100:80 -s wrr: Service already exists");
    assertThatThrownBy(() -> byCommands.apply(List.of(add.getFirst(), add.getFirst())))
        .isInstanceOf(TableException.class)
        .hasMessageContaining("Service already exists");
    assertThatThrownBy(() -> direct.apply(add)).isInstanceOf(TableException.class);
  }

  @Test
  void aDirectorOutOfReachAndAListingThatIsNoneAreRefused() {
    ServerTable unreachable =
        new IpvsadmServerTable(
            (_, _) -> {
              throw new IOException("no director runs here; start one by jlvs director");
            });
    assertThatThrownBy(unreachable::services)
        .isInstanceOf(TableException.class)
        .hasMessage("no director runs here; start one by jlvs director");
    for (String listing :
        List.of("TCP  10.0.0.100 wrr", "FWM  x rr", "TCP  1.2.3.4:80 rr persistent x\n")) {
      ServerTable odd =
          new IpvsadmServerTable((_, _) -> new IpvsadmServerTable.Ipvsadm.Result(0, listing, ""));
      assertThatThrownBy(odd::services)
          .isInstanceOf(TableException.class)
          .hasMessageStartingWith("cannot read what ipvsadm lists: ");
    }
  }
}
