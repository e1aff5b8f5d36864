package org.jlvs.monitor.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jlvs.monitor.check.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code jlvs check} on servers of loopback addresses. */
@Timeout(60)
final class CheckCommandTest {
  private static final String TIME = "\\d+(\\.\\d)? m?s";

  @TempDir Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, Runnable> handlers = new ConcurrentHashMap<>();
  private TestServer first;
  private TestServer second;

  @BeforeEach
  void serve() throws IOException {
    first = new TestServer(java.net.Socket::close, "127.0.6.1", 0);
    second = new TestServer(java.net.Socket::close, "127.0.6.2", first.port());
    first.behave(first.answering(TestServer.page("200 OK", "Test Page")));
    second.behave(second.answering(TestServer.page("200 OK", "Test Page")));
  }

  @AfterEach
  void close() throws Exception {
    first.close();
    second.close();
  }

  private void configure(String... more) throws IOException {
    Files.writeString(
        directory.resolve("ld.cf"),
        "checktimeout=5\ncheckinterval=1\n"
            + String.join("", more)
            + "virtual=10.0.0.100:80\n\treal=127.0.6.1:80 gate\n\treal=127.0.6.2:80 gate\n"
            + "\tservice=http\n\treceive=\"Test Page\"\n\tcheckport="
            + first.port()
            + "\n");
  }

  private int run(String... words) throws InterruptedException {
    Environment host = LdirectordProcess.environment(directory);
    List<String> all = new ArrayList<>(List.of("ld.cf"));
    all.addAll(List.of(words));
    return CheckCommand.run(
        all,
        new Environment(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            () -> {
              throw new AssertionError("no table is to be touched");
            },
            host.pings(),
            host.associations(),
            host.syslog(),
            host.clock(),
            host.names(),
            new Signals() {
              @Override
              public void handle(String name, Runnable action) {
                handlers.put(name, action);
              }

              @Override
              public void send(long pid, String name) {}
            },
            host.places(),
            host.workingDirectory(),
            List.of()));
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private void await(String pattern) throws InterruptedException {
    for (int i = 0; i < 2000 && !printed().matches("(?s)" + pattern); i++) {
      Thread.sleep(10);
    }
    assertThat(printed()).matches("(?s)" + pattern);
  }

  @Test
  void whenAllServersAreUpTheStatusIsZero() throws Exception {
    configure();
    assertThat(run("--once")).isZero();
    assertThat(printed())
        .matches(
            "VIRTUAL            REAL SERVER   CHECK  RESULT  TIME +REASON\n"
                + "tcp 10.0.0.100:80  127.0.6.1:80  http   up      "
                + TIME
                + " +HTTP status 200\n"
                + "tcp 10.0.0.100:80  127.0.6.2:80  http   up      "
                + TIME
                + " +HTTP status 200\n"
                + "2 real servers: 2 up, 0 down\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void saysWhichServersAreDownOrTakenOutAndWhy() throws Exception {
    Path maintenance = Files.createDirectory(directory.resolve("maintenance"));
    Files.createFile(maintenance.resolve("127.0.6.1:80"));
    second.behave(second.answering(TestServer.page("503 Busy", "\u001b[2Jno")));
    configure("maintenancedir=" + maintenance + "\n");
    assertThat(run("--once", "--json")).isEqualTo(1);
    assertThat(printed())
        .matches(
            "\\{\"configuration\":\"[^\"]*/ld.cf\",\"up\":0,\"down\":1,\"maintenance\":1,\"checks\":\\["
                + "\\{\"virtual\":\"tcp 10.0.0.100:80\",\"real\":\"127.0.6.1:80\",\"check\":\"http\","
                + "\"result\":\"maintenance\",\"tookMillis\":\\d+,\"at\":\"[^\"]*Z\","
                + "\"reason\":\"under maintenance by a file in [^\"]*\"\\},"
                + "\\{\"virtual\":\"tcp 10.0.0.100:80\",\"real\":\"127.0.6.2:80\",\"check\":\"http\","
                + "\"result\":\"down\",\"tookMillis\":\\d+,\"at\":\"[^\"]*Z\","
                + "\"reason\":\"HTTP status 503\"\\}\\]\\}\n");
  }

  @Test
  void theCheckIsWhatIsDoneWhereTheProtocolKnowsNoOther() throws Exception {
    Files.writeString(
        directory.resolve("ld.cf"),
        """
        virtual=10.0.0.100:53
        \treal=127.0.6.1:53 masq
        \tchecktype=connect
        \tprotocol=udp
        virtual=10.0.0.100:3868
        \treal=127.0.6.1:3868 masq
        \tprotocol=sctp
        """);
    assertThat(run("--once")).isZero();
    assertThat(printed())
        .containsPattern("udp 10.0.0.100:53 +127.0.6.1:53 +ping +up .* answers pings\n")
        .containsPattern("sctp 10.0.0.100:3868 +127.0.6.1:3868 +sctp +up .* answers INIT\n");
  }

  @Test
  void aBadFileIsRefusedWithItsPlaces() throws Exception {
    configure("chekinterval=3\n", "quiescent=maybe\n");
    assertThat(run("--once")).isEqualTo(2);
    assertThat(printed()).isEmpty();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains(
            "ld.cf, line 3, column 1: unknown global directive chekinterval; did you mean",
            "ld.cf, line 4, column 11: quiescent=maybe: expected yes or no\n");
    assertThat(run("--twice")).isEqualTo(2);
    Files.delete(directory.resolve("ld.cf"));
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("jlvs check: unknown option --twice\nUsage: jlvs check ")
        .endsWith("jlvs check: there is no " + directory.resolve("ld.cf") + "\n");
  }

  @Test
  void inAPipeEachChangeIsALine() throws Exception {
    configure();
    FutureTask<Integer> command = new FutureTask<>(() -> run());
    Thread.startVirtualThread(command);
    await("(.*http up [^\n]*\n){2}");
    second.behave(second.answering(TestServer.page("503 Busy", "no")));
    await(
        "(.*http up [^\n]*\n){2}.* tcp 10.0.0.100:80 127.0.6.2:80 http down .* HTTP status 503\n");
    handlers.get("INT").run();
    assertThat(command.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(printed()).hasLineCount(3);
  }

  @Test
  void onATerminalTheTableIsDrawnInItsPlace() throws Exception {
    configure();
    FutureTask<Integer> command = new FutureTask<>(() -> run("--colour", "--screen", "5 41"));
    Thread.startVirtualThread(command);
    await(".*2 real servers: 2 up, 0 down\n");
    second.behave(second.answering(TestServer.page("503 Busy", "no")));
    await(".*2 real servers: 1 up, 1 down\n");
    handlers.get("TERM").run();
    assertThat(command.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    String last = printed().substring(printed().lastIndexOf("\u001b[4A\r\u001b[J"));
    assertThat(last)
        .as("the one that is down comes first, in 41 columns")
        .isEqualTo(
            "\u001b[4A\r\u001b[J"
                + "\u001b[1mVIRTUAL\u001b[0m            \u001b[1mREAL SERVER\u001b[0m   "
                + "\u001b[1mCHECK\u001b[0m  \u001b[1mR\u001b[0m\n"
                + "tcp 10.0.0.100:80  127.0.6.2:80  http   \u001b[31md\u001b[0m\n"
                + "... and 1 more\n"
                + "2 real servers: 1 up, 1 down\n");
  }
}
