package org.jlvs.testbed.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.namespaces.Testbed;

/**
 * {@code ./jlvs bench forward [--json]}. The table, or JSON, goes to standard output, progress to
 * standard error. Status 0 when it was measured, 1 when it could not be, 2 for a usage error.
 */
public final class Bench {
  private static final String PURPOSE = "jlvs-bench";
  private static final int FLOWS = 1000;

  private Bench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    List<String> arguments = List.of(args);
    boolean json = arguments.equals(List.of("forward", "--json"));
    if (!json && !arguments.equals(List.of("forward"))) {
      System.err.println("usage: jlvs bench forward [--json]");
      System.exit(2);
    }
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
      Path home = Path.of(System.getenv().getOrDefault("JLVS_HOME", "."));
      ForwardBench bench = new ForwardBench(testbed, home, FLOWS, progress);
      List<ForwardBench.Outcome> outcomes = bench.run();
      List<ProgramTimes> times = ProgramTimes.measure(progress);
      ForwardReport report = new ForwardReport(FLOWS, outcomes, times);
      System.out.print(json ? report.json() : report.table());
    } catch (Exception e) {
      fail(String.valueOf(e.getMessage()));
    }
  }

  private static void fail(String message) {
    System.err.println("jlvs bench: " + message);
    System.exit(1);
  }
}
