package org.jlvs.linux.netlink;

/** A change on the host that {@link RouteMonitor} heard of. */
public sealed interface NetworkEvent {
  /** An interface appeared or changed. */
  record LinkChanged(Link link) implements NetworkEvent {}

  /** An interface is gone. */
  record LinkRemoved(Link link) implements NetworkEvent {}

  record AddressAdded(InterfaceAddress address) implements NetworkEvent {}

  record AddressRemoved(InterfaceAddress address) implements NetworkEvent {}

  record RouteAdded(Route route) implements NetworkEvent {}

  record RouteRemoved(Route route) implements NetworkEvent {}

  /** A neighbour appeared, was resolved, or failed to answer: see its state. */
  record NeighbourChanged(Neighbour neighbour) implements NetworkEvent {}

  record NeighbourRemoved(Neighbour neighbour) implements NetworkEvent {}

  /** A rule of policy routing came or went. */
  record RulesChanged() implements NetworkEvent {}

  /** Some events were lost because they came faster than they were read: ask for all anew. */
  record Lost() implements NetworkEvent {}
}
