package org.jlvs.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
        new Timeouts(900, 120, 300),
        Map.of("expire_nodest_conn", "1"),
        List.of(new SyncDaemon(true, "eth0", 5, 1472, Optional.of("224.0.0.81"), 8848, 1)));
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
}
