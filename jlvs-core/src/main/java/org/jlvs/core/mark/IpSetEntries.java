package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one set of {@code ipset}, asked as {@code ip_set_test} asks them: the most
 * specific network that holds the packet decides. A hash table with open addressing over primitive
 * arrays, 16 bytes a place for IPv4 and 40 for IPv6. Immutable once built; asking allocates
 * nothing.
 */
final class IpSetEntries implements HostFacts.IpSet {
  /** What a place of an entry is compared with. */
  enum Dimension {
    ADDRESS,
    NETWORK,
    PORT,
    INTERFACE,
    MARK
  }

  /**
   * What {@code create} said.
   *
   * @param family empty for a set that holds packets of both
   * @param onlyTcpAndUdp whether other protocols' packets have no port, and the protocol is no part
   *     of an entry
   * @param mask of all addresses of plain places; all ones unless said otherwise
   * @param markMask of the packet's mark
   */
  record Shape(
      Optional<Family> family,
      List<Dimension> dimensions,
      boolean onlyTcpAndUdp,
      Optional<Address> mask,
      int markMask) {
    Shape {
      dimensions = List.copyOf(dimensions);
    }
  }

  /**
   * An entry; what its set's shape has no place for stays as {@link #EMPTY} has it.
   *
   * @param firstLength of the network in bits; the width of the family for an address
   * @param second empty where the shape has one address
   * @param interfaceName with an asterisk at the end where it is the beginning of names
   */
  record Entry(
      @Nullable Address first,
      int firstLength,
      @Nullable Address second,
      int secondLength,
      int protocol,
      int port,
      String interfaceName,
      int mark,
      boolean noMatch) {
    static final Entry EMPTY = new Entry(null, 0, null, 0, 0, 0, "", 0, false);

    Entry withAddress(Address address, int length) {
      return first == null
          ? new Entry(
              address, length, second, secondLength, protocol, port, interfaceName, mark, noMatch)
          : new Entry(
              first, firstLength, address, length, protocol, port, interfaceName, mark, noMatch);
    }

    Entry withPort(int itsProtocol, int number) {
      return new Entry(
          first,
          firstLength,
          second,
          secondLength,
          itsProtocol,
          number,
          interfaceName,
          mark,
          noMatch);
    }

    Entry withInterface(String name) {
      return new Entry(
          first, firstLength, second, secondLength, protocol, port, name, mark, noMatch);
    }

    Entry withMark(int value) {
      return new Entry(
          first, firstLength, second, secondLength, protocol, port, interfaceName, value, noMatch);
    }

    Entry withNoMatch() {
      return new Entry(
          first, firstLength, second, secondLength, protocol, port, interfaceName, mark, true);
    }
  }

  private static final byte FREE = 0;
  private static final byte MATCH = 1;
  private static final byte NO_MATCH = 2;

  private static final int IPV4_WORDS = 2;
  private static final int IPV6_WORDS = 5;

  private static final int PROTOCOL_SHIFT = 16;
  private static final int FIRST_LENGTH_SHIFT = 24;
  private static final int SECOND_LENGTH_SHIFT = 32;
  private static final int INTERFACE_SHIFT = 40;
  private static final int MARK_SHIFT = 32;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;
  private static final int UDPLITE = 136;

  private final Shape shape;
  private final Dimension[] dimensions;
  private final int words;
  private final int places;
  private final long[] keys;
  private final byte[] kinds;

  /** Lengths of the entries' networks, the longest first, with their masks. */
  private final int[] firstLengths;

  private final long[] firstHighs;
  private final long[] firstLows;
  private final int[] secondLengths;
  private final long[] secondHighs;
  private final long[] secondLows;

  /** Names that entries have, without their asterisk. */
  private final String[] interfaces;

  private final boolean[] beginnings;
  private final Optional<Set<Address>> fewAddresses;
  private final Optional<Set<Integer>> fewPorts;

  IpSetEntries(Shape shape, List<Entry> entries) {
    this.shape = shape;
    dimensions = shape.dimensions.toArray(Dimension[]::new);
    words =
        shape.family.filter(family -> family == Family.IPV6).isPresent() ? IPV6_WORDS : IPV4_WORDS;
    places = Math.max(2, Integer.highestOneBit(Math.max(1, entries.size())) * 4);
    keys = new long[places * words];
    kinds = new byte[places];
    Family family = shape.family.orElse(Family.IPV4);
    firstLengths = lengths(entries.stream().map(Entry::firstLength).toList());
    firstHighs = highs(family, firstLengths);
    firstLows = lows(family, firstLengths);
    secondLengths = lengths(entries.stream().map(Entry::secondLength).toList());
    secondHighs = highs(family, secondLengths);
    secondLows = lows(family, secondLengths);
    List<String> names = entries.stream().map(Entry::interfaceName).distinct().toList();
    interfaces = new String[names.size()];
    beginnings = new boolean[names.size()];
    for (int i = 0; i < interfaces.length; i++) {
      beginnings[i] = names.get(i).endsWith("*");
      interfaces[i] = names.get(i).substring(0, names.get(i).length() - (beginnings[i] ? 1 : 0));
    }
    for (Entry entry : entries) {
      add(entry, names.indexOf(entry.interfaceName));
    }
    fewAddresses = fewAddresses(entries);
    fewPorts = fewPorts(entries);
  }

  private static int[] lengths(List<Integer> given) {
    return given.stream()
        .distinct()
        .sorted(Comparator.reverseOrder())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static long[] highs(Family family, int[] lengths) {
    long[] highs = new long[lengths.length];
    for (int i = 0; i < highs.length; i++) {
      highs[i] = Address.mask(family, lengths[i]).high();
    }
    return highs;
  }

  private static long[] lows(Family family, int[] lengths) {
    long[] lows = new long[lengths.length];
    for (int i = 0; i < lows.length; i++) {
      lows[i] = Address.mask(family, lengths[i]).low();
    }
    return lows;
  }

  private void add(Entry entry, int interfaceNumber) {
    Address first = entry.first;
    Address second = entry.second;
    long firstHigh = first == null ? 0 : first.high();
    long firstLow = first == null ? 0 : first.low();
    long secondHigh = second == null ? 0 : second.high();
    long secondLow = second == null ? 0 : second.low();
    long detail =
        detail(
            shape.onlyTcpAndUdp ? 0 : entry.protocol,
            entry.port,
            entry.firstLength,
            entry.secondLength,
            interfaceNumber,
            entry.mark);
    int place = place(firstHigh, firstLow, secondHigh, secondLow, detail);
    int at = place * words;
    if (words == IPV4_WORDS) {
      keys[at] = firstLow | secondLow << 32;
      keys[at + 1] = detail;
    } else {
      keys[at] = firstHigh;
      keys[at + 1] = firstLow;
      keys[at + 2] = secondHigh;
      keys[at + 3] = secondLow;
      keys[at + 4] = detail;
    }
    kinds[place] = entry.noMatch ? NO_MATCH : MATCH;
  }

  /** No shape has a mark together with a second address or an interface, so these overlap. */
  private static long detail(
      int protocol, int port, int firstLength, int secondLength, int interfaceNumber, int mark) {
    return port
        | (long) protocol << PROTOCOL_SHIFT
        | (long) firstLength << FIRST_LENGTH_SHIFT
        | (long) secondLength << SECOND_LENGTH_SHIFT
        | (long) interfaceNumber << INTERFACE_SHIFT
        | (mark & 0xffff_ffffL) << MARK_SHIFT;
  }

  /** Where an entry is, or the free place where it would be. */
  private int place(long firstHigh, long firstLow, long secondHigh, long secondLow, long detail) {
    long hash =
        mixed(mixed(firstHigh ^ mixed(firstLow)) ^ mixed(secondHigh ^ mixed(secondLow)) ^ detail);
    int place = (int) hash & places - 1;
    while (kinds[place] != FREE
        && !holds(place, firstHigh, firstLow, secondHigh, secondLow, detail)) {
      place = place + 1 & places - 1;
    }
    return place;
  }

  private boolean holds(
      int place, long firstHigh, long firstLow, long secondHigh, long secondLow, long detail) {
    int at = place * words;
    return words == IPV4_WORDS
        ? keys[at] == (firstLow | secondLow << 32) && keys[at + 1] == detail
        : keys[at] == firstHigh
            && keys[at + 1] == firstLow
            && keys[at + 2] == secondHigh
            && keys[at + 3] == secondLow
            && keys[at + 4] == detail;
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mixed(long value) {
    long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  @Override
  public Optional<String> unreadable() {
    return Optional.empty();
  }

  @Override
  public boolean contains(Evaluation packet, List<Side> sides, boolean noMatch) {
    return find(packet, sides) == (noMatch ? NO_MATCH : MATCH);
  }

  private byte find(Evaluation packet, List<Side> sides) {
    Flow flow = packet.flow;
    boolean otherFamily = shape.family.isPresent() && shape.family.get() != flow.family;
    if (otherFamily || sides.size() < dimensions.length) {
      return FREE;
    }
    long firstHigh = 0;
    long firstLow = 0;
    long secondHigh = 0;
    long secondLow = 0;
    int protocol = 0;
    int port = 0;
    int mark = 0;
    boolean first = true;
    boolean interfaceWanted = false;
    for (int i = 0; i < dimensions.length; i++) {
      boolean source = sides.get(i) == Side.SOURCE;
      switch (dimensions[i]) {
        case ADDRESS, NETWORK -> {
          long high = source ? flow.sourceHigh : flow.destinationHigh;
          long low = source ? flow.sourceLow : flow.destinationLow;
          if (shape.mask.isPresent()) {
            high &= shape.mask.get().high();
            low &= shape.mask.get().low();
          }
          if (first) {
            firstHigh = high;
            firstLow = low;
          } else {
            secondHigh = high;
            secondLow = low;
          }
          first = false;
        }
        case PORT -> {
          if (shape.onlyTcpAndUdp && flow.protocol != TCP && flow.protocol != UDP) {
            return FREE;
          }
          protocol = shape.onlyTcpAndUdp ? 0 : flow.protocol;
          port = hasPorts(flow.protocol) ? source ? flow.sourcePort : flow.destinationPort : 0;
        }
        case INTERFACE -> {
          // Before routing a packet has no way out yet.
          if (!source) {
            return FREE;
          }
          interfaceWanted = true;
        }
        case MARK -> mark = packet.mark & shape.markMask;
      }
    }
    @Nullable String in = interfaceWanted ? packet.host.interfaceName(flow.inInterface) : null;
    for (int i = 0; i < firstLengths.length; i++) {
      for (int j = 0; j < secondLengths.length; j++) {
        boolean other = false;
        for (int k = 0; k < interfaces.length; k++) {
          byte kind =
              kinds[
                  place(
                      firstHigh & firstHighs[i],
                      firstLow & firstLows[i],
                      secondHigh & secondHighs[j],
                      secondLow & secondLows[j],
                      detail(protocol, port, firstLengths[i], secondLengths[j], k, mark))];
          if (kind != FREE) {
            if (!interfaceWanted || in != null && isNamed(k, in)) {
              return kind;
            }
            other = true;
          }
        }
        // With another interface the network decides too: mtype_test_cidrs ends at "multi".
        if (other) {
          return FREE;
        }
      }
    }
    return FREE;
  }

  private boolean isNamed(int number, String in) {
    return beginnings[number] ? in.startsWith(interfaces[number]) : in.equals(interfaces[number]);
  }

  private static boolean hasPorts(int protocol) {
    return protocol == TCP || protocol == UDP || protocol == SCTP || protocol == UDPLITE;
  }

  @Override
  public Optional<Set<Address>> fewDestinations(List<Side> sides) {
    boolean asked = !sides.isEmpty() && sides.getFirst() == Side.DESTINATION;
    return asked && shape.mask.isEmpty() ? fewAddresses : Optional.empty();
  }

  @Override
  public Optional<Set<Integer>> fewDestinationPorts(List<Side> sides) {
    int at = shape.dimensions.indexOf(Dimension.PORT);
    boolean asked = at >= 0 && at < sides.size() && sides.get(at) == Side.DESTINATION;
    return asked ? fewPorts : Optional.empty();
  }

  private Optional<Set<Address>> fewAddresses(List<Entry> entries) {
    Set<Address> addresses = new LinkedHashSet<>();
    for (Entry entry : entries) {
      Address first = entry.first;
      if (first == null
          || entry.firstLength != first.family().addressBytes() * Byte.SIZE
          || addresses.size() == MOST_ADDRESSES) {
        return Optional.empty();
      }
      addresses.add(first);
    }
    boolean ofAddresses =
        dimensions.length > 0
            && (dimensions[0] == Dimension.ADDRESS || dimensions[0] == Dimension.NETWORK);
    return ofAddresses ? Optional.of(Set.copyOf(addresses)) : Optional.empty();
  }

  private static Optional<Set<Integer>> fewPorts(List<Entry> entries) {
    Set<Integer> ports = new TreeSet<>();
    for (Entry entry : entries) {
      ports.add(entry.port);
      if (ports.size() > InterestFinder.MAX_VALUES) {
        return Optional.empty();
      }
    }
    return Optional.of(Set.copyOf(new ArrayList<>(ports)));
  }
}
