package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.service.RealServer;
import org.jspecify.annotations.Nullable;

/**
 * What a scheduler would choose for a flow, and why: looked at, not made. For people, so it may
 * allocate.
 *
 * @param server the one it would choose; null when none
 * @param reason why that one, or why none, as the end of a sentence
 * @param candidates each of the service's servers, in the order the scheduler walks them
 */
public record Choice(@Nullable RealServer server, String reason, List<Candidate> candidates) {
  public Choice {
    candidates = List.copyOf(candidates);
  }

  /**
   * A server as the scheduler sees it.
   *
   * @param figure the number the scheduler weighs it by, as text; empty when it uses none
   * @param verdict "chosen", or why not
   */
  public record Candidate(RealServer server, String figure, String verdict) {}
}
