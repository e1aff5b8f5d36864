package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.monitor.check.Checker;
import org.jlvs.monitor.check.TestServer;
import org.jlvs.monitor.config.ConfigurationFile;
import org.jlvs.monitor.config.NameResolver;
import org.jlvs.monitor.config.TestNames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The running monitor against servers of loopback addresses. */
@Tag("system")
@Timeout(120)
final class MonitorTest {
  @TempDir Path directory;
  private final CoreTable table = new CoreTable();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final List<TestServer> servers = new ArrayList<>();
  private Monitor monitor;
  private Thread thread;

  @AfterEach
  void stop() throws Exception {
    if (monitor != null) {
      monitor.requestStop("the end of a test");
      thread.join();
    }
    for (TestServer server : servers) {
      server.close();
    }
  }

  private TestServer serve(int number, int port) throws IOException {
    TestServer server = new TestServer(java.net.Socket::close, "127.0.8." + number, port);
    good(server);
    servers.add(server);
    return server;
  }

  private static void good(TestServer server) {
    server.behave(server.answering(TestServer.page("200 OK", "Test Page")));
  }

  private void start(String text) throws Exception {
    start(text, new TestNames());
  }

  private void start(String text, NameResolver names) throws Exception {
    Path path = Files.writeString(directory.resolve("ld.cf"), text);
    ConfigurationFile file = new ConfigurationFile(path, names);
    monitor =
        new Monitor(
            file,
            "ld.cf",
            1,
            file.read(),
            table,
            log::add,
            new Checker((_, _) -> true, (_, _, _) -> {}),
            new Instances(List.of(), "ld.cf", log::add),
            InstantSource.system());
    thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    monitor.run();
                  } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                  }
                });
  }

  private void waitForTable(String expected) throws InterruptedException {
    for (int i = 0; i < 2000 && !table.text().equals(expected); i++) {
      Thread.sleep(10);
    }
    assertThat(table.text()).isEqualTo(expected);
  }

  private static String text(int count, int port) {
    StringBuilder text = new StringBuilder("checktimeout=60\ncheckinterval=1\nquiescent=no\n");
    text.append("virtual=10.0.0.100:80\n\tservice=http\n\treceive=\"Test Page\"\n\tcheckport=");
    text.append(port).append('\n');
    for (int i = 1; i <= count; i++) {
      text.append("\treal=127.0.8.").append(i).append(":80 gate\n");
    }
    return text.toString();
  }

  private static String table(int from, int to) {
    List<String> servers = new ArrayList<>();
    for (int i = from; i <= to; i++) {
      servers.add(String.format(Locale.ROOT, " 127.0.8.%d:80=1", i));
    }
    return "10.0.0.100:80 wrr" + String.join("", servers.stream().sorted().toList());
  }

  @Test
  void serversThatHangDelayNobody() throws Exception {
    int port = serve(1, 0).port();
    for (int i = 2; i <= 60; i++) {
      serve(i, port);
    }
    for (int i = 0; i < 20; i++) {
      servers.get(i).behave(_ -> Thread.sleep(120_000));
    }
    start(text(60, port));
    waitForTable(table(21, 60));
    servers.get(59).behave(socket -> socket.setSoLinger(true, 0));
    waitForTable(table(21, 59));
    good(servers.get(59));
    waitForTable(table(21, 60));
  }

  /** The monitor's thread takes findings too, and name servers may be silent for long. */
  @Test
  void aReloadThatWaitsForNamesDelaysNoServer() throws Exception {
    int port = serve(1, 0).port();
    serve(2, port);
    serve(3, port);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answered = new CountDownLatch(1);
    start(text(2, port), new SlowNames("127.0.8.3", asked, answered));
    waitForTable(table(1, 2));

    Files.writeString(directory.resolve("ld.cf"), text(2, port) + "\treal=third.example:80 gate\n");
    monitor.requestReload();
    assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
    monitor.requestReload();
    servers.get(0).behave(socket -> socket.setSoLinger(true, 0));
    waitForTable(table(2, 2));
    assertThat(monitor.requestReport().get(60, TimeUnit.SECONDS).services()).hasSize(1);

    answered.countDown();
    waitForTable(table(2, 3));
    assertThat(log)
        .containsOnlyOnce("Added real server: 127.0.8.3:80 (10.0.0.100:80) (Weight set to 1)");
  }

  /** Names of hosts that are one address, which is told when the test says so. */
  private record SlowNames(String address, CountDownLatch asked, CountDownLatch answered)
      implements NameResolver {
    @Override
    public Optional<Address> address(String host, Family family) {
      Optional<Address> number = Address.parse(host);
      if (number.isPresent()) {
        return number;
      }
      asked.countDown();
      try {
        answered.await();
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
      return Address.parse(address);
    }

    @Override
    public Optional<Integer> port(String service, String protocol) {
      return Optional.empty();
    }
  }

  @Test
  void whoMayShareTheFateOfAServerThatGoesIsLookedAtWithIt() throws Exception {
    int port = serve(1, 0).port();
    serve(2, port);
    String rarely =
        """
        virtual=10.0.0.101:80
        \tcheckinterval=600
        \tservice=http
        \treceive="Test Page"
        \tcheckport=%d
        \treal=127.0.8.1:80 gate
        \treal=127.0.8.2:80 gate
        """;
    start(text(1, port) + rarely.formatted(port));
    waitForTable(table(1, 1) + "; 10.0.0.101:80 wrr 127.0.8.1:80=1 127.0.8.2:80=1");
    // The first is found out in its turn, the second has its address, the third is of the second's
    // service.
    servers.forEach(server -> server.behave(socket -> socket.setSoLinger(true, 0)));
    waitForTable("10.0.0.100:80 wrr; 10.0.0.101:80 wrr");
  }

  @Test
  void aFileInTheMaintenanceDirectoryTakesAServerOut() throws Exception {
    int port = serve(1, 0).port();
    serve(2, port);
    Path files = Files.createDirectory(directory.resolve("maintenance"));
    start("maintenancedir=" + files + "\n" + text(2, port));
    waitForTable(table(1, 2));
    Path file = Files.createFile(files.resolve("127.0.8.1:80"));
    waitForTable(table(2, 2));
    assertThat(log)
        .contains(
            "Taken out real server: 127.0.8.1:80 (tcp:10.0.0.100:80): under maintenance by a file in "
                + files);
    Files.delete(file);
    waitForTable(table(1, 2));
  }

  @Test
  void eachCheckIsWrittenIntoTheMonitorFile() throws Exception {
    int port = serve(1, 0).port();
    Path file = directory.resolve("checks");
    start(text(1, port) + "\tmonitorfile=\"" + file + "\"\n");
    waitForTable(table(1, 1));
    for (int i = 0; i < 500 && !(Files.exists(file) && Files.size(file) > 0); i++) {
      Thread.sleep(10);
    }
    assertThat(Files.readString(file))
        .containsPattern(
            "^\\[\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\] \\[1\\] negotiate http"
                + " tcp 127\\.0\\.8\\.1 80 "
                + port
                + " 1 gate / Test Page \\[up\\] HTTP status 200\n");
  }

  @Test
  void aChangedFileRunsTheCallbackAndIsReadOnlyWhereThatIsAskedFor() throws Exception {
    int port = serve(1, 0).port();
    serve(2, port);
    Path called = directory.resolve("called");
    Path script = Files.writeString(directory.resolve("call"), "#!/bin/sh\necho $1 >" + called);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    start("callback=\"" + script + "\"\n" + text(1, port));
    waitForTable(table(1, 1));
    Files.writeString(directory.resolve("ld.cf"), text(2, port));
    for (int i = 0; i < 1000 && !Files.exists(called); i++) {
      Thread.sleep(10);
    }
    for (int i = 0; i < 1000 && !log.contains(" - ignore new configuration"); i++) {
      Thread.sleep(10);
    }
    assertThat(log).contains(" - ignore new configuration");
    assertThat(table.text()).isEqualTo(table(1, 1));
    monitor.requestReload();
    waitForTable(table(1, 2));
    assertThat(Files.readString(called)).isEqualTo(directory.resolve("ld.cf") + "\n");
  }
}
