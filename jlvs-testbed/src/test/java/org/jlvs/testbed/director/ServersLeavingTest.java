package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients of servers that ldirectord takes out: by its file, for maintenance, and as dead. */
@Tag("system")
class ServersLeavingTest {
  private static final int PORT = 7000;

  /** A few checks, on a busy machine. */
  private static final Duration NOTICED = Duration.ofSeconds(15);

  private final List<EchoServer> servers = new ArrayList<>();
  private final List<Socket> clients = new ArrayList<>();
  private DirectorLab lab;
  private Host first;
  private Host second;
  private Path file;
  private Background monitor;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("leaving");
    first = lab.directServer(1);
    second = lab.directServer(2);
    servers.add(EchoServer.start(first, VIP, PORT));
    servers.add(EchoServer.start(second, VIP, PORT));
    file = lab.directory().resolve("leaving.cf");
    lab.startDirector();
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

  private void write(String directives, int... numbers) throws IOException {
    StringBuilder text =
        new StringBuilder("checkinterval=1\nchecktimeout=1\nautoreload=yes\nquiescent=no\n");
    text.append(directives).append('\n');
    text.append("virtual=10.0.0.100:7000\n\tscheduler=rr\n\tservice=http\n\tcheckport=80\n");
    text.append("\trequest=\"/\"\n\treceive=\"dr\"\n");
    for (int number : numbers) {
      text.append("\treal=").append(DirectorLab.directAddress(number)).append(":7000 gate\n");
    }
    Files.writeString(file, text);
  }

  private void startMonitor() {
    List<String> words = new ArrayList<>(DirectorLab.serverCommand("ldirectord"));
    words.addAll(List.of("-d", file.toString(), "start"));
    monitor = lab.director().start(words.toArray(String[]::new));
    awaitTable(table -> table.contains(entry(1, 1)) && table.contains(entry(2, 1)));
  }

  private static String entry(int number, int weight) {
    return "-r 10.0.0.1%d:7000 -g -w %d\n".formatted(number, weight);
  }

  private void awaitTable(Predicate<String> condition) {
    assertThat(Waiting.until(NOTICED, () -> condition.test(table())))
        .as("the table is:\n%s\nldirectord printed:\n%s", table(), monitor.output())
        .isTrue();
  }

  private String table() {
    try {
      return lab.command("ipvsadm -S -n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Socket connect() throws Exception {
    Socket client = EchoServer.connect(lab.client(), VIP, PORT);
    clients.add(client);
    client.setSoTimeout(30_000);
    return client;
  }

  private static int server(Socket client) throws IOException {
    return EchoServer.ask(client, "a").startsWith("dr1") ? 1 : 2;
  }

  @Test
  void aServerThatLeavesTheFileServesItsClientsToTheEnd() throws Exception {
    write("draintimeout=300", 1, 2);
    startMonitor();
    lab.command("ipvsadm --set 1 1 1");
    lab.command("ipvsadm --set 900 1 1");
    Socket client = connect();
    int leaving = server(client);
    int staying = 3 - leaving;

    write("draintimeout=300", staying);
    awaitTable(table -> table.contains(entry(leaving, 0)));
    assertThat(EchoServer.ask(client, "b")).isEqualTo("dr" + leaving + ":b");
    assertThat(server(connect())).isEqualTo(staying);
    assertThat(server(connect())).isEqualTo(staying);
    assertThat(EchoServer.ask(client, "c")).isEqualTo("dr" + leaving + ":c");
    assertThat(table()).contains(entry(leaving, 0));

    client.close();
    awaitTable(table -> !table.contains("10.0.0.1" + leaving));
    assertThat(
            Waiting.until(
                NOTICED,
                () ->
                    monitor
                        .output()
                        .contains(
                            "Drained real server: 10.0.0.1" + leaving + ":7000 (10.0.0.100:7000)")))
        .as(monitor.output())
        .isTrue();
  }

  @Test
  void aServerUnderMaintenanceIsGivenItsTimeAndComesBack() throws Exception {
    Path maintenance = Files.createDirectory(lab.directory().resolve("maintenance"));
    write("draintimeout=10\npromptfailover=yes\nmaintenancedir=" + maintenance, 1, 2);
    startMonitor();
    Socket client = connect();
    int leaving = server(client);

    Path taken = Files.createFile(maintenance.resolve("10.0.0.1" + leaving));
    awaitTable(table -> table.contains(entry(leaving, 0)));
    assertThat(EchoServer.ask(client, "b")).isEqualTo("dr" + leaving + ":b");
    assertThatThrownBy(() -> client.getInputStream().read())
        .as("its time is over")
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    awaitTable(table -> !table.contains("10.0.0.1" + leaving));

    Files.delete(taken);
    awaitTable(table -> table.contains(entry(leaving, 1)));
  }

  @Test
  void clientsOfADeadServerAreResetOnlyWhereTheFileSaysSo() throws Exception {
    write("draintimeout=300\npromptfailover=yes", 1, 2);
    startMonitor();
    Socket client = connect();
    int dead = server(client);
    Host host = dead == 1 ? first : second;

    host.require("ip", "link", "set", "eth0", "down");
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    assertThat(table()).as("no drain").doesNotContain("10.0.0.1" + dead);
    assertThat(server(connect())).isEqualTo(3 - dead);
  }
}
