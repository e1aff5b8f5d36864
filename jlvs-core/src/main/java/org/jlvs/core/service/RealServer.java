package org.jlvs.core.service;

import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.Tunnel;

/**
 * A real server of one virtual service: what its operator set, and what is counted about it.
 * Belongs to the engine thread.
 */
public final class RealServer {
  private final int number;
  private final ServerKey key;
  private ForwardingMethod forwarding;
  private int weight;
  private int upperThreshold;
  private int lowerThreshold;
  private Tunnel tunnel;

  /** Connections that count as active, as inactive, and templates; changed by the engine. */
  public int activeConnections;

  public int inactiveConnections;
  public int persistentConnections;

  /** IP_VS_DEST_F_OVERLOAD: over its upper threshold and not yet below the lower one. */
  public boolean overloaded;

  /** IP_VS_DEST_F_AVAILABLE: false once deleted while connections still refer to it. */
  public boolean available = true;

  /**
   * What the engine itself forwarded; the program's own counts are added when statistics are read.
   */
  public final Counters counters = new Counters();

  /**
   * @param number index of its counters in the shared table, 1 or more; unique while it lives
   */
  public RealServer(int number, ServerSpec spec) {
    this.number = number;
    this.key = spec.key();
    this.forwarding = spec.forwarding();
    this.weight = spec.weight();
    this.upperThreshold = spec.upperThreshold();
    this.lowerThreshold = spec.lowerThreshold();
    this.tunnel = spec.tunnel();
  }

  public int number() {
    return number;
  }

  public ServerKey key() {
    return key;
  }

  public ForwardingMethod forwarding() {
    return forwarding;
  }

  public int weight() {
    return weight;
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

  /** Takes over all but the key. */
  public void update(ServerSpec spec) {
    forwarding = spec.forwarding();
    weight = spec.weight();
    upperThreshold = spec.upperThreshold();
    lowerThreshold = spec.lowerThreshold();
    tunnel = spec.tunnel();
  }

  public ServerSpec spec() {
    return new ServerSpec(key, forwarding, weight, upperThreshold, lowerThreshold, tunnel);
  }
}
