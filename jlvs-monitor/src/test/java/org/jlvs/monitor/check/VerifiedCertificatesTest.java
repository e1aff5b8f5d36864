package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which certificates {@code tlsverify} and {@code tlsca} accept, of servers that speak TLS. */
@Tag("system")
@Timeout(120)
final class VerifiedCertificatesTest {
  private static final String NAME = "virtualhost=www.example.com";

  @TempDir static Path directory;
  private static TestKeys keys;

  /** What speaks TLS from the first byte, each with a server that answers well. */
  private enum Service {
    HTTPS("request=\"/\"") {
      @Override
      void serve(Socket socket) throws IOException {
        TestServer.head(socket);
        TestServer.send(socket, TestServer.page("200 OK", "Test Page"));
      }
    },
    IMAPS("checktype=negotiate") {
      @Override
      void serve(Socket socket) throws IOException {
        TestServer.send(socket, "* OK ready\r\n");
        String tag = new String(request(socket), StandardCharsets.US_ASCII);
        TestServer.send(socket, "* BYE\r\n" + tag.split(" ", 2)[0] + " OK done\r\n");
      }
    },
    POPS("checktype=negotiate") {
      @Override
      void serve(Socket socket) throws IOException {
        TestServer.send(socket, "+OK ready\r\n");
        request(socket);
        TestServer.send(socket, "+OK bye\r\n");
      }
    },
    LDAPS("request=\"dc=a\"") {
      @Override
      void serve(Socket socket) throws IOException {
        request(socket);
        // The bind (message 1) succeeds; the search (message 2) finds dc=a, and ends.
        socket.getOutputStream().write(HexFormat.of().parseHex("300c02010161070a010004000400"));
        request(socket);
        socket
            .getOutputStream()
            .write(
                HexFormat.of()
                    .parseHex(
                        "300d02010264080404"
                            + "64633d61"
                            + "3000"
                            + "300c02010265070a010004000400"));
        request(socket);
      }
    };

    final String line;

    Service(String line) {
      this.line = line;
    }

    abstract void serve(Socket socket) throws IOException;

    /** What the client has sent. */
    static byte[] request(Socket socket) throws IOException {
      byte[] buffer = new byte[4096];
      int length = socket.getInputStream().read(buffer);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.write(buffer, 0, Math.max(length, 0));
      return request.toByteArray();
    }
  }

  @BeforeAll
  static void issueCertificates() throws Exception {
    keys = new TestKeys(directory);
    keys.issue("authority", "-ext", "bc:c", "-validity", "100");
    keys.issue("stranger", "-ext", "bc:c", "-validity", "100");
    signed("exact", "san=dns:www.example.com", "-validity", "50");
    signed("wild", "san=dns:*.example.com", "-validity", "50");
    signed("address", "san=ip:127.0.0.1", "-validity", "50");
    signed("expired", "san=dns:www.example.com", "-startdate", "-10d", "-validity", "5");
    signed("early", "san=dns:www.example.com", "-startdate", "+5d", "-validity", "5");
    for (String authority : List.of("authority", "stranger", "expired")) {
      Files.writeString(
          directory.resolve(authority + ".pem"),
          "-----BEGIN CERTIFICATE-----\n"
              + Base64.getMimeEncoder().encodeToString(keys.certificate(authority).getEncoded())
              + "\n-----END CERTIFICATE-----\n");
    }
  }

  private static void signed(String alias, String name, String... more) throws Exception {
    List<String> words = new ArrayList<>(List.of("-signer", "authority", "-ext", name));
    words.addAll(List.of(more));
    keys.issue(alias, words.toArray(String[]::new));
  }

  /** Checks a server with this certificate, trusting this authority, with more directives. */
  private static Outcome check(Service service, String alias, String authority, String... more)
      throws Exception {
    SSLContext context = keys.showing(alias);
    TestServer.Behaviour secured =
        TestServer.secured(context, (socket, _) -> service.serve(socket));
    try (TestServer server = new TestServer(secured)) {
      List<String> lines = new ArrayList<>();
      lines.add("checktimeout=30\nvirtual=10.0.0.100:80");
      lines.add("real=127.0.0.1:" + server.port() + " masq");
      lines.add("service=" + service.name().toLowerCase(Locale.ROOT));
      lines.add(service.line);
      lines.add("tlsverify=yes");
      lines.add("tlsca=" + directory.resolve(authority + ".pem"));
      lines.addAll(List.of(more));
      VirtualServer virtual =
          ConfigurationParser.parse(String.join("\n\t", lines) + "\n", new TestNames())
              .virtualServers()
              .getFirst();
      return new Checker((_, _) -> true, (_, _, _) -> {})
          .perform(CheckPlanner.plan(virtual, virtual.realServers().getFirst()), 0);
    }
  }

  private static void up(Outcome outcome) {
    assertThat(outcome.up()).as(outcome.reason()).isTrue();
  }

  private static void down(Outcome outcome, String reason) {
    assertThat(outcome.up()).isFalse();
    assertThat(outcome.reason()).contains(reason);
  }

  @ParameterizedTest
  @EnumSource
  void aServerIsUpWhoseCertificateIsForItsName(Service service) throws Exception {
    up(check(service, "exact", "authority", NAME));
    up(check(service, "exact", "authority", "virtualhost=WWW.Example.com"));
    up(check(service, "wild", "authority", NAME));
    up(check(service, "address", "authority"));
  }

  @ParameterizedTest
  @EnumSource
  void aServerIsDownWhoseCertificateIsForAnotherName(Service service) throws Exception {
    String other = "virtualhost=www.example.net";
    down(check(service, "exact", "authority", other), "the certificate is not for www.example.net");
    down(check(service, "wild", "authority", other), "the certificate is not for www.example.net");
    // A wild card stands for one label.
    String deep = "virtualhost=a.b.example.com";
    down(check(service, "wild", "authority", deep), "the certificate is not for a.b.example.com");
    String parent = "virtualhost=example.com";
    down(check(service, "wild", "authority", parent), "the certificate is not for example.com");
    down(check(service, "exact", "authority"), "the certificate is not for 127.0.0.1");
    down(
        check(service, "address", "authority", NAME), "the certificate is not for www.example.com");
  }

  @ParameterizedTest
  @EnumSource
  void aServerIsDownWhoseCertificateIsNotValidToday(Service service) throws Exception {
    down(check(service, "expired", "authority", NAME), "the certificate has expired");
    down(check(service, "expired", "expired", NAME), "the certificate has expired");
    down(check(service, "early", "authority", NAME), "the certificate is not valid yet");
  }

  @ParameterizedTest
  @EnumSource
  void aServerIsDownWhoseCertificateNobodyTrustedHasSigned(Service service) throws Exception {
    down(
        check(service, "exact", "stranger", NAME),
        "the certificate is of nobody in " + directory.resolve("stranger.pem"));
    up(check(service, "exact", "stranger", NAME, "tlsverify=no"));
  }
}
