package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Protocols with TLS from the first byte, against servers that shake hands well, with a certificate
 * that they have signed themselves, and then do wrong, and against such as stop amid the handshake.
 */
@Timeout(60)
final class MisbehavingTlsServersTest {
  private static final Set<CheckedProtocol> SECURED =
      EnumSet.of(
          CheckedProtocol.HTTPS,
          CheckedProtocol.POPS,
          CheckedProtocol.IMAPS,
          CheckedProtocol.LDAPS);

  private static final Duration DEADLINE = Duration.ofSeconds(1);

  /** What a deadline may be missed by on a machine that is busy with other things. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  /** What a check may read, and what the kernel may hold for it besides. */
  private static final long MOST_SENT = CheckSockets.MOST_BYTES + (16L << 20);

  private static final String LATE = "no complete answer within 1 s";
  private static final String LATE_HANDSHAKE = "no complete TLS handshake within 1 s";

  @TempDir static Path directory;
  private static SSLContext certificate;

  @BeforeAll
  static void makeCertificate() throws Exception {
    TestKeys keys = new TestKeys(directory);
    keys.issue("server");
    certificate = keys.showing("server");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatMisbehavesWithinTlsIsDownInTime(Misdeed misdeed) throws Exception {
    String reason =
        switch (misdeed) {
          case SILENT, DRIPPING -> LATE;
          case CLOSING ->
              "connection closed without an answer|connection closed without indication\\."
                  + "|.*was closed while waiting for a response.*|connection broken: .*";
          case RESETTING, RESET_IN_THE_MIDDLE -> "connection broken: connection reset.*";
          case ENDLESS_LINE ->
              "the answer's head is longer than a check reads"
                  + "|the server sent more than 2097152 bytes"
                  + "|the answer is not LDAP";
          case ENDLESS_LINES, NONSENSE ->
              "not an HTTP answer: .*|received (invalid|unexpected) .* response from server.*"
                  + "|the answer is not LDAP";
        };
    try (TestServer server = serving(misdeed::serve)) {
      boolean untilDeadline = misdeed == Misdeed.SILENT || misdeed == Misdeed.DRIPPING;
      assertDown(checked(server, untilDeadline ? DEADLINE : SLACK), reason);
    }
  }

  private static TestServer serving(TestServer.SecuredBehaviour behaviour) throws IOException {
    return new TestServer(TestServer.secured(certificate, behaviour));
  }

  /** The outcomes, which must all be there in time. */
  private static Map<CheckedProtocol, Outcome> checked(TestServer server, Duration deadline)
      throws Exception {
    Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
    Map<CheckedProtocol, Outcome> outcomes = new EnumMap<>(CheckedProtocol.class);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<CheckedProtocol, Future<Outcome>> checks = new EnumMap<>(CheckedProtocol.class);
      long begun = System.nanoTime();
      for (CheckedProtocol protocol : SECURED) {
        Check check = protocol.check(server.port(), deadline);
        checks.put(protocol, threads.submit(() -> checker.perform(check, 0)));
      }
      for (Map.Entry<CheckedProtocol, Future<Outcome>> check : checks.entrySet()) {
        outcomes.put(check.getKey(), check.getValue().get());
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(deadline.plus(SLACK));
    }
    return outcomes;
  }

  private static void assertDown(Map<CheckedProtocol, Outcome> outcomes, String reason) {
    SoftAssertions softly = new SoftAssertions();
    outcomes.forEach(
        (protocol, outcome) -> {
          softly.assertThat(outcome.up()).as("%s: %s", protocol, outcome).isFalse();
          softly.assertThat(outcome.reason()).as("%s", protocol).matches(reason);
        });
    softly.assertAll();
  }

  /** What becomes of a handshake, a part of which has come. */
  private enum Break {
    STALLS(LATE_HANDSHAKE) {
      @Override
      void go(InputStream rest, Socket client) throws InterruptedException {
        Thread.sleep(30_000);
      }
    },
    DRIPS(LATE_HANDSHAKE) {
      @Override
      void go(InputStream rest, Socket client) throws IOException, InterruptedException {
        for (int next = rest.read(); next >= 0; next = rest.read()) {
          client.getOutputStream().write(next);
          Thread.sleep(100);
        }
      }
    },
    CLOSES("TLS: remote host terminated the handshake") {
      @Override
      void go(InputStream rest, Socket client) throws IOException {
        client.shutdownOutput();
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    },
    RESETS("connection broken: connection reset.*") {
      @Override
      void go(InputStream rest, Socket client) throws IOException {
        Misdeed.reset(client);
      }
    };

    private final String reason;

    Break(String reason) {
      this.reason = reason;
    }

    abstract void go(InputStream rest, Socket client) throws IOException, InterruptedException;
  }

  /** Within the first record's head, and behind the server's hello. */
  @ParameterizedTest
  @EnumSource
  void aServerThatStopsAmidTheHandshakeIsDownInTime(Break broken) throws Exception {
    for (int bytes : new int[] {3, 300}) {
      try (TestServer server = serving((_, _) -> Thread.sleep(30_000));
          TestServer relay =
              new TestServer(client -> relay(client, server.port(), bytes, broken))) {
        assertDown(checked(relay, DEADLINE), broken.reason);
      }
    }
  }

  private static void relay(Socket client, int port, int bytes, Break broken)
      throws IOException, InterruptedException {
    try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Thread.startVirtualThread(
          () -> {
            try {
              client.getInputStream().transferTo(server.getOutputStream());
            } catch (IOException over) {
              // The check has ended.
            }
          });
      client.getOutputStream().write(server.getInputStream().readNBytes(bytes));
      broken.go(server.getInputStream(), client);
    }
  }

  @Test
  void aServerThatSpeaksNoTlsIsDown() throws Exception {
    try (TestServer server =
        new TestServer(
            socket -> {
              TestServer.send(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
              socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            })) {
      assertDown(checked(server, SLACK), "TLS: unsupported or unrecognized SSL message");
    }
  }

  /** An answer in a protocol's own words that is not what the check wants. */
  private record Wrong(CheckedProtocol protocol, String reason, List<byte[]> says) {
    static Wrong of(CheckedProtocol protocol, String reason, String... says) {
      return new Wrong(
          protocol,
          reason,
          Stream.of(says).map(text -> text.getBytes(StandardCharsets.ISO_8859_1)).toList());
    }

    static Wrong ldap(String reason, String... says) {
      return new Wrong(
          CheckedProtocol.LDAPS, reason, Stream.of(says).map(HexFormat.of()::parseHex).toList());
    }

    @Override
    public String toString() {
      return protocol + ": " + reason;
    }
  }

  static Stream<Wrong> wrongAnswers() {
    return Stream.of(
        Wrong.of(CheckedProtocol.HTTPS, "HTTP status 503", "", TestServer.page("503 Full", "a")),
        Wrong.of(
            CheckedProtocol.HTTPS,
            "the answer does not contain /expected/",
            "",
            TestServer.page("200 OK", "another page")),
        Wrong.of(
            CheckedProtocol.HTTPS,
            "connection closed after 1 of 9 bytes",
            "",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ne"),
        Wrong.of(CheckedProtocol.POPS, "greets with \"-ERR busy\"", "-ERR busy\r\n"),
        Wrong.of(
            CheckedProtocol.POPS,
            "login refused: \"-ERR no\"",
            "+OK\r\n",
            "+OK\r\n",
            "-ERR no\r\n"),
        Wrong.of(
            CheckedProtocol.IMAPS,
            "received unexpected IMAP protocol response from server: '* BYE busy'.",
            "* BYE busy\r\n"),
        Wrong.of(
            CheckedProtocol.IMAPS,
            "login refused: \"AAAA NO who?\"",
            "* OK ready\r\n",
            "AAAA NO who?\r\n"),
        // An answer to the bind (message 1): 52, unavailable; 49, invalid credentials.
        Wrong.ldap("bind failed: unavailable", "", "300c02010161070a013404000400"),
        Wrong.ldap("bind failed: invalid credentials", "", "300c02010161070a013104000400"),
        // The bind is well, but the search (message 2) ends with 32, no such object, or with none.
        Wrong.ldap(
            "search of \"dc=x\" failed: no such object",
            "",
            "300c02010161070a010004000400",
            "300c02010265070a012004000400"),
        Wrong.ldap(
            "search of \"dc=x\" gives 0 entries",
            "",
            "300c02010161070a010004000400",
            "300c02010265070a010004000400"));
  }

  @ParameterizedTest
  @MethodSource("wrongAnswers")
  void aServerIsDownThatAnswersWrongly(Wrong wrong) throws Exception {
    try (TestServer server =
        serving(
            (secured, _) -> {
              secured.getOutputStream().write(wrong.says().getFirst());
              for (byte[] words : wrong.says().subList(1, wrong.says().size())) {
                assertThat(secured.getInputStream().read(new byte[4096])).isPositive();
                secured.getOutputStream().write(words);
              }
            })) {
      assertThat(check(wrong.protocol(), server, SLACK)).isEqualTo(Outcome.down(wrong.reason()));
    }
  }

  /** An answer that begins well, and what is said after it without end. */
  private enum Endless {
    BODY(CheckedProtocol.HTTPS, bytes("HTTP/1.1 200 OK\r\n\r\n"), bytes("a")),
    CHUNKS(
        CheckedProtocol.HTTPS,
        bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        bytes("1\r\na\r\n")),
    HEADERS(CheckedProtocol.HTTPS, bytes("HTTP/1.1 200 OK\r\n"), bytes("A: b\r\n")),
    POP_GREETING(CheckedProtocol.POPS, bytes("+OK "), bytes("a")),
    IMAP_GREETING(CheckedProtocol.IMAPS, bytes("* OK "), bytes("a")),
    IMAP_NEWS(CheckedProtocol.IMAPS, bytes("* OK\r\n"), bytes("* 1 EXISTS\r\n")),
    LDAP_ENTRIES(
        CheckedProtocol.LDAPS,
        HexFormat.of().parseHex("300c02010161070a010004000400"),
        HexFormat.of().parseHex("300d0201026408040464633d613000"));

    private final CheckedProtocol protocol;
    private final byte[] beginning;
    private final byte[] piece;

    Endless(CheckedProtocol protocol, byte[] beginning, byte[] piece) {
      this.protocol = protocol;
      this.beginning = beginning;
      this.piece = piece;
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Goes on until the client has had enough. */
    void say(Socket socket, AtomicLong sent) throws IOException {
      socket.getOutputStream().write(beginning);
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      while (block.size() < 60_000) {
        block.write(piece);
      }
      while (true) {
        socket.getOutputStream().write(block.toByteArray());
        sent.addAndGet(block.size());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void noMoreIsReadOfAnAnswerWithoutEndThanACheckMayRead(Endless endless) throws Exception {
    AtomicLong sent = new AtomicLong();
    try (TestServer server = serving((secured, _) -> endless.say(secured, sent))) {
      Outcome outcome = check(endless.protocol, server, Duration.ofSeconds(20));
      assertThat(outcome.up()).as("%s", outcome).isFalse();
      assertThat(outcome.reason())
          .isIn(
              "the answer does not contain /expected/",
              "the answer's head is longer than a check reads",
              "the server sent more than 2097152 bytes");
      assertThat(sent).as("%s", outcome).hasValueLessThan(MOST_SENT);
    }
  }

  private static Outcome check(CheckedProtocol protocol, TestServer server, Duration time)
      throws InterruptedException {
    return new Checker((_, _) -> true, (_, _, _) -> {})
        .perform(protocol.check(server.port(), time), 0);
  }
}
