package org.jlvs.xdp;

import static org.jlvs.xdp.SharedFields.BE16;
import static org.jlvs.xdp.SharedFields.BE32;
import static org.jlvs.xdp.SharedFields.BE64;
import static org.jlvs.xdp.SharedFields.U32;
import static org.jlvs.xdp.SharedFields.U32_HANDLE;
import static org.jlvs.xdp.SharedFields.U8;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.service.RealServer;

/**
 * How the program wraps packets for tunnelled servers, in memory shared with it: {@code struct
 * tunnel}. An entry is void while it is changed. For the engine thread.
 */
final class TunnelTable {
  private final MemorySegment area;
  private final int servers;

  /** Numbers of the servers whose entries hold. */
  private final BitSet valid = new BitSet();

  /**
   * @param area what an earlier director left there holds: the program works by it until this one
   *     knows better
   */
  TunnelTable(MemorySegment area) {
    this.area = area;
    this.servers = (int) (area.byteSize() / DirectorLayout.TUNNEL_BYTES);
    for (int number = 1; number < servers; number++) {
      valid.set(number, area.get(U32, at(number) + DirectorLayout.TUNNEL_KIND) != 0);
    }
  }

  /**
   * @param mtu largest outer packet
   * @param copiesDoNotFragment whether the outer header forbids fragments when the inner one does
   */
  void set(RealServer server, Address source, int mtu, boolean copiesDoNotFragment) {
    int number = server.number();
    if (number <= 0 || number >= servers) {
      return;
    }
    long at = at(number);
    int kind = kind(server.tunnel());
    boolean same =
        valid.get(number)
            && area.get(U32, at + DirectorLayout.TUNNEL_KIND) == kind
            && area.get(U32, at + DirectorLayout.TUNNEL_MTU) == mtu
            && hasSource(at, source);
    // The server's tunnel and the setting change only with what voids all entries.
    if (same) {
      return;
    }
    U32_HANDLE.setVolatile(area, at + DirectorLayout.TUNNEL_KIND, 0);
    writeSource(at, source);
    area.set(U32, at + DirectorLayout.TUNNEL_MTU, mtu);
    area.set(BE16, at + DirectorLayout.TUNNEL_PORT, (short) server.tunnel().port());
    area.set(
        U8,
        at + DirectorLayout.TUNNEL_COPIES_DO_NOT_FRAGMENT,
        (byte) (copiesDoNotFragment ? 1 : 0));
    U32_HANDLE.setRelease(area, at + DirectorLayout.TUNNEL_KIND, kind);
    valid.set(number);
  }

  private static int kind(Tunnel tunnel) {
    return switch (tunnel.type()) {
      case IPIP -> DirectorLayout.TUNNEL_IPIP;
      case GRE -> DirectorLayout.TUNNEL_GRE;
      case GUE -> DirectorLayout.TUNNEL_GUE;
    };
  }

  private boolean hasSource(long at, Address source) {
    return source.isIpv4()
        ? area.get(BE32, at + DirectorLayout.TUNNEL_SOURCE) == source.ipv4Bits()
        : area.get(BE64, at + DirectorLayout.TUNNEL_SOURCE) == source.high()
            && area.get(BE64, at + DirectorLayout.TUNNEL_SOURCE + 8) == source.low();
  }

  private void writeSource(long at, Address source) {
    if (source.isIpv4()) {
      area.set(BE32, at + DirectorLayout.TUNNEL_SOURCE, source.ipv4Bits());
    } else {
      area.set(BE64, at + DirectorLayout.TUNNEL_SOURCE, source.high());
      area.set(BE64, at + DirectorLayout.TUNNEL_SOURCE + 8, source.low());
    }
  }

  /** Voids all entries. */
  void clear() {
    for (int number = valid.nextSetBit(0); number >= 0; number = valid.nextSetBit(number + 1)) {
      U32_HANDLE.setRelease(area, at(number) + DirectorLayout.TUNNEL_KIND, 0);
    }
    valid.clear();
  }

  private static long at(int number) {
    return (long) number * DirectorLayout.TUNNEL_BYTES;
  }
}
