package org.jlvs.testbed.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.testbed.namespaces.Testbed;

/**
 * {@code ./jlvs bench forward|transfer|commands|checks|monitor [--turns N] [--soak MINUTES]
 * [--json]}. The table, or JSON, goes to standard output, progress to standard error. Status 0 when
 * it was measured, 1 when it could not be, 2 for a usage error.
 */
public final class Bench {
  private static final String PURPOSE = "jlvs-bench";
  private static final Pattern USAGE =
      Pattern.compile(
          "(?:forward|transfer|commands|monitor(?: --turns (?<turns>[1-9][0-9]?))?"
              + "|checks(?: --soak (?<soak>[1-9][0-9]{0,2}))?)"
              + "(?: --json)?");
  private static final int FLOWS = 1000;
  private static final int TURNS = 7;
  private static final int CHECKED_SERVERS = 10_000;
  private static final int LISTED_CONNECTIONS = 1_000_000;

  private Bench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    List<String> arguments = List.of(args);
    boolean json = arguments.contains("--json");
    String what = arguments.isEmpty() ? "" : arguments.getFirst();
    Matcher words = USAGE.matcher(String.join(" ", arguments));
    if (!words.matches()) {
      System.err.println(
          "usage: jlvs bench forward|transfer|commands|checks|monitor [OPTION] [--json]\n"
              + "  --turns N       after \"monitor\": each event so many times, 1 to 99, or 7\n"
              + "  --soak MINUTES  after \"checks\": random failures for so long, 1 to 999");
      System.exit(2);
    }
    int turns = words.group("turns") == null ? TURNS : Integer.parseInt(words.group("turns"));
    int soak = words.group("soak") == null ? 0 : Integer.parseInt(words.group("soak"));
    Optional<String> missing = Testbed.missing();
    if (missing.isPresent()) {
      fail(missing.get());
    }
    List<String> programs =
        List.of("nft", "taskset").stream().filter(p -> !Testbed.isInstalled(p)).toList();
    if (!programs.isEmpty()) {
      fail(
          "needs "
              + String.join(", ", programs)
              + " (Debian: apt-get install nftables util-linux)");
    }
    Testbed.removeLeftovers(PURPOSE, false);
    PrintStream progress = System.err;
    try (Testbed testbed = Testbed.create(PURPOSE)) {
      System.out.print(
          switch (what) {
            case "forward" -> forward(testbed, json, progress);
            case "transfer" -> transfer(json, progress);
            case "monitor" -> monitor(testbed, turns, json, progress);
            case "checks" -> checks(testbed, soak, json, progress);
            default -> commands(testbed, json, progress);
          });
    } catch (Exception e) {
      fail(String.valueOf(e.getMessage()));
    }
  }

  private static String forward(Testbed testbed, boolean json, PrintStream progress)
      throws Exception {
    ForwardBench bench = new ForwardBench(testbed, home(), FLOWS, progress);
    List<ForwardBench.Outcome> outcomes = bench.run();
    List<ProgramTimes> times = ProgramTimes.measure(progress);
    ForwardReport report = new ForwardReport(FLOWS, outcomes, times);
    return json ? report.json() : report.table();
  }

  private static String commands(Testbed testbed, boolean json, PrintStream progress)
      throws Exception {
    CommandsBench bench = new CommandsBench(testbed, home(), LISTED_CONNECTIONS, progress);
    CommandsReport report = new CommandsReport(bench.run());
    return json ? report.json() : report.table();
  }

  private static String monitor(Testbed testbed, int turns, boolean json, PrintStream progress)
      throws Exception {
    List<String> missing = MonitorBench.missing();
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "needs the original: apt-get install " + String.join(" ", missing));
    }
    List<MonitorBench.Outcome> outcomes = new MonitorBench(testbed, home(), turns, progress).run();
    MonitorReport report = new MonitorReport(outcomes, Processor.load());
    return json ? report.json() : report.table();
  }

  private static String checks(Testbed testbed, int soak, boolean json, PrintStream progress)
      throws Exception {
    ChecksBench bench = new ChecksBench(testbed, home(), CHECKED_SERVERS, soak, progress);
    ChecksReport report = new ChecksReport(bench.run());
    return json ? report.json() : report.table();
  }

  private static Path home() {
    return Path.of(System.getenv().getOrDefault("JLVS_HOME", "."));
  }

  /** Builds testbeds of its own: one for each state of the offloads. */
  private static String transfer(boolean json, PrintStream progress) throws Exception {
    TransferReport report = new TransferReport(new TransferBench(PURPOSE, progress).run());
    return json ? report.json() : report.table();
  }

  private static void fail(String message) {
    System.err.println("jlvs bench: " + message);
    System.exit(1);
  }
}
