package org.jlvs.monitor.supervise;

import java.util.ArrayDeque;
import java.util.List;

/**
 * What one source has found out and nobody has taken yet: the newest few, in their order. A taker
 * that is held up, by a director that does not answer for instance, so costs each source a bounded
 * amount of memory, and goes on with how things are now instead of with all that has been. A few
 * rather than one, for the counts of failures in a row go on over them. One thread adds, one takes.
 */
final class Backlog<E> {
  /** More than most configurations count before a server is out or back. */
  static final int MOST = 8;

  private final ArrayDeque<E> waiting = new ArrayDeque<>(MOST);

  /**
   * Adds the newest; the oldest goes when there are too many.
   *
   * @return whether the taker has to be told, because nothing was waiting
   */
  synchronized boolean add(E element) {
    boolean first = waiting.isEmpty();
    if (waiting.size() == MOST) {
      waiting.removeFirst();
    }
    waiting.addLast(element);
    return first;
  }

  /** Takes all, the oldest first. */
  synchronized List<E> take() {
    List<E> taken = List.copyOf(waiting);
    waiting.clear();
    return taken;
  }
}
