package org.jlvs.linux.xsk;

/**
 * What the kernel counts for a socket ({@code struct xdp_statistics}).
 *
 * @param receiveDropped frames dropped, other than because the receive ring was full
 * @param receiveInvalid invalid entries of the fill ring
 * @param transmitInvalid invalid entries of the transmit ring
 * @param receiveRingFull frames dropped because the receive ring was full
 * @param fillRingEmpty times a frame came and no chunk was there
 * @param transmitRingEmpty times the kernel looked for frames to send and found none
 */
public record XskStatistics(
    long receiveDropped,
    long receiveInvalid,
    long transmitInvalid,
    long receiveRingFull,
    long fillRingEmpty,
    long transmitRingEmpty) {}
