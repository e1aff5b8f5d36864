package org.jlvs.core.scheduler;

import java.util.List;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code wrr}: goes round again and again at a falling level, and chooses the servers whose weight
 * reaches it (ip_vs_wrr). The level falls from the highest weight by the weights' greatest common
 * divisor. Any change begins a round at the present level.
 */
final class WeightedRoundRobin implements Scheduler {
  static final String NAME = "wrr";

  private final Cursor cursor = new Cursor();
  private int level;
  private int highestLevel;
  private int step = 1;

  /** Where the last search ended: what a choice makes the cursor's place and the level. */
  private int foundPosition;

  private int foundLevel;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    if (highestLevel == 0) {
      return null;
    }
    RealServer found = search(service.servers());
    cursor.moveTo(service.servers(), foundPosition);
    level = foundLevel;
    return found;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    return highestLevel == 0 ? null : search(service.servers());
  }

  private @Nullable RealServer search(List<RealServer> servers) {
    int reached = level;
    int last = cursor.position();
    int index = last;
    boolean restarted = false;
    boolean lastPass = false;
    while (true) {
      while (++index < servers.size()) {
        RealServer server = servers.get(index);
        if (!Load.isPassedOver(server) && server.weight() >= reached) {
          return found(server, index, reached);
        }
        if (lastPass && index == last) {
          return found(null, index, reached);
        }
      }
      index = Cursor.HEAD;
      reached -= step;
      if (reached <= 0) {
        reached = highestLevel;
        if (lastPass || last == Cursor.HEAD) {
          return found(null, Cursor.HEAD, reached);
        }
        restarted = true;
      }
      reached = skipEmptyLevels(reached, highestTakingConnections(servers));
      if (restarted && reached <= step) {
        lastPass = true;
      }
    }
  }

  private @Nullable RealServer found(@Nullable RealServer server, int position, int atLevel) {
    foundPosition = position;
    foundLevel = atLevel;
    return server;
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    RealServer next = peek(service, flow);
    int atLevel = foundLevel;
    return Look.of(
        service,
        next,
        next == null
            ? ""
            : "it is the next in turn whose weight reaches the level %d".formatted(atLevel),
        Look.NO_FIGURE,
        server ->
            server.weight() < atLevel
                ? "its weight is below the level %d".formatted(atLevel)
                : "not its turn");
  }

  private static int highestTakingConnections(List<RealServer> servers) {
    int highest = 0;
    for (int i = 0; i < servers.size(); i++) {
      if (!Load.isPassedOver(servers.get(i))) {
        highest = Math.max(highest, servers.get(i).weight());
      }
    }
    return highest;
  }

  /**
   * The level the kernel comes to, one fruitless round after the other, that a weight of {@code
   * highest} reaches; no lower than the lowest one. With weights of millions the rounds would take
   * seconds.
   */
  private int skipEmptyLevels(int from, int highest) {
    int target = Math.max(highest, step);
    return from <= target ? from : from - ((from - target - 1) / step + 1) * step;
  }

  @Override
  public List<Integer> rotation() {
    return List.of(cursor.position(), level);
  }

  @Override
  public void resume(VirtualService service, List<Integer> rotation) {
    if (rotation.size() == 2
        && Cursor.isPlace(service.servers(), rotation.getFirst())
        && rotation.getLast() >= 0
        && rotation.getLast() <= highestLevel) {
      cursor.moveTo(service.servers(), rotation.getFirst());
      level = rotation.getLast();
    }
  }

  @Override
  public void attached(VirtualService service) {
    setLevels(service);
    level = highestLevel;
  }

  @Override
  public void serverAdded(VirtualService service, RealServer server) {
    changed(service);
  }

  @Override
  public void serverRemoved(VirtualService service, RealServer server) {
    changed(service);
  }

  @Override
  public void serverUpdated(VirtualService service, RealServer server) {
    changed(service);
  }

  /** ip_vs_wrr_dest_changed. */
  private void changed(VirtualService service) {
    setLevels(service);
    if (level > highestLevel || level == 0) {
      level = highestLevel;
    } else if (step > 1) {
      level = level / step * step + 1;
    }
  }

  private void setLevels(VirtualService service) {
    cursor.moveTo(service.servers(), Cursor.HEAD);
    int divisor = 0;
    int highest = 0;
    for (RealServer server : service.servers()) {
      divisor = Weights.greatestCommonDivisor(divisor, server.weight());
      highest = Math.max(highest, server.weight());
    }
    step = Math.max(divisor, 1);
    highestLevel = highest - (step - 1);
  }
}
