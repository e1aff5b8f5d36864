package org.jlvs.testbed.replay;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.engine.Headers;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Ipv6Extensions;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.Output;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.MangleTable;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.settings.Setting;
import org.jspecify.annotations.Nullable;

/**
 * A director in a simulated machine of two interfaces, with a clock that moves when something
 * happens: about as fast as the recorder's did.
 */
public final class Machine {
  private static final int CONNECTIONS = 1 << 16;
  private static final int SERVERS = 1 << 14;
  private static final long SEED = 0x5eed;
  private static final int ETHERNET_AND_TAG_BYTES = 18;

  /** About what the recorder's kernel has left: of 512 MiB, most. */
  private static final long AVAILABLE_PAGES = 100_000;

  private static final long START_NANOS = 1_000_000_000_000L;
  private static final long FRAME_NANOS = 5_000_000;

  /** How long the recorder waits for an answer before it believes that there is none. */
  private static final long SILENCE_NANOS = 40_000_000;

  private static final long TICK_NANOS = 10_000_000;
  private static final long COMMAND_NANOS = 60_000_000;
  private static final long STEP_NANOS = 50_000_000;

  /** A frame that left the machine. */
  record Frame(String wire, String receiver, byte[] bytes) {}

  private final Topology topology = new Topology();
  private final PacketEngine engine;
  private final HostStack stack;
  private final Director director;
  private final MangleTable mangle = new MangleTable(Family.IPV4);
  private final MangleTable mangle6 = new MangleTable(Family.IPV6);
  private final List<Frame> sent = new ArrayList<>();

  /** What the director leaves to the host, which turns to it when the director is done. */
  private final Queue<Packet> delivered = new ArrayDeque<>();

  private long now = START_NANOS;

  /** When something last happened that counters count. */
  private long busyUntil = START_NANOS;

  /** Whether the trace says when its events happened. */
  private boolean timed;

  public Machine() {
    ServiceTable services = new ServiceTable(SERVERS, new Random(SEED), ProgramCounters.NONE);
    MemorySegment slots = memory((CONNECTIONS + 1L) * ConnectionLayout.SLOT_BYTES);
    MemorySegment buckets = memory(CONNECTIONS / 2L * ConnectionLayout.BUCKET_BYTES);
    ConnectionTable connections = ConnectionTable.create(slots, buckets, SEED, now);
    engine = new PacketEngine(services, connections, topology, MarkRules.NONE, now);
    engine.settings().defense().availablePages(AVAILABLE_PAGES);
    stack = new HostStack(topology, engine, now);
    director = new LocalDirector(engine);
  }

  private static MemorySegment memory(long bytes) {
    return MemorySegment.ofArray(new long[(int) (bytes / 8)]);
  }

  /** Control of the director on this machine; for the thread that made it. */
  public Director director() {
    return director;
  }

  Topology topology() {
    return topology;
  }

  MangleTable mangle(Family family) {
    return family == Family.IPV4 ? mangle : mangle6;
  }

  /** The rules of {@link #mangle} have changed. */
  void rulesChanged() {
    MarkRuleSet rules =
        new MarkRuleSet(List.of(mangle.snapshot(), mangle6.snapshot()), hostFacts());
    engine.marks(rules, rules.interests());
    stack.marks(rules);
  }

  /** To be called after the host's routes, or what they depend on, have changed. */
  void routesChanged() {
    engine.routesChanged();
  }

  private HostFacts hostFacts() {
    return new HostFacts() {
      @Override
      public String interfaceName(int index) {
        return switch (index) {
          case Topology.ETH0 -> "eth0";
          case Topology.ETH1 -> "eth1";
          default -> "tunl0";
        };
      }

      @Override
      public boolean isLocal(Family family, long high, long low) {
        return topology.route(family, high, low) instanceof org.jlvs.core.engine.Host.Route.Local;
      }

      @Override
      public @Nullable IpSet ipSet(String name) {
        return null;
      }
    };
  }

  /** What a frame on a wire brings about. */
  List<Frame> frame(int device, byte[] frame) {
    pass(timed ? 0 : FRAME_NANOS);
    busyUntil = now;
    if (isReceived(device, frame)) {
      Packet packet = Frames.packet(frame, device);
      while (packet != null) {
        engine.receive(packet, now, output());
        handToStack();
        packet = stack.unwrapped();
      }
    }
    List<Frame> answer = List.copyOf(sent);
    if (timed) {
      if (Frames.mayBeginConnection(frame)) {
        // The recorder waits for the end of what such a packet ends.
        pass(TICK_NANOS);
      }
    } else if (answer.isEmpty()) {
      pass(SILENCE_NANOS);
    }
    return answer;
  }

  private boolean isReceived(int device, byte[] frame) {
    if (frame.length < Frames.ETHERNET_BYTES
        || frame.length > topology.mtu(device) + ETHERNET_AND_TAG_BYTES
        || !Frames.destinationMac(frame).equals(Topology.ownMac(device))) {
      return false;
    }
    int type = Frames.etherType(frame);
    int ipBytes = frame.length - Frames.ETHERNET_BYTES;
    if (type == Frames.ETHERTYPE_IPV4) {
      return ipBytes >= 20 && isRouted(address(frame, 12, 4), address(frame, 16, 4));
    }
    return type == Frames.ETHERTYPE_IPV6
        && ipBytes >= 40
        && isRouted(address(frame, 8, 16), address(frame, 24, 16));
  }

  private static Address address(byte[] frame, int offset, int bytes) {
    byte[] address = new byte[bytes];
    System.arraycopy(frame, Frames.ETHERNET_BYTES + offset, address, 0, bytes);
    return Address.of(address);
  }

  private static boolean isRouted(Address source, Address destination) {
    return !Topology.isMartianSource(source) && !Topology.isUnknownDestination(destination);
  }

  /** The recorder leaves out what may be of multicast listeners or neighbour discovery. */
  private static boolean isNoise(Packet packet) {
    if (packet.u8(0) >>> 4 == 4) {
      return false;
    }
    int header = packet.u8(6);
    int type = header == Headers.ICMPV6 && packet.length() > 40 ? packet.u8(40) : 0;
    return header == Ipv6Extensions.HOP_BY_HOP || type >= 130 && type <= 136 || type == 143;
  }

  private Output output() {
    return new Output() {
      @Override
      public void transmit(Hop hop, Packet packet) {
        String mac = topology.mac(hop);
        if (mac != null && !isNoise(packet)) {
          byte[] bytes = Frames.frame(packet, mac, Topology.ownMac(hop.interfaceIndex()));
          sent.add(new Frame(Topology.wire(hop.interfaceIndex()), topology.label(mac), bytes));
        }
      }

      @Override
      public void deliver(Packet packet) {
        delivered.add(Frames.inner(packet, 0, packet.inInterface()));
      }
    };
  }

  private void handToStack() {
    for (Packet packet = delivered.poll(); packet != null; packet = delivered.poll()) {
      stack.receive(packet, now, output());
    }
  }

  /**
   * Lets time pass up to a moment that the recorder has noted. From the first such moment on, time
   * passes in no other way.
   *
   * @param seconds since the trace's begin
   * @return the frames that left the machine in the meantime
   */
  List<Frame> moveTo(double seconds) {
    timed = true;
    sent.clear();
    move(START_NANOS + (long) (seconds * 1e9));
    List<Frame> meanwhile = List.copyOf(sent);
    sent.clear();
    return meanwhile;
  }

  /** For how long no frame has come. */
  double quietSeconds() {
    return (now - busyUntil) / 1e9;
  }

  /** Lets the time of a command pass. */
  void beforeCommand() {
    pass(timed ? TICK_NANOS : COMMAND_NANOS);
  }

  /** Lets a tick of the recorder's clock pass: what was to end at once seldom is in its lists. */
  void beforeListing() {
    pass(TICK_NANOS);
  }

  /** Lets time pass. */
  void sleep(double seconds) {
    pass(timed ? 0 : (long) (seconds * 1e9));
  }

  private void pass(long nanos) {
    sent.clear();
    move(now + nanos);
    sent.clear();
  }

  private void move(long end) {
    while (now < end) {
      now = Math.min(end, now + STEP_NANOS);
      engine.advance(now, output());
      handToStack();
    }
  }

  /**
   * What a file of {@code /proc/sys} for the director holds.
   *
   * @param key with dots
   */
  String sysctl(String key) throws DirectorException {
    return director
        .setting(Setting.nameOf(key))
        .orElseThrow(
            () ->
                new DirectorException(Errno.ENOENT, "the simulated machine has no setting " + key));
  }

  /**
   * Writes a file of {@code /proc/sys}.
   *
   * @param key with dots
   */
  void sysctl(String key, String value) throws DirectorException {
    String prefix = "net.ipv4.vs.";
    if (key.startsWith(prefix)) {
      director.changeSetting(key.substring(prefix.length()), value);
    } else if (!key.startsWith("net.")) {
      throw new DirectorException(Errno.EINVAL, "the simulated machine has no setting " + key);
    }
  }
}
