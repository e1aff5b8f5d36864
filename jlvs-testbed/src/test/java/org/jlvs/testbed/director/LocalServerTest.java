package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.net.DatagramSocket;
import java.time.Duration;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.jlvs.testbed.director.DirectorLab.Download;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real servers that run on the director itself. */
@Tag("system")
class LocalServerTest {
  private static final String SERVICE = "http://" + VIP + "/";
  private static final String OWN = "10.0.0.1";

  private DirectorLab lab;
  private WebServer own;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("local");
    own = WebServer.start(lab.director(), 8080, "own");
  }

  @AfterEach
  void end() {
    if (own != null) {
      own.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private void serve() throws IOException {
    lab.restore("-A -t 10.0.0.100:80 -s rr", "-a -t 10.0.0.100:80 -r 10.0.0.1:8080 -m");
  }

  private String connections() throws IOException {
    return lab.command("ipvsadm -L -n -c");
  }

  private void awaitConnection(String like) {
    assertThat(
            Waiting.until(
                DirectorLab.PATIENCE,
                () -> {
                  try {
                    return connections().lines().anyMatch(line -> line.matches(like));
                  } catch (IOException e) {
                    return false;
                  }
                }))
        .as("a connection like %s", like)
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "generic"})
  void aMasqueradedOneAnswersFromTheServicesAddress(String mode) throws Exception {
    lab.startDirector("--xdp-mode", mode);
    serve();

    assertThat(lab.get(SERVICE)).isEqualTo("own");
    awaitConnection("TCP .* TIME_WAIT +10.0.0.10:\\d+ +10.0.0.100:80 +10.0.0.1:8080");
    lab.download(1, SERVICE).assertEndsWhole();
    assertThat(lab.upload(SERVICE, 3_000_000)).isEqualTo("3000000 bytes as sent");
    Download download = lab.download(50, SERVICE);
    Waiting.pause(Duration.ofSeconds(1));
    long throughJava = lab.packetsThroughJava();
    download.assertGoesOn();
    assertThat(lab.packetsThroughJava())
        .as("packets that Java saw, in the midst of a download too")
        .isEqualTo(throughJava);
    download.stop();
    assertThat(lab.command("ipvsadm -L -n --stats").lines().skip(3))
        .allSatisfy(line -> assertThat(line).matches(".* 4 +\\d+ +\\d+ +\\d+ +\\d+"));
  }

  @Test
  void packetsWithoutOffloadsAreTranslatedToo() throws Exception {
    lab.director().withoutOffloads("eth0");
    lab.client().withoutOffloads("eth0");
    lab.startDirector();
    serve();

    lab.download(1, SERVICE).assertEndsWhole();
    assertThat(lab.upload(SERVICE, 500_000)).isEqualTo("500000 bytes as sent");
  }

  @Test
  void datagramsAreAnswered() throws Exception {
    lab.startDirector();
    lab.restore("-A -u 10.0.0.100:53 -s rr", "-a -u 10.0.0.100:53 -r 10.0.0.1:5353 -m");
    try (UdpServer echo = UdpServer.start(lab.director(), OWN, 5353);
        DatagramSocket client = UdpServer.open(lab.client(), "10.0.0.10", 0)) {
      assertThat(UdpServer.ask(client, VIP, 53, "hello")).contains("director:hello");
      assertThat(UdpServer.ask(client, VIP, 53, "again")).contains("director:again");
    }
  }

  @Test
  void itsConnectionsOutliveADirector() throws Exception {
    Director first = lab.startDirector();
    serve();
    Download download = lab.download(8, SERVICE);

    first.process().kill();
    download.assertGoesOn();
    lab.startDirector();
    download.assertGoesOn();
    download.assertEndsWhole();
    assertThat(lab.get(SERVICE)).isEqualTo("own");
    awaitConnection("TCP .* TIME_WAIT +10.0.0.10:\\d+ +10.0.0.100:80 +10.0.0.1:8080");
  }

  @Test
  void aSorryServerTakesOverFromRemoteOnesAndGivesBack() throws Exception {
    lab.masqueradedServer(1);
    lab.startDirector();
    lab.restore("-A -t 10.0.0.100:80 -s rr", "-a -t 10.0.0.100:80 -r 192.168.0.11:80 -m");
    assertThat(lab.get(SERVICE)).isEqualTo("nat1");

    lab.command("ipvsadm -a -t 10.0.0.100:80 -r 10.0.0.1:8080 -m");
    lab.command("ipvsadm -d -t 10.0.0.100:80 -r 192.168.0.11:80");
    assertThat(lab.gets(3, SERVICE)).containsOnly("own");

    lab.command("ipvsadm -a -t 10.0.0.100:80 -r 192.168.0.11:80 -m");
    lab.command("ipvsadm -d -t 10.0.0.100:80 -r 10.0.0.1:8080");
    assertThat(lab.gets(3, SERVICE)).containsOnly("nat1");
  }

  @Test
  void theStateOfADirectOneFollowsWhatItAnswers() throws Exception {
    lab.startDirector();
    lab.restore("-A -t 10.0.0.100:8080 -s rr", "-a -t 10.0.0.100:8080 -r 10.0.0.1:8080 -g");
    String root = "http://" + VIP + ":8080/";

    assertThat(lab.get(root)).isEqualTo("own");
    awaitConnection("TCP .* TIME_WAIT +10.0.0.10:\\d+ +10.0.0.100:8080 +10.0.0.1:8080");
    Download download = lab.download(8, root);
    Waiting.pause(Duration.ofMillis(200));
    assertThat(connections()).containsPattern("ESTABLISHED");
    download.assertEndsWhole();
    assertThat(lab.command("ipvsadm -L -n --stats").lines().toList().getLast())
        .as("what it answers is counted")
        .doesNotMatch(".* 0 +\\d+ +\\d+$");
  }
}
