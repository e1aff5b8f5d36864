package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.junit.jupiter.api.Test;

/**
 * The corpus of 277 commands recorded from the original, in order, on one table. Here is no packet
 * engine: what the recording's traffic left in counters and connections is put in by hand, so that
 * this proves how it is printed.
 */
class CorpusTest {
  private static final Map<String, int[]> TRAFFIC =
      counts(
          // server: active, inactive, persistent; connections, packets and bytes in and out
          "10.0.0.100:80 10.1.0.1:80|1 0 1 1 2 0 1080 0",
          "10.0.0.100:80 10.1.0.2:80|1 0 1 1 2 0 1080 0",
          "10.0.0.100:80 10.1.0.3:80|1 0 1 1 2 0 1080 0",
          "10.0.0.100:80 10.1.0.6:80|1 0 1 1 2 0 1080 0",
          "10.0.0.100:80 10.1.0.7:80|0 1 1 1 3 0 1120 0",
          "10.0.0.100:80 10.1.0.8:80|1 0 1 1 2 0 1080 0",
          "10.0.0.100:80 2001:db8:1::5:80|1 0 1 1 2 0 1080 0",
          "10.0.0.100:443 10.1.0.1:8443|3 0 0 3 3 0 120 0",
          "10.0.0.100:443 10.1.0.12:8443|4 0 0 4 4 0 160 0",
          "10.0.0.101:0 10.1.0.1:0|1 0 1 1 1 0 40 0",
          "10.0.0.100:53 10.1.0.1:53|0 0 0 5 5 0 165 0",
          "2001:db8::100:80 2001:db8:1::2:8080|3 0 1 2 2 0 120 0");

  private static final Map<String, int[]> MORE_TRAFFIC =
      changed(
          TRAFFIC,
          "10.0.0.100:443 10.1.0.12:8443|4 0 0 4 4 4 160 272",
          "2001:db8::100:80 2001:db8:1::2:8080|3 0 1 3 3 0 180 0");

  private static final Map<String, int[]> BIG =
      changed(
          MORE_TRAFFIC,
          "10.0.0.100:443 10.1.0.1:8443|5 0 0 5 203 0 285320 0",
          "10.0.0.100:443 10.1.0.12:8443|6 0 0 6 90204 315 129885360 178392");

  private static final Map<String, int[]> ONE_SERVICE_ZEROED =
      changed(
          BIG,
          "10.0.0.100:443 10.1.0.1:8443|5 0 0 0 0 0 0 0",
          "10.0.0.100:443 10.1.0.12:8443|6 0 0 0 0 0 0 0");

  /** A server that is added again finds the connections that it left. */
  private static final Map<String, int[]> TAKEN_BACK =
      counts(
          "10.0.0.100:80 10.1.0.1:80|1 0 0 0 0 0 0 0", "10.0.0.100:80 10.1.0.6:80|1 0 0 0 0 0 0 0");

  /** Rates that are not zero, at case 98: the service's own and its servers'. */
  private static final Map<String, int[]> RATES =
      counts(
          "10.0.0.100:80|1 2 0 950 0",
          "10.0.0.100:80 10.1.0.1:80|0 0 0 135 0",
          "10.0.0.100:80 10.1.0.2:80|0 0 0 135 0",
          "10.0.0.100:80 10.1.0.3:80|0 0 0 135 0",
          "10.0.0.100:80 10.1.0.6:80|0 0 0 135 0",
          "10.0.0.100:80 10.1.0.7:80|0 0 0 140 0",
          "10.0.0.100:80 10.1.0.8:80|0 0 0 135 0",
          "10.0.0.100:80 2001:db8:1::5:80|0 0 0 135 0",
          "10.0.0.100:443|1 1 0 35 0",
          "10.0.0.100:443 10.1.0.1:8443|0 0 0 15 0",
          "10.0.0.100:443 10.1.0.12:8443|0 0 0 20 0",
          "10.0.0.101:0|0 0 0 5 0",
          "10.0.0.101:0 10.1.0.1:0|0 0 0 5 0",
          "10.0.0.100:53|1 1 0 21 0",
          "10.0.0.100:53 10.1.0.1:53|1 1 0 21 0",
          "2001:db8::100:80|0 0 0 15 0",
          "2001:db8::100:80 2001:db8:1::2:8080|0 0 0 15 0");

  /** The same rates at case 116: two estimations later, as each takes a quarter away. */
  private static final Map<String, int[]> RATES_LATER =
      counts(
          "10.0.0.100:80|0 1 0 534 0",
          "10.0.0.100:80 10.1.0.1:80|0 0 0 76 0",
          "10.0.0.100:80 10.1.0.2:80|0 0 0 76 0",
          "10.0.0.100:80 10.1.0.3:80|0 0 0 76 0",
          "10.0.0.100:80 10.1.0.6:80|0 0 0 76 0",
          "10.0.0.100:80 10.1.0.7:80|0 0 0 79 0",
          "10.0.0.100:80 10.1.0.8:80|0 0 0 76 0",
          "10.0.0.100:80 2001:db8:1::5:80|0 0 0 76 0");

  /** At case 136, after much traffic for one service. */
  private static final Map<String, int[]> BIG_RATES =
      changed(
          counts(
              "10.0.0.100:443|0 6563 18 9450915 10488",
              "10.0.0.100:443 10.1.0.1:8443|0 5 0 7501 0",
              "10.0.0.100:443 10.1.0.12:8443|0 6558 18 9443413 10488"),
          ratesOfWeb(17));

  /** At case 137: one estimation later. */
  private static final Map<String, int[]> BIG_RATES_LATER =
      changed(
          counts(
              "10.0.0.100:443|0 4922 14 7088186 7866",
              "10.0.0.100:443 10.1.0.1:8443|0 4 0 5626 0",
              "10.0.0.100:443 10.1.0.12:8443|0 4918 14 7082560 7866"),
          ratesOfWeb(13));

  private static String[] ratesOfWeb(int ofService) {
    return Stream.concat(
            Stream.of("10.0.0.100:80|0 0 0 " + ofService + " 0"),
            Stream.of(
                    "10.1.0.1",
                    "10.1.0.2",
                    "10.1.0.3",
                    "10.1.0.6",
                    "10.1.0.7",
                    "10.1.0.8",
                    "2001:db8:1::5")
                .map(server -> "10.0.0.100:80 " + server + ":80|0 0 0 2 0"))
        .toArray(String[]::new);
  }

  @Test
  void everyCommandIsAnsweredAsTheOriginalDid() throws IOException {
    TableDirector director = new TableDirector();
    SoftAssertions softly = new SoftAssertions();
    int compared = 0;
    for (Path file : files()) {
      int number = Integer.parseInt(file.getFileName().toString().substring(0, 3));
      Recording recording = Recording.read(file).getFirst();
      prepare(director, number, file);
      Recording.Answer answer = run(recording, director);
      if (recording.expected().isPresent()) {
        compared++;
        softly
            .assertThat(timeless(answer, recording.command()))
            .as(file.getFileName() + ": " + recording.command())
            .isEqualTo(timeless(recording.expected().get(), recording.command()));
      }
    }
    softly.assertAll();
    assertThat(compared).isEqualTo(218);
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Recording.RESOURCES.resolve("corpus"))) {
      return files.sorted().toList();
    }
  }

  private static void prepare(TableDirector director, int number, Path file) throws IOException {
    switch (number) {
      case 90 -> {
        director.traffic = view -> with(view, TRAFFIC, RATES);
        String table = "131-traffic-cat--proc-net-ip-vs-conn.txt";
        Recording connections = Recording.read(file.resolveSibling(table)).getFirst();
        director.connections.addAll(
            ProcText.connections(connections.expected().orElseThrow().out()));
      }
      case 99 -> director.traffic = view -> with(view, TRAFFIC, Map.of());
      case 116 -> director.traffic = view -> with(view, TRAFFIC, RATES_LATER);
      case 117 -> director.traffic = view -> with(view, TRAFFIC, Map.of());
      case 126 -> director.traffic = view -> with(view, MORE_TRAFFIC, Map.of());
      case 134 -> {
        director.traffic = view -> with(view, BIG, Map.of());
        director.totals = new Statistics(0x1b, 0x1613f, 0x13b, 0x7c25e69, 0x2b8d8);
        director.totalRates = new Rates(0, 0x133a, 0xe, 0x6c2847, 0x1eba);
      }
      case 136 -> director.traffic = view -> with(view, BIG, BIG_RATES);
      case 137 -> director.traffic = view -> with(view, BIG, BIG_RATES_LATER);
      case 138 -> director.traffic = view -> with(view, BIG, Map.of());
      case 140 -> director.traffic = view -> with(view, ONE_SERVICE_ZEROED, Map.of());
      case 142 -> director.traffic = view -> zeroed(with(view, BIG, Map.of()));
      case 162 -> director.traffic = view -> view;
      case 176 -> {
        // The corpus begins anew here with a table of its own.
        director.flush();
        Recording.run("ipvsadm -A -t 10.0.0.100:80 -s wrr", "", director);
        Recording.run("ipvsadm -a -t 10.0.0.100:80 -r 10.1.0.1:80 -g", "", director);
        director.traffic = view -> with(view, TAKEN_BACK, Map.of());
      }
      case 254, 265 -> {
        director.flush();
        director.daemonsRefused = false;
      }
      case 166 -> director.daemonsRefused = true;
      default -> {}
    }
  }

  /** Runs a case, which may be a small shell script. */
  private static Recording.Answer run(Recording recording, TableDirector director)
      throws IOException {
    String command = recording.command();
    if (command.startsWith("printf -- '")) {
      int end = command.indexOf("' | ");
      String input = command.substring("printf -- '".length(), end).replace("\\n", "\n");
      return Recording.run(command.substring(end + "' | ".length()), input, director);
    }
    if (command.contains("; ")) {
      String saved = Recording.run("ipvsadm -Sn", "", director).out();
      Recording.run("ipvsadm -C", "", director);
      Recording.Answer restored = Recording.run("ipvsadm-restore", saved, director);
      assertThat(Recording.run("ipvsadm -Sn", "", director).out()).isEqualTo(saved);
      return restored;
    }
    return recording.run(director);
  }

  /** Times in listings of connections went on while the corpus was recorded. */
  private static Recording.Answer timeless(Recording.Answer answer, String command) {
    return command.startsWith("ipvsadm -Lnc")
        ? new Recording.Answer(
            answer.exitCode(), answer.out().replaceAll(" \\d\\d:\\d\\d ", " 00:00 "), answer.err())
        : answer;
  }

  private static ServiceView with(
      ServiceView view, Map<String, int[]> counts, Map<String, int[]> rates) {
    String service = name(view.spec().key());
    Statistics sum = Statistics.ZERO;
    List<ServerView> servers = new ArrayList<>();
    for (ServerView server : view.servers()) {
      String key = service + " " + server.spec().key().address() + ":" + server.spec().key().port();
      int[] c = counts.getOrDefault(key, new int[8]);
      Statistics statistics = new Statistics(c[3], c[4], c[5], c[6], c[7]);
      sum = sum.plus(statistics);
      servers.add(new ServerView(server.spec(), c[0], c[1], c[2], statistics, rates(rates, key)));
    }
    return new ServiceView(view.spec(), view.policy(), servers, sum, rates(rates, service));
  }

  private static ServiceView zeroed(ServiceView view) {
    List<ServerView> servers =
        view.servers().stream()
            .map(
                s ->
                    new ServerView(
                        s.spec(),
                        s.activeConnections(),
                        s.inactiveConnections(),
                        s.persistentConnections(),
                        Statistics.ZERO,
                        Rates.ZERO))
            .toList();
    return new ServiceView(view.spec(), view.policy(), servers, Statistics.ZERO, Rates.ZERO);
  }

  private static Rates rates(Map<String, int[]> rates, String key) {
    int[] r = rates.getOrDefault(key, new int[5]);
    return new Rates(r[0], r[1], r[2], r[3], r[4]);
  }

  private static String name(ServiceKey key) {
    return key instanceof ServiceKey.Endpoint endpoint
        ? endpoint.address() + ":" + endpoint.port()
        : key.toString();
  }

  private static Map<String, int[]> counts(String... lines) {
    return changed(Map.of(), lines);
  }

  private static Map<String, int[]> changed(Map<String, int[]> before, String... lines) {
    Map<String, int[]> counts = new HashMap<>(before);
    for (String line : lines) {
      String[] parts = line.split("\\|");
      counts.put(parts[0], Stream.of(parts[1].split(" ")).mapToInt(Integer::parseInt).toArray());
    }
    return counts;
  }
}
