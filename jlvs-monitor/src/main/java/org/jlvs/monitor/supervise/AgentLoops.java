package org.jlvs.monitor.supervise;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jlvs.monitor.check.AgentAsker;
import org.jlvs.monitor.check.AgentWord;

/** The loops that ask agents. For the monitor's thread. */
final class AgentLoops {
  private final AgentAsker asker;
  private final BiConsumer<AgentLoop, Backlog<AgentWord>> announcements;
  private final Map<ServerId, AgentLoop> loops = new LinkedHashMap<>();

  /**
   * @param announcements is told when words of a loop begin to wait, on the loop's thread
   */
  AgentLoops(AgentAsker asker, BiConsumer<AgentLoop, Backlog<AgentWord>> announcements) {
    this.asker = asker;
    this.announcements = announcements;
  }

  /** Starts and stops loops so that each of these has one. */
  void follow(List<AgentLoop.AgentWatch> watches) {
    Map<ServerId, AgentLoop> before = new LinkedHashMap<>(loops);
    loops.clear();
    List<AgentLoop> added = new ArrayList<>();
    for (AgentLoop.AgentWatch watch : watches) {
      AgentLoop old = before.get(watch.id());
      if (old != null && old.watch().equals(watch)) {
        before.remove(watch.id());
        loops.put(watch.id(), old);
      } else {
        AgentLoop loop = new AgentLoop(watch, asker, announcements);
        loops.put(watch.id(), loop);
        added.add(loop);
      }
    }
    before.values().forEach(AgentLoop::stop);
    added.forEach(AgentLoop::start);
  }

  /** Whether a word of this loop counts: it may have been stopped meanwhile. */
  boolean isCurrent(AgentLoop loop) {
    return loops.get(loop.watch().id()) == loop;
  }

  void stop() {
    follow(List.of());
  }
}
