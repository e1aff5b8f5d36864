package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A service of SCTP and its monitor, with clients and servers that bring SCTP with them: the
 * examples of usrsctp, which need none of the kernel's. Masqueraded, since they answer from
 * whichever of their addresses they like.
 */
@Tag("system")
class LdirectordSctpTest {
  private static final Path ECHO = Path.of("/usr/lib/usrsctp/echo_server");
  private static final Path CLIENT = Path.of("/usr/lib/usrsctp/client");

  /** checkinterval and checktimeout of the file, and what a busy machine adds. */
  private static final Duration NOTICED = Duration.ofSeconds(10);

  private DirectorLab lab;
  private Host firstHost;
  private Host secondHost;
  private Background first;
  private Background second;
  private MonitorBesideDirector monitor;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("sctp-monitor");
    assumeTrue(
        Files.isExecutable(ECHO) && Files.isExecutable(CLIENT),
        "usrsctp is not there: apt-get install libusrsctp-examples");
    firstHost = lab.masqueradedServer(1);
    secondHost = lab.masqueradedServer(2);
    first = firstHost.start(ECHO.toString());
    second = secondHost.start(ECHO.toString());
    lab.startDirector();
    monitor =
        MonitorBesideDirector.start(
            lab,
            """
            checkinterval=1
            checktimeout=1
            virtual=10.0.0.100:7
            \treal=192.168.0.11:7 masq
            \treal=192.168.0.12:7 masq
            \treal=192.168.0.11:9 masq
            \tscheduler=rr
            \tprotocol=sctp
            """);
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void endpointsThatWouldTakeAssociationsServeThem() {
    monitor.awaitTable(
        NOTICED,
        table ->
            table.contains("-A --sctp-service 10.0.0.100:7 -s rr")
                && table.contains("-r 192.168.0.11:7 ")
                && table.contains("-r 192.168.0.12:7 "));
    assertThat(monitor.table()).doesNotContain("192.168.0.11:9");
    monitor.awaitLine(NOTICED, "192.168.0.11:9 (sctp:10.0.0.100:7): no complete answer within 1 s");
    for (int i = 0; i < 4; i++) {
      assertThat(echoed("hello " + i)).contains("hello " + i);
    }

    first.kill();
    monitor.awaitTable(NOTICED, table -> !table.contains("192.168.0.11"));
    monitor.awaitLine(NOTICED, "192.168.0.11:7 (sctp:10.0.0.100:7): the host does not know SCTP");
    assertThat(echoed("one is left")).contains("one is left");

    secondHost.require("kill", "-STOP", Long.toString(second.pid()));
    monitor.awaitTable(NOTICED, table -> !table.contains("192.168.0.12"));
    monitor.awaitLine(NOTICED, "192.168.0.12:7 (sctp:10.0.0.100:7): no complete answer within 1 s");

    secondHost.require("kill", "-CONT", Long.toString(second.pid()));
    first = firstHost.start(ECHO.toString());
    monitor.awaitTable(
        NOTICED,
        table -> table.contains("-r 192.168.0.11:7 ") && table.contains("-r 192.168.0.12:7 "));
    assertThat(echoed("both are back")).contains("both are back");
  }

  /** What comes back of a message by an association with the service. */
  private String echoed(String message) {
    return lab.client()
        .run(
            "sh",
            "-c",
            "(echo '%s'; sleep 1) | timeout 10 %s %s 7".formatted(message, CLIENT, DirectorLab.VIP))
        .out();
  }
}
