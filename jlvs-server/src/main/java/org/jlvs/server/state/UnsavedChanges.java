package org.jlvs.server.state;

import java.util.ArrayList;
import java.util.List;

/**
 * The changes on their way from the engine thread to the file, in order. Positions count them: what
 * was changed up to a position is saved when {@link StateKeeper} has come so far. Any thread.
 */
public final class UnsavedChanges {
  private List<StateChange> changes = new ArrayList<>();
  private boolean whole;
  private boolean woken;
  private long position;

  /**
   * What waited.
   *
   * @param whole only the whole state tells what has changed; the changes are none then
   * @param position behind the last change
   */
  public record Waiting(List<StateChange> changes, boolean whole, long position) {}

  /** Adds a change. */
  public synchronized void add(StateChange change) {
    if (!whole) {
      changes.add(change);
    }
    position++;
    notifyAll();
  }

  /** So much has changed that the whole state is to be written. */
  public synchronized void addWhole() {
    whole = true;
    changes = new ArrayList<>();
    position++;
    notifyAll();
  }

  /** How many changes there have been. */
  synchronized long position() {
    return position;
  }

  /** Takes out all that waits; with a snapshot, on the engine thread, or before one. */
  public synchronized Waiting take() {
    Waiting waiting = new Waiting(List.copyOf(changes), whole, position);
    changes = new ArrayList<>();
    whole = false;
    return waiting;
  }

  /** Waits until something is there to take, at most so long, or for {@link #wake}. */
  synchronized void await(long millis) throws InterruptedException {
    if (changes.isEmpty() && !whole && !woken && millis > 0) {
      wait(millis);
    }
    woken = false;
  }

  /** Lets {@link #await} return. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }
}
