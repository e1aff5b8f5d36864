package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.jlvs.core.net.Address;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The protocols over UDP against servers that do wrong: the check says down, by its deadline. */
@Timeout(60)
final class MisbehavingDatagramsTest {
  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Duration DEADLINE = Duration.ofMillis(700);

  /** What a deadline may be missed by on a machine that is busy with other things. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private enum Protocol {
    DNS((port, time) -> new Check.Dns(false, LOOPBACK, port, "a.example", Optional.empty(), time)),
    SIP((port, time) -> new Check.Sip(false, LOOPBACK, port, "a@example", time)),
    RADIUS((port, time) -> new Check.Radius(LOOPBACK, port, "user", "password", "secret", time));

    private final BiFunction<Integer, Duration, Check> check;

    Protocol(BiFunction<Integer, Duration, Check> check) {
      this.check = check;
    }
  }

  /** What a server sends for a request. */
  private interface Reply {
    void send(byte[] request, Sender to) throws IOException;
  }

  private interface Sender {
    void send(byte[] datagram) throws IOException;
  }

  private enum Misdeed {
    SILENT((_, _) -> {}),
    EMPTY((_, to) -> to.send(new byte[0])),
    ECHO((request, to) -> to.send(request)),
    NONSENSE(
        (_, to) -> {
          byte[] noise = new byte[512];
          new Random(1).nextBytes(noise);
          to.send(noise);
        }),
    LARGEST((_, to) -> to.send(new byte[65_000])),
    ENDLESS(
        (request, to) -> {
          for (int i = 0; i < 100_000; i++) {
            to.send(request);
          }
        }),
    BEGINNING_ONLY(
        (request, to) -> {
          for (int length = 1; length < request.length; length++) {
            to.send(Arrays.copyOf(request, length));
          }
        });

    private final Reply reply;

    Misdeed(Reply reply) {
      this.reply = reply;
    }
  }

  /** Answers each request by a misdeed, until its socket is closed. */
  private static void serve(DatagramSocket socket, Misdeed misdeed) {
    byte[] buffer = new byte[65_536];
    while (!socket.isClosed()) {
      try {
        DatagramPacket request = new DatagramPacket(buffer, buffer.length);
        socket.receive(request);
        byte[] asked = Arrays.copyOf(buffer, request.getLength());
        misdeed.reply.send(
            asked,
            datagram ->
                socket.send(
                    new DatagramPacket(datagram, datagram.length, request.getSocketAddress())));
      } catch (IOException gone) {
        // The check has ended, or the test.
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatMisbehavesIsDownInTime(Misdeed misdeed) throws Exception {
    Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Protocol, DatagramSocket> servers = new EnumMap<>(Protocol.class);
      Map<Protocol, Future<Outcome>> checks = new EnumMap<>(Protocol.class);
      long begun = System.nanoTime();
      for (Protocol protocol : Protocol.values()) {
        DatagramSocket server =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        servers.put(protocol, server);
        threads.submit(() -> serve(server, misdeed));
        Check check = protocol.check.apply(server.getLocalPort(), DEADLINE);
        checks.put(protocol, threads.submit(() -> checker.perform(check, 0)));
      }
      for (Map.Entry<Protocol, Future<Outcome>> check : checks.entrySet()) {
        Outcome outcome = check.getValue().get();
        assertThat(outcome.up()).as("%s: %s", check.getKey(), outcome).isFalse();
        assertThat(outcome.reason())
            .as("%s", check.getKey())
            .isNotBlank()
            .matches("\\P{Cntrl}{1,300}");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(DEADLINE.plus(SLACK));
      servers.values().forEach(DatagramSocket::close);
    }
  }
}
