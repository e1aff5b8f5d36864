package org.jlvs.monitor.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MonitorReportTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private static MonitorReport.Server server(
      String name, String state, Duration age, String reason, boolean good, int weight) {
    return new MonitorReport.Server(
        name,
        state,
        NOW.minus(age),
        reason,
        state.equals("leaving"),
        Optional.of(
            new MonitorReport.LastCheck(
                NOW.minusSeconds(2), Duration.ofMillis(3), good, reason + "\u001b[2J")),
        good ? Optional.of(NOW.plusSeconds(8)) : Optional.empty(),
        new MonitorReport.Counts(2, 1, good ? 0 : 1, good ? 1 : 5, 3, 0, 1),
        OptionalInt.of(weight),
        good ? OptionalInt.of(weight) : OptionalInt.empty());
  }

  private static MonitorReport report() {
    return new MonitorReport(
        "/etc/ha.d/ldirectord.cf",
        1234,
        NOW.minusSeconds(7380),
        NOW,
        Optional.empty(),
        List.of(
            new MonitorReport.Service(
                "tcp",
                "10.0.0.100:80",
                Optional.of("127.0.0.1:80"),
                false,
                Optional.of("there is no scheduler \"x\""),
                List.of(
                    server("10.0.0.1:80", "up", Duration.ofMinutes(90), "status 200", true, 3),
                    server("10.0.0.2:80", "down", Duration.ofSeconds(5), "refused", false, 0)))));
  }

  @Test
  void aServiceIsATableWithALineForEachServer() {
    assertThat(MonitorReportText.of(report(), false))
        .containsExactly(
            "ldirectord for /etc/ha.d/ldirectord.cf, pid 1234, running for 2 h 3 min",
            "",
            "tcp 10.0.0.100:80: 1 of 2 servers up; fallback 127.0.0.1:80 not in use",
            "the table is not as it shall be: there is no scheduler \"x\"",
            "SERVER       STATE  FOR         WEIGHT  TABLE  CHECKED    TOOK  NEXT      ROSE  FELL  "
                + "        WHY",
            "10.0.0.1:80  up     1 h 30 min  3       3      2.0 s ago  3 ms  in 8.0 s  2     1     "
                + "        status 200; failed 1/3: status 200?[2J",
            "10.0.0.2:80  down   5.0 s       0       -      2.0 s ago  3 ms  -         2     1 (1 in"
                + " 1 h)  refused");
    assertThat(MonitorReportText.of(report(), true))
        .anyMatch(line -> line.contains("\u001b[32mup\u001b[0m"))
        .anyMatch(line -> line.contains("\u001b[31mdown\u001b[0m"))
        .noneMatch(line -> line.contains("\u001b[2J"));
  }

  @Test
  void forProgramsItIsJsonWithNullsForWhatThereIsNot() {
    assertThat(MonitorReportJson.of(report()))
        .startsWith(
            "{\"configuration\":\"/etc/ha.d/ldirectord.cf\",\"pid\":1234,"
                + "\"started\":\"2026-11-22T09:57:00Z\",\"now\":\"2026-11-22T12:00:00Z\","
                + "\"tableProblem\":null,\"services\":[{\"protocol\":\"tcp\","
                + "\"virtual\":\"10.0.0.100:80\",\"fallback\":\"127.0.0.1:80\","
                + "\"fallbackInUse\":false,\"problem\":\"there is no scheduler \\\"x\\\"\","
                + "\"servers\":[{\"real\":\"10.0.0.1:80\",\"state\":\"up\","
                + "\"since\":\"2026-11-22T10:30:00Z\",\"reason\":\"status 200\","
                + "\"draining\":false,\"lastCheck\":{\"began\":\"2026-11-22T11:59:58Z\","
                + "\"tookMillis\":3,\"good\":true,\"reason\":\"status 200\\u001b[2J\"},"
                + "\"nextCheck\":\"2026-11-22T12:00:08Z\",\"rises\":2,\"falls\":1,"
                + "\"fallsWithinAnHour\":0,\"failuresInARow\":1,\"failureCount\":3,"
                + "\"successesInARow\":0,\"riseCount\":1,\"weight\":3,\"tableWeight\":3},")
        .endsWith("\"weight\":0,\"tableWeight\":null}]}]}");
  }

  @ParameterizedTest
  @CsvSource({
    "-5, 0 ms",
    "3, 3 ms",
    "2540, 2.5 s",
    "12900, 12 s",
    "300000, 5 min",
    "7380000, 2 h 3 min",
    "273600000, 3 d 4 h"
  })
  void lengthsOfTimeTakeFewWords(long millis, String text) {
    assertThat(Span.text(Duration.ofMillis(millis))).isEqualTo(text);
  }
}
