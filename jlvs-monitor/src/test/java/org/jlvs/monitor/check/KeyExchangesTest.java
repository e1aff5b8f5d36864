package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that know no key exchange but RSA's own. */
@Timeout(60)
final class KeyExchangesTest {
  @TempDir Path directory;

  /** In a Java of its own, as that decides once what it speaks. */
  @Test
  void aServerIsUpThatExchangesKeysByRsaAlone() throws Exception {
    new TestKeys(directory).issue("server", "-keyalg", "RSA", "-keysize", "2048");
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KeyExchangesTest.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(Outcome.up("HTTP status 200") + "\n");
  }

  public static void main(String[] arguments) throws Exception {
    Checker checker = new Checker((_, _) -> true, (_, _, _) -> {});
    TestServer.SecuredBehaviour web =
        (secured, _) -> {
          TestServer.head(secured);
          TestServer.send(secured, TestServer.page("200 OK", "as expected"));
        };
    try (TestServer server =
        new TestServer(
            TestServer.secured(
                new TestKeys(Path.of(arguments[0])).showing("server"),
                web,
                "TLS_RSA_WITH_AES_128_GCM_SHA256"))) {
      Check check = CheckedProtocol.HTTPS.check(server.port(), Duration.ofSeconds(30));
      System.out.println(checker.perform(check, 0));
    }
  }
}
