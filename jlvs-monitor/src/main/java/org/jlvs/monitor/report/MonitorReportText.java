package org.jlvs.monitor.report;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jlvs.monitor.report.MonitorReport.Counts;
import org.jlvs.monitor.report.MonitorReport.LastCheck;
import org.jlvs.monitor.report.MonitorReport.Server;
import org.jlvs.monitor.report.MonitorReport.Service;

/** A {@link MonitorReport} for people: a table for each service, a line for each server. */
public final class MonitorReportText {
  private final MonitorReport report;
  private final boolean colour;
  private final List<String> lines = new ArrayList<>();

  private MonitorReportText(MonitorReport report, boolean colour) {
    this.report = report;
    this.colour = colour;
  }

  public static List<String> of(MonitorReport report, boolean colour) {
    MonitorReportText text = new MonitorReportText(report, colour);
    text.write();
    return text.lines;
  }

  private void write() {
    lines.add(
        "ldirectord for %s, pid %d, running for %s"
            .formatted(
                TextTable.printable(report.configuration()),
                report.pid(),
                Span.text(Duration.between(report.started(), report.now()))));
    report
        .table()
        .ifPresent(why -> lines.add(paint(Colour.BAD, "the table can't be read: " + why)));
    report.services().forEach(this::service);
  }

  private void service(Service service) {
    long up = service.servers().stream().filter(server -> server.state().equals("up")).count();
    String fallback =
        service
            .fallback()
            .map(
                name ->
                    "; fallback " + name + (service.fallbackInUse() ? " in use" : " not in use"))
            .orElse("; no fallback");
    lines.add("");
    String head =
        "%s %s: %d of %d servers up%s"
            .formatted(service.protocol(), service.name(), up, service.servers().size(), fallback);
    lines.add(paint(service.fallbackInUse() ? Colour.BAD : Colour.HEADING, head));
    service
        .problem()
        .ifPresent(why -> lines.add(paint(Colour.BAD, "the table is not as it shall be: " + why)));
    TextTable table =
        new TextTable(
            "SERVER", "STATE", "FOR", "WEIGHT", "TABLE", "CHECKED", "TOOK", "NEXT", "ROSE", "FELL",
            "WHY");
    service.servers().forEach(server -> row(table, server));
    lines.addAll(table.lines(colour));
  }

  private void row(TextTable table, Server server) {
    Counts counts = server.counts();
    String fell =
        counts.recentFalls() == 0
            ? Long.toString(counts.falls())
            : counts.falls() + " (" + counts.recentFalls() + " in 1 h)";
    boolean differs = !server.weight().equals(server.tableWeight());
    table.row(
        TextTable.Cell.of(server.name()),
        new TextTable.Cell(state(server), colour(server.state())),
        TextTable.Cell.of(Span.text(Duration.between(server.since(), report.now()))),
        TextTable.Cell.of(weight(server.weight())),
        new TextTable.Cell(weight(server.tableWeight()), differs ? Colour.DOUBTFUL : Colour.NONE),
        TextTable.Cell.of(server.last().map(last -> ago(last.began()) + " ago").orElse("never")),
        TextTable.Cell.of(server.last().map(LastCheck::took).map(Span::text).orElse("-")),
        TextTable.Cell.of(server.next().map(this::until).orElse("-")),
        TextTable.Cell.of(Long.toString(counts.rises())),
        TextTable.Cell.of(fell),
        TextTable.Cell.of(why(server)));
  }

  private static String state(Server server) {
    return server.draining() ? server.state() + ", draining" : server.state();
  }

  private static Colour colour(String state) {
    return switch (state) {
      case "up" -> Colour.GOOD;
      case "down" -> Colour.BAD;
      default -> Colour.DOUBTFUL;
    };
  }

  private static String weight(OptionalInt weight) {
    return weight.isPresent() ? Integer.toString(weight.getAsInt()) : "-";
  }

  private static String why(Server server) {
    Counts counts = server.counts();
    StringBuilder why = new StringBuilder(server.reason());
    if (server.state().equals("up") && counts.failures() > 0) {
      why.append("; failed %d/%d: ".formatted(counts.failures(), counts.failureCount()))
          .append(server.last().map(LastCheck::reason).orElse(""));
    } else if (counts.successes() > 0) {
      why.append("; good %d/%d".formatted(counts.successes(), counts.riseCount()));
    }
    return why.toString();
  }

  private String ago(Instant then) {
    return Span.text(Duration.between(then, report.now()));
  }

  private String until(Instant then) {
    Duration left = Duration.between(report.now(), then).truncatedTo(ChronoUnit.MILLIS);
    return left.isPositive() ? "in " + Span.text(left) : "now";
  }

  private String paint(Colour with, String text) {
    String clean = TextTable.printable(text);
    return colour ? with.paint(clean) : clean;
  }
}
