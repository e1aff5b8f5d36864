package org.jlvs.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jlvs.cli.CommandRequest;
import org.jlvs.cli.ControlClient;
import org.jlvs.cli.DirectorUnreachableException;
import org.jlvs.cli.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlServerTest {
  private static final ControlServer.Limits LIMITS =
      new ControlServer.Limits(1 << 20, Duration.ofMillis(300), Duration.ofMillis(1500));

  /** Writes its arguments to standard output and standard error, then all of its input. */
  private static final CommandHandler ECHO =
      (program, arguments, in, out, err) -> {
        out.write((arguments + "\n").getBytes(StandardCharsets.UTF_8));
        err.write("told\n".getBytes(StandardCharsets.UTF_8));
        in.transferTo(out);
        return arguments.size();
      };

  private static final CommandHandler DEAF = (program, arguments, in, out, err) -> 7;

  private static final CommandHandler BROKEN =
      (program, arguments, in, out, err) -> {
        throw new IllegalStateException("oh");
      };

  private static final Map<String, CommandHandler> COMMANDS =
      Map.of("echo", ECHO, "deaf", DEAF, "broken", BROKEN);

  @TempDir Path folder;
  private Path socket;
  private ControlServer server;

  @BeforeEach
  void start() throws IOException {
    socket = folder.resolve("run/net-1.sock");
    server = ControlServer.start(socket, COMMANDS, LIMITS);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void aCommandGetsItsArgumentsAndInputAndGivesBothOutputsAndItsExitCode() throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      assertThat(client.run("echo", List.of("-A", "", "\u00fc"), Optional.of("a\nb\n")))
          .isEqualTo(new ControlClient.Result(3, "[-A, , \u00fc]\na\nb\n", "told\n"));
      assertThat(client.run("echo", List.of(), Optional.empty()))
          .isEqualTo(new ControlClient.Result(0, "[]\n", "told\n"));
    }
  }

  @Test
  void thousandsOfCommandsGoOverOneConnection() throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      for (int i = 0; i < 3000; i++) {
        String text = "input " + i;
        assertThat(client.run("echo", List.of("x"), Optional.of(text)).out())
            .isEqualTo("[x]\n" + text);
      }
    }
  }

  @Test
  void inputThatACommandDoesNotReadDisturbsNoOther() throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.run("deaf", List.of(), Optional.of("x".repeat(500_000))).exitCode())
            .isEqualTo(7);
        assertThat(client.run("echo", List.of(), Optional.empty()).out()).isEqualTo("[]\n");
      }
    }
  }

  @Test
  void unknownCommandsAndFailuresAreToldAndTheConnectionGoesOn() throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      assertThat(client.run("nosuch", List.of(), Optional.empty()))
          .isEqualTo(
              new ControlClient.Result(2, "", "jlvs: the director knows no command \"nosuch\"\n"));
      assertThat(client.run("broken", List.of(), Optional.empty()))
          .isEqualTo(
              new ControlClient.Result(
                  255,
                  "",
                  "broken: internal error, see the director's log:"
                      + " java.lang.IllegalStateException: oh\n"));
      assertThat(client.run("echo", List.of(), Optional.empty()).exitCode()).isZero();
    }
  }

  @Test
  void fiftyClientsAtOnceGetTheirOwnAnswers() throws Exception {
    try (ExecutorService clients = Executors.newFixedThreadPool(50)) {
      List<Future<Void>> done = new ArrayList<>();
      for (int n = 0; n < 50; n++) {
        String own = ("client " + n + "\n").repeat(2000);
        Callable<Void> task =
            () -> {
              try (ControlClient client = new ControlClient(socket)) {
                for (int i = 0; i < 20; i++) {
                  assertThat(client.run("echo", List.of(), Optional.of(own)).out())
                      .isEqualTo("[]\n" + own);
                }
              }
              return null;
            };
        done.add(clients.submit(task));
      }
      for (Future<Void> future : done) {
        future.get(50, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void tooMuchInputIsRefused() throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      String tooMuch = "x".repeat((1 << 20) + 1);
      assertThatThrownBy(() -> client.run("echo", List.of(), Optional.of(tooMuch)))
          .isInstanceOf(IOException.class)
          .hasMessage("the director refuses: more than 1048576 bytes of standard input");
      assertThat(client.run("echo", List.of("y"), Optional.empty()).exitCode()).isEqualTo(1);
    }
  }

  @Test
  void rubbishHarmsOnlyWhoSendsIt() throws IOException {
    Random random = new Random(5);
    try (ControlClient client = new ControlClient(socket)) {
      for (int i = 0; i < 200; i++) {
        byte[] rubbish = new byte[1 + random.nextInt(2000)];
        random.nextBytes(rubbish);
        if (i % 2 == 0 && rubbish.length > Frame.GREETING.length) {
          System.arraycopy(Frame.GREETING, 0, rubbish, 0, Frame.GREETING.length);
        }
        try (SocketChannel channel = connect()) {
          channel.write(ByteBuffer.wrap(rubbish));
          channel.shutdownOutput();
          Channels.newInputStream(channel).readAllBytes();
        }
        assertThat(client.run("echo", List.of(), Optional.empty()).exitCode()).isZero();
      }
    }
  }

  @Test
  void strangersAreToldWhereTheyAre() throws IOException {
    assertThat(answerTo("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo("this is the control socket of a jlvs director");
    assertThat(answerTo(new byte[] {'j', 'l', 'v', 's', 9}))
        .isEqualTo(
            "the command speaks version 9 of the protocol, the director version 1: use both of one"
                + " release");
  }

  @Test
  void hugeFrameIsRefusedBeforeItIsSent() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(Frame.GREETING);
    bytes.write(new byte[] {1, 6, 0, 0, 0});
    assertThat(answerTo(bytes.toByteArray()))
        .isEqualTo("a frame of 100663296 bytes, more than 1048576");
  }

  @Test
  void silentClientsAreCutOff() throws IOException {
    try (SocketChannel neverGreets = connect();
        SocketChannel neverAsks = connect();
        SocketChannel stallsInItsInput = connect()) {
      neverAsks.write(ByteBuffer.wrap(Frame.GREETING));
      stallsInItsInput.write(ByteBuffer.wrap(Frame.GREETING));
      byte[] request = new CommandRequest("echo", List.of(), true).encode();
      Frame.write(
          Channels.newOutputStream(stallsInItsInput),
          Frame.Type.REQUEST,
          request,
          0,
          request.length);
      for (SocketChannel channel : List.of(neverGreets, neverAsks, stallsInItsInput)) {
        assertThat(Channels.newInputStream(channel).readAllBytes().length).isLessThan(100);
      }
    }
  }

  @Test
  void aClientThatDoesNotReadIsCutOff() throws IOException {
    try (SocketChannel channel = connect()) {
      channel.write(ByteBuffer.wrap(Frame.GREETING));
      byte[] request = new CommandRequest("echo", List.of(), true).encode();
      var out = Channels.newOutputStream(channel);
      Frame.write(out, Frame.Type.REQUEST, request, 0, request.length);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  Frame.write(out, Frame.Type.INPUT, new byte[60_000], 0, 1000);
                  Frame.write(out, Frame.Type.INPUT, new byte[60_000], 0, 60_000);
                }
              })
          .isInstanceOf(IOException.class);
    }
    try (ControlClient client = new ControlClient(socket)) {
      assertThat(client.run("echo", List.of(), Optional.empty()).exitCode()).isZero();
    }
  }

  @Test
  void theSocketIsItsOwnersOnly() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void aFolderThatEverybodyMayWriteToIsRefused() throws IOException {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> ControlServer.start(open.resolve("net-1.sock"), COMMANDS))
        .hasMessageContaining("everybody may write to " + open)
        .hasMessageContaining("chmod 0700");
  }

  @Test
  void aSecondDirectorIsRefused() {
    assertThatThrownBy(() -> ControlServer.start(socket, COMMANDS))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "a director already runs in this network namespace (pid "
                + ProcessHandle.current().pid()
                + ")");
  }

  @Test
  void theSocketOfADeadDirectorIsReplaced() throws IOException {
    Path left = folder.resolve("run/net-2.sock");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(left));
    }
    assertThat(left).exists();
    try (ControlClient client = new ControlClient(left)) {
      assertThatThrownBy(() -> client.run("echo", List.of(), Optional.empty()))
          .isInstanceOf(DirectorUnreachableException.class);
      try (ControlServer next = ControlServer.start(left, COMMANDS, LIMITS)) {
        assertThat(next).isNotNull();
        assertThat(client.run("echo", List.of(), Optional.empty()).exitCode()).isZero();
      }
    }
    assertThat(left).doesNotExist();
  }

  @RepeatedTest(5)
  void aClientFindsTheNextDirector() throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      assertThat(client.run("echo", List.of("1"), Optional.empty()).exitCode()).isEqualTo(1);
      server.close();
      assertThatThrownBy(() -> client.run("echo", List.of(), Optional.empty()))
          .isInstanceOf(DirectorUnreachableException.class)
          .hasMessage("no director runs in this network namespace: start one with `jlvs director`");
      server = ControlServer.start(socket, COMMANDS, LIMITS);
      assertThat(client.run("echo", List.of("1"), Optional.empty()).exitCode()).isEqualTo(1);
      server.close();
      server = ControlServer.start(socket, COMMANDS, LIMITS);
      assertThat(client.run("echo", List.of("1"), Optional.empty()).exitCode()).isEqualTo(1);
    }
  }

  @Test
  @Tag("system")
  void anotherUserIsRefusedByItsCredentials() throws Exception {
    assumeThat(ProcessHandle.current().info().user())
        .as("needs root, to become another user")
        .contains("root");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    String script =
        "$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!; read $s, $b, 4096;"
            + " print substr($b, 5)";
    Process stranger =
        new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                "perl",
                "-MIO::Socket::UNIX",
                "-e",
                script,
                socket.toString())
            .redirectErrorStream(true)
            .start();
    String answer = new String(stranger.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(answer)
        .isEqualTo("only root and the director's own user may command it, not nobody");
  }

  private String answerTo(byte[] bytes) throws IOException {
    try (SocketChannel channel = connect()) {
      channel.write(ByteBuffer.wrap(bytes));
      InputStream in = Channels.newInputStream(channel);
      Frame answer = Frame.read(in).orElseThrow();
      assertThat(answer.type()).isEqualTo(Frame.Type.REFUSAL);
      assertThat(in.read()).isEqualTo(-1);
      return answer.text();
    }
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }
}
