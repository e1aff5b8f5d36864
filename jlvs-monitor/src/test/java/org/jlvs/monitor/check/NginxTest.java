package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checks of a real web server, as configuration lines ask for them. */
@Tag("system")
@Timeout(60)
final class NginxTest {
  private static final Path NGINX = Path.of("/usr/sbin/nginx");

  @TempDir Path directory;
  private Process nginx;
  private int plain;
  private int secured;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(NGINX), "nginx is not installed: apt-get install nginx-light");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/openssl")),
        "openssl is not installed: apt-get install openssl");
    plain = freePort();
    secured = freePort();
    Path pages = Files.createDirectories(directory.resolve("www/default"));
    Files.writeString(pages.resolve("index.html"), "<h1>Test Page</h1>");
    Files.writeString(pages.resolve("a b.html"), "spaced");
    Path other = Files.createDirectories(directory.resolve("www/other"));
    Files.writeString(other.resolve("index.html"), "the other host");
    run(
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=self.signed",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem"));
    Path configuration =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off; pid %1$s/pid; error_log %1$s/error; worker_processes 1;
            events { }
            http {
              access_log off;
              client_body_temp_path %1$s/t1; proxy_temp_path %1$s/t2; fastcgi_temp_path %1$s/t3;
              uwsgi_temp_path %1$s/t4; scgi_temp_path %1$s/t5;
              ssl_certificate %1$s/cert.pem; ssl_certificate_key %1$s/key.pem;
              server {
                listen 127.0.0.1:%2$d default_server; listen 127.0.0.1:%3$d ssl default_server;
                root %1$s/www/default;
                location /moved { return 301 /index.html; }
                location /broken { return 503; }
              }
              server {
                listen 127.0.0.1:%2$d; listen 127.0.0.1:%3$d ssl;
                server_name other.example.com; root %1$s/www/other;
              }
            }
            """
                .formatted(directory, plain, secured));
    run(List.of("chmod", "-R", "a+rX", directory.toString()));
    nginx =
        new ProcessBuilder(NGINX.toString(), "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("nginx.out").toFile())
            .start();
    for (int i = 0; i < 500 && !check("checktype=connect").up(); i++) {
      Thread.sleep(20);
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (nginx != null) {
      nginx.destroy();
      nginx.waitFor();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void run(List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("command.out").toFile())
            .start();
    assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(() -> String.valueOf(command)).isZero();
  }

  private Outcome check(String... lines) throws ConfigurationException, InterruptedException {
    String text =
        "checktimeout=20\nvirtual=10.0.0.100:80\n\treal=127.0.0.1:"
            + plain
            + " masq\n\t"
            + String.join("\n\t", lines)
            + "\n";
    Configuration configuration = ConfigurationParser.parse(text, new TestNames());
    VirtualServer virtual = configuration.virtualServers().getFirst();
    return new Checker((_, _) -> true, (_, _, _) -> {})
        .perform(CheckPlanner.plan(virtual, virtual.realServers().getFirst()), 0);
  }

  @Test
  void pagesAreAskedForAsTheConfigurationSays() throws Exception {
    assertThat(check("request=\"index.html\"", "receive=\"Test Page\"").up()).isTrue();
    assertThat(check("request=\"/index.html\"", "receive=\"Test\\s+Page\"").up()).isTrue();
    assertThat(check("receive=\"Test Page\"").up()).isTrue();
    assertThat(check("request=\"a b.html\"", "receive=\"spaced\"").up()).isTrue();
    assertThat(check("request=\"moved\"", "receive=\"Test Page\"").up()).isTrue();
    assertThat(check("virtualhost=other.example.com", "receive=\"the other host\"").up()).isTrue();
    assertThat(check("httpmethod=HEAD").up()).isTrue();
    assertThat(check("checktype=connect").up()).isTrue();
    assertThat(check("request=\"none.html\"")).isEqualTo(Outcome.down("HTTP status 404"));
    assertThat(check("request=\"broken\"")).isEqualTo(Outcome.down("HTTP status 503"));
    assertThat(check("receive=\"Wartung\"").reason())
        .isEqualTo("the answer does not contain /Wartung/");
  }

  @Test
  void httpsIsAskedWithTheHostsNameAndNoCertificateIsVerified() throws Exception {
    String port = "checkport=" + secured;
    assertThat(check("service=https", port, "receive=\"Test Page\"").up()).isTrue();
    assertThat(
            check(
                    "service=https",
                    port,
                    "virtualhost=other.example.com",
                    "receive=\"the other host\"")
                .up())
        .isTrue();
    assertThat(check("service=https", port, "request=\"none\""))
        .isEqualTo(Outcome.down("HTTP status 404"));
    assertThat(check("service=https", "checkport=" + plain).reason()).startsWith("TLS: ");
  }

  @Test
  void aProxyIsAskedForTheWholeUrl() throws Exception {
    String url = "request=\"http://other.example.com/index.html\"";
    assertThat(check("service=http_proxy", url, "receive=\"the other host\"").up()).isTrue();
  }
}
