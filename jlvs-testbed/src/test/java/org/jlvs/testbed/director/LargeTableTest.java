package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.director.DirectorLab.Director;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A table of 10,000 services with 10 servers each, from one command into it and out again. */
@Tag("system")
class LargeTableTest {
  private static final int SERVICES = 10_000;
  private static final int SERVERS_EACH = 10;

  private DirectorLab lab;

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("large");
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static List<String> table() {
    List<String> lines = new ArrayList<>();
    for (int service = 0; service < SERVICES; service++) {
      String key = "-t 10.0.%d.%d:80".formatted(1 + service / 250, 1 + service % 250);
      lines.add("-A " + key + " -s wrr");
      for (int server = 1; server <= SERVERS_EACH; server++) {
        lines.add(
            "-a %s -r 192.168.%d.%d:8080 -m -w %d"
                .formatted(key, service % 200, server, 1 + (service + server) % 7));
      }
    }
    return lines;
  }

  @Test
  void isSavedAsItWasRestoredAlsoByTheNextDirector() throws Exception {
    List<String> table = table();
    Director first = lab.startDirector();

    lab.restore(table.toArray(String[]::new));
    assertThat(saved()).isEqualTo(table);
    assertThat(lab.command("ipvsadm -L -n").lines()).hasSize(3 + SERVICES * (1 + SERVERS_EACH));

    lab.command("ipvsadm -e -t 10.0.1.1:80 -r 192.168.0.1:8080 -m -w 99");
    table.set(1, "-a -t 10.0.1.1:80 -r 192.168.0.1:8080 -m -w 99");
    first.process().kill();
    Director second = lab.startDirector();
    assertThat(saved()).isEqualTo(table);
    assertThat(second.complaints()).isEmpty();
  }

  private List<String> saved() throws Exception {
    return lab.command("ipvsadm -S -n").lines().toList();
  }
}
