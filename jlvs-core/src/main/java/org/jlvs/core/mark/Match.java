package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A condition of a rule. {@code inverted} is iptables' {@code !}. Immutable; evaluating one
 * allocates nothing.
 */
public sealed interface Match {

  /** Whether the packet satisfies the condition. */
  boolean matches(Evaluation packet);

  /** An address under a mask, which need not be a prefix. A packet of the other family never. */
  record MaskedAddress(Side side, Address network, Address mask, boolean inverted)
      implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return packet.flow.family == network.family()
          && contains(high(packet.flow, side), low(packet.flow, side)) != inverted;
    }

    boolean contains(long high, long low) {
      return (high & mask.high()) == network.high() && (low & mask.low()) == network.low();
    }
  }

  /** First and last address of a range, both in it. */
  record AddressSpan(Address first, Address last) {
    boolean contains(long high, long low) {
      return compare(high, low, first) >= 0 && compare(high, low, last) <= 0;
    }

    static int compare(long high, long low, Address other) {
      int byHigh = Long.compareUnsigned(high, other.high());
      return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low());
    }
  }

  /** An address in one of several ranges of one family. A packet of the other family never. */
  record AddressIn(Side side, Family family, List<AddressSpan> spans, boolean inverted)
      implements Match {
    /** Sorts and joins the ranges. */
    public AddressIn {
      spans = joined(spans);
    }

    @Override
    public boolean matches(Evaluation packet) {
      return packet.flow.family == family
          && contains(high(packet.flow, side), low(packet.flow, side)) != inverted;
    }

    boolean contains(long high, long low) {
      int from = 0;
      int to = spans.size();
      while (from < to) {
        int middle = (from + to) >>> 1;
        if (AddressSpan.compare(high, low, spans.get(middle).last) > 0) {
          from = middle + 1;
        } else {
          to = middle;
        }
      }
      return from < spans.size() && spans.get(from).contains(high, low);
    }

    private static List<AddressSpan> joined(List<AddressSpan> spans) {
      List<AddressSpan> sorted = new ArrayList<>(spans);
      sorted.sort(
          Comparator.comparing(
              AddressSpan::first, (a, b) -> AddressSpan.compare(a.high(), a.low(), b)));
      List<AddressSpan> joined = new ArrayList<>();
      for (AddressSpan span : sorted) {
        AddressSpan before = joined.isEmpty() ? null : joined.getLast();
        if (before == null || !before.contains(span.first.high(), span.first.low())) {
          joined.add(span);
        } else if (AddressSpan.compare(span.last.high(), span.last.low(), before.last) > 0) {
          joined.set(joined.size() - 1, new AddressSpan(before.first, span.last));
        }
      }
      return List.copyOf(joined);
    }
  }

  /** A packet of one IP version. */
  record OfFamily(Family family) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return packet.flow.family == family;
    }
  }

  /** An IP protocol number. */
  record OfProtocol(int number, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return (packet.flow.protocol == number) != inverted;
    }
  }

  /** Numbers from {@code first} to {@code last}, both included. */
  record Range(int first, int last) {
    boolean contains(int number) {
      return number >= first && number <= last;
    }
  }

  /** A port in one of the ranges. {@link Side#EITHER} inverted means: neither of the ports. */
  record PortIn(Side side, List<Range> ranges, boolean inverted) implements Match {
    public PortIn {
      ranges = List.copyOf(ranges);
    }

    @Override
    public boolean matches(Evaluation packet) {
      boolean found =
          switch (side) {
            case SOURCE -> contains(packet.flow.sourcePort);
            case DESTINATION -> contains(packet.flow.destinationPort);
            case EITHER ->
                contains(packet.flow.sourcePort) || contains(packet.flow.destinationPort);
          };
      return found != inverted;
    }

    boolean contains(int port) {
      return inOne(ranges, port);
    }
  }

  /** TCP flags: of those in {@code mask}, exactly {@code set} are on. Values are header bits. */
  record TcpFlags(int mask, int set, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return ((packet.flow.tcpFlags & mask) == set) != inverted;
    }
  }

  /** The name of the interface that the packet came in by, or how it begins. */
  record InInterface(String name, boolean beginning, boolean inverted) implements Match {
    /** Whether this is {@code -i +}, which holds for packets without an interface too. */
    boolean matchesAll() {
      return name.isEmpty() && beginning && !inverted;
    }

    @Override
    public boolean matches(Evaluation packet) {
      String in = packet.host.interfaceName(packet.flow.inInterface);
      boolean same = in != null && (beginning ? in.startsWith(name) : in.equals(name));
      return same != inverted;
    }
  }

  /** The packet's mark so far. */
  record MarkIs(int value, int mask, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return ((packet.mark & mask) == value) != inverted;
    }
  }

  /**
   * The packet's or the connection's mark so far, as an unsigned number, first and last included.
   */
  record MarkBetween(int first, int last, boolean ofPacket, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      int mark = ofPacket ? packet.mark : packet.connectionMark;
      boolean between =
          Integer.compareUnsigned(mark, first) >= 0 && Integer.compareUnsigned(mark, last) <= 0;
      return (ofPacket || packet.tracked) && between != inverted;
    }
  }

  /** The connection's mark so far. */
  record ConnectionMarkIs(int value, int mask, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return packet.tracked && ((packet.connectionMark & mask) == value) != inverted;
    }
  }

  /** The packet's length from the IP header's first byte, in bytes. */
  record Length(Range bytes, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return bytes.contains(packet.flow.length) != inverted;
    }
  }

  /** Time to live, or hop limit. */
  record HopLimit(Range hops, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return hops.contains(packet.flow.hopLimit) != inverted;
    }
  }

  /** Bits of the byte that was called type of service. */
  record TrafficClass(int mask, int value, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return ((packet.flow.trafficClass & mask) == value) != inverted;
    }
  }

  /**
   * A message of ICMP or ICMPv6, as {@link Flow#icmp} has it. The director asks about errors alone,
   * and about these only while it schedules by what they quote.
   */
  record IcmpType(Range messages, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return messages.contains(packet.flow.icmp) != inverted;
    }
  }

  /**
   * What an address is to the host ({@code xt_addrtype}): of IPv4 one of the kinds, of IPv6 all of
   * them.
   *
   * @param kinds bits of {@link AddressKind}
   */
  record AddressOfKind(Side side, int kinds, boolean inverted) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      Flow flow = packet.flow;
      int its = AddressKind.of(packet.host, flow.family, high(flow, side), low(flow, side));
      boolean matches = flow.family == Family.IPV4 ? (its & kinds) != 0 : (its & kinds) == kinds;
      return matches != inverted;
    }
  }

  /**
   * A set of {@code ipset} holds the packet. Of a set that is not there nothing is true, nor of its
   * opposite.
   *
   * @param noMatch as {@link HostFacts.IpSet#contains} takes it
   */
  record InSet(String name, List<Side> sides, boolean noMatch, boolean inverted) implements Match {
    public InSet {
      sides = List.copyOf(sides);
    }

    @Override
    public boolean matches(Evaluation packet) {
      HostFacts.@Nullable IpSet set = packet.host.ipSet(name);
      return set != null && set.contains(packet, sides, noMatch) != inverted;
    }
  }

  /** At least one of the conditions. */
  record AnyOf(List<Match> conditions) implements Match {
    public AnyOf {
      conditions = List.copyOf(conditions);
    }

    @Override
    public boolean matches(Evaluation packet) {
      for (int i = 0; i < conditions.size(); i++) {
        if (conditions.get(i).matches(packet)) {
          return true;
        }
      }
      return false;
    }
  }

  /** A condition that is the same for all packets the director asks about. */
  record Always(boolean value) implements Match {
    @Override
    public boolean matches(Evaluation packet) {
      return value;
    }
  }

  private static long high(Flow flow, Side side) {
    return side == Side.SOURCE ? flow.sourceHigh : flow.destinationHigh;
  }

  private static long low(Flow flow, Side side) {
    return side == Side.SOURCE ? flow.sourceLow : flow.destinationLow;
  }

  private static boolean inOne(List<Range> ranges, int number) {
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).contains(number)) {
        return true;
      }
    }
    return false;
  }
}
