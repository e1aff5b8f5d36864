package org.jlvs.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SysctlCommandTest {
  private final Director director = director();
  private final SysctlCommand command = new SysctlCommand(director);

  private record Answer(int exitCode, String out, String err) {}

  private static Director director() {
    MemorySegment slots = MemorySegment.ofArray(new long[16 * ConnectionLayout.SLOT_BYTES / 8]);
    MemorySegment buckets = MemorySegment.ofArray(new long[16 * ConnectionLayout.BUCKET_BYTES / 8]);
    return new LocalDirector(
        new PacketEngine(
            new ServiceTable(10, new Random(1), ProgramCounters.NONE),
            ConnectionTable.create(slots, buckets, 1, 0),
            Host.NOWHERE,
            MarkRules.NONE,
            0));
  }

  private Answer sysctl(String... arguments) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        command.run("sysctl", List.of(arguments), InputStream.nullInputStream(), out, err);
    return new Answer(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conn_reuse_mode",
        "net.ipv4.vs.conn_reuse_mode",
        "net/ipv4/vs/conn_reuse_mode",
        "/proc/sys/net/ipv4/vs/conn_reuse_mode"
      })
  void aNameIsTakenAsSysctlTakesIt(String name) throws IOException {
    assertThat(sysctl(name)).isEqualTo(new Answer(0, "net.ipv4.vs.conn_reuse_mode = 1\n", ""));
  }

  @Test
  void aChangeIsShownAndInForce() throws IOException {
    assertThat(sysctl("-w", "net.ipv4.vs.expire_nodest_conn=1", "sloppy_tcp = 1"))
        .isEqualTo(
            new Answer(0, "net.ipv4.vs.expire_nodest_conn = 1\nnet.ipv4.vs.sloppy_tcp = 1\n", ""));
    assertThat(director.settings())
        .containsEntry("expire_nodest_conn", "1")
        .containsEntry("sloppy_tcp", "1");
  }

  @Test
  void aPairIsSetAndShown() throws IOException {
    Answer answer = sysctl("sync_threshold=5 100");
    assertThat(answer.out()).isEqualTo("net.ipv4.vs.sync_threshold = 5 100\n");
    assertThat(sysctl("-n", "sync_threshold").out()).isEqualTo("5\t100\n");
  }

  @Test
  void aSettingThatSteersNothingIsKeptAndSaysSo() throws IOException {
    assertThat(sysctl("sync_ports=2"))
        .isEqualTo(
            new Answer(
                0,
                "net.ipv4.vs.sync_ports = 2\n",
                "jlvs sysctl: net.ipv4.vs.sync_ports is kept but has no effect:"
                    + " this director does not synchronize connections\n"));
    assertThat(director.setting("sync_ports")).contains("2");
  }

  @Test
  void oneWrongValueLeavesAllAsItWas() throws IOException {
    assertThat(sysctl("expire_nodest_conn=1", "secure_tcp=4"))
        .isEqualTo(
            new Answer(1, "", "jlvs sysctl: net.ipv4.vs.secure_tcp can be 0 to 3, not \"4\"\n"));
    assertThat(director.setting("expire_nodest_conn")).contains("0");
  }

  @Test
  void anUnknownNameLeavesAllAsItWas() throws IOException {
    assertThat(sysctl("expire_nodest_conn=1", "no_such=1"))
        .isEqualTo(
            new Answer(
                1,
                "",
                "jlvs sysctl: there is no setting net.ipv4.vs.no_such;"
                    + " 'jlvs sysctl -a' lists what there is\n"));
    assertThat(director.setting("expire_nodest_conn")).contains("0");
  }

  @Test
  void unknownNamesArePassedOverWhenAsked() throws IOException {
    assertThat(sysctl("-e", "est_nice=5", "sloppy_tcp=1"))
        .isEqualTo(new Answer(0, "net.ipv4.vs.sloppy_tcp = 1\n", ""));
  }

  @Test
  void aSettingOfALaterKernelSaysWhyItDoesNotApply() throws IOException {
    assertThat(sysctl("net.ipv4.vs.est_nice=5"))
        .isEqualTo(
            new Answer(
                1,
                "",
                "jlvs sysctl: net.ipv4.vs.est_nice does not apply here:"
                    + " rates are estimated by the engine thread, which has no priority of its own\n"));
  }

  @Test
  void aSettingOfTheHostIsLeftToSysctl() throws IOException {
    assertThat(sysctl("net.ipv4.ip_forward"))
        .isEqualTo(
            new Answer(
                1,
                "",
                "jlvs sysctl: net.ipv4.ip_forward is not a setting of the director;"
                    + " sysctl(8) shows and changes the host's\n"));
  }

  @Test
  void allAreListedInOrder() throws IOException {
    Answer answer = sysctl("-a");
    assertThat(answer.exitCode()).isZero();
    assertThat(answer.out().lines())
        .isSorted()
        .contains("net.ipv4.vs.amemthresh = 1024", "net.ipv4.vs.sync_threshold = 3\t50");
    assertThat(sysctl("net.ipv4.vs").out().lines())
        .containsExactlyElementsOf(
            answer.out().lines().filter(line -> line.startsWith("net.ipv4.vs.")).toList());
    assertThat(sysctl("-aN").out().lines()).contains("net.ipv4.vs.amemthresh");
    assertThat(sysctl("-an").out().lines()).contains("1024");
  }

  @Test
  void misuseIsExplained() throws IOException {
    assertThat(sysctl())
        .isEqualTo(
            new Answer(
                2,
                "",
                "jlvs sysctl: which setting? Give names, NAME=VALUE, or -a for all of them\n"));
    assertThat(sysctl("-w", "sloppy_tcp").err())
        .isEqualTo("jlvs sysctl: -w wants NAME=VALUE, not \"sloppy_tcp\"\n");
    assertThat(sysctl("-z").err())
        .isEqualTo(
            "jlvs sysctl: unknown option \"-z\"; 'jlvs sysctl --help' lists what there is\n");
    assertThat(sysctl("net.ipv4.vs=1").err())
        .isEqualTo("jlvs sysctl: net.ipv4.vs is a folder of settings; give one of them a value\n");
    assertThat(sysctl("sloppy_tcp=").err())
        .isEqualTo(
            "jlvs sysctl: net.ipv4.vs.sloppy_tcp can be -2147483648 to 2147483647, not \"\"\n");
    assertThat(sysctl("--help").out()).startsWith("Usage: jlvs sysctl");
  }
}
