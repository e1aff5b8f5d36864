package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** FTP between vsftpd and curl or lftp, with data connections of every kind. */
@Tag("system")
class FtpTest {
  private static final String VIP_6 = "2001:db8::100";

  /** Every way to agree upon a data connection. */
  private static final List<List<String>> WAYS =
      List.of(
          List.of("--ftp-pasv"),
          List.of("--ftp-pasv", "--disable-epsv"),
          List.of("--ftp-port", "-"),
          List.of("--ftp-port", "-", "--disable-eprt"));

  private final List<FtpServer> servers = new ArrayList<>();
  private DirectorLab lab;
  private int files;

  @AfterEach
  void end() {
    servers.forEach(FtpServer::close);
    if (lab != null) {
      lab.close();
    }
  }

  private void create(String purpose) {
    for (String program : List.of("vsftpd", "lftp")) {
      assumeTrue(Testbed.isInstalled(program), program + " is not installed");
    }
    lab = DirectorLab.create(purpose);
  }

  private void serve(Host host) throws IOException {
    servers.add(FtpServer.start(host, lab.directory()));
  }

  @Test
  void masqueraded() throws Exception {
    create("ftp-nat");
    serve(lab.masqueradedServer(1));
    serve(lab.masqueradedServer(2));
    lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:21 -s rr",
        "-a -t 10.0.0.100:21 -r 192.168.0.11:21 -m -w 1",
        "-a -t 10.0.0.100:21 -r 192.168.0.12:21 -m -w 1");
    assertThat(lab.get("ftp://" + VIP + "/pub/name")).isEqualTo("nat2");
    assertThat(lab.get("ftp://" + VIP + "/pub/name")).isEqualTo("nat1");
    assertEveryWayWorks("ftp://" + VIP + "/", WAYS);
    assertThat(lab.command("ipvsadm -Lnc"))
        .containsPattern("TIME_WAIT +10\\.0\\.0\\.10:\\d+ +10\\.0\\.0\\.100:20 +192");
    assertSessionWorks("passive-mode on");
    assertSessionWorks("passive-mode off");
  }

  @Test
  void masqueradedIpv6() throws Exception {
    create("ftp-nat6");
    Host server = lab.masqueradedServer(1);
    address6(lab.client(), "eth0", "2001:db8::10/64");
    address6(lab.director(), "eth0", "2001:db8::1/64");
    address6(lab.director(), "eth0", VIP_6 + "/128");
    address6(lab.director(), "eth1", "2001:db8:1::1/64");
    address6(server, "eth0", "2001:db8:1::11/64");
    lab.director().sysctl("net.ipv6.conf.all.forwarding", "1");
    server.require("ip", "-6", "route", "add", "default", "via", "2001:db8:1::1");
    serve(server);
    lab.startDirector();
    lab.restore(
        "-A -t [2001:db8::100]:21 -s rr",
        "-a -t [2001:db8::100]:21 -r [2001:db8:1::11]:21 -m -w 1");
    String root = "ftp://[" + VIP_6 + "]/";
    lab.awaitAnswer(root + "pub/name", "nat1", DirectorLab.PATIENCE);
    assertEveryWayWorks(root, List.of(WAYS.get(0), WAYS.get(2)));
  }

  private static void address6(Host host, String networkInterface, String address) {
    host.sysctl("net.ipv6.conf." + networkInterface + ".disable_ipv6", "0");
    host.require("ip", "-6", "addr", "add", address, "dev", networkInterface, "nodad");
  }

  @Test
  void directlyRoutedWithPersistence() throws Exception {
    create("ftp-dr");
    serve(lab.directServer(1));
    serve(lab.directServer(2));
    lab.startDirector();
    lab.restore(
        "-A -t 10.0.0.100:21 -s rr -p 60",
        "-a -t 10.0.0.100:21 -r 10.0.0.11:21 -g -w 1",
        "-a -t 10.0.0.100:21 -r 10.0.0.12:21 -g -w 1");
    assertThat(lab.get("ftp://" + VIP + "/pub/name")).isEqualTo("dr2");
    assertThat(lab.get("ftp://" + VIP + "/pub/name")).isEqualTo("dr2");
    assertEveryWayWorks("ftp://" + VIP + "/", WAYS);
    assertSessionWorks("passive-mode on");
  }

  @Test
  void aSessionOutlivesTheDirectorsProcess() throws Exception {
    create("ftp-crash");
    serve(lab.masqueradedServer(1));
    DirectorLab.Director first = lab.startDirector();
    lab.restore("-A -t 10.0.0.100:21 -s rr", "-a -t 10.0.0.100:21 -r 192.168.0.11:21 -m -w 1");
    Path before = lab.directory().resolve("before");
    Path after = lab.directory().resolve("after");
    Path go = lab.directory().resolve("go");
    String script =
        settings("passive-mode on")
            + "get pub/pattern -o %s\n! while [ ! -e %s ]; do sleep 0.2; done\nget pub/pattern -o %s\n"
                .formatted(before, go, after);
    var session = lab.client().start("lftp", "-c", script);
    assertThat(Waiting.until(DirectorLab.PATIENCE, () -> sizeOf(before) == FtpServer.PATTERN_BYTES))
        .as(session.output())
        .isTrue();
    first.process().kill();
    lab.startDirector();
    Files.createFile(go);
    assertThat(session.awaitEnd(DirectorLab.PATIENCE)).as(session.output()).isTrue();
    assertThat(session.status()).as(session.output()).isZero();
    assertThat(Files.readAllBytes(after)).isEqualTo(WebServer.pattern(FtpServer.PATTERN_BYTES));
    assertThat(lab.command("ipvsadm -Lnc").lines().filter(line -> line.contains(":21 ")))
        .as("it was one control connection")
        .hasSize(1);
  }

  private static long sizeOf(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private void assertEveryWayWorks(String root, List<List<String>> ways) throws IOException {
    byte[] content = WebServer.pattern(FtpServer.PATTERN_BYTES);
    Path upload = Files.write(lab.directory().resolve("upload"), content);
    for (List<String> way : ways) {
      Path file = lab.directory().resolve("download-" + ++files);
      List<String> words = new ArrayList<>(List.of("curl", "-sS", "-m", "15"));
      words.addAll(way);
      lab.client().require(with(words, "-o", file.toString(), root + "pub/pattern"));
      assertThat(Files.readAllBytes(file)).as("download %s", way).isEqualTo(content);
      String name = "upload-" + files;
      lab.client().require(with(words, "-T", upload.toString(), root + "up/" + name));
      assertUploaded(name, content);
    }
  }

  private static String[] with(List<String> words, String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** The server writes the last of it after the client has gone. */
  private void assertUploaded(String name, byte[] content) {
    boolean there =
        Waiting.until(
            DirectorLab.PATIENCE,
            () -> {
              try {
                int copies = 0;
                for (FtpServer server : servers) {
                  copies += server.has(name, content) ? 1 : 0;
                }
                return copies == 1;
              } catch (IOException e) {
                return false;
              }
            });
    assertThat(there).as("one server has the upload %s", name).isTrue();
  }

  private static String settings(String mode) {
    return "set ftp:%s; set net:timeout 5; set net:max-retries 1; set cmd:fail-exit on; "
            .formatted(mode)
        + "set ftp:use-feat no; open ftp://"
        + VIP
        + "; ";
  }

  /** Several transfers of one control connection. */
  private void assertSessionWorks(String mode) throws IOException {
    byte[] content = WebServer.pattern(100_000);
    Path upload = Files.write(lab.directory().resolve("session-" + ++files), content);
    StringBuilder script = new StringBuilder(settings(mode));
    List<Path> downloads = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Path file = lab.directory().resolve("session-" + files + "-" + i);
      downloads.add(file);
      script.append("get pub/pattern -o ").append(file).append("; ");
    }
    script.append("put -O up ").append(upload);
    lab.client().require("lftp", "-c", script.toString());
    for (Path file : downloads) {
      assertThat(Files.readAllBytes(file)).isEqualTo(WebServer.pattern(FtpServer.PATTERN_BYTES));
    }
    assertUploaded(upload.getFileName().toString(), content);
  }
}
