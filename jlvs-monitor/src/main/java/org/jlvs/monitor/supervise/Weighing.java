package org.jlvs.monitor.supervise;

import java.time.Instant;
import org.jlvs.monitor.check.AgentWord;

/** Takes what agents say of their servers, and tells the log what it changes. */
final class Weighing {
  private final Effects effects;

  Weighing(Effects effects) {
    this.effects = effects;
  }

  /**
   * Takes one word of a server's agent.
   *
   * @return whether the server's entry in the table is to change
   */
  boolean hear(VirtualState virtual, ServerState server, AgentWord word, Instant now) {
    AgentState agent = server.agent();
    String name = virtual.longName(server);
    boolean heard = agent.hasSay();
    int silences = agent.silences();
    int percent = agent.percent();
    AgentWord.State wish = agent.wish();
    Health health = server.health();
    int weight = server.weight();
    server.take(word, now);
    if (word instanceof AgentWord.Silence silence) {
      if (silences == 0) {
        effects.log("Silent agent of real server: " + name + ": " + silence.reason());
      }
      if (heard && !agent.hasSay()) {
        effects.log("Agent of real server: " + name + ": has no say any more, as it is silent");
      }
    } else if (!heard || silences > 0 || agent.percent() != percent || agent.wish() != wish) {
      effects.log("Agent of real server: " + name + ": its agent says " + agent.text());
    }
    return server.answered() && (server.health() != health || server.weight() != weight);
  }
}
