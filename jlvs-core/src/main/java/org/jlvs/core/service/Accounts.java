package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What is counted for servers, for services and in all, from the engine's counters and the
 * program's: as shown since the last zeroing, and as rates. A service keeps what its servers
 * counted for it when they go, and the totals keep what services counted.
 */
final class Accounts {
  private static final int SERVERS_ESTIMATED_AT_ONCE = 500;

  /** After so many idle periods every average is zero. */
  private static final int PERIODS_AT_MOST = 160;

  private final ProgramCounters program;
  private final ListingOrder services;
  private final Settings settings;

  /** Deleted services that servers in the trash still belong to. */
  private final Set<VirtualService> departedServices = new LinkedHashSet<>();

  /** What was counted for deleted services without such servers. */
  private final Counters departed = new Counters();

  private Statistics zeroed = Statistics.ZERO;
  private final RateEstimator estimator = new RateEstimator(Statistics.ZERO);

  private boolean started;
  private long nextEstimationNanos;
  private boolean estimating;
  private List<VirtualService> toEstimate = List.of();
  private int nextToEstimate;
  private Statistics estimatedSum = Statistics.ZERO;

  Accounts(ProgramCounters program, ListingOrder services, Settings settings) {
    this.program = program;
    this.services = services;
    this.settings = settings;
  }

  // ---- sums ----

  private Statistics counted(RealServer server) {
    return server.counted(program.read(server.number()));
  }

  /** What the program counted for a server since it joined its service. */
  private Statistics programOf(RealServer server) {
    return program.read(server.number()).minus(server.programAtJoin);
  }

  /** All that was ever counted for a service. */
  Statistics counted(VirtualService service) {
    Statistics sum = service.counters.snapshot().plus(service.programOfDeparted);
    for (RealServer server : service.servers()) {
      sum = sum.plus(programOf(server));
    }
    for (RealServer server : service.trashed) {
      sum = sum.plus(programOf(server));
    }
    return sum;
  }

  /** All that was ever counted for services deleted since. */
  Statistics countedOfDeparted() {
    Statistics sum = departed.snapshot();
    for (VirtualService service : departedServices) {
      sum = sum.plus(counted(service));
    }
    return sum;
  }

  private Statistics countedInAll() {
    Statistics sum = countedOfDeparted();
    for (VirtualService service : services.services()) {
      sum = sum.plus(counted(service));
    }
    return sum;
  }

  // ---- since the last zeroing ----

  Statistics shown(RealServer server) {
    return known(server).minus(server.zeroed);
  }

  Statistics shown(VirtualService service) {
    return known(service).minus(service.zeroed);
  }

  Statistics totals() {
    return knownInAll().minus(zeroed);
  }

  /**
   * What was counted, or while no rates are estimated, what had been counted when they last were:
   * in the kernel it is the estimation that sums up the counts of its CPUs.
   */
  private Statistics known(RealServer server) {
    return settings.runEstimation() ? counted(server) : server.estimator.last();
  }

  private Statistics known(VirtualService service) {
    return settings.runEstimation() ? counted(service) : service.estimator.last();
  }

  private Statistics knownInAll() {
    return settings.runEstimation() ? countedInAll() : estimator.last();
  }

  /** The part of all counts that the totals leave out. */
  Statistics zeroed() {
    return zeroed;
  }

  void zero(VirtualService service) {
    for (RealServer server : service.servers()) {
      server.zero(known(server));
    }
    service.zeroed = known(service);
    service.estimator.zero(service.zeroed);
  }

  void zeroAll() {
    estimate(Integer.MAX_VALUE);
    services.services().forEach(this::zero);
    zeroed = knownInAll();
    estimator.zero(zeroed);
  }

  void restore(Statistics countedOfDeparted, Statistics shownAsZero) {
    departed.add(countedOfDeparted);
    zeroed = shownAsZero;
    estimator.zero(countedInAll());
  }

  // ---- those who go ----

  /** To be called before a service is deleted, lest an estimation in progress sums it up twice. */
  void beforeDeletion() {
    estimate(Integer.MAX_VALUE);
  }

  /** A service was deleted. Does nothing for one that is listed. */
  void departed(VirtualService service) {
    if (service.listed) {
      return;
    }
    if (service.trashed.isEmpty()) {
      departedServices.remove(service);
      departed.add(counted(service));
    } else {
      departedServices.add(service);
    }
  }

  /** The deleted service of a key that servers in the trash still belong to. */
  @Nullable VirtualService departed(ServiceKey key) {
    for (VirtualService service : departedServices) {
      if (service.key().equals(key)) {
        return service;
      }
    }
    return null;
  }

  /** All deleted services of a key that servers in the trash still belong to, in a list to keep. */
  List<VirtualService> allDeparted(ServiceKey key) {
    List<VirtualService> all = new ArrayList<>();
    for (VirtualService service : departedServices) {
      if (service.key().equals(key)) {
        all.add(service);
      }
    }
    return all;
  }

  /** A server has left the trash for good, or for another service. */
  void left(RealServer server) {
    VirtualService service = server.service();
    service.programOfDeparted = service.programOfDeparted.plus(programOf(server));
    service.trashed.remove(server);
    departed(service);
  }

  // ---- rates ----

  Rates totalRates() {
    return estimator.rates();
  }

  /** Estimates rates every two seconds. */
  void advance(long nowNanos) {
    if (!started) {
      started = true;
      nextEstimationNanos = nowNanos + RateEstimator.PERIOD_NANOS;
    }
    for (int i = 0; i < PERIODS_AT_MOST && nowNanos - nextEstimationNanos >= 0; i++) {
      estimate(Integer.MAX_VALUE);
      if (settings.runEstimation()) {
        beginEstimation();
      }
      nextEstimationNanos += RateEstimator.PERIOD_NANOS;
    }
    if (nowNanos - nextEstimationNanos >= 0) {
      nextEstimationNanos = nowNanos + RateEstimator.PERIOD_NANOS;
    }
    estimate(SERVERS_ESTIMATED_AT_ONCE);
  }

  private void beginEstimation() {
    estimating = true;
    toEstimate = services.services();
    nextToEstimate = 0;
    estimatedSum = Statistics.ZERO;
  }

  /** Goes on with this period's services, in slices so that packets do not wait for it. */
  private void estimate(int atMostServers) {
    int budget = atMostServers;
    while (estimating && budget > 0) {
      if (nextToEstimate == toEstimate.size()) {
        estimator.tick(estimatedSum.plus(countedOfDeparted()));
        toEstimate = List.of();
        estimating = false;
        return;
      }
      VirtualService service = toEstimate.get(nextToEstimate++);
      for (RealServer server : service.servers()) {
        server.estimator.tick(counted(server));
      }
      Statistics counted = counted(service);
      service.estimator.tick(counted);
      estimatedSum = estimatedSum.plus(counted);
      budget -= 1 + service.servers().size();
    }
  }
}
