package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jlvs.testbed.director.TwoLdirectords.Which;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Debian's ldirectord and jlvs' bring the same table about by the same file: what the directives
 * mean, not only that they are read. {@code tables.cf} says beside the sections that have any what
 * the intended differences are.
 */
@Tag("system")
class LdirectordTablesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** The server of the file's last section, which the original adds last. */
  private static final String LAST = "-a -t 192.0.2.250:80 -r 10.1.0.250:80 -g -w 1";

  private DirectorLab lab;

  @BeforeEach
  void begin() throws IOException {
    lab = DirectorLab.create("ldtab");
    // Names of IPv6 addresses are looked up by Java only on hosts that have IPv6.
    for (String interfaces : List.of("all", "default", "lo")) {
      lab.director().sysctl("net.ipv6.conf." + interfaces + ".disable_ipv6", "0");
    }
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void bothBringTheSameTableAbout() throws Exception {
    String text = resource("tables.cf");
    Table original = table(Which.ORIGINAL, text);
    Table ours = table(Which.OURS, text);

    long sections = text.lines().filter(line -> line.startsWith("virtual")).count();
    assertThat(original.services()).hasSize((int) sections).hasSizeGreaterThanOrEqualTo(25);
    Map<String, List<String>> expected = new TreeMap<>(original.services());
    intendedDifferences(text)
        .forEach((service, lines) -> assertThat(expected.put(service, lines)).isNotEqualTo(lines));
    assertThat(lines(ours.services())).isEqualTo(lines(expected));
    List<String> thresholds = new ArrayList<>(original.thresholds());
    thresholds.addAll(marked(text, "# here, thresholds: "));
    assertThat(ours.thresholds()).containsExactlyInAnyOrderElementsOf(thresholds);
  }

  /**
   * What a director's table holds.
   *
   * @param services the lines of {@code ipvsadm -Sn}
   * @param thresholds which {@code -S} leaves out: the server, the upper and the lower one
   */
  private record Table(Map<String, List<String>> services, List<String> thresholds) {}

  private static String lines(Map<String, List<String>> services) {
    return new TreeMap<>(services)
        .values().stream().map(lines -> String.join("\n", lines)).collect(Collectors.joining("\n"));
  }

  /** By service, the lines after {@code # here: } that stand below its section. */
  private static Map<String, List<String>> intendedDifferences(String text) {
    return byService(marked(text, "# here: "));
  }

  private static List<String> marked(String text, String mark) {
    return text.lines()
        .filter(line -> line.startsWith(mark))
        .map(line -> line.substring(mark.length()))
        .toList();
  }

  private Table table(Which which, String text) throws Exception {
    TwoLdirectords ldirectord =
        new TwoLdirectords(lab, which, Map.of(Path.of("/etc/hosts"), hosts()));
    String name = lab.directory().getFileName() + "-" + which + ".cf";
    Files.writeString(ldirectord.configuration(name), text);
    Command.Result started = ldirectord.run(name, "start");
    try {
      assertThat(started.status()).as(started.out() + started.err()).isZero();
      List<String> before = new ArrayList<>();
      boolean settled =
          Waiting.until(
              PATIENCE,
              () -> {
                List<String> now = saved();
                boolean same = now.equals(before) && now.contains(LAST);
                before.clear();
                before.addAll(now);
                pause();
                return same && now.equals(saved());
              });
      assertThat(settled)
          .as("%s settles; its log:\n%s", which, String.join("\n", ldirectord.log()))
          .isTrue();
      return new Table(byService(saved()), thresholds());
    } finally {
      ldirectord.run(name, "stop");
      Waiting.until(PATIENCE, () -> saved().isEmpty());
    }
  }

  private List<String> saved() {
    Command.Result listed = lab.type("ipvsadm", "-Sn");
    assertThat(listed.status()).as(listed.err()).isZero();
    return listed.out().lines().toList();
  }

  private List<String> thresholds() {
    Command.Result listed = lab.type("ipvsadm", "-Ln", "--thresholds");
    assertThat(listed.status()).as(listed.err()).isZero();
    return listed
        .out()
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words[0].equals("->") && words.length >= 4 && !words[1].contains("Remote"))
        .map(words -> words[1] + " " + words[2] + " " + words[3])
        .filter(line -> !line.endsWith(" 0 0"))
        .toList();
  }

  private static void pause() {
    try {
      Thread.sleep(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The lines of each service by its option and address, the servers' in one order. */
  private static Map<String, List<String>> byService(List<String> lines) {
    Map<String, List<String>> services = new LinkedHashMap<>();
    for (String line : lines) {
      String[] words = line.split(" ");
      services
          .computeIfAbsent(words[1] + " " + words[2], unused -> new ArrayList<>())
          .add(String.join(" ", Arrays.asList(words)).strip());
    }
    services.values().forEach(list -> list.sort(null));
    return services;
  }

  private Path hosts() throws IOException {
    Path file = lab.directory().resolve("hosts");
    return Files.writeString(
        file,
        """
        127.0.0.1 localhost
        ::1 localhost
        10.1.0.1 web1
        10.1.0.2 web2
        10.1.0.3 web3
        2001:db8:1::1 six1
        192.0.2.201 shop
        """);
  }

  private static String resource(String name) throws IOException {
    try (InputStream file = LdirectordTablesTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
