package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.config.PassiveSettings;
import org.junit.jupiter.api.Test;

/** When failed handshakes make a server suspect. */
final class PassiveStateTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = BEGIN;
  private PassiveState server = new PassiveState(settings(5, 1));

  private static PassiveSettings settings(int failures, int clients) {
    return new PassiveSettings(
        true, failures, clients, Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  /** The counts a second later; the failed clients' last failures were just now. */
  private Optional<String> take(long answered, long failures, long... clientsMillisAgo) {
    now = now.plusSeconds(1);
    List<ServerHandshakes.FailedClient> clients = new ArrayList<>();
    for (long ago : clientsMillisAgo) {
      clients.add(new ServerHandshakes.FailedClient(Address.of("198.18.0." + clients.size()), ago));
    }
    return server.take(
        new ServerHandshakes(
            new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80),
            new ServerKey(Address.of("10.1.0.1"), 80),
            true,
            answered,
            failures,
            0,
            0,
            clients),
        now);
  }

  @Test
  void whatWasCountedBeforeTheMonitorCameDoesNotCount() {
    assertThat(take(3, 100, 0)).isEmpty();
    assertThat(take(3, 104, 0)).isEmpty();
    assertThat(take(3, 105, 0))
        .contains("5 handshakes with 1 client failed and 0 went well within 10 s");
  }

  @Test
  void failuresOfAnEarlierWindowDoNotCount() {
    take(0, 0);
    take(0, 4, 0);
    for (int i = 0; i < 10; i++) {
      assertThat(take(0, 4, 0)).isEmpty();
    }
    assertThat(take(0, 8, 0)).isEmpty();
    assertThat(take(0, 9, 0)).isPresent();
  }

  @Test
  void aServerWithWhichMostHandshakesGoWellIsNotSuspect() {
    take(0, 0);
    assertThat(take(1000, 30, 0)).isEmpty();
    assertThat(take(1001, 900, 0)).isEmpty();
    assertThat(take(1001, 1001, 0)).isPresent();
  }

  @Test
  void failuresMustBeOfEnoughClients() {
    server = new PassiveState(settings(5, 2));
    take(0, 0);
    assertThat(take(0, 50, 0, 11_000)).isEmpty();
    assertThat(take(0, 51, 0, 9_000)).isPresent();
  }

  @Test
  void whatWasJudgedDoesNotCountAgain() {
    take(0, 0);
    assertThat(take(0, 7, 0)).isPresent();
    assertThat(take(0, 7, 0)).isEmpty();
    assertThat(take(0, 11, 0)).isEmpty();
    assertThat(take(0, 12, 0)).isPresent();
  }

  @Test
  void aDirectorThatWasStartedAnewCountsFromZero() {
    take(500, 500);
    assertThat(take(0, 4, 0)).isEmpty();
    assertThat(take(0, 5, 0)).isPresent();
  }

  @Test
  void comesBackWhenItsTimeIsOver() {
    server.takeOut(BEGIN);
    assertThat(server.isDue(BEGIN.plusSeconds(29))).isFalse();
    assertThat(server.isDue(BEGIN.plusSeconds(30))).isTrue();
    assertThat(server.under(new PassiveState(settings(5, 1))).isOut()).isTrue();
    PassiveSettings off = new PassiveSettings(false, 5, 1, Duration.ZERO, Duration.ZERO);
    assertThat(server.under(new PassiveState(off)).isOut()).isFalse();
    server.readmit();
    assertThat(server.isOut()).isFalse();
  }
}
