package org.jlvs.core.engine;

import org.jlvs.core.net.Packet;

/**
 * Where the packet engine's packets go. Each method is done with the packet's bytes when it
 * returns. What is neither transmitted nor delivered is dropped.
 */
public interface Output {

  /** Sends an IP packet to a next hop; the receiver writes the Ethernet header. */
  void transmit(Hop hop, Packet packet);

  /**
   * Gives an IP packet to the host's own stack, as if it had just come in by the interface {@code
   * packet} came in by: one that is not the director's, or one for a real server that is the
   * director itself.
   */
  void deliver(Packet packet);
}
