package org.jlvs.core.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/** Puts into words what schedulers see. */
final class Look {
  static final Function<RealServer, String> NO_FIGURE = server -> "";

  private Look() {}

  /**
   * A choice among a service's servers.
   *
   * @param chosen null for none
   * @param reason why {@code chosen}, or empty to say of none that no server takes connections
   * @param whyNot of servers that take connections and were not chosen
   */
  static Choice of(
      VirtualService service,
      @Nullable RealServer chosen,
      String reason,
      Function<RealServer, String> figure,
      Function<RealServer, String> whyNot) {
    List<Choice.Candidate> candidates = new ArrayList<>();
    for (RealServer server : service.servers()) {
      String verdict;
      if (server == chosen) {
        verdict = "chosen";
      } else if (Load.takesConnections(server)) {
        verdict = whyNot.apply(server);
      } else {
        verdict = unavailable(server);
      }
      candidates.add(new Choice.Candidate(server, figure.apply(server), verdict));
    }
    boolean unexplained = chosen == null && reason.isEmpty();
    return new Choice(chosen, unexplained ? nobody(service) : reason, candidates);
  }

  private static String nobody(VirtualService service) {
    return service.servers().isEmpty()
        ? "the service has no servers"
        : "no server takes connections";
  }

  /** Why a server takes no connections. */
  static String unavailable(RealServer server) {
    if (!server.available()) {
      return "deleted";
    }
    if (server.weight() == 0) {
      return "quiesced: weight 0";
    }
    if (server.overloaded()) {
      return overloaded(server);
    }
    return "in its slow start: left out this time";
  }

  private static String overloaded(RealServer server) {
    String upper = Integer.toUnsignedString(server.upperThreshold());
    String until =
        server.lowerThreshold() != 0
            ? "below " + Integer.toUnsignedString(server.lowerThreshold())
            : "below 3/4 of that";
    return "overloaded: reached its upper threshold of %s, until it is %s".formatted(upper, until);
  }

  /** A load for a weight, such as {@code 512 / 3 = 170.67}. */
  static String ratio(long load, int weight) {
    return weight == 0
        ? load + " / 0"
        : "%d / %d = %s".formatted(load, weight, decimal((double) load / weight));
  }

  private static String decimal(double number) {
    String text = String.format(Locale.ROOT, "%.2f", number);
    return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
  }

  /** {@code 10.1.0.1:80}. */
  static String name(RealServer server) {
    return server.key().toString();
  }
}
