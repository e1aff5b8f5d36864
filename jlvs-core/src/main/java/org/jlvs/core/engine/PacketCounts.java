package org.jlvs.core.engine;

import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * Counts forwarded packets for their server and its service, as long as the server is in it:
 * ip_vs_in_stats and ip_vs_out_stats. For the engine thread.
 */
final class PacketCounts {
  private PacketCounts() {}

  /** A client's packet of so many bytes of IP. */
  static void in(@Nullable RealServer server, int bytes) {
    if (server != null && server.available()) {
      server.counters.inPackets++;
      server.counters.inBytes += bytes;
      VirtualService service = server.service();
      service.counters.inPackets++;
      service.counters.inBytes += bytes;
    }
  }

  /** A server's packet of so many bytes of IP. */
  static void out(@Nullable RealServer server, int bytes) {
    if (server != null && server.available()) {
      server.counters.outPackets++;
      server.counters.outBytes += bytes;
      VirtualService service = server.service();
      service.counters.outPackets++;
      service.counters.outBytes += bytes;
    }
  }
}
