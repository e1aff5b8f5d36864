package org.jlvs.monitor.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.monitor.check.Check;
import org.jlvs.monitor.check.CheckPlanner;
import org.jlvs.monitor.check.Checker;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationFile;
import org.jlvs.monitor.config.Problem;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.report.CheckReport;
import org.jlvs.monitor.report.CheckRow;
import org.jlvs.monitor.report.CheckRow.State;
import org.jlvs.monitor.supervise.Maintenance;

/**
 * {@code jlvs check}: runs a configuration's checks and shows what they find, touching no table and
 * needing no director. Exit statuses: 0 all servers are up, 1 some are not, 2 the configuration or
 * the command line is wrong.
 */
public final class CheckCommand {
  private static final int ALL_UP = 0;
  private static final int SOME_DOWN = 1;
  private static final int WRONG = 2;

  /** A screen is drawn no more often than this. */
  private static final long NANOS_BETWEEN_SCREENS = 100_000_000;

  private static final Pattern SCREEN = Pattern.compile("(\\d{1,4}) (\\d{1,4})");

  private static final String USAGE =
      """
      Usage: jlvs check [FILE] [--once] [--json]
      Runs the checks of a configuration of ldirectord as the monitor would, and shows what they find.
      No table is touched and no director is needed.

        FILE      a path, or a name in /etc/ha.d/conf or /etc/ha.d; ldirectord.cf when it is left out
        --once    check each server once; otherwise again and again, every checkinterval, until Ctrl-C:
                  on a terminal the table is kept up to date, in a pipe each change is a line
        --json    one object with all results, or without --once one object for each change

      Exit status: 0 all servers are up, 1 some are not, 2 the file or the command line is wrong.
      """;

  private final Environment environment;
  private final Options options;
  private final Checker checker;
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final List<CheckRow> rows = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private int waiting;
  private int drawn;

  /**
   * @param screen height and width of the terminal in characters, when there is one
   */
  private record Options(
      String file, boolean once, boolean json, boolean colour, Optional<int[]> screen) {}

  private sealed interface Event {
    record Checked(int row, CheckRow now) implements Event {}

    record Stop() implements Event {}
  }

  private CheckCommand(Environment environment, Options options) {
    this.environment = environment;
    this.options = options;
    this.checker = new Checker(environment.pings(), environment.associations());
  }

  /**
   * Runs the command.
   *
   * @param words what follows {@code check} on the command line; the launcher adds {@code --colour}
   *     and {@code --screen "ROWS COLUMNS"} on a terminal
   * @return the exit status
   */
  public static int run(List<String> words, Environment environment) throws InterruptedException {
    String file = "";
    boolean once = false;
    boolean json = false;
    boolean colour = false;
    Optional<int[]> screen = Optional.empty();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      switch (word) {
        case "--once" -> once = true;
        case "--json" -> json = true;
        case "--colour", "--color" -> colour = true;
        case "--screen" -> screen = i + 1 < words.size() ? size(words.get(++i)) : Optional.empty();
        case "-h", "--help" -> {
          environment.out().print(USAGE);
          return ALL_UP;
        }
        default -> {
          if (word.startsWith("-") || !file.isEmpty()) {
            String what = word.startsWith("-") ? "unknown option " : "one FILE is enough, found ";
            environment.err().println("jlvs check: " + what + word);
            environment.err().print(USAGE);
            return WRONG;
          }
          file = word;
        }
      }
    }
    return new CheckCommand(environment, new Options(file, once, json, colour, screen)).perform();
  }

  private static Optional<int[]> size(String text) {
    Matcher matcher = SCREEN.matcher(text);
    boolean usable = matcher.matches() && !matcher.group(1).equals("0");
    return usable
        ? Optional.of(
            new int[] {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))})
        : Optional.empty();
  }

  private int perform() throws InterruptedException {
    Path path =
        LdirectordCommand.locate(
            environment, options.file().isEmpty() ? "ldirectord.cf" : options.file());
    Optional<Configuration> configuration = read(path);
    if (configuration.isEmpty()) {
      return WRONG;
    }
    Optional<Maintenance> maintenance =
        configuration.get().globals().maintenanceDirectory().map(Path::of).map(Maintenance::new);
    for (String signal : List.of("INT", "TERM")) {
      environment.signals().handle(signal, () -> events.add(new Event.Stop()));
    }
    for (VirtualServer virtual : configuration.get().virtualServers()) {
      for (RealServer real : virtual.realServers()) {
        begin(virtual, real, maintenance);
      }
    }
    waiting = rows.size();
    follow();
    threads.forEach(Thread::interrupt);
    if (options.once() && options.json()) {
      print(List.of(CheckReport.json(path.toString(), rows)));
    } else if (options.once()) {
      erase();
      print(CheckReport.table(rows, options.colour()));
    }
    return rows.stream().allMatch(row -> row.state() == State.UP) ? ALL_UP : SOME_DOWN;
  }

  private Optional<Configuration> read(Path path) {
    try {
      Configuration configuration = new ConfigurationFile(path, environment.names()).read();
      for (Problem warning : configuration.warnings()) {
        environment.err().println("Warning: " + path + ", " + warning);
      }
      return Optional.of(configuration);
    } catch (NoSuchFileException missing) {
      environment.err().println("jlvs check: there is no " + path);
    } catch (IOException unreadable) {
      environment.err().println("jlvs check: " + path + ": " + unreadable.getMessage());
    } catch (ConfigurationException wrong) {
      for (Problem problem : wrong.problems()) {
        environment.err().println("jlvs check: " + path + ", " + problem);
      }
    }
    return Optional.empty();
  }

  private void begin(VirtualServer virtual, RealServer real, Optional<Maintenance> maintenance) {
    Check check = CheckPlanner.plan(virtual, real);
    int number = rows.size();
    // As the file has it: it is checked there, wherever its packets go.
    int port = real.port() > 0 ? real.port() : real.key(virtual.key()).port();
    CheckRow row =
        new CheckRow(
            virtual.protocolName() + " " + virtual.name(),
            VirtualServer.endpointText(real.address(), port),
            name(virtual, check),
            State.WAITING,
            Duration.ZERO,
            environment.clock().instant(),
            "");
    rows.add(row);
    threads.add(
        Thread.startVirtualThread(() -> repeat(number, row, virtual, real, check, maintenance)));
  }

  /** What is done, in the configuration's words where it is what they say. */
  private static String name(VirtualServer virtual, Check check) {
    return switch (check) {
      case Check.Associate _ -> "sctp";
      case Check.Ping _ -> "ping";
      default ->
          switch (virtual.check().type()) {
            case NEGOTIATE, COMBINED -> virtual.check().service().text();
            case CONNECT, PING, EXTERNAL, EXTERNAL_PERL, ON, OFF ->
                virtual.check().type().name().toLowerCase(Locale.ROOT).replace('_', '-');
          };
    };
  }

  private void repeat(
      int number,
      CheckRow row,
      VirtualServer virtual,
      RealServer real,
      Check check,
      Optional<Maintenance> maintenance) {
    long interval = virtual.checkInterval().toNanos();
    try {
      long next = System.nanoTime();
      for (long turn = 0; turn == 0 || !options.once(); turn++) {
        Optional<String> taken =
            maintenance.flatMap(files -> files.takes(real, virtual.check().checkTimeout()));
        long began = System.nanoTime();
        Outcome outcome =
            taken.isPresent() ? Outcome.down(taken.get()) : checker.perform(check, turn);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        Instant now = environment.clock().instant();
        State state = taken.isPresent() ? State.MAINTENANCE : outcome.up() ? State.UP : State.DOWN;
        String reason =
            check instanceof Check.Fixed && taken.isEmpty()
                ? "not checked, by checktype"
                : outcome.reason();
        events.add(new Event.Checked(number, row.with(state, took, now, reason)));
        next = Math.max(System.nanoTime(), next + interval);
        TimeUnit.NANOSECONDS.sleep(options.once() ? 0 : next - System.nanoTime());
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Shows results as they come, until all are there or somebody has seen enough. */
  private void follow() throws InterruptedException {
    boolean live = options.screen().isPresent() && !options.json();
    long nextScreen = System.nanoTime();
    boolean stale = true;
    while (waiting > 0 || !options.once()) {
      long patience = live && stale ? nextScreen - System.nanoTime() : Long.MAX_VALUE;
      Event event = events.poll(Math.max(0, patience), TimeUnit.NANOSECONDS);
      switch (event) {
        case null -> {
          draw();
          stale = false;
          nextScreen = System.nanoTime() + NANOS_BETWEEN_SCREENS;
        }
        case Event.Checked checked -> {
          take(checked);
          stale = true;
        }
        case Event.Stop _ -> {
          return;
        }
      }
    }
  }

  private void take(Event.Checked checked) {
    CheckRow before = rows.set(checked.row(), checked.now());
    if (before.state() == State.WAITING) {
      waiting--;
    }
    if (options.once() || !checked.now().differs(before)) {
      return;
    }
    if (options.json()) {
      print(List.of(CheckReport.json(checked.now())));
    } else if (options.screen().isEmpty()) {
      print(List.of(CheckReport.line(checked.now())));
    }
  }

  /** Puts the table in the place of the one drawn before. */
  private void draw() {
    int[] size = options.screen().orElseThrow();
    List<String> lines = CheckReport.screen(rows, options.colour(), size[1], size[0]);
    erase();
    print(lines);
    drawn = lines.size();
  }

  /** Takes the table back that was drawn last. */
  private void erase() {
    if (drawn > 0) {
      write("\u001b[" + drawn + "A\r\u001b[J");
      drawn = 0;
    }
  }

  private void print(List<String> lines) {
    write(String.join("\n", lines) + "\n");
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    environment.out().write(bytes, 0, bytes.length);
    environment.out().flush();
  }
}
