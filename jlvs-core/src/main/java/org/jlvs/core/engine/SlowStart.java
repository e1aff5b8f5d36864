package org.jlvs.core.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jlvs.core.connection.ConnectionHash;
import org.jlvs.core.net.Flow;
import org.jlvs.core.scheduler.Choice;
import org.jlvs.core.scheduler.Scheduler;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Slow start: a server that comes back gets its weight in ten steps. In step n it takes n of ten
 * connections that its scheduler would give it, and the scheduler chooses another server for the
 * rest: so its weight counts for n tenths under every scheduler, also under those that ask for no
 * weight, and however small the weight is. With a scheduler that keeps clients together it takes n
 * of ten clients, each of which moves to it once. For the engine thread.
 *
 * <p>Only a server that others can stand in for starts slowly: not the only one that takes
 * connections, and none of a service that was made so short a time ago that all its servers start.
 */
final class SlowStart {
  static final int STEPS = 10;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private static final class Ramp {
    final RealServer server;
    final long beganNanos;
    final long stepNanos;

    /** Tenths of a connection it has coming, less than {@link #STEPS}. */
    int credit;

    Ramp(RealServer server, long beganNanos, long nanos) {
      this.server = server;
      this.beganNanos = beganNanos;
      this.stepNanos = nanos / STEPS;
    }

    /** From 1 on; above {@link #STEPS} when it is over. */
    long step(long now) {
      return 1 + (now - beganNanos) / stepNanos;
    }
  }

  private final Settings settings;
  private final Map<VirtualService, List<Ramp>> ramps = new IdentityHashMap<>();
  private final Map<VirtualService, Long> madeNanos = new IdentityHashMap<>();

  SlowStart(Settings settings) {
    this.settings = settings;
  }

  private long durationNanos(VirtualService service) {
    OptionalInt own = service.policy().slowStartSeconds();
    return NANOS_PER_SECOND * (own.isPresent() ? own.getAsInt() : settings.slowStart());
  }

  /** A service was made; what holds for it may be said only afterwards. */
  void made(VirtualService service, long now) {
    madeNanos.put(service, now);
  }

  /** A server was added with a weight, or given one after it had none. */
  void cameBack(RealServer server, long now) {
    leave(server);
    VirtualService service = server.service();
    boolean others =
        service.servers().stream()
            .anyMatch(other -> other != server && other.weight() > 0 && !other.overloaded());
    long duration = durationNanos(service);
    if (duration > 0 && server.weight() > 0 && others && !isNew(service, now)) {
      ramps
          .computeIfAbsent(service, key -> new ArrayList<>(1))
          .add(new Ramp(server, now, duration));
    }
  }

  private boolean isNew(VirtualService service, long now) {
    Long made = madeNanos.get(service);
    return made != null && now - made < durationNanos(service);
  }

  /** A server takes no connections any more. */
  void leave(RealServer server) {
    List<Ramp> ofService = ramps.get(server.service());
    if (ofService != null) {
      ofService.removeIf(ramp -> ramp.server == server);
      if (ofService.isEmpty()) {
        ramps.remove(server.service());
      }
    }
  }

  /** Ends what is over, and forgets services that are gone. */
  void advance(long now) {
    if (!ramps.isEmpty()) {
      ramps.values().forEach(list -> list.removeIf(ramp -> ramp.step(now) > STEPS));
      ramps.values().removeIf(List::isEmpty);
    }
    if (!madeNanos.isEmpty()) {
      madeNanos.entrySet().removeIf(made -> now - made.getValue() >= durationNanos(made.getKey()));
    }
  }

  /** The scheduler's choice for a new connection, as far as its servers may take it. */
  @Nullable RealServer choose(VirtualService service, Flow flow, long now) {
    Scheduler scheduler = service.scheduler();
    List<Ramp> starting = ramps.isEmpty() ? null : ramps.get(service);
    if (starting == null) {
      return scheduler.schedule(service, flow);
    }
    boolean some = leaveOut(starting, service, flow, now, true);
    RealServer chosen = scheduler.schedule(service, flow);
    if (some) {
      takeIn(starting);
    }
    return chosen;
  }

  /** What {@link #choose} would choose, with its reasons; changes nothing. */
  Choice look(VirtualService service, Flow flow, long now) {
    Scheduler scheduler = service.scheduler();
    List<Ramp> starting = ramps.get(service);
    if (starting == null) {
      return scheduler.look(service, flow);
    }
    boolean some = leaveOut(starting, service, flow, now, false);
    Choice choice = scheduler.look(service, flow);
    if (some) {
      takeIn(starting);
    }
    return choice;
  }

  /** Which step of its slow start a server is in, 0 when in none. */
  int step(RealServer server, long now) {
    for (Ramp ramp : ramps.getOrDefault(server.service(), List.of())) {
      if (ramp.server == server && ramp.step(now) <= STEPS) {
        return (int) ramp.step(now);
      }
    }
    return 0;
  }

  /** Nanoseconds until a server that is in a step has its whole weight. */
  long nanosLeft(RealServer server, long now) {
    for (Ramp ramp : ramps.getOrDefault(server.service(), List.of())) {
      if (ramp.server == server) {
        return Math.max(0, ramp.beganNanos + STEPS * ramp.stepNanos - now);
      }
    }
    return 0;
  }

  /**
   * Leaves those servers out that would be chosen and have to decline.
   *
   * @param spending whether servers are credited with what they decline
   * @return whether any is left out; none is when nobody else can serve
   */
  private static boolean leaveOut(
      List<Ramp> starting, VirtualService service, Flow flow, long now, boolean spending) {
    Scheduler scheduler = service.scheduler();
    boolean some = false;
    RealServer candidate = scheduler.peek(service, flow);
    for (Ramp ramp = of(starting, candidate); ramp != null; ramp = of(starting, candidate)) {
      if (accepts(ramp, scheduler.affinity(service, flow), now, spending)) {
        return some;
      }
      ramp.server.holdBack(true);
      some = true;
      candidate = scheduler.peek(service, flow);
    }
    if (some && candidate == null) {
      takeIn(starting);
      return false;
    }
    return some;
  }

  private static @Nullable Ramp of(List<Ramp> starting, @Nullable RealServer server) {
    for (int i = 0; i < starting.size(); i++) {
      if (starting.get(i).server == server) {
        return starting.get(i);
      }
    }
    return null;
  }

  /** Whether a server takes a connection that its scheduler would give it. */
  private static boolean accepts(Ramp ramp, long affinity, long now, boolean spending) {
    long step = ramp.step(now);
    if (affinity != Scheduler.ANY_SERVER) {
      long hash = ConnectionHash.finish(ConnectionHash.mix(ramp.server.number(), affinity));
      return Long.remainderUnsigned(hash, STEPS) < step;
    }
    long credit = ramp.credit + Math.min(step, STEPS);
    if (spending) {
      ramp.credit = (int) (credit % STEPS);
    }
    return credit >= STEPS;
  }

  private static void takeIn(List<Ramp> starting) {
    for (int i = 0; i < starting.size(); i++) {
      starting.get(i).server.holdBack(false);
    }
  }
}
