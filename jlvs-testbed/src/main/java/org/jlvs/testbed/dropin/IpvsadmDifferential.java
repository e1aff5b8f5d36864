package org.jlvs.testbed.dropin;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jlvs.testbed.differential.UserModeLinux;
import org.jlvs.testbed.differential.WorkFolder;

/**
 * {@code jlvs differential ipvsadm [--seeds A-B] [--grid] [--keep DIR]}: types random sessions, or
 * every command with every option, to the original on the kernel's IPVS and to jlvs, and shows
 * which answers differ.
 */
public final class IpvsadmDifferential {
  private static final String USAGE =
      "usage: jlvs differential ipvsadm [--seeds A-B] [--grid] [--keep DIR]";
  private static final Pattern RANGE = Pattern.compile("(\\d{1,12})(?:-(\\d{1,12}))?");
  private static final int COMMANDS = 200;
  private static final int DIFFERENT = 1;
  private static final int MISUSED = 2;

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
    long first = 1;
    long last = 20;
    boolean grid = false;
    Optional<Path> keep = Optional.empty();
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      Matcher range = RANGE.matcher(value);
      if (option.equals("--grid")) {
        grid = true;
      } else if (option.equals("--seeds") && range.matches()) {
        first = Long.parseLong(range.group(1));
        last = range.group(2) == null ? first : Long.parseLong(range.group(2));
        i++;
      } else if (option.equals("--keep") && !value.isEmpty()) {
        keep = Optional.of(Path.of(value));
        i++;
      } else {
        err.println("jlvs differential: cannot use \"" + option + "\" here; " + USAGE);
        return MISUSED;
      }
    }
    Optional<String> missing = UserModeLinux.missing();
    if (missing.isPresent()) {
      err.println("jlvs differential: the kernel's IPVS cannot run here: " + missing.get());
      return MISUSED;
    }
    try (WorkFolder folder = WorkFolder.open(keep)) {
      List<Session> sessions = grid ? OptionGrid.sessions() : random(first, last);
      return compare(sessions, folder.path(), out);
    } catch (IOException e) {
      err.println("jlvs differential: " + e.getMessage());
      return MISUSED;
    }
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
    return differences.isEmpty() ? 0 : DIFFERENT;
  }
}
