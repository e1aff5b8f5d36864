package org.jlvs.core.control;

/**
 * A real server as its operator describes it.
 *
 * @param weight 0 or more; 0 takes no new connections
 * @param upperThreshold connections above which it takes no more; unsigned, 0 for no limit
 * @param lowerThreshold connections below which it takes new ones again; unsigned, 0 for ¾ of the
 *     upper
 */
public record ServerSpec(
    ServerKey key,
    ForwardingMethod forwarding,
    int weight,
    int upperThreshold,
    int lowerThreshold,
    Tunnel tunnel) {}
