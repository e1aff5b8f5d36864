package org.jlvs.testbed.dropin;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.jlvs.testbed.differential.SeededCommand;

/**
 * {@code jlvs differential ipvsadm [--seeds A-B] [--grid] [--keep DIR]}: types random sessions, or
 * every command with every option, to the original on the kernel's IPVS and to jlvs, and shows
 * which answers differ.
 */
public final class IpvsadmDifferential {
  private static final SeededCommand COMMAND =
      new SeededCommand(
          "usage: jlvs differential ipvsadm [--seeds A-B] [--grid] [--keep DIR]",
          20,
          Set.of("--grid"));
  private static final int COMMANDS = 200;

  private IpvsadmDifferential() {}

  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(List.of(arguments), out, err));
  }

  /**
   * Runs the command.
   *
   * @return the exit code: 0 when nothing differs, 1 when something does, 2 for misuse and where
   *     the kernel cannot run
   */
  static int run(List<String> arguments, PrintStream out, PrintStream err)
      throws InterruptedException {
    return COMMAND.run(
        arguments,
        err,
        (run, folder) -> {
          boolean grid = run.flags().contains("--grid");
          List<Session> sessions = grid ? OptionGrid.sessions() : random(run.first(), run.last());
          return compare(sessions, folder, out);
        });
  }

  /** A session of 200 commands, and some that look at what they have left, for each seed. */
  public static List<Session> random(long first, long last) {
    return LongStream.rangeClosed(first, last)
        .mapToObj(seed -> CommandGenerator.session(seed, COMMANDS))
        .toList();
  }

  private static int compare(List<Session> sessions, Path folder, PrintStream out)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    List<List<Answer>> original = new KernelIpvsadm(folder).type(sessions);
    List<List<Answer>> ours = new CoreIpvsadm(KernelIpvsadm.writeNames(folder)).type(sessions);
    List<String> differences = new ArrayList<>();
    int commands = 0;
    for (int i = 0; i < sessions.size(); i++) {
      commands += sessions.get(i).commands().size();
      differences.addAll(Comparison.differences(sessions.get(i), original.get(i), ours.get(i)));
    }
    differences.forEach(out::println);
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    out.printf(
        "%d sessions, %d commands, %d differences, %d min %d s%n",
        sessions.size(), commands, differences.size(), time.toMinutes(), time.toSecondsPart());
    return differences.isEmpty() ? 0 : SeededCommand.DIFFERENT;
  }
}
