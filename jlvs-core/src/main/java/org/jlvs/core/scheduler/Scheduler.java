package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the real server of a new connection. An instance belongs to one service and keeps that
 * service's rotation; only the engine thread calls it. Behaviour is the kernel's scheduler's of the
 * same name.
 */
public interface Scheduler {

  /** The name {@code ipvsadm -s} takes. */
  String name();

  /**
   * The server for a new connection, or null when none can take it. Servers that are overloaded or
   * of weight 0 are passed over as the kernel's scheduler does.
   *
   * @param flow the connection's first packet; not kept
   */
  default @Nullable RealServer schedule(VirtualService service, Flow flow) {
    return peek(service, flow);
  }

  /**
   * The server that {@link #schedule} would choose. Changes nothing, so that schedule then chooses
   * the same; allocates nothing.
   */
  @Nullable RealServer peek(VirtualService service, Flow flow);

  /** As {@link #peek}, with the reasons. */
  Choice look(VirtualService service, Flow flow);

  /**
   * What has to be the same of flows for them to go to the same server, as a number; {@link
   * #ANY_SERVER} when any flow may go to any server.
   */
  default long affinity(VirtualService service, Flow flow) {
    return ANY_SERVER;
  }

  /** No affinity: not an unsigned 32-bit number as all others are. */
  long ANY_SERVER = -1;

  /**
   * Before the first use, and before any other call: the service may have servers already, when its
   * scheduler was changed.
   */
  default void attached(VirtualService service) {}

  /**
   * Where its rotation stands, as numbers that {@link #resume} of the same scheduler understands;
   * empty when it has none.
   */
  default List<Integer> rotation() {
    return List.of();
  }

  /**
   * Goes on where another instance has stood, once the service has the same servers again. Numbers
   * that make no sense begin a new rotation.
   */
  default void resume(VirtualService service, List<Integer> rotation) {}

  /** Lets time pass; called every second or so. */
  default void advance(long nowNanos) {}

  /** The last call: gives back what it retained. */
  default void detached(VirtualService service) {}

  /** After a server was added, at the head of the service's list. */
  default void serverAdded(VirtualService service, RealServer server) {}

  /** After a server was taken out of the service's list. */
  default void serverRemoved(VirtualService service, RealServer server) {}

  /** After a server's weight or thresholds were changed. */
  default void serverUpdated(VirtualService service, RealServer server) {}
}
