package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.namespaces.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Synchronization daemons, which are kept and shown, and of which operators are told the truth. */
@Tag("system")
class SyncDaemonTest {
  private static final String SHOWN =
      "master sync daemon (mcast=eth0, syncid=5, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n";

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("sync");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void aDaemonIsShownAfterACrashTooAndItIsSaidThatNothingIsSynchronized() throws Exception {
    Director first = lab.startDirector();
    Command.Result started =
        lab.type(
            "ipvsadm", "--start-daemon", "master", "--mcast-interface", "eth0", "--syncid", "5");
    assertThat(started).isEqualTo(new Command.Result(0, "", ""));
    assertThat(lab.type("ipvsadm", "--start-daemon", "master").err())
        .isEqualTo("Daemon has already run\n");
    assertThat(lab.command("ipvsadm -L --daemon")).isEqualTo(SHOWN);
    assertThat(first.complaints())
        .contains("the master synchronization daemon is kept and shown, but connections are not");
    assertThat(lab.command("status"))
        .contains("master synchronization daemon on eth0: not running; connections are not");

    first.process().kill();
    Director second = lab.startDirector();
    assertThat(lab.command("ipvsadm -L --daemon")).isEqualTo(SHOWN);
    lab.command("ipvsadm --stop-daemon master");
    assertThat(lab.command("status")).doesNotContain("synchronization");
    assertThat(second.complaints()).isEmpty();
  }
}
