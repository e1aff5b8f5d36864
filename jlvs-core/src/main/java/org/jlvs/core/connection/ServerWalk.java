package org.jlvs.core.connection;

/**
 * A way along the connections and templates of one server that can be interrupted: what ends in
 * between is left out, what begins in between is not met. For the engine thread.
 */
public final class ServerWalk {
  private final ConnectionTable connections;

  /** The slot to be met next, 0 at the end. */
  private int next;

  ServerWalk(ConnectionTable connections, int first) {
    this.connections = connections;
    this.next = first;
  }

  /** A slot leaves its server's list. */
  void left(int slot, int following) {
    if (next == slot) {
      next = following;
    }
  }

  /** The next slot, or 0 when there is none left. */
  public int next() {
    int slot = next;
    if (slot != 0) {
      next = connections.nextOfServer(slot);
    }
    return slot;
  }
}
