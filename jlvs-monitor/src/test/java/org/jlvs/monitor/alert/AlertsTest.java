package org.jlvs.monitor.alert;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.DaemonStatus;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is told, when and how often, with a web server and programs as receivers. */
@Timeout(60)
final class AlertsTest {
  private static final Duration LONGEST = Duration.ofSeconds(20);
  private static final String SECTION =
      "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\treal=10.0.0.2:80 gate\n";

  @TempDir Path directory;
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-22T10:00:00Z"));
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Alerts alerts = new Alerts("ld.cf", log::add, now::get);
  private WebhookReceiver web;
  private Configuration configuration;

  @BeforeEach
  void startServer() throws IOException {
    web = new WebhookReceiver();
  }

  @AfterEach
  void stop() throws Exception {
    alerts.close(Duration.ofSeconds(1));
    web.close();
  }

  private void configure(String globals) throws Exception {
    configure(globals, SECTION);
  }

  private void configure(String globals, String section) throws Exception {
    configuration = ConfigurationParser.parse(globals + section, new TestNames());
    alerts.follow(configuration);
  }

  private String webhook() {
    return "alertwebhook=http://127.0.0.1:" + web.port() + "/hook?key=secret\n";
  }

  private void tell(Alert.Event event, int server, DaemonStatus when) {
    VirtualServer virtual = configuration.virtualServers().getFirst();
    String name = "10.0.0." + server + ":80";
    String message = event.text() + " " + name;
    alerts.tell(new Alert(now.get(), when, event, virtual, name, message, "connection refused"));
  }

  private void deleted(int server) {
    tell(Alert.Event.DELETED, server, DaemonStatus.RUNNING);
  }

  private void waitForPosts(int count) throws InterruptedException {
    for (int i = 0; i < 2000 && web.posted.size() < count; i++) {
      Thread.sleep(10);
    }
    assertThat(web.posted).hasSize(count);
  }

  private List<String> texts() {
    return web.posted.stream()
        .map(json -> json.replaceFirst("^\\{\"text\":\"", "").replaceFirst("\".*", ""))
        .toList();
  }

  @Test
  void aWebhookGetsAllThatIsKnown() throws Exception {
    configure(
        webhook(),
        SECTION + "\tservicename=Web Site\n\tcomment=say \"Gr\u00c3\u00bc\u00c3\u009fe\"\n");
    deleted(1);
    waitForPosts(1);
    assertThat(web.posted.getFirst().replaceFirst("\"host\":\"[^\"]*\"", "\"host\":\"HOST\""))
        .isEqualTo(
            "{\"text\":\"[Web Site] deleted 10.0.0.1:80\",\"host\":\"HOST\","
                + "\"configuration\":\"ld.cf\",\"leftOut\":0,\"alerts\":[{"
                + "\"time\":\"2026-11-22T10:00:00Z\",\"event\":\"deleted\",\"status\":\"running\","
                + "\"virtual\":\"10.0.0.100:80\",\"protocol\":\"tcp\",\"real\":\"10.0.0.1:80\","
                + "\"message\":\"deleted 10.0.0.1:80\",\"reason\":\"connection refused\","
                + "\"servicename\":\"Web Site\",\"comment\":\"say \\\"Gr\u00fc\u00dfe\\\"\"}]}");
  }

  @Test
  void aCommandGetsItByArgumentsEnvironmentAndInput() throws Exception {
    Path said = directory.resolve("said");
    Path script = directory.resolve("alert");
    Files.writeString(
        script,
        "#!/bin/sh\n{ echo \"$@\"; env | grep ^ALERT_ | grep -v ALERT_HOST | sort; cat; } >"
            + said
            + ".part\nmv "
            + said
            + ".part "
            + said
            + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    configure("alertcommand=" + script + "\n");
    deleted(1);
    for (int i = 0; i < 2000 && !Files.exists(said); i++) {
      Thread.sleep(10);
    }
    assertThat(Files.readString(said).replaceFirst("\\{\"text.*", "JSON"))
        .isEqualTo(
            """
            deleted 10.0.0.100:80 10.0.0.1:80 deleted 10.0.0.1:80
            ALERT_COMMENT=
            ALERT_CONFIGURATION=ld.cf
            ALERT_COUNT=1
            ALERT_EVENT=deleted
            ALERT_LEFT_OUT=0
            ALERT_MESSAGE=deleted 10.0.0.1:80
            ALERT_PROTOCOL=tcp
            ALERT_REAL=10.0.0.1:80
            ALERT_REASON=connection refused
            ALERT_SERVICENAME=
            ALERT_STATUS=running
            ALERT_VIRTUAL=10.0.0.100:80
            JSON
            """);
  }

  @Test
  void nobodyIsToldInAnotherStatusThanChosenAndNotWhereASectionSaysNone() throws Exception {
    configure(webhook() + "emailalertstatus=running,stopping\n");
    tell(Alert.Event.ADDED, 1, DaemonStatus.STARTING);
    tell(Alert.Event.ADDED, 2, DaemonStatus.RELOADING);
    configure(webhook(), SECTION + "\talertwebhook=none\n");
    deleted(1);
    configure(webhook(), SECTION + "\temailalertstatus=none\n");
    deleted(1);
    configure(webhook() + "emailalertstatus=running,stopping\n");
    tell(Alert.Event.PURGED, 2, DaemonStatus.STOPPING);
    alerts.close(LONGEST);
    assertThat(texts()).containsExactly("purged 10.0.0.2:80");
  }

  @Test
  void isRepeatedWhileTheServerIsDownAndConfigured() throws Exception {
    configure(webhook() + "emailalertfreq=60\n");
    deleted(1);
    deleted(2);
    tell(Alert.Event.ADDED, 2, DaemonStatus.RUNNING);
    now.updateAndGet(before -> before.plusSeconds(59));
    alerts.repeat(DaemonStatus.RUNNING);
    now.updateAndGet(before -> before.plusSeconds(1));
    alerts.repeat(DaemonStatus.RUNNING);
    alerts.repeat(DaemonStatus.RUNNING);
    now.updateAndGet(before -> before.plusSeconds(60));
    alerts.repeat(DaemonStatus.RUNNING);
    configure(webhook() + "emailalertfreq=60\n", SECTION.replace("10.0.0.1:80", "10.0.0.3:80"));
    now.updateAndGet(before -> before.plusSeconds(60));
    alerts.repeat(DaemonStatus.RUNNING);
    alerts.close(LONGEST);
    assertThat(texts())
        .containsExactly(
            "deleted 10.0.0.1:80",
            "deleted 10.0.0.2:80",
            "added 10.0.0.2:80",
            "Inaccessible real server: 10.0.0.1:80 (10.0.0.100:80)",
            "Inaccessible real server: 10.0.0.1:80 (10.0.0.100:80)");
  }

  @Test
  void whatHappensWithinTheGroupsTimeComesInOneMessageAndAtTheEndAtOnce() throws Exception {
    configure(webhook() + "alertgroup=1\n");
    deleted(1);
    deleted(2);
    waitForPosts(1);
    tell(Alert.Event.ADDED, 1, DaemonStatus.RUNNING);
    tell(Alert.Event.ADDED, 2, DaemonStatus.RUNNING);
    alerts.close(LONGEST);
    assertThat(texts()).allSatisfy(text -> assertThat(text).startsWith("2 alerts: ")).hasSize(2);
    assertThat(web.posted.getFirst())
        .contains("deleted 10.0.0.1:80\",\"reason\"", "deleted 10.0.0.2:80\",\"reason\"");
  }

  @Test
  void noMoreThanTheLimitGoesOutInAnHourAndTheNextSaysWhatWasLeftOut() throws Exception {
    configure(webhook() + "alertlimit=2\n");
    for (int i = 0; i < 5; i++) {
      deleted(1);
    }
    waitForPosts(2);
    for (int i = 0; i < 500 && log.isEmpty(); i++) {
      Thread.sleep(10);
    }
    Thread.sleep(200);
    now.updateAndGet(before -> before.plusSeconds(3601));
    deleted(2);
    waitForPosts(3);
    assertThat(texts().getLast()).isEqualTo("deleted 10.0.0.2:80\\n3 alerts before were left out.");
    assertThat(log)
        .containsExactly(
            "alertwebhook at http://127.0.0.1:"
                + web.port()
                + ": 2 messages within an hour (alertlimit); what follows is left out until it is"
                + " over");
  }

  @Test
  void aReceiverThatRefusesIsNamedOnceAndToldWhatItMissed() throws Exception {
    configure(webhook());
    web.status.set(404);
    deleted(1);
    deleted(2);
    waitForPosts(2);
    for (int i = 0; i < 500 && log.isEmpty(); i++) {
      Thread.sleep(10);
    }
    Thread.sleep(200);
    web.status.set(204);
    tell(Alert.Event.ADDED, 1, DaemonStatus.RUNNING);
    alerts.close(LONGEST);
    String name = "alertwebhook at http://127.0.0.1:" + web.port();
    assertThat(texts().getLast()).isEqualTo("added 10.0.0.1:80\\n2 alerts before were left out.");
    assertThat(log)
        .containsExactly(
            "failed to send " + name + ": HTTP status 404; this is not said again until it works",
            name + ": works again; 2 alerts were lost");
  }

  @Test
  void aReceiverThatIsBusyForAMomentIsAskedAgain() throws Exception {
    configure(webhook());
    web.status.set(503);
    deleted(1);
    waitForPosts(1);
    web.status.set(200);
    waitForPosts(2);
    alerts.close(LONGEST);
    assertThat(web.posted.getFirst()).isEqualTo(web.posted.getLast());
    assertThat(log).isEmpty();
  }

  @Test
  void aReceiverThatHangsDelaysNobodyAndItsQueueIsBounded() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      configure(
          webhook() + "alertlimit=0\n",
          SECTION + "\temailalert=a@b\n\tsmtp=127.0.0.1:" + silent.getLocalPort() + "\n");
      long before = System.nanoTime();
      for (int i = 0; i < Channel.MOST_WAITING + 10; i++) {
        deleted(1);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(LONGEST);
      for (int i = 0; i < 6000 && web.posted.size() < Channel.MOST_WAITING; i++) {
        Thread.sleep(10);
      }
      assertThat(web.posted).hasSizeGreaterThanOrEqualTo(Channel.MOST_WAITING);
      before = System.nanoTime();
      alerts.close(Duration.ofSeconds(5));
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(LONGEST);
    }
  }
}
