package org.jlvs.linux.xsk;

import java.time.Duration;

/**
 * What an AF_XDP socket is opened with.
 *
 * @param interfaceIndex the device
 * @param queue the receive queue it takes frames from
 * @param receiveFrames how many frames can wait or be in Java's hands, a power of two
 * @param transmitFrames how many can be on their way out, a power of two
 * @param zeroCopy whether to let the driver use the memory itself where it can; otherwise the
 *     kernel copies
 * @param patience how long to try again while the queue is still held by a socket just closed
 */
public record XskConfig(
    int interfaceIndex,
    int queue,
    int receiveFrames,
    int transmitFrames,
    boolean zeroCopy,
    Duration patience) {
  /** 2048 frames each way (16 MB), copied, two seconds of patience. */
  public static XskConfig of(int interfaceIndex, int queue) {
    return new XskConfig(interfaceIndex, queue, 2048, 2048, false, Duration.ofSeconds(2));
  }

  public XskConfig withFrames(int receive, int transmit) {
    return new XskConfig(interfaceIndex, queue, receive, transmit, zeroCopy, patience);
  }

  public XskConfig withZeroCopy() {
    return new XskConfig(interfaceIndex, queue, receiveFrames, transmitFrames, true, patience);
  }
}
