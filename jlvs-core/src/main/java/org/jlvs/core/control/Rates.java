package org.jlvs.core.control;

/** Estimated rates per second, rounded as the kernel's estimator rounds them. */
public record Rates(
    long connections, long inPackets, long outPackets, long inBytes, long outBytes) {
  public static final Rates ZERO = new Rates(0, 0, 0, 0, 0);
}
