package org.jlvs.core.scheduler;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jlvs.core.settings.Settings;

/** The schedulers by name. */
public final class Schedulers {
  private static final List<String> NAMES =
      List.of(
          RoundRobin.NAME,
          WeightedRoundRobin.NAME,
          LeastConnection.NAME,
          WeightedLeastConnection.NAME,
          LocalityBasedLeastConnection.NAME,
          LocalityBasedLeastConnectionWithReplication.NAME,
          DestinationHash.NAME,
          SourceHash.NAME,
          ShortestExpectedDelay.NAME,
          NeverQueue.NAME,
          WeightedFailover.NAME,
          WeightedOverflow.NAME,
          MaglevHash.NAME,
          PowerOfTwoChoices.NAME,
          NoScheduler.NAME);

  private Schedulers() {}

  /** The names that {@link #create} knows, as {@code ipvsadm -s} takes them. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A new scheduler for one service.
   *
   * @param random for those that choose at random
   * @param settings for those that can be tuned
   * @throws IllegalArgumentException when there is no such scheduler
   */
  public static Scheduler create(String name, RandomGenerator random, Settings settings) {
    return switch (name) {
      case RoundRobin.NAME -> new RoundRobin();
      case WeightedRoundRobin.NAME -> new WeightedRoundRobin();
      case LeastConnection.NAME -> new LeastConnection();
      case WeightedLeastConnection.NAME -> new WeightedLeastConnection();
      case LocalityBasedLeastConnection.NAME -> new LocalityBasedLeastConnection(settings);
      case LocalityBasedLeastConnectionWithReplication.NAME ->
          new LocalityBasedLeastConnectionWithReplication(settings);
      case DestinationHash.NAME -> new DestinationHash();
      case SourceHash.NAME -> new SourceHash();
      case ShortestExpectedDelay.NAME -> new ShortestExpectedDelay();
      case NeverQueue.NAME -> new NeverQueue();
      case WeightedFailover.NAME -> new WeightedFailover();
      case WeightedOverflow.NAME -> new WeightedOverflow();
      case MaglevHash.NAME -> new MaglevHash();
      case PowerOfTwoChoices.NAME -> new PowerOfTwoChoices(random);
      case NoScheduler.NAME -> new NoScheduler();
      default -> throw new IllegalArgumentException("no scheduler \"" + name + "\"");
    };
  }
}
