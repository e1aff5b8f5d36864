package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real TCP clients of servers that are taken out, and servers that leave by themselves. */
@Tag("system")
class FailoverTest {
  private static final int PORT = 7000;

  /** Far below the minutes that a client waits for a server that is gone. */
  private static final int SOON_MILLIS = 5000;

  private final List<EchoServer> servers = new ArrayList<>();
  private final List<Socket> clients = new ArrayList<>();
  private DirectorLab lab;
  private Director director;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("failover");
  }

  @AfterEach
  void end() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    for (EchoServer server : servers) {
      server.close();
    }
    lab.close();
  }

  private Socket connect() throws Exception {
    Socket client = EchoServer.connect(lab.client(), VIP, PORT);
    clients.add(client);
    client.setSoTimeout(SOON_MILLIS);
    return client;
  }

  /** Two servers of one method; the second one is chosen first. */
  private Host serve(String method, String options) throws Exception {
    boolean direct = method.equals("-g");
    Host first = direct ? lab.directServer(1) : lab.masqueradedServer(1);
    Host second = direct ? lab.directServer(2) : lab.masqueradedServer(2);
    servers.add(EchoServer.start(first, direct ? VIP : address(method, 1), PORT));
    servers.add(EchoServer.start(second, direct ? VIP : address(method, 2), PORT));
    director = lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:7000 -s rr " + options,
        "-a -t 10.0.0.100:7000 -r %s:7000 %s -w 1".formatted(address(method, 1), method),
        "-a -t 10.0.0.100:7000 -r %s:7000 %s -w 1".formatted(address(method, 2), method));
    // An answer means that the engine has told the program of the service, too.
    lab.command("status");
    return second;
  }

  private static String address(String method, int number) {
    return method.equals("-g")
        ? DirectorLab.directAddress(number)
        : DirectorLab.masqueradedAddress(number);
  }

  private void delete(String method, int number) throws IOException {
    lab.command("ipvsadm -d -t 10.0.0.100:7000 -r %s:7000".formatted(address(method, number)));
  }

  private static void fail(Host server) {
    server.require("ip", "link", "set", "eth0", "down");
  }

  @ParameterizedTest
  @CsvSource({"-g, dr", "-m, nat"})
  void clientsOfADeletedServerAreResetAtOnce(String method, String name) throws Exception {
    Host second = serve(method, "");
    lab.command("sysctl jlvs.prompt_failover=1");
    Socket idle = connect();
    Socket other = connect();
    Socket sending = connect();
    assertThat(EchoServer.ask(idle, "a")).isEqualTo(name + "2:a");
    assertThat(EchoServer.ask(other, "b")).isEqualTo(name + "1:b");
    assertThat(EchoServer.ask(sending, "c")).isEqualTo(name + "2:c");
    fail(second);
    sending.getOutputStream().write("nobody answers\n".getBytes(StandardCharsets.US_ASCII));

    long begin = System.nanoTime();
    delete(method, 2);
    assertThatThrownBy(() -> idle.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    long millis = (System.nanoTime() - begin) / 1_000_000;
    System.out.printf("an idle client of a deleted server was reset after %d ms%n", millis);
    assertThatThrownBy(() -> sending.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    assertThat(EchoServer.ask(other, "d")).as("others go on").isEqualTo(name + "1:d");
    assertThat(EchoServer.ask(connect(), "e")).isEqualTo(name + "1:e");
  }

  @Test
  void withoutTheOptionAClientHangs() throws Exception {
    Host second = serve("-g", "");
    Socket client = connect();
    assertThat(EchoServer.ask(client, "a")).isEqualTo("dr2:a");
    fail(second);
    delete("-g", 2);
    client.getOutputStream().write("nobody answers\n".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void manyClientsAreResetWithinSeconds() throws Exception {
    serve("-g", "");
    lab.command("ipvsadm -e -t 10.0.0.100:7000 -r 10.0.0.11:7000 -g -w 0");
    lab.command("sysctl jlvs.prompt_failover=1");
    List<Socket> many = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      many.add(connect());
    }
    assertThat(EchoServer.ask(many.getLast(), "a")).isEqualTo("dr2:a");
    long begin = System.nanoTime();
    delete("-g", 2);
    for (Socket client : many) {
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
    long millis = (System.nanoTime() - begin) / 1_000_000;
    System.out.printf("1000 clients of a deleted server were reset within %d ms%n", millis);
  }

  @Test
  void persistentClientsLeaveAServerThatTheMonitorFindsDead() throws Exception {
    Host first = lab.directServer(1);
    Host second = lab.directServer(2);
    lab.startDirector();
    lab.command("sysctl jlvs.prompt_failover=1");
    Path file = lab.directory().resolve("failover.cf");
    Files.writeString(
        file,
        """
        checkinterval=1
        checktimeout=1
        quiescent=yes
        virtual=10.0.0.100:80
        \treal=10.0.0.11:80 gate 1
        \treal=10.0.0.12:80 gate 1
        \tservice=http
        \trequest="/"
        \treceive="dr"
        \tscheduler=rr
        \tpersistent=600
        """);
    List<String> words = new ArrayList<>(DirectorLab.serverCommand("ldirectord"));
    words.addAll(List.of("-d", file.toString(), "start"));
    lab.director().start(words.toArray(String[]::new));
    assertThat(
            Waiting.until(
                DirectorLab.PATIENCE,
                () -> lines("ipvsadm -L -n").filter(line -> line.contains(" 1 ")).count() == 2))
        .isTrue();
    String server = lab.get("http://" + VIP + "/");
    boolean isSecond = server.equals("dr2");
    Socket idle = EchoServer.connect(lab.client(), VIP, 80);
    clients.add(idle);
    idle.setSoTimeout(15_000);

    fail(isSecond ? second : first);
    assertThatThrownBy(() -> idle.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    lab.awaitAnswer("http://" + VIP + "/", isSecond ? "dr1" : "dr2", Duration.ofSeconds(5));
    assertThat(lab.command("ipvsadm -L -n")).as("quiesced, not deleted").contains("10.0.0.12:80");
  }

  private Stream<String> lines(String command) {
    try {
      return lab.command(command).lines();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aQuiescedServerLeavesWithItsLastClientAlsoAfterARestart() throws Exception {
    serve("-g", "");
    lab.command("sysctl jlvs.drain_timeout=600 jlvs.slow_start=30 jlvs.prompt_failover=2");
    director.process().kill();
    lab.startDirector();
    assertThat(lab.command("sysctl jlvs.drain_timeout jlvs.slow_start jlvs.prompt_failover"))
        .isEqualTo("jlvs.drain_timeout = 600\njlvs.slow_start = 30\njlvs.prompt_failover = 2\n");
    lab.command("sysctl jlvs.prompt_failover=0");
    Socket client = connect();
    String answer = EchoServer.ask(client, "a");
    int number = answer.startsWith("dr2") ? 2 : 1;
    lab.command("ipvsadm -e -t 10.0.0.100:7000 -r 10.0.0.1%d:7000 -g -w 0".formatted(number));
    assertThat(EchoServer.ask(client, "b")).startsWith("dr" + number);
    assertThat(lab.command("ipvsadm -L -n")).contains("10.0.0.1%d:7000".formatted(number));
    lab.command("ipvsadm --set 1 1 1");
    client.close();
    String gone = "10.0.0.1%d:7000".formatted(number);
    assertThat(
            Waiting.until(
                DirectorLab.PATIENCE,
                () -> lines("ipvsadm -L -n").noneMatch(line -> line.contains(gone))))
        .isTrue();
  }
}
