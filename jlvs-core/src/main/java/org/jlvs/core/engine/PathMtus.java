package org.jlvs.core.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jlvs.core.net.Address;
import org.jlvs.core.service.RealServer;

/**
 * How large packets may be on the way to tunnelled servers, as routers have reported it. What was
 * reported holds for ten minutes and comes into force with the next packet to the server, when the
 * kernel looks at its cached route again. For the engine thread.
 */
final class PathMtus {
  /** The kernel's mtu_expires and min_pmtu. */
  private static final long LIFE_NANOS = 600_000_000_000L;

  private static final int SMALLEST = 552;
  private static final int MOST_REPORTS = 4096;

  private record Report(int mtu, long until) {}

  private final Map<Address, Report> reports = new HashMap<>();

  /** By server number, what its last packet was measured by; 0 for none yet. */
  private int[] inForce = new int[16];

  /** A router cannot pass on packets of more bytes. */
  void report(RealServer server, int mtu, long now) {
    if (reports.size() >= MOST_REPORTS) {
      reports.clear();
    }
    reports.put(server.key().address(), new Report(Math.max(mtu, SMALLEST), now + LIFE_NANOS));
  }

  /** The largest packet to a server by a hop, from now on. */
  int toServer(RealServer server, Hop hop, long now) {
    int mtu = hop.mtu();
    if (!reports.isEmpty()) {
      Report report = reports.get(server.key().address());
      if (report != null && report.until - now > 0) {
        mtu = Math.min(mtu, report.mtu);
      } else if (report != null) {
        reports.remove(server.key().address());
      }
    }
    int number = server.number();
    if (number >= inForce.length) {
      inForce = Arrays.copyOf(inForce, Math.max(number + 1, 2 * inForce.length));
    }
    inForce[number] = mtu;
    return mtu;
  }

  /** What the server's last packet was measured by; 0 when there was none. */
  int inForce(RealServer server) {
    return server.number() < inForce.length ? inForce[server.number()] : 0;
  }
}
