package org.jlvs.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.TableSnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
  @TempDir Path folder;

  private static DirectorState state() throws Exception {
    ServiceTable table = new ServiceTable(100, new Random(1), number -> Statistics.ZERO);
    var web = new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80);
    var mark = new ServiceKey.Mark(0xffff_fff0, Family.IPV6);
    table.addService(
        new ServiceSpec(web, "wrr", ServiceSpec.PERSISTENT, 300, 24, Optional.empty()));
    table.addService(new ServiceSpec(mark, "wlc", 0, 0, 128, Optional.empty()));
    table.addServer(web, server("10.0.0.1", 80, ForwardingMethod.DIRECT_ROUTE));
    table.addServer(web, server("10.0.0.2", 80, ForwardingMethod.MASQUERADE));
    table.addServer(mark, server("2001:db8::1", 0, ForwardingMethod.DIRECT_ROUTE));
    return new DirectorState(
        table.snapshot(),
        new Tuning(
            new Timeouts(900, 120, 300),
            Map.of("expire_nodest_conn", "1"),
            List.of(new SyncDaemon(true, "eth0", 5, 1472, Optional.of("224.0.0.81"), 8848, 1))));
  }

  private static ServerSpec server(String address, int port, ForwardingMethod forwarding) {
    return new ServerSpec(
        new ServerKey(Address.of(address), port), forwarding, 3, 10, 5, Tunnel.IPIP);
  }

  @Test
  void whatWasWrittenIsRead() throws Exception {
    StateFile file = new StateFile(folder.resolve("state.json"));
    DirectorState state = state();

    file.write(state);

    assertThat(file.read()).contains(state);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-------");
  }

  @Test
  void withoutAFileThereIsNoState() throws Exception {
    assertThat(new StateFile(folder.resolve("none")).read()).isEmpty();
  }

  @Test
  void aDamagedFileIsRefusedByName() throws Exception {
    StateFile file = new StateFile(folder.resolve("state.json"));
    file.write(state());
    byte[] good = Files.readAllBytes(file.path());
    Random random = new Random(11);
    for (int i = 0; i < 300; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
      Files.write(file.path(), bad);
      try {
        file.read();
      } catch (IOException e) {
        assertThat(e).hasMessageContaining(file.path().toString());
      }
    }
    Files.write(file.path(), "{\"format\":1}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(file::read).isInstanceOf(IOException.class);
    Files.write(file.path(), "".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(file::read).isInstanceOf(IOException.class);
    Files.write(file.path(), "{\"format\":1,\"state\":null}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(file::read).isInstanceOf(IOException.class);
    Files.write(file.path(), "null".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(file::read).isInstanceOf(IOException.class);
  }

  /** A change that makes one service of the state another, and a new setting. */
  private static StateChange change(DirectorState state, String scheduler) {
    TableSnapshot.Service first = state.table().services().getFirst();
    ServiceSpec old = first.spec();
    ServiceSpec spec =
        new ServiceSpec(
            old.key(),
            scheduler,
            old.flags(),
            old.persistenceSeconds(),
            old.clientMask(),
            old.persistenceEngine());
    TableSnapshot.Part part =
        new TableSnapshot.Part(
            List.of(spec.key()),
            List.of(
                new TableSnapshot.Service(
                    spec, first.servers(), first.counted(), first.zeroed(), first.rotation())),
            List.of(),
            Statistics.ZERO,
            Statistics.ZERO);
    Tuning tuning = new Tuning(new Timeouts(1, 2, 3), Map.of("sloppy_tcp", scheduler), List.of());
    return new StateChange(List.of(part), Optional.of(tuning));
  }

  private static String scheduler(DirectorState state) {
    return state.table().services().getFirst().spec().scheduler();
  }

  @Test
  void changesAreReadOnTopOfTheState() throws Exception {
    StateFile file = new StateFile(folder.resolve("state.json"));
    DirectorState state = state();
    file.write(state);

    file.append(List.of(change(state, "sed"), change(state, "nq")));
    file.append(List.of(change(state, "lc")));

    DirectorState read = new StateFile(file.path()).read().orElseThrow();
    assertThat(scheduler(read)).isEqualTo("lc");
    assertThat(read.tuning())
        .isEqualTo(new Tuning(new Timeouts(1, 2, 3), Map.of("sloppy_tcp", "lc"), List.of()));
    assertThat(read.table().services()).hasSameSizeAs(state.table().services());
  }

  @Test
  void aChangeThatWasNotWrittenToItsEndIsNone() throws Exception {
    StateFile file = new StateFile(folder.resolve("state.json"));
    DirectorState state = state();
    file.write(state);
    file.append(List.of(change(state, "sed")));
    Path journal = folder.resolve("state.json.journal-1");
    long oneLine = Files.size(journal);
    file.append(List.of(change(state, "nq")));
    byte[] two = Files.readAllBytes(journal);

    for (int length = (int) oneLine; length < two.length; length += 7) {
      Files.write(journal, Arrays.copyOf(two, length));
      assertThat(scheduler(new StateFile(file.path()).read().orElseThrow())).isEqualTo("sed");
    }
  }

  @Test
  void aJournalBelongsToOneWholeState() throws Exception {
    StateFile file = new StateFile(folder.resolve("state.json"));
    DirectorState state = state();
    file.write(state);
    file.append(List.of(change(state, "sed")));
    byte[] old = Files.readAllBytes(folder.resolve("state.json.journal-1"));

    file.write(state);
    Files.write(folder.resolve("state.json.journal-1"), old);

    assertThat(new StateFile(file.path()).read()).contains(state);
    file.delete();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatChangedWhileAStateWasWrittenIsAddedToIt() throws Exception {
    StateFile file = new StateFile(folder.resolve("state.json"));
    DirectorState state = state();
    file.write(state);

    file.prepare(state);
    file.append(List.of(change(state, "sed")));
    assertThat(scheduler(new StateFile(file.path()).read().orElseThrow())).isEqualTo("sed");
    file.install(List.of(change(state, "sed")));

    assertThat(scheduler(new StateFile(file.path()).read().orElseThrow())).isEqualTo("sed");
  }
}
