package org.jlvs.core.engine;

/**
 * A next hop that packets can leave by.
 *
 * @param number its index in the shared hop area, 1 or more; 0 when it has none (then the program
 *     can't use it)
 * @param interfaceIndex where packets leave
 * @param mtu largest IP packet in bytes
 */
public record Hop(int number, int interfaceIndex, int mtu) {
  /** The same way for packets of no more bytes than some router on it takes. */
  Hop limitedTo(int bytes) {
    return mtu <= bytes ? this : new Hop(number, interfaceIndex, bytes);
  }
}
