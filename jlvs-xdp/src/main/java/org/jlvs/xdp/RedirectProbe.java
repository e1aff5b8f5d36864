package org.jlvs.xdp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.FrameInjector;
import org.jlvs.linux.ethtool.Ethtool;
import org.jlvs.linux.netlink.Link;

/**
 * Whether a native program can redirect frames to a device. Drivers of hardware that run native
 * programs do send such frames; a veth device does only while its peer polls, that is, while the
 * peer runs a native program too or has GRO on, and otherwise drops them without a word. So a veth
 * is tried: a frame that nobody listens for is sent by it as redirected ones are, and the driver's
 * counter tells whether it took it.
 */
final class RedirectProbe implements AutoCloseable {
  /** IEEE 802 local experimental, which hosts ignore. */
  private static final short EXPERIMENTAL_ETHERTYPE = (short) 0xb588;

  private static final int FRAME_BYTES = 60;

  /** Kinds whose drivers take frames from others; hardware has no kind. */
  private static final Set<String> SENDING_KINDS = Set.of("", "bond", "tun");

  private final FrameInjector injector;

  /**
   * @param reflecting a program that answers XDP_TX
   */
  RedirectProbe(BpfProgram reflecting) {
    this.injector = new FrameInjector(reflecting);
  }

  /** Why a native program can't send by the device, in words for an operator. */
  Optional<String> obstacle(Link link) {
    if (SENDING_KINDS.contains(link.kind())) {
      return Optional.empty();
    }
    if (!link.kind().equals("veth")) {
      return Optional.of(
          link.name() + " is a " + link.kind() + ", which takes no redirected frames");
    }
    if (!link.isUp()) {
      return Optional.of(link.name() + " is down, so redirecting to it can't be tried");
    }
    try {
      return isRedirectedTo(link)
          ? Optional.empty()
          : Optional.of(
              link.name()
                  + " drops redirected frames: its peer is down, or neither runs XDP nor has GRO on");
    } catch (IOException e) {
      return Optional.of(
          "whether " + link.name() + " takes redirected frames is not known: " + e.getMessage());
    }
  }

  private boolean isRedirectedTo(Link link) throws IOException {
    try (Ethtool ethtool = Ethtool.open();
        Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(FRAME_BYTES, 8);
      if (link.mac() != null) {
        byte[] mac = link.mac().bytes();
        MemorySegment.copy(MemorySegment.ofArray(mac), 0, frame, 0, mac.length);
        MemorySegment.copy(MemorySegment.ofArray(mac), 0, frame, mac.length, mac.length);
      }
      frame.set(ValueLayout.JAVA_SHORT, 12, EXPERIMENTAL_ETHERTYPE);
      long before = redirected(ethtool.statistics(link.name()));
      injector.inject(frame, 0, FRAME_BYTES, link.index(), 1);
      return redirected(ethtool.statistics(link.name())) > before;
    }
  }

  private static long redirected(Map<String, Long> statistics) {
    long sum = 0;
    for (Map.Entry<String, Long> counter : statistics.entrySet()) {
      if (counter.getKey().matches("tx_queue_\\d+_xdp_xmit")) {
        sum += counter.getValue();
      }
    }
    return sum;
  }

  @Override
  public void close() {
    injector.close();
  }
}
