package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file in UTF-8 with letters beyond ASCII: servers and commands get the bytes that it has. */
@Timeout(30)
final class ConfiguredTextTest {
  private static final String NAME = "zoë";

  private static Outcome check(int port, String... lines) throws Exception {
    String text =
        "negotiatetimeout=5\nvirtual=10.0.0.100:80\n\treal=127.0.0.1:%d masq\n\t%s\n"
            .formatted(port, String.join("\n\t", lines));
    VirtualServer virtual =
        ConfigurationParser.parse(asRead(text), new TestNames()).virtualServers().getFirst();
    return new Checker((_, _) -> true, (_, _, _) -> {})
        .perform(CheckPlanner.plan(virtual, virtual.realServers().getFirst()), 0);
  }

  /** A file's bytes, each a character. */
  private static String asRead(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ldap", "pgsql", "simpletcp"})
  void serversGetTheBytesOfTheFile(String service) throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (TestServer server =
        new TestServer(
            socket -> {
              byte[] request = new byte[4096];
              int length = socket.getInputStream().read(request);
              if (service.equals("pgsql")) {
                // Asked whether it knows TLS.
                socket.getOutputStream().write('N');
                length = socket.getInputStream().read(request);
              }
              heard.add(new String(request, 0, Math.max(0, length), StandardCharsets.UTF_8));
            })) {
      assertThat(
              check(
                      server.port(),
                      "service=" + service,
                      "login=\"cn=" + NAME + "\"",
                      "passwd=\"a\"",
                      "request=\"" + NAME + "\"")
                  .up())
          .isFalse();
      assertThat(heard.poll(10, TimeUnit.SECONDS)).contains(NAME);
    }
  }

  @Test
  void radiusGetsTheBytesOfTheFile() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0))) {
      Thread.startVirtualThread(
          () -> {
            DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
            try {
              socket.receive(packet);
              byte[] request = Arrays.copyOf(packet.getData(), packet.getLength());
              heard.add(new String(request, StandardCharsets.UTF_8));
              socket.send(new DatagramPacket(new byte[20], 20, packet.getSocketAddress()));
            } catch (IOException closed) {
              // The test is over.
            }
          });
      assertThat(
              check(
                      socket.getLocalPort(),
                      "protocol=udp",
                      "service=radius",
                      "login=\"" + NAME + "\"",
                      "passwd=\"a\"",
                      "secret=\"b\"")
                  .up())
          .isFalse();
      assertThat(heard.poll(10, TimeUnit.SECONDS)).contains(NAME);
    }
  }

  @Test
  void aCommandIsFoundByTheBytesOfTheFile(@TempDir Path directory) throws Exception {
    assumeTrue(
        System.getProperty("sun.jnu.encoding").equals("UTF-8"),
        "names of files are not in UTF-8 where this test runs");
    Path command = directory.resolve(NAME + " check");
    Files.writeString(command, "#!/bin/sh\nexit 0\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    Outcome outcome = check(80, "checktype=external", "checkcommand=\"" + command + "\"");
    assertThat(outcome.up()).as(outcome.reason()).isTrue();
  }
}
