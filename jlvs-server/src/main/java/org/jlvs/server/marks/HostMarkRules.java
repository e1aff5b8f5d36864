package org.jlvs.server.marks;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.mark.MarkRuleSet.RuleReport;
import org.jlvs.core.mark.Match;
import org.jlvs.core.mark.Rule;
import org.jlvs.core.mark.RuleSyntaxException;
import org.jlvs.core.mark.RuleTable;
import org.jlvs.linux.netlink.NftablesMonitor;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;
import org.jspecify.annotations.Nullable;

/**
 * Follows the mark rules of the network namespace that it is created in. nftables (and so
 * iptables-nft) tells of its changes by netlink; iptables-legacy is asked twice a second, and so is
 * ipset for the sets that rules name. A listing that can't be read leaves the last good rules in
 * force and is a problem to report.
 */
public final class HostMarkRules implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HostMarkRules.class.getName());
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  /** Changes come in bursts, such as a script's; they are read together. */
  private static final Duration BURST = Duration.ofMillis(20);

  /** Reading may take one part in so many of the time, however often the rules change. */
  private static final int REST_FACTOR = 2;

  private static final Duration LONGEST_REST = Duration.ofSeconds(5);

  private interface Source {
    List<RuleTable> read() throws IOException, RuleSyntaxException;
  }

  private final Consumer<MarkRuleSet> onChange;
  private final RuleReader reader;
  private final IpSetReader setReader;
  private final LiveHostFacts facts;
  private final EventFd wakeUp;
  private final @Nullable NftablesMonitor monitor;
  private final Thread thread;

  private volatile List<RuleTable> nftTables = List.of();
  private volatile List<RuleTable> legacyTables = List.of();
  private volatile List<RuleTable> ownTables = List.of();
  private String nftProblem = "";
  private String legacyProblem = "";
  private String monitorProblem = "";
  private boolean asksHost;
  private volatile Set<String> setsAsked = Set.of();
  private IpSetReader.Sets sets = IpSetReader.Sets.NONE;
  private IpSetReader.Sets setsInForce = IpSetReader.Sets.NONE;
  private final Set<String> warned = new HashSet<>();
  private volatile MarkRuleSet current = MarkRuleSet.EMPTY;
  private volatile List<String> problems = List.of();
  private volatile boolean closed;

  /**
   * Reads the rules, hands them to {@code onChange} on the calling thread, and follows them on a
   * thread of its own.
   *
   * @param onChange gets each new set of rules; called by one thread at a time, and not at all
   *     while there are no rules
   * @throws LinuxException if the namespace's interfaces can't be read
   */
  public HostMarkRules(Consumer<MarkRuleSet> onChange) throws LinuxException {
    this(onChange, Tool.usualFolders());
  }

  /** As {@link #HostMarkRules(Consumer)}, with tools from these folders only. */
  public HostMarkRules(Consumer<MarkRuleSet> onChange, List<Path> toolFolders)
      throws LinuxException {
    this.onChange = onChange;
    Tool tool = new Tool(toolFolders);
    reader = new RuleReader(tool);
    setReader = new IpSetReader(tool);
    facts = LiveHostFacts.open();
    wakeUp = EventFd.open();
    monitor = openMonitor();
    if (reader.hasNoTools()) {
      LOG.log(
          Level.INFO,
          "no firewall marks: neither iptables nor nft is installed to make or read rules");
    }
    nftTables = readNft();
    legacyTables = readLegacy();
    publish();
    thread = Thread.ofPlatform().name("jlvs-marks").daemon().start(this::follow);
  }

  private @Nullable NftablesMonitor openMonitor() {
    try {
      return NftablesMonitor.open();
    } catch (LinuxException e) {
      monitorProblem = "changes of nftables are looked for twice a second: " + e.getMessage();
      LOG.log(Level.INFO, monitorProblem);
      return null;
    }
  }

  /** The rules in force. */
  public MarkRuleSet current() {
    return current;
  }

  /** Why rules could not be read, one line each; empty when all is well. */
  public List<String> problems() {
    return problems;
  }

  /**
   * Puts rules behind the host's, of whatever kind, in place of those put there before. They have
   * been handed to {@code onChange} when this returns. Any thread.
   *
   * @throws LinuxException if the namespace's interfaces can't be read
   */
  public void ownRules(List<RuleTable> tables) throws LinuxException {
    ownTables = List.copyOf(tables);
    publish();
  }

  private void follow() {
    try (PollSet poll = new PollSet()) {
      poll.add(wakeUp.fd(), PollSet.READABLE);
      if (monitor != null) {
        poll.add(monitor.fd(), PollSet.READABLE);
      }
      long nftAgain = System.nanoTime();
      long legacyAgain = nftAgain;
      long setsAgain = nftAgain;
      boolean nftChanged = false;
      while (!closed) {
        poll.await(LOOK_AGAIN.toNanos());
        nftChanged |= monitor == null || monitor.changed();
        long start = System.nanoTime();
        if (nftChanged && start - nftAgain >= 0 && !closed) {
          Thread.sleep(BURST);
          if (monitor != null) {
            monitor.changed();
          }
          nftChanged = false;
          nftTables = readNft();
          long taken = System.nanoTime() - start;
          nftAgain = start + taken + rest(taken);
        }
        if (start - legacyAgain >= 0 && !closed) {
          legacyTables = readLegacy();
          legacyAgain = start + LOOK_AGAIN.toNanos() / 2;
          renewFacts();
        }
        if (!setsAsked.isEmpty() && start - setsAgain >= 0 && !closed) {
          long begin = System.nanoTime();
          readSets(setsAsked);
          long end = System.nanoTime();
          setsAgain = end + Math.max(LOOK_AGAIN.toNanos() / 2, rest(end - begin));
        }
        if (!closed) {
          publish();
        }
      }
    } catch (LinuxException e) {
      LOG.log(Level.ERROR, "firewall marks are not followed any more", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How long to let things be after reading took so long, both in nanoseconds. */
  private static long rest(long taken) {
    return Math.min(taken * (REST_FACTOR - 1), LONGEST_REST.toNanos());
  }

  private synchronized void renewFacts() throws LinuxException {
    if (asksHost) {
      facts.renew();
    }
  }

  private synchronized void readSets(Set<String> names) {
    sets = setReader.read(names);
  }

  private List<RuleTable> readNft() {
    Reading reading = read(reader::nftTables, nftTables, nftProblem);
    nftProblem = reading.problem;
    return reading.tables;
  }

  private List<RuleTable> readLegacy() {
    Reading reading = read(reader::legacyTables, legacyTables, legacyProblem);
    legacyProblem = reading.problem;
    return reading.tables;
  }

  private record Reading(List<RuleTable> tables, String problem) {}

  private Reading read(Source source, List<RuleTable> before, String problemBefore) {
    String problem;
    try {
      return new Reading(source.read(), "");
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    } catch (RuleSyntaxException e) {
      problem = e.reason();
    }
    if (!closed && !problem.equals(problemBefore)) {
      LOG.log(Level.WARNING, "mark rules can't be read, the last ones stay in force: " + problem);
    }
    return new Reading(before, problem);
  }

  private static boolean asksHost(RuleTable table) {
    return table.chains().stream()
        .flatMap(chain -> chain.rules().stream())
        .anyMatch(
            rule ->
                rule instanceof Rule.Translated translated
                    && translated.matches().stream().anyMatch(HostMarkRules::asksHost));
  }

  private static boolean asksHost(Match match) {
    return match instanceof Match.InInterface
        || match instanceof Match.AddressOfKind
        || match instanceof Match.AnyOf(List<Match> conditions)
            && conditions.stream().anyMatch(HostMarkRules::asksHost);
  }

  private synchronized void publish() throws LinuxException {
    List<String> now = new ArrayList<>(List.of(monitorProblem, nftProblem, legacyProblem));
    now.removeIf(String::isEmpty);
    problems = List.copyOf(now);
    List<RuleTable> tables = new ArrayList<>(legacyTables);
    tables.addAll(nftTables);
    tables.addAll(ownTables);
    boolean sameRules = tables.equals(current.tables());
    if (!sameRules) {
      setsAsked = MarkRuleSet.setsAsked(tables);
      readSets(setsAsked);
    }
    if (sameRules && sets == setsInForce) {
      return;
    }
    setsInForce = sets;
    facts.sets(sets);
    asksHost = tables.stream().anyMatch(HostMarkRules::asksHost);
    if (asksHost) {
      facts.renew();
    }
    MarkRuleSet rules = new MarkRuleSet(tables, facts);
    current = rules;
    Set<String> unsupported = new HashSet<>();
    for (RuleReport rule : rules.unsupported()) {
      String line =
          "mark rule taken for one that matches nothing: "
              + String.join(
                  " ", rule.table(), rule.chain(), "rule", "" + rule.number(), rule.text())
              + ": "
              + rule.unsupported().orElse("");
      unsupported.add(line);
      if (!warned.contains(line)) {
        LOG.log(Level.WARNING, line);
      }
    }
    warned.clear();
    warned.addAll(unsupported);
    onChange.accept(rules);
  }

  /** Ends the thread and waits for it. */
  @Override
  public void close() {
    closed = true;
    wakeUp.signal();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
        thread.interrupt();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (monitor != null) {
      monitor.close();
    }
    facts.close();
    wakeUp.close();
  }
}
