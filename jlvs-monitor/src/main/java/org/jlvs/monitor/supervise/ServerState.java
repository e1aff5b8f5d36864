package org.jlvs.monitor.supervise;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.check.AgentWord;
import org.jlvs.monitor.check.Check;
import org.jlvs.monitor.check.CheckPlanner;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.VirtualServer;

/**
 * What is known of one real server, and how findings change it: {@code failurecount} failures in a
 * row take it out, {@code risecount} good checks in a row bring it back. The first check of all
 * decides alone. For the supervision's thread.
 */
final class ServerState {
  /** Falls are remembered for so long, to tell a flapping server. */
  static final Duration FLAPPING_WINDOW = Duration.ofHours(1);

  /** So many falls within that time are flapping. */
  static final int FLAPPING_FALLS = 3;

  private static final int MOST_REMEMBERED = 1000;

  /** What a finding has changed. */
  enum Step {
    NOTHING,
    /** It failed, but not often enough. */
    SOFT_FAILURE,
    FELL,
    /** It was good, but not often enough in a row. */
    RISING,
    ROSE,
    TAKEN_OUT
  }

  final RealServer real;
  final Check check;
  private Health health = Health.UNKNOWN;
  private boolean answered;
  private int failures;

  /** Whether it was said that it is out, and not since that it is back. */
  boolean toldDown;

  /** Whether its entry was put into order since the configuration was read. */
  boolean placed;

  private int successes;
  private Instant since;
  private final AgentState agent;
  private PassiveState passive;
  private String reason = "not checked yet";
  private Optional<Finding> last = Optional.empty();
  private long rises;
  private long falls;
  private final Deque<Instant> recentFalls = new ArrayDeque<>();

  ServerState(VirtualServer virtual, RealServer real, Instant now) {
    this.real = real;
    this.check = CheckPlanner.plan(virtual, real);
    this.since = now;
    this.agent = new AgentState(virtual.weights());
    this.passive = new PassiveState(virtual.passive());
  }

  /** Goes on with what agent and handshakes said before a reload. */
  void inheritSaid(ServerState before) {
    agent.inherit(before.agent);
    passive = before.passive.under(passive);
  }

  /** Goes on with what was known before a reload. */
  void inherit(ServerState before) {
    health = before.health;
    answered = before.answered;
    failures = before.failures;
    toldDown = before.toldDown;
    successes = before.successes;
    since = before.since;
    reason = before.reason;
    last = before.last;
    rises = before.rises;
    falls = before.falls;
    recentFalls.addAll(before.recentFalls);
  }

  /** It is never checked. */
  void fix(boolean up) {
    health = up ? Health.UP : Health.DOWN;
    answered = true;
    reason = up ? "not checked, by checktype=on" : "switched off by checktype=off";
  }

  /** Somebody is being served by it: it is taken for good until a check says otherwise. */
  void trust() {
    health = Health.UP;
    reason = "in the table with a weight; not checked yet";
  }

  Step take(Finding finding, int failureCount, int riseCount) {
    boolean first = !answered;
    answered = true;
    last = Optional.of(finding);
    return switch (finding) {
      case Finding.Maintained maintained -> maintain(maintained);
      case Finding.Checked checked when checked.outcome().up() ->
          good(checked, first ? 1 : riseCount);
      case Finding.Checked checked -> bad(checked, failureCount);
    };
  }

  private Step maintain(Finding.Maintained finding) {
    failures = 0;
    successes = 0;
    if (health == Health.MAINTENANCE) {
      return Step.NOTHING;
    }
    become(Health.MAINTENANCE, finding);
    return Step.TAKEN_OUT;
  }

  private Step good(Finding finding, int riseCount) {
    if (health == Health.UP) {
      failures = 0;
      reason = finding.outcome().reason();
      return Step.NOTHING;
    }
    successes++;
    if (successes < riseCount) {
      return Step.RISING;
    }
    failures = 0;
    rises++;
    become(Health.UP, finding);
    return Step.ROSE;
  }

  private Step bad(Finding finding, int failureCount) {
    failures = Math.min(failures + 1, Integer.MAX_VALUE - 1);
    successes = 0;
    if (health == Health.DOWN) {
      reason = finding.outcome().reason();
      return Step.NOTHING;
    }
    if (health == Health.UP && failures < failureCount) {
      return Step.SOFT_FAILURE;
    }
    if (health == Health.UP) {
      falls++;
      recentFalls.addLast(finding.at());
      if (recentFalls.size() > MOST_REMEMBERED) {
        recentFalls.removeFirst();
      }
    }
    become(Health.DOWN, finding);
    return Step.FELL;
  }

  private void become(Health now, Finding finding) {
    health = now;
    since = finding.at();
    reason = finding.outcome().reason();
    successes = 0;
  }

  /** Takes what came of asking its agent. */
  void take(AgentWord word, Instant now) {
    Health before = health();
    agent.take(word);
    if (health() != before) {
      since = now;
    }
  }

  /** By its checks and its agent, who can only make it worse. */
  Health health() {
    if (health != Health.UP) {
      return health;
    }
    return switch (agent.wish()) {
      case READY, DRAIN -> Health.UP;
      case MAINTENANCE -> Health.MAINTENANCE;
      case DOWN -> Health.DOWN;
    };
  }

  boolean isUp() {
    return health() == Health.UP;
  }

  /** Whether it is up, and nobody but its configuration keeps new connections from it. */
  boolean takesConnections() {
    return isUp() && (real.weight() == 0 || weight() > 0);
  }

  /** The weight it is to have while it is up. */
  int weight() {
    return passive.isOut() ? 0 : agent.weight(real.weight());
  }

  /** As the table of {@code service} is to have it while it is up. */
  ServerSpec spec(ServiceKey service) {
    ServerSpec configured = real.spec(service);
    return new ServerSpec(
        configured.key(),
        configured.forwarding(),
        weight(),
        configured.upperThreshold(),
        configured.lowerThreshold(),
        configured.tunnel());
  }

  /** What its agent says. */
  AgentState agent() {
    return agent;
  }

  /** What its clients' handshakes say. */
  PassiveState passive() {
    return passive;
  }

  /** Whether a check of it has ended since it was first configured. */
  boolean answered() {
    return answered;
  }

  /** Failures in a row. */
  int failures() {
    return failures;
  }

  /** Good checks in a row, while it is not up. */
  int successes() {
    return successes;
  }

  /** Since when it is what it is. */
  Instant since() {
    return since;
  }

  /** Why it is what it is, in a few words. */
  String reason() {
    return remark().map(remark -> isUp() ? reason + "; " + remark : remark).orElse(reason);
  }

  /** Why it is not what its checks alone would make it, if so. */
  Optional<String> remark() {
    if (health == Health.UP && isUp() && passive.isOut()) {
      return Optional.of(passive.text());
    }
    boolean byAgent = !isUp() || agent.weight(real.weight()) != real.weight();
    return health == Health.UP && byAgent
        ? Optional.of("its agent says " + agent.text())
        : Optional.empty();
  }

  Optional<Finding> last() {
    return last;
  }

  /** How often it has come up, and gone down after it was up, since it was first configured. */
  long rises() {
    return rises;
  }

  long falls() {
    return falls;
  }

  /** How often it went down within {@link #FLAPPING_WINDOW}. */
  int recentFalls(Instant now) {
    Instant begin = now.minus(FLAPPING_WINDOW);
    while (!recentFalls.isEmpty() && recentFalls.getFirst().isBefore(begin)) {
      recentFalls.removeFirst();
    }
    return recentFalls.size();
  }
}
