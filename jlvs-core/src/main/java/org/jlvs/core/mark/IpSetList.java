package org.jlvs.core.mark;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jlvs.core.net.Address;

/** A {@code list:set}: it holds what one of its members holds ({@code list_set_ktest}). */
record IpSetList(List<HostFacts.IpSet> members) implements HostFacts.IpSet {
  IpSetList {
    members = List.copyOf(members);
  }

  @Override
  public boolean contains(Evaluation packet, List<Side> sides, boolean noMatch) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).contains(packet, sides, noMatch)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Optional<String> unreadable() {
    return members.stream().flatMap(member -> member.unreadable().stream()).findFirst();
  }

  @Override
  public Optional<Set<Address>> fewDestinations(List<Side> sides) {
    return all(member -> member.fewDestinations(sides), MOST_ADDRESSES);
  }

  @Override
  public Optional<Set<Integer>> fewDestinationPorts(List<Side> sides) {
    return all(member -> member.fewDestinationPorts(sides), InterestFinder.MAX_VALUES);
  }

  /** What the members name together; empty when one of them names none, or too many. */
  private <T> Optional<Set<T>> all(Function<HostFacts.IpSet, Optional<Set<T>>> ofMember, int most) {
    Set<T> all = new LinkedHashSet<>();
    for (HostFacts.IpSet member : members) {
      Optional<Set<T>> its = ofMember.apply(member);
      if (its.isEmpty()) {
        return Optional.empty();
      }
      all.addAll(its.get());
    }
    return all.size() > most ? Optional.empty() : Optional.of(all);
  }
}
