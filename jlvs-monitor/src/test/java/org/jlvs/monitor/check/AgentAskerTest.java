package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.config.WeightSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents that answer, and agents that misbehave. */
@Timeout(60)
final class AgentAskerTest {
  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir private Path directory;
  private final Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
  private final AgentAsker asker = new AgentAsker(checker);
  private TestServer server;

  @BeforeEach
  void listen() throws IOException {
    server = new TestServer(socket -> TestServer.send(socket, "75%\n"));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private AgentWord tcp(Duration timeout) throws InterruptedException {
    return asker.ask(new AgentQuestion.Tcp(LOOPBACK, server.port(), timeout));
  }

  private AgentWord page(Duration timeout) throws InterruptedException {
    Check.Identity identity = new Check.Identity(LOOPBACK.toString(), Optional.empty());
    return asker.ask(
        new AgentQuestion.Page(false, LOOPBACK, identity, server.port(), "/weight", timeout));
  }

  private AgentWord command(String script, Duration timeout) throws Exception {
    Path file = directory.resolve("weight");
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return asker.ask(new AgentQuestion.Command(List.of(file.toString(), "a", "b"), timeout));
  }

  private static AgentWord percent(int percent) {
    return new AgentWord.Answer(OptionalInt.of(percent), AgentWord.State.READY, "");
  }

  private static void assertSilent(AgentWord word, String reason) {
    assertThat(word).isInstanceOf(AgentWord.Silence.class);
    assertThat(((AgentWord.Silence) word).reason()).contains(reason);
  }

  @Test
  void anAgentByHttpsHasToShowTheCertificateThatChecksWouldWant() throws Exception {
    String text =
        """
        tlsverify=%s
        virtual=10.0.0.100:80
        \tweightagent=https:8443/weight
        \tvirtualhost=www.example
        \treal=127.0.0.1:80 gate
        """;
    for (String verified : List.of("yes", "no")) {
      VirtualServer virtual =
          ConfigurationParser.parse(text.formatted(verified), new TestNames())
              .virtualServers()
              .getFirst();
      assertThat(CheckPlanner.question(virtual, virtual.realServers().getFirst()))
          .get()
          .isInstanceOfSatisfying(
              AgentQuestion.Page.class,
              page -> {
                assertThat(page.identity().name()).isEqualTo("www.example");
                assertThat(page.identity().trusted().isPresent()).isEqualTo(verified.equals("yes"));
              });
    }
  }

  @Test
  void anAgentSpeaksByTcpWithALineOrByClosing() throws Exception {
    assertThat(tcp(LONG)).isEqualTo(percent(75));
    server.behave(socket -> TestServer.send(socket, "drain"));
    assertThat(tcp(LONG))
        .isEqualTo(new AgentWord.Answer(OptionalInt.empty(), AgentWord.State.DRAIN, ""));
    server.behave(
        socket -> {
          TestServer.send(socket, "40%\r\n");
          Thread.sleep(30_000);
        });
    assertThat(tcp(LONG)).isEqualTo(percent(40));
    server.behave(socket -> TestServer.drip(socket, "30%\n", 20));
    assertThat(tcp(LONG)).isEqualTo(percent(30));
  }

  @Test
  void agentsThatMisbehaveAreSilent() throws Exception {
    server.behave(_ -> Thread.sleep(30_000));
    assertSilent(tcp(SHORT), "no complete answer within");
    server.behave(socket -> TestServer.drip(socket, "50".repeat(500), 50));
    assertSilent(tcp(SHORT), "no complete answer within");
    server.behave(_ -> {});
    assertSilent(tcp(LONG), "its agent's answer is empty");
    server.behave(socket -> TestServer.flood(socket, "nonsense "));
    assertSilent(tcp(LONG), "has no meaning");
    server.behave(socket -> socket.setSoLinger(true, 0));
    assertSilent(tcp(LONG), "its agent does not answer: connection");
    server.close();
    assertSilent(tcp(LONG), "its agent does not answer: connection");
  }

  @Test
  void anAgentSpeaksByAPage() throws Exception {
    server.behave(server.answering(TestServer.page("200 OK", "60% # busy\nmore")));
    assertThat(page(LONG))
        .isEqualTo(new AgentWord.Answer(OptionalInt.of(60), AgentWord.State.READY, "busy"));
    assertThat(server.requests().getFirst()).startsWith("GET /weight HTTP/1.1\r\n");
    server.behave(server.answering(TestServer.page("503 Busy", "0%")));
    assertSilent(page(LONG), "HTTP status 503");
    server.behave(server.answering(TestServer.page("200 OK", "")));
    assertSilent(page(LONG), "does not contain");
    server.behave(_ -> Thread.sleep(30_000));
    assertSilent(page(SHORT), "no complete answer within");
  }

  @Test
  void aCommandSpeaksByItsOutputOrItsStatus() throws Exception {
    assertThat(command("echo \"5$#%\"; exit 1", LONG)).isEqualTo(percent(52));
    assertThat(command("exit 2", LONG)).isEqualTo(percent(0));
    assertThat(command("exit 102", LONG)).isEqualTo(percent(100));
    assertThat(command("exit 0", LONG))
        .isEqualTo(new AgentWord.Answer(OptionalInt.empty(), AgentWord.State.READY, ""));
    assertSilent(command("exit 1", LONG), "printed nothing and exited with 1");
    assertSilent(command("exec no-such-program", LONG), "exited with 127");
    assertSilent(command("sleep 30", SHORT), "did not end within");
    assertThat(command("sleep 30 & echo 20%", LONG)).isEqualTo(percent(20));
    assertThat(command("echo 20%; exec yes", SHORT)).isInstanceOf(AgentWord.Silence.class);
    assertThat(command("echo 20%; yes | head -c 3000000", LONG)).isEqualTo(percent(20));
    assertSilent(
        asker.ask(new AgentQuestion.Command(List.of("/no/such/command"), LONG)), "cannot run");
  }

  private Check.Http http(String... receive) {
    return new Check.Http(
        false,
        HttpMethod.GET,
        "127.0.0.1",
        server.port(),
        "/",
        "127.0.0.1",
        new Check.Identity("127.0.0.1", Optional.empty()),
        receive.length == 0 ? Optional.empty() : Optional.of(PerlRegexp.of(receive[0])),
        LONG);
  }

  private Outcome weighed(Check check, WeightSource.InCheck source) throws InterruptedException {
    return checker.perform(new Check.Weighed(check, source), 0);
  }

  @Test
  void aChecksAnswerSaysTheWeightInAHeader() throws Exception {
    WeightSource.Header header = new WeightSource.Header("x-load");
    server.behave(
        server.answering("HTTP/1.1 200 OK\r\nX-LOAD:  35% \r\nContent-Length: 2\r\n\r\nok"));
    assertThat(weighed(http("ok"), header))
        .isEqualTo(new Outcome(true, "HTTP status 200", Optional.of(percent(35))));
    assertThat(weighed(http("wrong"), header).word()).isEmpty();
    server.behave(server.answering(TestServer.page("200 OK", "ok")));
    assertThat(weighed(http(), header))
        .isEqualTo(
            new Outcome(
                true,
                "HTTP status 200",
                Optional.of(new AgentWord.Silence("the answer has no header x-load"))));
    server.behave(server.answering(TestServer.page("500 Error", "ok")));
    assertThat(weighed(http(), header)).isEqualTo(Outcome.down("HTTP status 500"));
  }

  @Test
  void aChecksAnswerSaysTheWeightInItsText() throws Exception {
    WeightSource.Group group = new WeightSource.Group(PerlRegexp.of("load=(\\d+%)"));
    server.behave(server.answering(TestServer.page("200 OK", "fine\nload=35%\n")));
    assertThat(weighed(http(), group).word()).contains(percent(35));
    server.behave(server.answering(TestServer.page("200 OK", "fine")));
    assertThat(weighed(http(), group))
        .satisfies(outcome -> assertThat(outcome.up()).isTrue())
        .satisfies(outcome -> assertSilent(outcome.word().orElseThrow(), "does not contain"));
  }

  @Test
  void plainTextIsReadOnUntilItHasSaidTheWeight() throws Exception {
    WeightSource.Group group = new WeightSource.Group(PerlRegexp.of("load=(\\d+%)"));
    Check.Text check =
        new Check.Text(LOOPBACK, server.port(), "PING\n", Optional.of(PerlRegexp.of("PONG")), LONG);
    server.behave(socket -> TestServer.drip(socket, "PONG load=35%\n", 10));
    assertThat(weighed(check, group))
        .isEqualTo(new Outcome(true, "expected answer", Optional.of(percent(35))));
    server.behave(socket -> TestServer.send(socket, "PONG\n"));
    assertThat(weighed(check, group).up()).isTrue();
    assertSilent(weighed(check, group).word().orElseThrow(), "does not contain");
    server.behave(socket -> TestServer.send(socket, "load=35%\n"));
    assertThat(weighed(check, group).up()).isFalse();
    Check.Text impatient = new Check.Text(LOOPBACK, server.port(), "", Optional.empty(), SHORT);
    server.behave(
        socket -> {
          socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.ISO_8859_1));
          Thread.sleep(30_000);
        });
    assertThat(weighed(impatient, group).up()).isTrue();
    assertSilent(weighed(impatient, group).word().orElseThrow(), "does not contain");
  }

  @Test
  void interruptionEndsAQuestion() throws Exception {
    server.behave(_ -> Thread.sleep(30_000));
    Thread asking =
        Thread.startVirtualThread(
            () -> {
              try {
                tcp(LONG);
              } catch (InterruptedException expected) {
                Thread.currentThread().interrupt();
              }
            });
    Thread.sleep(100);
    asking.interrupt();
    asking.join(Duration.ofSeconds(10));
    assertThat(asking.isAlive()).isFalse();
  }
}
