package org.jlvs.xdp;

import org.jlvs.core.engine.Output;
import org.jlvs.core.net.Packet;

/** What the engine thread does with packets and with time. Called by that thread only. */
public interface FrameHandler {

  /**
   * An IP packet that the kernel program sent up. It may be changed in place, and has 128 bytes of
   * room before it; it is gone when this returns.
   *
   * @param nowNanos CLOCK_MONOTONIC
   */
  void receive(Packet packet, long nowNanos, Output output);

  /**
   * The beginning of an IP packet that the host itself has sent as an answer of a real server of
   * its own, before it was translated. The program has counted and translated it. It can't be
   * changed, and is gone when this returns.
   *
   * @param nowNanos CLOCK_MONOTONIC
   */
  default void answered(Packet packet, long nowNanos) {}

  /**
   * Time has passed, or tasks have run that may have changed anything: called between packets, at
   * least ten times a second.
   */
  void advance(long nowNanos, Output output);

  /** Whether {@link #advance} is to be called again within a millisecond or so. */
  default boolean hasWork() {
    return false;
  }
}
