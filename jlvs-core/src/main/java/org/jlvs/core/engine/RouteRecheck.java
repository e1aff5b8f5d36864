package org.jlvs.core.engine;

import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.service.ServiceTable;

/**
 * After a change of routes or of a path MTU: connections whose way is another now leave the
 * program's hands until their next packet, which the engine sends by the new way. Looks at some
 * connections at a time, so that packets needn't wait for a million of them. For the engine thread.
 */
final class RouteRecheck {
  private static final int SLOTS_AT_ONCE = 8192;
  private static final int MASQUERADE = ForwardingMethod.MASQUERADE.number();
  private static final int FAST = ConnectionLayout.FLAG_FAST_IN | ConnectionLayout.FLAG_FAST_OUT;

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final Forwarder forwarder;

  /** The next slot to look at; 0 when all have been. */
  private int next;

  RouteRecheck(ServiceTable services, ConnectionTable connections, Forwarder forwarder) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.forwarder = forwarder;
  }

  /** Begins, or begins again. */
  void begin() {
    next = 1;
  }

  void advance() {
    if (next == 0) {
      return;
    }
    int limit = connections.slotLimit();
    int end = Math.min(limit, next + SLOTS_AT_ONCE);
    for (int slot = next; slot < end; slot++) {
      if (connections.inUse(slot) && (slots.flags(slot) & FAST) != 0 && hasMoved(slot)) {
        connections.stopFastPath(slot);
      }
    }
    next = end < limit ? end : 0;
  }

  private boolean hasMoved(int slot) {
    Host.Route toServer = forwarder.routeToServer(slot, services.numbered(slots.server(slot)));
    return forwarder.hopToServer(slot, toServer) != slots.inHop(slot)
        || slots.forwarding(slot) == MASQUERADE
            && Forwarder.hopNumber(forwarder.routeToClient(slot)) != slots.outHop(slot);
  }
}
