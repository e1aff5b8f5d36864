package org.jlvs.server.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jlvs.server.daemon.DirectorOptions.Preset;
import org.jlvs.server.daemon.DirectorOptions.UsageException;
import org.junit.jupiter.api.Test;

class DirectorOptionsTest {
  @Test
  void settingsAreTakenInOrderUnderTheirShortNames() throws UsageException {
    DirectorOptions options =
        DirectorOptions.parse(
                List.of(
                    "--sysctl",
                    "net.ipv4.vs.expire_nodest_conn=1",
                    "--sysctl=net/ipv4/vs/sync_threshold=5 100"))
            .orElseThrow();
    assertThat(options.settings())
        .containsExactly(
            new Preset("expire_nodest_conn", "1"), new Preset("sync_threshold", "5 100"));
  }

  @Test
  void aWrongSettingIsNamedBeforeAnythingStarts() {
    assertThatThrownBy(() -> DirectorOptions.parse(List.of("--sysctl", "secure_tcp=7")))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "director: --sysctl secure_tcp=7: net.ipv4.vs.secure_tcp can be 0 to 3, not \"7\"");
    assertThatThrownBy(() -> DirectorOptions.parse(List.of("--sysctl", "secure_tcp")))
        .hasMessage(
            "director: --sysctl wants NAME=VALUE such as net.ipv4.vs.sloppy_tcp=1, not 'secure_tcp'");
  }
}
