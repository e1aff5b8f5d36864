package org.jlvs.monitor.supervise;

import java.time.Duration;
import java.time.Instant;
import org.jlvs.monitor.check.Outcome;

/** What was found out about a server when its turn came. */
public sealed interface Finding {

  /** When it became known. */
  Instant at();

  /** As a check's outcome. */
  Outcome outcome();

  /** A check has ended. */
  record Checked(Outcome outcome, Instant began, Duration took) implements Finding {
    @Override
    public Instant at() {
      return began.plus(took);
    }
  }

  /** Its operator has taken it out; it was not checked. */
  record Maintained(String reason, Instant at) implements Finding {
    @Override
    public Outcome outcome() {
      return Outcome.down(reason);
    }
  }
}
