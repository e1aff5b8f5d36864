package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.TestNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MaintenanceTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path directory;

  private static RealServer server(String address) throws Exception {
    String six = address.startsWith("[") ? "6" : "";
    String text =
        "virtual%1$s=%2$s:80\n\treal%1$s=%3$s:80 masq\n"
            .formatted(six, six.isEmpty() ? "10.0.0.100" : "[fd00::100]", address);
    return ConfigurationParser.parse(text, new TestNames())
        .virtualServers()
        .getFirst()
        .realServers()
        .getFirst();
  }

  private static Optional<String> name(Address address) {
    return address.equals(Address.of("10.0.0.1"))
        ? Optional.of("web1.example.com")
        : Optional.empty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1,            10.0.0.1,  true",
    "10.0.0.1:80,         10.0.0.1,  true",
    "10.0.0.1:81,         10.0.0.1,  false",
    "web1.example.com,    10.0.0.1,  true",
    "web1.example.com:80, 10.0.0.1,  true",
    "web1,                10.0.0.1,  true",
    "web1:80,             10.0.0.1,  true",
    "web1:81,             10.0.0.1,  false",
    "web1,                10.0.0.2,  false",
    "[fd00::1],           [fd00::1], true",
    "[fd00::1]:80,        [fd00::1], true",
  })
  void aFileTakesTheServerOutThatItIsNamedFor(String file, String server, boolean out)
      throws Exception {
    Files.createFile(directory.resolve(file));
    Maintenance maintenance = new Maintenance(directory, MaintenanceTest::name);
    assertThat(maintenance.takes(server(server), LONG).isPresent()).isEqualTo(out);
  }

  /** Otherwise it would be put in, and taken out as soon as its name is known. */
  @Test
  void theFirstCheckWaitsForTheName() throws Exception {
    Files.createFile(directory.resolve("web1"));
    Maintenance maintenance =
        new Maintenance(
            directory,
            address -> {
              LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
              return name(address);
            });
    assertThat(maintenance.takes(server("10.0.0.1"), LONG)).isPresent();
  }

  @Test
  void aNameServerThatIsSilentIsWaitedForOnce() throws Exception {
    Files.createFile(directory.resolve("web1"));
    CountDownLatch answered = new CountDownLatch(1);
    Maintenance maintenance =
        new Maintenance(
            directory,
            address -> {
              try {
                answered.await();
              } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
              }
              return name(address);
            });
    RealServer real = server("10.0.0.1");
    Duration limit = Duration.ofSeconds(1);
    assertThat(maintenance.takes(real, limit)).isEmpty();
    long begun = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      assertThat(maintenance.takes(real, limit)).isEmpty();
    }
    assertThat(System.nanoTime() - begun).isLessThan(LONG.toNanos());
    answered.countDown();
    for (int i = 0; i < 6000 && maintenance.takes(real, limit).isEmpty(); i++) {
      Thread.sleep(10);
    }
    assertThat(maintenance.takes(real, limit)).as("once it has answered").isPresent();
  }

  @Test
  void nobodyAsksForNamesWhereThereIsNoFile() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Maintenance maintenance =
        new Maintenance(
            directory,
            _ -> {
              asked.incrementAndGet();
              return Optional.empty();
            });
    RealServer real = server("10.0.0.1");
    assertThat(maintenance.takes(real, LONG)).isEmpty();
    assertThat(asked).hasValue(0);
    Files.createFile(directory.resolve("another"));
    for (int i = 0; i < 3; i++) {
      assertThat(maintenance.takes(real, LONG)).isEmpty();
    }
    assertThat(asked).as("a name is asked for once in a while").hasValue(1);
  }
}
