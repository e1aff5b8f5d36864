package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/** Finds which packets rules may mark, by walking all ways to the rules that set a mark. */
final class InterestFinder {
  /** Most addresses, and most ports, of one way that are counted one by one. */
  static final int MAX_VALUES = 16;

  /** Most interests; beyond them ports, and then everything else, count as any. */
  private static final int MAX_INTERESTS = 1024;

  private static final int MAX_STEPS = 100_000;

  /** Protocols that virtual services can be of. */
  private static final Set<Integer> SCHEDULED = Set.of(6, 17, 132);

  /** What is known of a packet at some place in the rules; null: nothing. */
  private record Scope(
      @Nullable Set<Address> destinations,
      @Nullable Integer protocol,
      @Nullable Set<Integer> ports) {
    static final Scope ALL = new Scope(null, null, null);
  }

  private record Visit(Chain chain, Scope scope) {}

  private final Set<Interest> found = new LinkedHashSet<>();
  private int steps;

  private final HostFacts host;

  private InterestFinder(HostFacts host) {
    this.host = host;
  }

  static List<Interest> find(List<RuleTable> tables, HostFacts host) {
    InterestFinder finder = new InterestFinder(host);
    for (RuleTable table : tables) {
      finder.walk(table);
    }
    return finder.smallest();
  }

  private void walk(RuleTable table) {
    Map<String, Chain> chains = new HashMap<>();
    table.chains().forEach(chain -> chains.put(chain.name(), chain));
    Set<Visit> seen = new HashSet<>();
    List<Visit> open = new ArrayList<>();
    for (Chain chain : table.chains()) {
      if (chain.hook().isPresent()) {
        open.add(new Visit(chain, Scope.ALL));
      }
    }
    while (!open.isEmpty()) {
      Visit visit = open.removeLast();
      if (!seen.add(visit)) {
        continue;
      }
      for (Rule rule : visit.chain.rules()) {
        if (++steps > MAX_STEPS) {
          found.add(Interest.EVERYTHING);
          return;
        }
        Scope scope =
            rule instanceof Rule.Translated translated
                ? narrow(visit.scope, translated.matches())
                : null;
        if (scope != null && rule instanceof Rule.Translated translated) {
          for (Action action : translated.actions()) {
            if (action instanceof Action.SetMark set && set.xor() != 0
                || action instanceof Action.SetConnectionMark connection && connection.xor() != 0) {
              add(scope);
            }
            ChainLoops.target(action)
                .map(chains::get)
                .ifPresent(chain -> open.add(new Visit(chain, scope)));
          }
        }
      }
    }
  }

  /** The scope of packets that match too; null when there can't be any. */
  private @Nullable Scope narrow(Scope scope, List<Match> matches) {
    @Nullable Set<Address> destinations = scope.destinations;
    @Nullable Integer protocol = scope.protocol;
    @Nullable Set<Integer> ports = scope.ports;
    for (Match match : matches) {
      switch (match) {
        case Match.MaskedAddress m when m.side() == Side.DESTINATION -> {
          destinations = destinations == null ? few(m) : matching(destinations, m);
        }
        case Match.AddressIn m when m.side() == Side.DESTINATION -> {
          destinations = destinations == null ? few(m) : matching(destinations, m);
        }
        case Match.OfProtocol(int number, boolean inverted) when !inverted -> {
          if (protocol != null && protocol != number) {
            return null;
          }
          protocol = number;
        }
        case Match.OfProtocol(int number, _) -> {
          if (protocol != null && protocol == number) {
            return null;
          }
        }
        case Match.PortIn m when m.side() == Side.DESTINATION -> {
          ports = ports == null ? few(m) : matching(ports, m);
        }
        case Match.InSet set when !set.inverted() && !set.noMatch() -> {
          HostFacts.@Nullable IpSet known = host.ipSet(set.name());
          if (known == null) {
            return null;
          }
          destinations = common(destinations, known.fewDestinations(set.sides()));
          ports = common(ports, known.fewDestinationPorts(set.sides()));
        }
        case Match.Always(boolean value) when !value -> {
          return null;
        }
        case Match.MaskedAddress _,
            Match.AddressIn _,
            Match.OfFamily _,
            Match.PortIn _,
            Match.TcpFlags _,
            Match.InInterface _,
            Match.MarkIs _,
            Match.ConnectionMarkIs _,
            Match.MarkBetween _,
            Match.Length _,
            Match.HopLimit _,
            Match.TrafficClass _,
            Match.IcmpType _,
            Match.AddressOfKind _,
            Match.InSet _,
            Match.AnyOf _,
            Match.Always _ -> {}
      }
      boolean none =
          destinations != null && destinations.isEmpty() || ports != null && ports.isEmpty();
      if (none) {
        return null;
      }
    }
    return new Scope(destinations, protocol, ports);
  }

  /** What two conditions leave of some values, where null and empty mean all. */
  private static <T> @Nullable Set<T> common(@Nullable Set<T> one, Optional<Set<T>> other) {
    if (one == null) {
      return other.orElse(null);
    }
    Set<T> common = new LinkedHashSet<>(one);
    other.ifPresent(common::retainAll);
    return common;
  }

  /** The addresses that match; null when they are many. */
  private static @Nullable Set<Address> few(Match.MaskedAddress match) {
    int width = match.network().family() == Family.IPV4 ? 32 : 128;
    long ones = Long.bitCount(match.mask().high()) + Long.bitCount(match.mask().low());
    boolean prefix = match.network().masked((int) ones).equals(match.network());
    boolean straight = match.mask().equals(allOnes(match.network().family()).masked((int) ones));
    int free = width - (int) ones;
    if (match.inverted() || !prefix || !straight || free > 4) {
      return null;
    }
    Set<Address> addresses = new LinkedHashSet<>();
    for (int i = 0; i < 1 << free; i++) {
      addresses.add(plus(match.network(), i));
    }
    return addresses;
  }

  private static Address allOnes(Family family) {
    return family == Family.IPV4 ? Address.ipv4(-1) : Address.ipv6(-1, -1);
  }

  private static @Nullable Set<Address> few(Match.AddressIn match) {
    Set<Address> addresses = new LinkedHashSet<>();
    for (Match.AddressSpan span : match.spans()) {
      long more = span.last().low() - span.first().low();
      boolean wide = span.first().high() != span.last().high() || more < 0 || more > MAX_VALUES;
      if (match.inverted() || wide) {
        return null;
      }
      for (int i = 0; i <= more; i++) {
        addresses.add(plus(span.first(), i));
      }
    }
    return addresses.size() > MAX_VALUES ? null : addresses;
  }

  private static Address plus(Address address, int number) {
    return new Address(address.family(), address.high(), address.low() + number);
  }

  private static Set<Address> matching(Set<Address> addresses, Match.MaskedAddress match) {
    return addresses.stream()
        .filter(one -> one.family() == match.network().family())
        .filter(one -> match.contains(one.high(), one.low()) != match.inverted())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static Set<Address> matching(Set<Address> addresses, Match.AddressIn match) {
    return addresses.stream()
        .filter(one -> one.family() == match.family())
        .filter(one -> match.contains(one.high(), one.low()) != match.inverted())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static @Nullable Set<Integer> few(Match.PortIn match) {
    int count = match.ranges().stream().mapToInt(range -> range.last() - range.first() + 1).sum();
    if (match.inverted() || count > MAX_VALUES) {
      return null;
    }
    Set<Integer> ports = new TreeSet<>();
    for (Match.Range range : match.ranges()) {
      for (int port = range.first(); port <= range.last(); port++) {
        ports.add(port);
      }
    }
    return ports;
  }

  private static Set<Integer> matching(Set<Integer> ports, Match.PortIn match) {
    return ports.stream()
        .filter(port -> match.contains(port) != match.inverted())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void add(Scope scope) {
    int protocol = scope.protocol == null ? 0 : scope.protocol;
    if (scope.protocol != null && !SCHEDULED.contains(protocol)) {
      return;
    }
    List<Optional<Address>> destinations =
        scope.destinations == null
            ? List.of(Optional.empty())
            : scope.destinations.stream().map(Optional::of).toList();
    Set<Integer> ports = scope.ports == null ? Set.of(0) : scope.ports;
    for (Optional<Address> destination : destinations) {
      for (int port : ports) {
        found.add(new Interest(destination, protocol, port));
      }
    }
  }

  private List<Interest> smallest() {
    Set<Interest> interests = found;
    if (interests.size() > MAX_INTERESTS) {
      interests =
          found.stream()
              .map(interest -> new Interest(interest.destination(), interest.protocol(), 0))
              .collect(Collectors.toCollection(LinkedHashSet::new));
    }
    if (interests.size() > MAX_INTERESTS) {
      return List.of(Interest.EVERYTHING);
    }
    List<Interest> all = List.copyOf(interests);
    return all.stream()
        .filter(one -> all.stream().noneMatch(other -> !other.equals(one) && other.includes(one)))
        .toList();
  }
}
