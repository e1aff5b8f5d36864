package org.jlvs.xdp;

import static org.jlvs.xdp.SharedFields.BE16;
import static org.jlvs.xdp.SharedFields.BE32;
import static org.jlvs.xdp.SharedFields.BE64;
import static org.jlvs.xdp.SharedFields.U32;
import static org.jlvs.xdp.SharedFields.U32_HANDLE;
import static org.jlvs.xdp.SharedFields.U64;
import static org.jlvs.xdp.SharedFields.U8;

import java.lang.foreign.MemorySegment;
import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;

/**
 * Flows that the program leaves to the host although the interest map covers them, in memory shared
 * with it: {@code struct passing}. A wide mark rule would otherwise send every packet of the host's
 * own traffic up. Of flows with the same place the newest has it, so memory is bounded; each is
 * asked about again after some seconds; and all are forgotten at once by a new generation. For the
 * engine thread; allocates nothing.
 */
final class PassingFlows {
  private static final long LIFE_NANOS = 10_000_000_000L;

  private final MemorySegment area;
  private final MemorySegment settings;
  private final long seed;
  private final ConnectionKey key = new ConnectionKey();
  private int generation;

  /**
   * @param area of {@link DirectorLayout#PASSING_FLOWS}; what an earlier director left is forgotten
   * @param settings the program's settings
   */
  PassingFlows(MemorySegment area, MemorySegment settings) {
    this.area = area;
    this.settings = settings;
    this.seed = settings.get(U64, DirectorLayout.HASH_SEED);
    this.generation = settings.get(U32, DirectorLayout.PASSING_GENERATION);
    forget();
  }

  /** The flow is the host's from now on, for some seconds. */
  void add(Flow flow, long nowNanos) {
    int place = (int) key.set(flow).hash(seed) & DirectorLayout.PASSING_FLOWS - 1;
    long at = (long) place * DirectorLayout.PASSING_BYTES;
    U32_HANDLE.setVolatile(area, at + DirectorLayout.PASSING_OF_GENERATION, 0);
    writeAddress(at + DirectorLayout.PASSING_SOURCE, flow.family, flow.sourceHigh, flow.sourceLow);
    writeAddress(
        at + DirectorLayout.PASSING_DESTINATION,
        flow.family,
        flow.destinationHigh,
        flow.destinationLow);
    area.set(BE16, at + DirectorLayout.PASSING_SOURCE_PORT, (short) flow.sourcePort);
    area.set(BE16, at + DirectorLayout.PASSING_DESTINATION_PORT, (short) flow.destinationPort);
    area.set(U8, at + DirectorLayout.PASSING_PROTOCOL, (byte) flow.protocol);
    area.set(U8, at + DirectorLayout.PASSING_FAMILY, (byte) flow.family.number());
    area.set(U32, at + DirectorLayout.PASSING_INTERFACE, flow.inInterface);
    area.set(U64, at + DirectorLayout.PASSING_UNTIL, nowNanos + LIFE_NANOS);
    U32_HANDLE.setRelease(area, at + DirectorLayout.PASSING_OF_GENERATION, generation);
  }

  private void writeAddress(long at, Family family, long high, long low) {
    if (family == Family.IPV4) {
      area.set(BE32, at, (int) low);
    } else {
      area.set(BE64, at, high);
      area.set(BE64, at + 8, low);
    }
  }

  /** None is the host's any more. */
  void forget() {
    generation = generation == -1 ? 1 : generation + 1;
    U32_HANDLE.setRelease(settings, (long) DirectorLayout.PASSING_GENERATION, generation);
  }
}
