package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * A place in a service's list of servers that stays with its server while others come and go. Like
 * the kernel's pointer into a circular list, it can also be at the head, before the first server.
 */
final class Cursor {
  static final int HEAD = -1;

  private int position = HEAD;
  private @Nullable RealServer server;

  /** Index of the server it is at, or {@link #HEAD}. */
  int position() {
    return position;
  }

  void moveTo(List<RealServer> servers, int index) {
    position = index;
    server = index == HEAD ? null : servers.get(index);
  }

  /** Whether a cursor can be at an index of a list. */
  static boolean isPlace(List<RealServer> servers, int index) {
    return index == HEAD || index >= 0 && index < servers.size();
  }

  /** Finds its server again after one was added at the head. */
  void serverAdded(VirtualService service) {
    if (position != HEAD) {
      moveTo(service.servers(), position + 1);
    }
  }

  /** Steps back to the server before the one it is at, when that was removed. */
  void serverRemoved(VirtualService service, RealServer removed) {
    if (removed == server) {
      moveTo(service.servers(), position - 1);
    } else if (server != null) {
      position = service.servers().indexOf(server);
    }
  }
}
