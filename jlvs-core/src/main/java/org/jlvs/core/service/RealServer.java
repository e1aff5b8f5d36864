package org.jlvs.core.service;

import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.Tunnel;

/**
 * A real server of one virtual service: what its operator set, and what is counted about it.
 * Belongs to the engine thread.
 */
public final class RealServer {
  private final int number;
  private final ServerKey key;
  private VirtualService service;
  private ForwardingMethod forwarding;
  private int weight;
  private int lastWeight;
  private int upperThreshold;
  private int lowerThreshold;
  private Tunnel tunnel;
  private int updates;
  private int references;

  /**
   * Connections that count as active, as inactive, and templates; changed by the engine, which then
   * calls {@link #connectionBound} or {@link #connectionUnbound} when their sum has changed.
   */
  public int activeConnections;

  public int inactiveConnections;
  public int persistentConnections;

  private boolean overloaded;
  private boolean heldBack;
  private boolean failed;
  private boolean takenOut;
  private boolean available = true;

  /**
   * What the engine itself forwarded; the program's own counts are added when statistics are read.
   */
  public final Counters counters = new Counters();

  /** How handshakes with it have gone; counted by the engine. */
  public final Handshakes handshakes = new Handshakes();

  /** The sum of {@link #counters} and the program's counts that is shown as zero. */
  Statistics zeroed;

  /** What the program had counted under this number when the server joined its service. */
  Statistics programAtJoin;

  final RateEstimator estimator;

  /**
   * When the server in the trash was first seen without references; meaningful if {@link #idle}.
   */
  long idleSinceNanos;

  boolean idle;

  /**
   * @param number index of its counters in the shared table, 1 or more; unique while it lives
   * @param program what the program has counted under that number so far
   */
  RealServer(int number, ServerSpec spec, VirtualService service, Statistics program) {
    this.number = number;
    this.key = spec.key();
    this.service = service;
    this.forwarding = spec.forwarding();
    this.weight = spec.weight();
    this.lastWeight = spec.weight();
    this.upperThreshold = spec.upperThreshold();
    this.lowerThreshold = spec.lowerThreshold();
    this.tunnel = spec.tunnel();
    this.zeroed = program;
    this.programAtJoin = program;
    this.estimator = new RateEstimator(program);
  }

  /**
   * As it was when the snapshot was taken. A program that has counted less by now has begun anew.
   */
  RealServer(TableSnapshot.Server saved, VirtualService service, Statistics nowCounted) {
    this(saved.number(), saved.spec(), service, saved.program());
    lastWeight = saved.lastWeight();
    failed = saved.failed();
    takenOut = saved.takenOut();
    zeroed = saved.zeroed();
    counters.add(saved.counted());
    if (nowCounted.inPackets() >= saved.program().inPackets()
        && nowCounted.outPackets() >= saved.program().outPackets()) {
      counters.add(Statistics.ZERO.minus(saved.program()));
    } else {
      programAtJoin = Statistics.ZERO;
    }
    estimator.zero(counted(nowCounted));
  }

  public int number() {
    return number;
  }

  public ServerKey key() {
    return key;
  }

  /** The service it is, or was when it was deleted, a server of. */
  public VirtualService service() {
    return service;
  }

  public ForwardingMethod forwarding() {
    return forwarding;
  }

  public int weight() {
    return weight;
  }

  /** The last weight that was not 0, or 0 if it was added with that. */
  public int lastWeight() {
    return lastWeight;
  }

  public int upperThreshold() {
    return upperThreshold;
  }

  public int lowerThreshold() {
    return lowerThreshold;
  }

  public Tunnel tunnel() {
    return tunnel;
  }

  /**
   * How often an operator has changed it, or added it again; what was learnt of the way to it is
   * forgotten then (__ip_vs_dst_cache_reset).
   */
  public int updates() {
    return updates;
  }

  /** IP_VS_DEST_F_AVAILABLE: false once deleted, while connections may still refer to it. */
  public boolean available() {
    return available;
  }

  /** IP_VS_DEST_F_OVERLOAD: reached its upper threshold and not yet fell below the lower one. */
  public boolean overloaded() {
    return overloaded;
  }

  /** Whether schedulers leave it out of the choice that is being made, as it starts slowly. */
  public boolean heldBack() {
    return heldBack;
  }

  /** Sets {@link #heldBack} for one choice. */
  public void holdBack(boolean leaveOut) {
    heldBack = leaveOut;
  }

  /** Whether the health monitor found it dead; until it gets a weight again. */
  public boolean failed() {
    return failed;
  }

  /** The health monitor found it dead. */
  public void fail() {
    failed = true;
  }

  /**
   * Whether its clients are to leave it at once, connections and templates: until it gets a weight
   * again or is added again.
   */
  public boolean takenOut() {
    return takenOut;
  }

  /** Its clients are to leave it. */
  public void takeOut() {
    takenOut = true;
  }

  /** Connections, schedulers and templates that still refer to it. */
  public int references() {
    return references;
  }

  /** As long as it is referred to, a deleted server keeps its number. */
  public void retain() {
    references++;
  }

  /** Gives back one {@link #retain}. */
  public void release() {
    if (references == 0) {
      throw new IllegalStateException("server " + key + " released more often than retained");
    }
    references--;
  }

  /** After its connection count has risen: ip_vs_bind_dest's look at the upper threshold. */
  public void connectionBound() {
    if (upperThreshold != 0
        && Integer.compareUnsigned(activeConnections + inactiveConnections, upperThreshold) >= 0) {
      overloaded = true;
    }
  }

  /** After its connection count has fallen: ip_vs_unbind_dest's look at the thresholds. */
  public void connectionUnbound() {
    if (!overloaded) {
      return;
    }
    long connections = activeConnections + inactiveConnections;
    long upper = Integer.toUnsignedLong(upperThreshold);
    if (lowerThreshold != 0) {
      overloaded = connections >= Integer.toUnsignedLong(lowerThreshold);
    } else {
      overloaded = upper != 0 && connections * 4 >= upper * 3;
    }
  }

  /** Takes over all but the key, as __ip_vs_update_dest does. */
  void update(ServerSpec spec) {
    forwarding = spec.forwarding();
    weight = spec.weight();
    if (weight != 0) {
      lastWeight = weight;
      failed = false;
      takenOut = false;
    }
    if (spec.upperThreshold() == 0
        || Integer.compareUnsigned(spec.upperThreshold(), upperThreshold) > 0) {
      overloaded = false;
    }
    upperThreshold = spec.upperThreshold();
    lowerThreshold = spec.lowerThreshold();
    tunnel = spec.tunnel();
    updates++;
  }

  void delete() {
    available = false;
    idle = false;
  }

  /** Comes out of the trash into {@code joined}, which may be another service of the same key. */
  void revive(ServerSpec spec, VirtualService joined, Statistics program) {
    update(spec);
    lastWeight = spec.weight();
    failed = false;
    takenOut = false;
    if (joined != service) {
      service = joined;
      programAtJoin = program;
      zero(counted(program));
    }
    available = true;
  }

  /** All that was counted for it, since it got its number and before. */
  Statistics counted(Statistics program) {
    return counters.snapshot().plus(program);
  }

  /** From now on, counts up to this are not shown. */
  void zero(Statistics known) {
    zeroed = known;
    estimator.zero(known);
  }

  public ServerSpec spec() {
    return new ServerSpec(key, forwarding, weight, upperThreshold, lowerThreshold, tunnel);
  }
}
