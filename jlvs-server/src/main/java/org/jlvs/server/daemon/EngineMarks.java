package org.jlvs.server.daemon;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.mark.MarkRuleSet;

/**
 * Puts mark rules in force on the engine thread. Rules that were in force before go on counting.
 */
final class EngineMarks implements Consumer<MarkRuleSet> {
  private final PacketEngine engine;
  private final Executor engineThread;

  /** For the engine thread. */
  private MarkRuleSet inForce = MarkRuleSet.EMPTY;

  EngineMarks(PacketEngine engine, Executor engineThread) {
    this.engine = engine;
    this.engineThread = engineThread;
  }

  /** Any thread; returns at once. */
  @Override
  public void accept(MarkRuleSet rules) {
    engineThread.execute(
        () -> {
          rules.continueCounts(inForce);
          inForce = rules;
          engine.marks(rules, rules.interests());
        });
  }
}
