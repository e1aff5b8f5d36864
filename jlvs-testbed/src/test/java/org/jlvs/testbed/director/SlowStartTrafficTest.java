package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.time.Duration;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which share of the clients' connections a server gets that ldirectord has put in again. */
@Tag("system")
class SlowStartTrafficTest {
  private static final String HTTP = "http://" + VIP + "/";
  private static final Duration NOTICED = Duration.ofSeconds(15);
  private static final int RAMP_SECONDS = 20;
  private static final int CONNECTIONS = 40;

  private DirectorLab lab;
  private Host first;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("slowstart");
    first = lab.masqueradedServer(1);
    lab.masqueradedServer(2);
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  /** How many percent of new connections the first server gets. */
  private long percentOfFirst() {
    return lab.gets(CONNECTIONS, HTTP).stream().filter("nat1"::equals).count() * 100 / CONNECTIONS;
  }

  @Test
  void aServerThatComesBackGetsItsFullShareOnlyAfterItsSlowStart() throws Exception {
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(
            lab,
            """
            checkinterval=1
            checktimeout=2
            virtual=10.0.0.100:80
            \treal=192.168.0.11:80 masq 1
            \treal=192.168.0.12:80 masq 1
            \tservice=http
            \tchecktype=negotiate
            \trequest="/"
            \tscheduler=rr
            \tprotocol=tcp
            \tslowstart=%d
            """
                .formatted(RAMP_SECONDS));
    monitor.awaitTable(
        NOTICED, table -> table.contains("192.168.0.11:80") && table.contains("192.168.0.12:80"));
    assertThat(percentOfFirst()).as("all servers of a new service start").isBetween(45L, 55L);

    // A service that is younger than its slow start has servers that all start.
    Thread.sleep(Duration.ofSeconds(RAMP_SECONDS));
    lab.stopWebServer(first);
    monitor.awaitTable(NOTICED, table -> !table.contains("192.168.0.11:80"));
    assertThat(percentOfFirst()).isZero();

    lab.startWebServer(first);
    monitor.awaitTable(NOTICED, table -> table.contains("192.168.0.11:80"));
    long returned = System.nanoTime();
    long early = percentOfFirst();
    Duration took = Duration.ofNanos(System.nanoTime() - returned);
    // 40 connections one after the other take a second or two, within the first steps of ten.
    assertThat(early).as("just after its return, for %s", took).isBetween(1L, 34L);

    assertThat(
            Waiting.until(
                Duration.ofSeconds(2 * RAMP_SECONDS),
                () -> System.nanoTime() - returned > RAMP_SECONDS * 1_000_000_000L))
        .isTrue();
    assertThat(percentOfFirst()).as("after its slow start").isBetween(35L, 65L);
  }
}
