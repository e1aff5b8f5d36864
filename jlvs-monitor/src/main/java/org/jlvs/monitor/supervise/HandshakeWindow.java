package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.monitor.config.PassiveSettings;

/**
 * How many handshakes with one real server have failed, and how many succeeded, within the last
 * seconds, from counts that only grow. For the supervision's thread.
 */
final class HandshakeWindow {

  /** The counts at one moment. */
  private record Sample(Instant at, long answered, long failures) {}

  /** The one before the window begins, then those in it, one for each change. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  /** What the window holds. */
  record Tally(long answered, long failures, int clients) {

    /** Whether there are enough failures, of enough clients, and not most handshakes go well. */
    boolean isSuspect(PassiveSettings settings) {
      return failures >= settings.failures()
          && failures >= answered
          && clients >= settings.clients();
    }

    /** For an operator. */
    String text() {
      return "%d handshakes with %d client%s failed and %d went well"
          .formatted(failures, clients, clients == 1 ? "" : "s", answered);
    }
  }

  /** Takes the counts at one moment, no more than once a second. */
  Tally take(ServerHandshakes counts, PassiveSettings settings, Instant now) {
    Sample sample = new Sample(now, counts.answered(), counts.failures());
    Sample before = samples.peekLast();
    boolean begunAnew =
        before != null
            && (sample.answered() < before.answered() || sample.failures() < before.failures());
    if (begunAnew) {
      samples.clear();
      samples.add(new Sample(now, 0, 0));
    }
    if (before == null
        || sample.answered() != before.answered()
        || sample.failures() != before.failures()) {
      samples.add(sample);
    }
    Instant begin = now.minus(settings.window());
    while (samples.size() > 1 && isBeforeWindow(begin)) {
      samples.removeFirst();
    }
    Sample first = samples.getFirst();
    long since = settings.window().toMillis();
    int clients =
        (int) counts.failedClients().stream().filter(one -> one.millisAgo() <= since).count();
    return new Tally(
        sample.answered() - first.answered(), sample.failures() - first.failures(), clients);
  }

  /** Whether the second sample is old enough to be where the window begins. */
  private boolean isBeforeWindow(Instant begin) {
    Sample first = samples.removeFirst();
    boolean before = !samples.getFirst().at().isAfter(begin);
    samples.addFirst(first);
    return before;
  }

  /** What the window holds is judged and counts no more. */
  void forget() {
    Sample last = samples.peekLast();
    samples.clear();
    if (last != null) {
      samples.add(last);
    }
  }
}
