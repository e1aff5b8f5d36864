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

  /** The next two draws, as fractions of 2^64: drawn ahead, so that they can be looked at. */
  private long nextFirst;

  private long nextSecond;

  PowerOfTwoChoices(RandomGenerator random) {
    this.random = random;
    draw();
  }

  private void draw() {
    nextFirst = random.nextLong();
    nextSecond = random.nextLong();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public @Nullable RealServer schedule(VirtualService service, Flow flow) {
    RealServer chosen = peek(service, flow);
    if (chosen != null) {
      draw();
    }
    return chosen;
  }

  @Override
  public @Nullable RealServer peek(VirtualService service, Flow flow) {
    long sum = sumOfWeights(service.servers());
    return sum == 0 ? null : lessBusy(service.servers(), sum);
  }

  private static long sumOfWeights(List<RealServer> servers) {
    long sum = 0;
    for (int i = 0; i < servers.size(); i++) {
      RealServer server = servers.get(i);
      if (Load.takesConnections(server)) {
        sum += server.weight();
      }
    }
    return sum;
  }

  private RealServer lessBusy(List<RealServer> servers, long sum) {
    RealServer first = drawn(servers, sum, nextFirst);
    RealServer second = drawn(servers, sum, nextSecond);
    return isBusier(first, second) ? second : first;
  }

  private static RealServer drawn(List<RealServer> servers, long sum, long fraction) {
    return at(servers, Math.unsignedMultiplyHigh(fraction, sum + 1));
  }

  @Override
  public Choice look(VirtualService service, Flow flow) {
    List<RealServer> servers = service.servers();
    long sum = sumOfWeights(servers);
    if (sum == 0) {
      return Look.of(service, null, "", Look.NO_FIGURE, server -> "");
    }
    RealServer chosen = lessBusy(servers, sum);
    RealServer first = drawn(servers, sum, nextFirst);
    RealServer second = drawn(servers, sum, nextSecond);
    String reason =
        first == second
            ? "both random draws fell on it"
            : "of the two servers drawn at random, %s and %s, it has the least load for its weight"
                .formatted(Look.name(first), Look.name(second));
    return Look.of(
        service,
        chosen,
        reason,
        server -> Look.ratio(Load.overhead(server), server.weight()),
        server -> server == first || server == second ? "drawn, but not less busy" : "not drawn");
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
