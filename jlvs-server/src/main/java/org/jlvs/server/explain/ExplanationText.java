package org.jlvs.server.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jlvs.core.control.Explanation;
import org.jlvs.core.control.FlowQuery;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Protocol;
import org.jlvs.ipvsadm.SchedulerFlag;

/** An answer for people: a line each for what was looked at, and the scheduler's servers. */
final class ExplanationText {
  private static final int LABEL_WIDTH = 12;
  private static final String GOOD = "32";
  private static final String BAD = "31";
  private static final String STRONG = "1";

  private final Answer answer;
  private final Explanation explanation;
  private final boolean sourceGiven;
  private final boolean colour;
  private final List<String> lines = new ArrayList<>();

  private ExplanationText(Answer answer, boolean sourceGiven, boolean colour) {
    this.answer = answer;
    this.explanation = answer.explanation();
    this.sourceGiven = sourceGiven;
    this.colour = colour;
  }

  /**
   * @param sourceGiven whether the client was given, or one was assumed
   * @param colour whether to colour it as terminals do
   */
  static List<String> of(Answer answer, boolean sourceGiven, boolean colour) {
    ExplanationText text = new ExplanationText(answer, sourceGiven, colour);
    text.write();
    return text.lines;
  }

  private void write() {
    FlowQuery flow = explanation.flow();
    lines.add(
        paint(
            STRONG,
            "%s %s -> %s"
                .formatted(
                    Protocol.of(flow.protocol()).name().toLowerCase(Locale.ROOT),
                    new ServerKey(flow.source(), flow.sourcePort()),
                    new ServerKey(flow.destination(), flow.destinationPort()))));
    flow.callId().ifPresent(callId -> line("call", callId));
    if (!sourceGiven) {
      line("client", "assumed; -s ADDRESS[:PORT] asks for a certain one");
    }
    answer.comesBy().ifPresent(this::comesBy);
    explanation.connection().ifPresent(this::connection);
    mark();
    explanation.services().forEach(this::service);
    explanation.template().ifPresent(this::template);
    explanation.scheduling().ifPresent(this::scheduling);
    explanation.way().ifPresent(this::way);
    explanation.notes().forEach(note -> line("note", note));
    line("result", paint(isServed() ? GOOD : BAD, result() + ": " + explanation.reason()));
  }

  private boolean isServed() {
    return switch (explanation.outcome()) {
      case EXISTING, PERSISTENT, SCHEDULED, BYPASS -> true;
      case NO_SERVER, HOST, DROPPED -> false;
    };
  }

  private String result() {
    String server = explanation.way().map(way -> way.server().toString()).orElse("a server");
    return switch (explanation.outcome()) {
      case EXISTING, PERSISTENT, SCHEDULED -> "goes to " + server;
      case BYPASS -> "goes on to " + server;
      case NO_SERVER -> "refused";
      case HOST -> "left to the host";
      case DROPPED -> "dropped";
    };
  }

  private void comesBy(Answer.Interface in) {
    line(
        "comes by",
        in.mode()
            .map(mode -> in.name() + ", " + mode + " XDP")
            .orElseGet(
                () ->
                    paint(
                        BAD,
                        in.name()
                            + ", which the director is not attached to: it sees none of its packets (jlvs director --interface)")));
  }

  private void connection(Explanation.Existing existing) {
    line(
        "connection",
        "there is one: %s to %s, ends in %s"
            .formatted(existing.state(), existing.server(), time(existing.expiresMillis())));
  }

  private void mark() {
    if (explanation.mark() != 0) {
      line("mark", Integer.toUnsignedString(explanation.mark()));
    }
    explanation.markRules().forEach(rule -> line("", "by " + rule));
  }

  private void service(Explanation.Candidate candidate) {
    String name = describe(candidate.service());
    line(
        "service",
        candidate.chosen()
            ? name + " (" + candidate.verdict() + ")"
            : "not " + name + " (" + candidate.verdict() + ")");
  }

  private static String describe(ServiceSpec spec) {
    String key =
        spec.key() instanceof ServiceKey.Endpoint endpoint && endpoint.port() == 0
            ? endpoint + " (all ports)"
            : spec.key().toString();
    return key + " " + spec.scheduler() + flags(spec) + persistence(spec);
  }

  /** As {@code ipvsadm -S} writes them, where some are set. */
  private static String flags(ServiceSpec spec) {
    String names = SchedulerFlag.textOf(spec.scheduler(), spec.flags());
    return (names.isEmpty() ? "" : " (" + names + ")") + (spec.onePacket() ? ", one-packet" : "");
  }

  private static String persistence(ServiceSpec spec) {
    if (!spec.persistent()) {
      return "";
    }
    boolean oneClient = spec.clientMask().leadingOnes() == 8 * spec.key().family().addressBytes();
    return ", persistent %d s".formatted(spec.persistenceSeconds())
        + (oneClient ? "" : " by client network " + spec.clientMask())
        + spec.persistenceEngine().map(engine -> " by " + engine).orElse("");
  }

  private void template(Explanation.Template template) {
    String server = template.server().map(key -> " -> " + key).orElse("");
    line(
        "template",
        "%s%s, ends in %s: %s"
            .formatted(
                template.client(), server, time(template.expiresMillis()), template.verdict()));
  }

  private void scheduling(Explanation.Scheduling scheduling) {
    line("scheduler", scheduling.scheduler() + ": " + scheduling.reason());
    List<Explanation.Server> servers = scheduling.servers();
    boolean persistent = servers.stream().anyMatch(server -> server.persistent() != 0);
    boolean limited = servers.stream().anyMatch(ExplanationText::isLimited);
    List<String[]> rows = new ArrayList<>();
    rows.add(
        new String[] {
          "server",
          "method",
          "weight",
          "active",
          "inactive",
          persistent ? "persistent" : "",
          limited ? "upper/lower" : "",
          "load",
          ""
        });
    for (Explanation.Server server : servers) {
      rows.add(
          new String[] {
            server.key().toString(),
            method(server.forwarding()),
            server.step() == 0
                ? Integer.toString(server.weight())
                : "%d, %d0 %% of it".formatted(server.weight(), server.step()),
            Integer.toString(server.active()),
            Integer.toString(server.inactive()),
            persistent ? Integer.toString(server.persistent()) : "",
            limited ? server.upperThreshold() + "/" + server.lowerThreshold() : "",
            server.figure(),
            server.verdict()
          });
    }
    int[] widths = widths(rows);
    for (int i = 0; i < rows.size(); i++) {
      boolean chosen = i > 0 && servers.get(i - 1).chosen();
      String row = (chosen ? "  * " : "    ") + row(rows.get(i), widths);
      lines.add(chosen ? paint(GOOD, row) : row);
    }
  }

  private static boolean isLimited(Explanation.Server server) {
    return server.upperThreshold() != 0 || server.lowerThreshold() != 0;
  }

  private static int[] widths(List<String[]> rows) {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    return widths;
  }

  private static String row(String[] cells, int[] widths) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      if (widths[i] > 0) {
        row.append(cells[i]).repeat(" ", widths[i] - cells[i].length() + 2);
      }
    }
    return row.toString().stripTrailing();
  }

  private void way(Explanation.Way way) {
    String method = method(way.forwarding(), way.tunnel());
    String to = way.server() + " by " + method;
    line(
        "goes to",
        switch (way.link()) {
          case Explanation.Link.Local local -> to + ", which is this host";
          case Explanation.Link.None none -> paint(BAD, to + ", but there is no route");
          case Explanation.Link.Hop hop -> to + answer.hop().map(this::hop).orElse("");
        });
  }

  private String hop(Answer.NextHop hop) {
    return ", next hop %s on %s (%s, MTU %d)"
        .formatted(
            hop.address(),
            hop.interfaceName(),
            hop.mac().orElseGet(() -> paint(BAD, "unresolved: it has not answered ARP or ND yet")),
            hop.mtu());
  }

  private static String method(ForwardingMethod method, Tunnel tunnel) {
    return switch (method) {
      case MASQUERADE -> "masquerading";
      case LOCAL -> "local delivery";
      case DIRECT_ROUTE -> "direct routing";
      case BYPASS -> "bypass";
      case TUNNEL -> "tunnel (" + describe(tunnel) + ")";
    };
  }

  private static String describe(Tunnel tunnel) {
    String type = tunnel.type().name().toLowerCase(Locale.ROOT);
    String port = tunnel.type() == Tunnel.Type.GUE ? " to port " + tunnel.port() : "";
    return type
        + port
        + switch (tunnel.checksum()) {
          case NONE -> "";
          case FULL -> ", with checksum";
          case REMOTE -> ", with remote checksum";
        };
  }

  static String method(ForwardingMethod method) {
    return switch (method) {
      case MASQUERADE -> "Masq";
      case LOCAL -> "Local";
      case DIRECT_ROUTE -> "Route";
      case BYPASS -> "Bypass";
      case TUNNEL -> "Tunnel";
    };
  }

  /** {@code 01:05} or {@code 1:00:05}. */
  private static String time(long millis) {
    long seconds = millis / 1000;
    return seconds < 3600
        ? "%02d:%02d".formatted(seconds / 60, seconds % 60)
        : "%d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  private void line(String label, String text) {
    lines.add("  " + label + " ".repeat(Math.max(1, LABEL_WIDTH - label.length())) + text);
  }

  private String paint(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
