package org.jlvs.xdp;

import org.jlvs.core.net.Address;

/** Finds out Ethernet addresses. Called by the engine thread, so it must not wait. */
@FunctionalInterface
interface NeighbourResolver {

  /**
   * Asks for the neighbour's Ethernet address, or for a sign that it still holds. What comes of it
   * is told to {@link HopTable#resolved} or {@link HopTable#unresolved} later, if it is news.
   */
  void resolve(int interfaceIndex, Address neighbour);
}
