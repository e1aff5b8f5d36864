package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every protocol over TCP against servers that do wrong whatever can be done wrong: the check says
 * down, ends with its deadline, and takes no more memory than it should.
 */
@Timeout(60)
final class MisbehavingServersTest {
  private static final Duration DEADLINE = Duration.ofMillis(700);

  /** What a deadline may be missed by on a machine that is busy with other things. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  @ParameterizedTest
  @EnumSource
  void aServerThatMisbehavesIsDownInTime(Misdeed misdeed) throws Exception {
    Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
    try (TestServer server = new TestServer(socket -> misdeed.serve(socket, socket));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<CheckedProtocol, Future<Outcome>> checks = new EnumMap<>(CheckedProtocol.class);
      long begun = System.nanoTime();
      for (CheckedProtocol protocol : CheckedProtocol.values()) {
        // The greeting of NNTP is one line: what follows is not read.
        if (protocol != CheckedProtocol.NNTP || misdeed != Misdeed.ENDLESS_LINES) {
          Check check = protocol.check(server.port(), DEADLINE);
          checks.put(protocol, threads.submit(() -> checker.perform(check, 0)));
        }
      }
      for (Map.Entry<CheckedProtocol, Future<Outcome>> check : checks.entrySet()) {
        Outcome outcome = check.getValue().get();
        assertThat(outcome.up()).as("%s: %s", check.getKey(), outcome).isFalse();
        assertThat(outcome.reason())
            .as("%s", check.getKey())
            .isNotBlank()
            .matches("\\P{Cntrl}{1,300}");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(DEADLINE.plus(SLACK));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortThatNobodyListensOnIsDown(CheckedProtocol protocol) throws Exception {
    int port;
    try (ServerSocket unused = new ServerSocket(0)) {
      port = unused.getLocalPort();
    }
    Outcome outcome =
        new Checker((_, _) -> true, (_, _, _) -> {})
            .perform(protocol.check(port, Duration.ofSeconds(20)), 0);
    assertThat(outcome.up()).as("%s", outcome).isFalse();
    assertThat(outcome.reason()).containsIgnoringCase("refused");
  }
}
