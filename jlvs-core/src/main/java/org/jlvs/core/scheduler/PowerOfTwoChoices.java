package org.jlvs.core.scheduler;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * {@code twos}: of two servers drawn at random by their weights, the one with the least connections
 * for its weight (ip_vs_twos; Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing").
 */
final class PowerOfTwoChoices implements Scheduler {
  static final String NAME = "twos";

  private final RandomGenerator random;

  PowerOfTwoChoices(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    List<RealServer> servers = service.servers();
    long sum = 0;
    for (int i = 0; i < servers.size(); i++) {
      RealServer server = servers.get(i);
      if (Load.takesConnections(server)) {
        sum += server.weight();
      }
    }
    if (sum == 0) {
      return null;
    }
    RealServer first = at(servers, random.nextLong(sum + 1));
    RealServer second = at(servers, random.nextLong(sum + 1));
    return isBusier(first, second) ? second : first;
  }

  /** The server that a number between 0 and the sum of weights, both included, falls on. */
  private static RealServer at(List<RealServer> servers, long number) {
    long rest = number;
    for (int i = 0; i < servers.size(); i++) {
      RealServer server = servers.get(i);
      if (Load.takesConnections(server)) {
        rest -= server.weight();
        if (rest <= 0) {
          return server;
        }
      }
    }
    throw new IllegalArgumentException(number + " is above the sum of weights");
  }

  private static boolean isBusier(RealServer one, RealServer other) {
    return Load.overhead(one) * other.weight() > Load.overhead(other) * one.weight();
  }
}
