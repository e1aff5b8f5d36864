package org.jlvs.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jlvs.linux.VethPair;
import org.jlvs.linux.probe.SctpProber.Answer;
import org.jlvs.linux.sys.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hosts without SCTP; what endpoints say is tested where there are some. */
@Tag("system")
class SctpProberSystemTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(100);

  private VethPair pair;
  private SctpProber prober;

  @BeforeEach
  void makeNetwork() throws Exception {
    pair = VethPair.create();
    prober = pair.left().run(SctpProber::open);
  }

  @AfterEach
  void removeNetwork() throws Exception {
    if (prober != null) {
      prober.close();
    }
    if (pair != null) {
      pair.close();
    }
  }

  @Test
  void aHostThatDoesNotKnowSctpSaysSo() throws Exception {
    for (String host : List.of("10.9.0.2", "fd09::2")) {
      assertThat(prober.ask(InetAddress.getByName(host), 7, LONG))
          .as(host)
          .hasValue(Answer.NO_SCTP);
    }
  }

  @Test
  void aSilentHostIsWaitedForNoLongerThanAsked() throws Exception {
    pair.exec("right", "iptables", "-A", "INPUT", "-p", "sctp", "-j", "DROP");
    assertThat(prober.ask(InetAddress.getByName("10.9.0.2"), 7, SHORT)).isEmpty();
  }

  /** No endpoint that is to be had aborts: the examples of usrsctp are all silent instead. */
  @Test
  void anEndpointThatAbortsRefuses() throws Exception {
    String abort =
        """
        import socket, struct
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
        packet, sender = s.recvfrom(2048)
        source, destination = struct.unpack('>HH', packet[20:24])
        tag = packet[36:40]
        s.sendto(struct.pack('>HH', destination, source) + tag + bytes(4) + bytes([6, 0, 0, 4]), sender)
        """;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> endpoint =
          threads.submit(() -> pair.exec("right", "timeout", "20", "python3", "-c", abort));
      InetAddress right = InetAddress.getByName("10.9.0.2");
      Optional<Answer> answer = prober.ask(right, 7, LONG);
      while (answer.equals(Optional.of(Answer.NO_SCTP)) && !endpoint.isDone()) {
        answer = prober.ask(right, 7, LONG);
      }
      assertThat(answer).hasValue(Answer.REFUSED);
      endpoint.get();
    }
  }

  @Test
  void aQuestionThatWasLostIsAskedAgain() throws Exception {
    pair.exec(
        "right",
        "iptables",
        "-A",
        "INPUT",
        "-p",
        "sctp",
        "-m",
        "statistic",
        "--mode",
        "nth",
        "--every",
        "2",
        "--packet",
        "0",
        "-j",
        "DROP");
    assertThat(prober.ask(InetAddress.getByName("10.9.0.2"), 7, LONG)).hasValue(Answer.NO_SCTP);
  }

  @Test
  void firewallsAndRoutersHaveTheirWordsToo() throws Exception {
    InetAddress right = InetAddress.getByName("10.9.0.2");
    String[] reject = {
      "iptables", "-A", "INPUT", "-p", "sctp", "-j", "REJECT", "--reject-with", ""
    };
    reject[8] = "icmp-port-unreachable";
    pair.exec("right", reject);
    assertThat(prober.ask(right, 7, LONG)).hasValue(Answer.REFUSED);
    pair.exec("right", "iptables", "-F", "INPUT");
    reject[8] = "icmp-host-unreachable";
    pair.exec("right", reject);
    assertThat(prober.ask(right, 7, LONG)).hasValue(Answer.UNREACHABLE);
    assertThat(prober.ask(InetAddress.getByName("10.9.0.9"), 7, LONG))
        .as("nobody has the address")
        .hasValue(Answer.UNREACHABLE);
    assertThatThrownBy(() -> prober.ask(InetAddress.getByName("192.0.2.1"), 7, LONG))
        .isInstanceOf(LinuxException.class)
        .hasMessage("ask 192.0.2.1 by SCTP: ENETUNREACH (network unreachable)");
  }

  /** An error that one question brought must not be another's. */
  @Test
  void manyAskAtOnceAndEachHearsItsOwnAnswer() throws Exception {
    // The kernel tells each host of one error a second, and all together of fifty at once.
    for (String side : List.of("left", "right")) {
      pair.exec(side, "sysctl", "-q", "-w", "net.ipv6.icmp.ratelimit=0");
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> unknown = new ArrayList<>();
      List<Future<Answer>> unreachable = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        unknown.add(
            threads.submit(
                () -> prober.ask(InetAddress.getByName("fd09::2"), 7, LONG).orElseThrow()));
        unreachable.add(
            threads.submit(
                () -> prober.ask(InetAddress.getByName("fd09::9"), 7, LONG).orElseThrow()));
      }
      for (Future<Answer> answer : unknown) {
        assertThat(answer.get()).isEqualTo(Answer.NO_SCTP);
      }
      for (Future<Answer> answer : unreachable) {
        assertThat(answer.get()).isEqualTo(Answer.UNREACHABLE);
      }
    }
  }

  @Test
  void closingEndsThoseWhoWait() throws Exception {
    pair.exec("right", "iptables", "-A", "INPUT", "-p", "sctp", "-j", "DROP");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> waiter =
          threads.submit(
              () -> prober.ask(InetAddress.getByName("10.9.0.2"), 7, Duration.ofMinutes(1)));
      Thread.sleep(50);
      prober.close();
      assertThatThrownBy(waiter::get).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> prober.ask(InetAddress.getByName("10.9.0.2"), 7, LONG))
          .isInstanceOf(IOException.class)
          .hasMessage("ask 10.9.0.2 by SCTP: the sockets are closed");
    }
  }
}
