package org.jlvs.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jlvs.linux.VethPair;
import org.jlvs.linux.sys.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("system")
class PingerSystemTest {
  private static final Duration LONG = Duration.ofSeconds(5);
  private static final Duration SHORT = Duration.ofMillis(100);

  private VethPair pair;

  @BeforeEach
  void makeNetwork() throws Exception {
    pair = VethPair.create();
  }

  @AfterEach
  void removeNetwork() throws Exception {
    if (pair != null) {
      pair.close();
    }
  }

  /** "1 0" allows no group a ping socket, so that raw ones are used; "0 0" allows root's. */
  @ParameterizedTest
  @ValueSource(strings = {"1 0", "0 0"})
  void neighboursAnswerByEitherKindOfSocket(String groups) throws Exception {
    pair.exec("left", "sysctl", "-q", "-w", "net.ipv4.ping_group_range=" + groups);
    try (Pinger pinger = pair.left().run(Pinger::open)) {
      for (String host : List.of("10.9.0.2", "10.9.0.1", "127.0.0.1", "fd09::2", "::1")) {
        assertThat(pinger.ping(InetAddress.getByName(host), LONG)).as(host).isPresent();
      }
      assertThat(pinger.ping(InetAddress.getByName("10.9.0.9"), SHORT)).isEmpty();
      assertThat(pinger.ping(InetAddress.getByName("fd09::9"), SHORT)).isEmpty();
    }
  }

  @Test
  void aHostThatFallsSilentAndComesBackIsSeen() throws Exception {
    InetAddress right = InetAddress.getByName("10.9.0.2");
    try (Pinger pinger = pair.left().run(Pinger::open)) {
      assertThat(pinger.ping(right, LONG)).isPresent();
      pair.exec("right", "sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1");
      assertThat(pinger.ping(right, SHORT)).isEmpty();
      pair.exec("right", "sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=0");
      assertThat(pinger.ping(right, LONG)).isPresent();
    }
  }

  @Test
  void manyVirtualThreadsPingAtOnceAndASilentHostDelaysNone() throws Exception {
    try (Pinger pinger = pair.left().run(Pinger::open);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> alive = new ArrayList<>();
      List<Future<Boolean>> silent = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        alive.add(
            threads.submit(() -> pinger.ping(InetAddress.getByName("10.9.0.2"), LONG).isPresent()));
        if (i < 100) {
          int host = 100 + i;
          silent.add(
              threads.submit(
                  () -> pinger.ping(InetAddress.getByName("10.9.0." + host), SHORT).isPresent()));
        }
      }
      for (Future<Boolean> answered : alive) {
        assertThat(answered.get()).isTrue();
      }
      for (Future<Boolean> answered : silent) {
        assertThat(answered.get()).isFalse();
      }
    }
  }

  @Test
  void aHostWithoutRouteIsAnErrorThatNamesIt() throws Exception {
    try (Pinger pinger = pair.left().run(Pinger::open)) {
      assertThatThrownBy(() -> pinger.ping(InetAddress.getByName("192.0.2.1"), LONG))
          .isInstanceOf(LinuxException.class)
          .hasMessage("ping 192.0.2.1: ENETUNREACH (network unreachable)");
    }
  }

  @Test
  void closingEndsThoseWhoWait() throws Exception {
    Pinger pinger = pair.left().run(Pinger::open);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> waiter =
          threads.submit(
              () -> pinger.ping(InetAddress.getByName("10.9.0.9"), Duration.ofMinutes(1)));
      Thread.sleep(50);
      pinger.close();
      assertThatThrownBy(waiter::get).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> pinger.ping(InetAddress.getByName("10.9.0.2"), LONG))
          .isInstanceOf(IOException.class)
          .hasMessage("ping 10.9.0.2: the sockets are closed");
      pinger.close();
    }
  }
}
