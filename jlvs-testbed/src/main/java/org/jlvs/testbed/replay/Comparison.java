package org.jlvs.testbed.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.core.engine.Headers;
import org.jlvs.core.engine.Host;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Packet;
import tools.jackson.databind.JsonNode;

/**
 * Says whether what the core did is what the kernel did. What may differ: identification and header
 * checksum, flow label, or source port of GUE, of packets the director makes itself, the number of
 * IPv6 fragments, the time of day in IPv4 timestamps, expiry times by a second, the order of a
 * listing of connections, counters (the kernel sums them up every two seconds), and files of
 * settings.
 */
final class Comparison {
  private static final Pattern LISTED =
      Pattern.compile("^((?:TCP|UDP|IP |SCTP) +)(\\d\\d):(\\d\\d)(.*)");

  /** Eight columns, in ip_vs_conn_sync nine; the time; what a persistence engine adds. */
  private static final Pattern IN_FILE =
      Pattern.compile("^((?:\\S+\\s+){8,9})(\\d+)((?: \\S+ \\S+)?)\\s*$");

  private static final int IDENTIFICATION = 18;
  private static final int HEADER_CHECKSUM = 24;
  private static final int PROTOCOL = 23;
  private static final int FLOW_LABEL = 15;
  private static final int MOST_SECONDS = 1;
  private static final int FRAGMENT_FIELD = 20;
  private static final int IPV4_PAYLOAD = 34;
  private static final int IPV6_NEXT_HEADER = 20;
  private static final int IPV6_PAYLOAD = 54;
  private static final int HOP_BY_HOP = 0;
  private static final int NEW_TTL = 64;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int DESTINATION_OPTIONS = 60;

  /** The kernel's ip_local_port_range. */
  private static final int EPHEMERAL_FROM = 32_768;

  private static final int EPHEMERAL_TO = 60_999;

  private static final Topology TOPOLOGY = new Topology();

  private Comparison() {}

  /**
   * The difference between recorded and replayed frames that timers have sent, or nothing: timers
   * of one round of the kernel's wheel fire in no particular order.
   */
  static Optional<String> framesOfTimers(JsonNode expected, List<Machine.Frame> got) {
    return frames(expected, got, true);
  }

  /** The first difference between recorded and replayed frames, or nothing. */
  static Optional<String> frames(JsonNode expected, List<Machine.Frame> got) {
    return frames(expected, got, false);
  }

  private static Optional<String> frames(
      JsonNode expected, List<Machine.Frame> got, boolean inAnyOrder) {
    List<String> expectedKeys = new ArrayList<>();
    for (JsonNode out : expected) {
      byte[] bytes = HexFormat.of().parseHex(out.path("hex").asString());
      expectedKeys.add(key(out.path("dev").asString(), bytes));
    }
    List<String> gotKeys = new ArrayList<>();
    got.forEach(frame -> gotKeys.add(key(frame.wire(), frame.bytes())));
    if (inAnyOrder) {
      expectedKeys.sort(Comparator.naturalOrder());
      gotKeys.sort(Comparator.naturalOrder());
    }
    if (expectedKeys.equals(gotKeys)) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    text.append("  expected:\n");
    for (JsonNode out : expected) {
      byte[] bytes = HexFormat.of().parseHex(out.path("hex").asString());
      line(text, out.path("to").asString(), bytes);
    }
    text.append("  got:\n");
    for (Machine.Frame frame : got) {
      line(text, frame.receiver(), frame.bytes());
    }
    return Optional.of(text.toString());
  }

  private static void line(StringBuilder text, String receiver, byte[] bytes) {
    text.append("    ").append(receiver).append(": ");
    text.append(PacketView.line(PacketView.describe(bytes))).append('\n');
    text.append("      ").append(HexFormat.of().formatHex(bytes, 0, Math.min(96, bytes.length)));
    text.append('\n');
  }

  private static String key(String wire, byte[] frame) {
    byte[] compared = frame.clone();
    Timestamps.hide(compared);
    hideFragmentIdentification(compared);
    if (mayBeMadeByDirector(frame)) {
      if (isFromInterface(frame)) {
        hideGuePort(compared);
      }
      if (Frames.etherType(frame) == Frames.ETHERTYPE_IPV6) {
        compared[FLOW_LABEL] &= (byte) 0xf0;
        Arrays.fill(compared, FLOW_LABEL + 1, FLOW_LABEL + 3, (byte) 0);
      } else if (isNumberedByDirector(frame)) {
        Arrays.fill(compared, IDENTIFICATION, IDENTIFICATION + 2, (byte) 0);
        Arrays.fill(compared, HEADER_CHECKSUM, HEADER_CHECKSUM + 2, (byte) 0);
      }
    }
    return wire + " " + HexFormat.of().formatHex(compared);
  }

  /** What only passes keeps its number: the packets of connections. */
  private static boolean isNumberedByDirector(byte[] frame) {
    boolean ofConnection = frame[PROTOCOL] == Headers.TCP || frame[PROTOCOL] == Headers.UDP;
    return !ofConnection || isFromInterface(frame);
  }

  /** Tunnels begin at the address of the interface, where the director serves nobody. */
  private static boolean isFromInterface(byte[] frame) {
    Packet packet = Frames.packet(frame, 0);
    boolean ipv4 = Frames.etherType(frame) == Frames.ETHERTYPE_IPV4;
    Address source =
        ipv4 ? Address.ipv4(packet.i32(12)) : Address.ipv6(packet.i64(8), packet.i64(16));
    Address destination =
        ipv4 ? Address.ipv4(packet.i32(16)) : Address.ipv6(packet.i64(24), packet.i64(32));
    return TOPOLOGY.sourceAddress(destination).equals(source);
  }

  /** Whoever cuts an IPv6 packet gives its fragments a number at random. */
  private static void hideFragmentIdentification(byte[] frame) {
    if (Frames.etherType(frame) != Frames.ETHERTYPE_IPV6 || frame.length < IPV6_PAYLOAD) {
      return;
    }
    int header = frame[IPV6_NEXT_HEADER];
    int at = IPV6_PAYLOAD;
    while (header == HOP_BY_HOP || header == ROUTING || header == DESTINATION_OPTIONS) {
      if (at + 2 > frame.length) {
        return;
      }
      header = frame[at];
      at += 8 * ((frame[at + 1] & 0xff) + 1);
    }
    if (header == FRAGMENT && at + 8 <= frame.length) {
      Arrays.fill(frame, at + 4, at + 8, (byte) 0);
    }
  }

  /**
   * The kernel hashes flows to the source ports of GUE with a key of its own. The UDP checksum
   * follows the port: what counts is whether there is one, and that it is right.
   */
  private static void hideGuePort(byte[] frame) {
    boolean ipv4 = Frames.etherType(frame) == Frames.ETHERTYPE_IPV4;
    int at = ipv4 ? IPV4_PAYLOAD : IPV6_PAYLOAD;
    boolean firstOfUdp =
        ipv4
            ? frame[PROTOCOL] == Headers.UDP
                && (frame[FRAGMENT_FIELD] & 0x1f) == 0
                && frame[FRAGMENT_FIELD + 1] == 0
            : frame[IPV6_NEXT_HEADER] == Headers.UDP;
    if (!ipv4 && frame[IPV6_NEXT_HEADER] == FRAGMENT) {
      boolean first = (frame[at + 2] | frame[at + 3] & 0xf8) == 0;
      firstOfUdp = frame[at] == Headers.UDP && first;
      at += 8;
    }
    int port = frame.length > at + 12 ? (frame[at] & 0xff) << 8 | frame[at + 1] & 0xff : 0;
    if (!firstOfUdp || port < EPHEMERAL_FROM || port > EPHEMERAL_TO || frame[at + 8] != 0) {
      return;
    }
    Packet packet = Frames.packet(frame, 0);
    int udp = at - Frames.ETHERNET_BYTES;
    boolean checked = packet.u16(udp + 6) != 0;
    boolean whole = packet.length() == udp + packet.u16(udp + 4);
    boolean right = !whole || Checksum.ofTransport(packet, udp, Headers.UDP) == 0;
    Arrays.fill(frame, at, at + 2, (byte) 0);
    if (checked && right) {
      Arrays.fill(frame, at + 6, at + 8, (byte) 1);
    }
  }

  /**
   * Whether a packet has one of the director's addresses for its source, or is of ICMP and has
   * passed no router yet: a transparent proxy complains in other hosts' names.
   */
  private static boolean mayBeMadeByDirector(byte[] frame) {
    int type = Frames.etherType(frame);
    boolean ipv4 = type == Frames.ETHERTYPE_IPV4;
    if (!ipv4 && type != Frames.ETHERTYPE_IPV6
        || frame.length < Frames.ETHERNET_BYTES + (ipv4 ? 20 : 40)) {
      return false;
    }
    Packet packet = Frames.packet(frame, 0);
    if (ipv4 && packet.u8(8) == NEW_TTL && packet.u8(9) == Headers.ICMP) {
      return true;
    }
    Address source =
        ipv4 ? Address.ipv4(packet.i32(12)) : Address.ipv6(packet.i64(8), packet.i64(16));
    return TOPOLOGY.route(source) instanceof Host.Route.Local;
  }

  /**
   * The first difference between a command's recorded and replayed answers, or nothing.
   *
   * @param countersAreExact whether the kernel has summed its counters up since they last changed
   */
  static Optional<String> command(JsonNode expected, Shell.Result got, boolean countersAreExact) {
    return command(expected, got, countersAreExact, MOST_SECONDS);
  }

  /**
   * The same.
   *
   * @param mostSeconds by how much expiry times may differ
   */
  static Optional<String> command(
      JsonNode expected, Shell.Result got, boolean countersAreExact, int mostSeconds) {
    String command = expected.path("cmd").asString();
    if (expected.path("rc").asInt() != got.exitCode()) {
      return Optional.of(
          difference(
              "exit code",
              expected.path("rc").asInt() + " " + expected.path("err").asString(),
              got.exitCode() + " " + got.err()));
    }
    if (!expected.path("err").asString().equals(got.err())) {
      return Optional.of(difference("error", expected.path("err").asString(), got.err()));
    }
    String out = expected.path("out").asString();
    boolean free =
        command.contains("--rate")
            || command.contains("--stats") && !countersAreExact
            || command.startsWith("cat")
            || command.startsWith("grep");
    if (free) {
      return Optional.empty();
    }
    if (command.contains("-Lnc")) {
      return connections(
          out.lines().toList(), got.out().lines().toList(), Comparison::listed, mostSeconds);
    }
    return out.equals(got.out())
        ? Optional.empty()
        : Optional.of(difference("output", out, got.out()));
  }

  private static String difference(String what, String expected, String got) {
    return "  %s expected:\n%s  got:\n%s".formatted(what, indented(expected), indented(got));
  }

  private static String indented(String text) {
    return text.isEmpty() ? "    (nothing)\n" : text.indent(4);
  }

  /** Lines of {@code /proc/net/ip_vs_conn}, in any order. */
  static Optional<String> connectionFile(List<String> expected, List<String> got) {
    return connectionFile(expected, got, MOST_SECONDS);
  }

  /**
   * The same.
   *
   * @param mostSeconds by how much expiry times may differ
   */
  static Optional<String> connectionFile(List<String> expected, List<String> got, int mostSeconds) {
    return connections(expected, got, Comparison::inFile, mostSeconds);
  }

  /** A line without its time, and the time in seconds. */
  private record Timed(String line, int seconds) {}

  private interface Reader {
    Timed read(String line);
  }

  private static Timed listed(String line) {
    Matcher matcher = LISTED.matcher(line);
    if (!matcher.matches()) {
      return new Timed(line, 0);
    }
    int seconds = Integer.parseInt(matcher.group(2)) * 60 + Integer.parseInt(matcher.group(3));
    return new Timed(matcher.group(1) + matcher.group(4), seconds);
  }

  private static Timed inFile(String line) {
    Matcher matcher = IN_FILE.matcher(line);
    return matcher.matches()
        ? new Timed(
            matcher.group(1).stripTrailing() + matcher.group(3), Integer.parseInt(matcher.group(2)))
        : new Timed(line, 0);
  }

  private static Optional<String> connections(
      List<String> expected, List<String> got, Reader reader, int mostSeconds) {
    List<Timed> left = sorted(expected, reader);
    List<Timed> right = sorted(got, reader);
    boolean equal = left.size() == right.size();
    for (int i = 0; equal && i < left.size(); i++) {
      equal =
          left.get(i).line.equals(right.get(i).line)
              && Math.abs(left.get(i).seconds - right.get(i).seconds) <= mostSeconds;
    }
    return equal
        ? Optional.empty()
        : Optional.of(difference("output", String.join("\n", expected), String.join("\n", got)));
  }

  private static List<Timed> sorted(List<String> lines, Reader reader) {
    return lines.stream()
        .map(reader::read)
        .sorted(Comparator.comparing(Timed::line).thenComparing(Timed::seconds))
        .toList();
  }
}
