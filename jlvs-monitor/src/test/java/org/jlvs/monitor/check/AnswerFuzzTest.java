package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.PerlRegexp;
import org.junit.jupiter.api.AfterAll;

/**
 * Whatever bytes a server sends, over a real connection, its check ends in time and says in one
 * line what it found. A fuzzer writes the bytes of one protocol at a time.
 */
class AnswerFuzzTest {
  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Optional<PerlRegexp> EXPECTED = Optional.of(PerlRegexp.of("[ae]x+pec"));
  private static final Check.Identity ANYONE = new Check.Identity("127.0.0.1", Optional.empty());

  /** Servers send at once and close, so only a check that waits for what cannot come is late. */
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private static final Duration SLACK = Duration.ofSeconds(20);

  private static final Set<String> LOCAL = Set.of("127.0.0.1", "localhost");

  /** Of RADIUS: the kind, without attributes. */
  private static final byte[] REFUSAL = {3};

  private static final FuzzedServer SERVER = FuzzedServer.start();
  private static final Checker CHECKER = new Checker((_, _) -> true, (_, _, _) -> {});

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  /** Read from a stream alone: redirections lead anywhere, and are followed. */
  @FuzzTest(maxDuration = "24h")
  void http(byte[] bytes) {
    try {
      HttpAnswer answer = HttpAnswer.read(new ByteArrayInputStream(bytes), false, "");
      assertThat(answer.status()).isBetween(200, 999);
      assertThat(answer.body().length).isLessThanOrEqualTo(bytes.length);
    } catch (IOException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
  }

  @FuzzTest(maxDuration = "24h")
  void simpletcp(byte[] answer) throws Exception {
    judge(answer, new Check.Text(LOOPBACK, SERVER.port(), "hello\n", EXPECTED, DEADLINE));
  }

  @FuzzTest(maxDuration = "24h")
  void smtp(byte[] answer) throws Exception {
    judge(answer, mail(Check.MailProtocol.SMTP));
  }

  @FuzzTest(maxDuration = "24h")
  void pop(byte[] answer) throws Exception {
    judge(answer, mail(Check.MailProtocol.POP));
  }

  @FuzzTest(maxDuration = "24h")
  void imap(byte[] answer) throws Exception {
    judge(answer, mail(Check.MailProtocol.IMAP));
  }

  @FuzzTest(maxDuration = "24h")
  void nntp(byte[] answer) throws Exception {
    judge(answer, mail(Check.MailProtocol.NNTP));
  }

  @FuzzTest(maxDuration = "24h")
  void ftp(byte[] answer) throws Exception {
    judge(answer, new Check.Ftp(LOOPBACK, SERVER.port(), "", "", "file", EXPECTED, DEADLINE));
  }

  @FuzzTest(maxDuration = "24h")
  void ldap(byte[] answer) throws Exception {
    judge(
        answer,
        new Check.Ldap(false, LOOPBACK, SERVER.port(), ANYONE, "", "", "dc=x", EXPECTED, DEADLINE));
  }

  @FuzzTest(maxDuration = "24h")
  void mysql(byte[] answer) throws Exception {
    judge(answer, sql(Check.Database.MYSQL));
  }

  @FuzzTest(maxDuration = "24h")
  void pgsql(byte[] answer) throws Exception {
    judge(answer, sql(Check.Database.PGSQL));
  }

  /**
   * The first two bytes, which have to be the query's number, are filled in. An answer that is none
   * is not waited for any longer: a right one follows.
   */
  @FuzzTest(maxDuration = "24h")
  void dns(byte[] answer) throws Exception {
    SERVER.answerDatagrams(
        List.of(query -> FuzzedServer.dnsAnswer(query, answer), FuzzedServer::noSuchName));
    judge(new Check.Dns(false, LOOPBACK, SERVER.port(), "a.example", EXPECTED, DEADLINE));
  }

  /**
   * The first byte is the answer's kind, the others its attributes; the rest is as it must be. A
   * refusal follows.
   */
  @FuzzTest(maxDuration = "24h")
  void radius(byte[] answer) throws Exception {
    SERVER.answerDatagrams(
        List.of(
            query -> FuzzedServer.radiusAnswer(query, answer, "secret"),
            query -> FuzzedServer.radiusAnswer(query, REFUSAL, "secret")));
    judge(new Check.Radius(LOOPBACK, SERVER.port(), "user", "password", "secret", DEADLINE));
  }

  @FuzzTest(maxDuration = "24h")
  void sip(byte[] answer) throws Exception {
    judge(answer, new Check.Sip(true, LOOPBACK, SERVER.port(), "a@example", DEADLINE));
  }

  private static Check mail(Check.MailProtocol protocol) {
    return new Check.Mail(protocol, LOOPBACK, SERVER.port(), ANYONE, "user", "password", DEADLINE);
  }

  private static Check sql(Check.Database kind) {
    return new Check.Sql(
        kind, LOOPBACK, SERVER.port(), "db", "user", "password", "select 1", DEADLINE);
  }

  private static void judge(byte[] answer, Check check) throws InterruptedException {
    SERVER.answer(answer);
    judge(check);
  }

  private static void judge(Check check) throws InterruptedException {
    // Whatever a server says, for FTP's data connections say, nobody else may be connected to.
    try (var _ = BugDetectors.allowNetworkConnections((host, _) -> LOCAL.contains(host))) {
      long begun = System.nanoTime();
      Outcome outcome = CHECKER.perform(check, 0);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(DEADLINE.plus(SLACK));
      assertThat(outcome.reason())
          .isNotBlank()
          .matches("\\P{Cntrl}{1,400}")
          .doesNotStartWith(Checker.UNFORESEEN);
    }
  }
}
