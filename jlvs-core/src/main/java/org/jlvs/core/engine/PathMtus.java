package org.jlvs.core.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.service.RealServer;
import org.jspecify.annotations.Nullable;

/**
 * How large packets may be on the way to servers, as routers have reported it of tunnels:
 * __ip_rt_update_pmtu and the cached routes of servers (ip_vs_dest_dst). A first report comes into
 * force with the next packet to a server, when the kernel looks at its cached route again; further
 * ones change that route itself. For the engine thread.
 */
final class PathMtus {
  /** The kernel's mtu_expires and min_pmtu. */
  private static final long LIFE_NANOS = 600_000_000_000L;

  private static final int SMALLEST = 552;
  private static final int MOST_REPORTS = 4096;

  /** A route with what was reported of it: a fib_nh_exception. */
  private static final class Report {
    int mtu;

    /** What was reported was less than the smallest: it holds till its end. */
    boolean locked;

    long until;

    /** The host's routes that it belongs to. */
    final int routes;

    Report(int mtu, int routes) {
      this.mtu = mtu;
      this.routes = routes;
    }

    boolean holds(long now) {
      return until - now > 0;
    }
  }

  /**
   * What a server's last packet went by.
   *
   * @param updates the server's then
   */
  private record Cached(RealServer server, int updates, @Nullable Report report) {
    boolean isOf(RealServer asked) {
      return server == asked && updates == asked.updates();
    }
  }

  private final Map<Address, Report> reports = new HashMap<>();

  /** By server number. */
  private @Nullable Cached[] cached = new @Nullable Cached[16];

  /** How often routes have changed. */
  private int routes;

  /**
   * A router cannot pass on packets of more bytes. Larger than what is known, or after one that was
   * too small to be believed, it changes nothing.
   *
   * @param hop by which packets go there
   * @return whether packets may be of another size now
   */
  boolean report(Address destination, Hop hop, int mtu, long now) {
    Report known = valid(destination, hop, now);
    int before = known == null ? hop.mtu() : known.mtu;
    if (known != null && known.locked || before < mtu) {
      return false;
    }
    boolean tooSmall = mtu < SMALLEST;
    int believed = tooSmall ? Math.min(before, SMALLEST) : mtu;
    if (known == null) {
      if (reports.size() >= MOST_REPORTS) {
        reports.clear();
      }
      known = new Report(believed, routes);
      reports.put(destination, known);
    } else if (known.mtu == believed && !tooSmall && known.until - now > LIFE_NANOS / 2) {
      return false;
    }
    known.mtu = believed;
    known.locked = tooSmall;
    known.until = now + LIFE_NANOS;
    return believed != before;
  }

  private @Nullable Report valid(Address destination, Hop hop, long now) {
    Report report = reports.isEmpty() ? null : reports.get(destination);
    if (report != null && !report.holds(now)) {
      reports.remove(destination);
      return null;
    }
    return report == null || report.routes == routes ? report : renewed(destination, hop, report);
  }

  /** The same of new routes; servers' cached routes stay as they are until their next packet. */
  private Report renewed(Address destination, Hop hop, Report old) {
    Report report = new Report(Math.min(old.mtu, hop.mtu()), routes);
    report.locked = old.locked && report.mtu == old.mtu;
    report.until = old.until;
    reports.put(destination, report);
    return report;
  }

  /** The host's routes, or the MTUs of its interfaces, are others now. */
  void routesChanged() {
    routes++;
  }

  /** The largest packet to a masqueraded or tunnelled server by a hop, from now on. */
  int toServer(RealServer server, Hop hop, long now) {
    Report report = valid(server.key().address(), hop, now);
    cache(server, report);
    return report == null ? hop.mtu() : report.mtu;
  }

  /** A packet goes to a server by direct routing: of such routes the kernel believes no reports. */
  void direct(RealServer server) {
    cache(server, null);
  }

  private void cache(RealServer server, @Nullable Report report) {
    int number = server.number();
    if (number >= cached.length) {
      cached = Arrays.copyOf(cached, Math.max(number + 1, 2 * cached.length));
    }
    Cached last = cached[number];
    if (last == null || !last.isOf(server) || last.report != report) {
      cached[number] = new Cached(server, server.updates(), report);
    }
  }

  /** Whether there is a report of a destination, maybe one that holds no more. */
  boolean isReported(Family family, long high, long low) {
    return !reports.isEmpty() && reports.containsKey(new Address(family, high, low));
  }

  /**
   * What a packet by the server's cached route is measured by; 0 when there is none.
   *
   * @param hop by which packets go to it
   */
  int inForce(RealServer server, Hop hop, long now) {
    Cached last = server.number() < cached.length ? cached[server.number()] : null;
    if (last == null || !last.isOf(server)) {
      return 0;
    }
    return last.report == null || !last.report.holds(now) ? hop.mtu() : last.report.mtu;
  }
}
