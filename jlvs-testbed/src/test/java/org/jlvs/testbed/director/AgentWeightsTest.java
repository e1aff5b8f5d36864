package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.VIP;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Weights that follow agents on the servers, in the table of a real director. */
@Tag("system")
class AgentWeightsTest {
  private static final String HTTP = "http://" + VIP + "/";
  private static final Duration NOTICED = Duration.ofSeconds(15);

  /** Says what is in a file to everybody who connects. */
  private static final String AGENT =
      """
      use IO::Socket::INET;
      $| = 1;
      my $listener = IO::Socket::INET->new(Listen => 5, LocalPort => 8081, ReuseAddr => 1) or die $!;
      print "listening\\n";
      while (my $client = $listener->accept) {
        open(my $file, "<", $ARGV[0]); print {$client} join("", <$file>); close($client);
      }
      """;

  private DirectorLab lab;
  private Host first;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("weights");
    first = lab.masqueradedServer(1);
    lab.masqueradedServer(2);
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static String configuration(String more) {
    return """
        checkinterval=1
        checktimeout=2
        virtual=10.0.0.100:80
        \treal=192.168.0.11:80 masq 100
        \treal=192.168.0.12:80 masq 100
        \tservice=http
        \tchecktype=negotiate
        \trequest="/"
        \tscheduler=wrr
        \tprotocol=tcp
        """
        + more;
  }

  private void write(Path file, String text) throws IOException {
    Path part = file.resolveSibling("part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String first(int weight) {
    return "-r 192.168.0.11:80 -m -w " + weight + "\n";
  }

  private static String second(int weight) {
    return "-r 192.168.0.12:80 -m -w " + weight + "\n";
  }

  @Test
  void aTcpAgentSteersItsServersShareOfConnections() throws Exception {
    Path word = lab.directory().resolve("word");
    write(word, "50%\n");
    Background agent = first.start("perl", "-e", AGENT, word.toString());
    assertThat(agent.awaitLine("listening", DirectorLab.PATIENCE)).as(agent.output()).isTrue();
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(
            lab, configuration("\tweightagent=8081\n\tweightkeep=2\n\tweighttimeout=1\n"));
    // Nobody listens on the second server: its configured weight holds.
    monitor.awaitTable(NOTICED, table -> table.contains(first(50)) && table.contains(second(100)));
    assertThat(lab.gets(15, HTTP).stream().filter("nat1"::equals)).hasSize(5);

    write(word, "drain # planned work\n");
    monitor.awaitTable(NOTICED, table -> table.contains(first(0)) && table.contains(second(100)));
    monitor.awaitLine(NOTICED, "drain (planned work)");
    assertThat(lab.gets(4, HTTP)).containsOnly("nat2");

    write(word, "down\n");
    monitor.awaitTable(NOTICED, table -> !table.contains("192.168.0.11"));
    write(word, "100%\n");
    monitor.awaitTable(NOTICED, table -> table.contains(first(100)));

    // An agent never puts a server in that its check has taken out.
    lab.stopWebServer(first);
    monitor.awaitTable(NOTICED, table -> !table.contains("192.168.0.11"));
    write(word, "70%\n");
    monitor.awaitLine(NOTICED, "its agent says 70%");
    assertThat(monitor.table()).doesNotContain("192.168.0.11");
    lab.startWebServer(first);
    monitor.awaitTable(NOTICED, table -> table.contains(first(70)));

    agent.kill();
    monitor.awaitTable(NOTICED, table -> table.contains(first(100)));
  }

  @Test
  void aCommandSteersTheWeights() throws Exception {
    Path command = lab.directory().resolve("weight");
    Path word = lab.directory().resolve("word");
    write(word, "30");
    Files.writeString(
        command,
        "#!/bin/sh\n[ \"$1 $2 $4 $5\" = \"10.0.0.100 80 80 100\" ] || exit 1\n"
            + "[ $3 = 192.168.0.11 ] && cat "
            + word
            + "\nexit 0\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    MonitorBesideDirector monitor =
        MonitorBesideDirector.start(lab, configuration("\tweightcommand=" + command + "\n"));
    monitor.awaitTable(NOTICED, table -> table.contains(first(30)) && table.contains(second(100)));
    write(word, "200%");
    monitor.awaitTable(NOTICED, table -> table.contains(first(200)) && table.contains(second(100)));
  }
}
