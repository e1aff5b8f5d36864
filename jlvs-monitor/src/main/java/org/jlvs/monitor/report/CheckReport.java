package org.jlvs.monitor.report;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jlvs.monitor.report.CheckRow.State;

/** Results of checks as a table, as lines and as JSON. */
public final class CheckReport {
  /** Besides the rows: headings, what is left out, the sum, and the cursor. */
  private static final int OTHER_LINES = 4;

  private CheckReport() {}

  /** The whole table, with the sum below it. */
  public static List<String> table(List<CheckRow> rows, boolean colour) {
    List<String> lines = new ArrayList<>(build(rows).lines(colour));
    lines.add(sum(rows));
    return lines;
  }

  /**
   * The table as it fits on a screen; when it does not, those that are not up come first.
   *
   * @param width in characters
   * @param height in lines
   */
  public static List<String> screen(List<CheckRow> rows, boolean colour, int width, int height) {
    int room = Math.max(1, height - OTHER_LINES);
    List<CheckRow> shown = rows;
    List<String> lines = new ArrayList<>();
    if (rows.size() > room) {
      shown =
          rows.stream()
              .sorted(Comparator.comparing(row -> row.state() == State.UP))
              .limit(room)
              .toList();
    }
    lines.addAll(build(shown).lines(colour, width));
    if (shown.size() < rows.size()) {
      lines.add("... and " + (rows.size() - shown.size()) + " more");
    }
    lines.add(sum(rows));
    return lines;
  }

  private static TextTable build(List<CheckRow> rows) {
    TextTable table = new TextTable("VIRTUAL", "REAL SERVER", "CHECK", "RESULT", "TIME", "REASON");
    for (CheckRow row : rows) {
      table.row(
          TextTable.Cell.of(row.virtual()),
          TextTable.Cell.of(row.real()),
          TextTable.Cell.of(row.check()),
          new TextTable.Cell(row.state().text(), row.state().colour()),
          TextTable.Cell.of(took(row)),
          TextTable.Cell.of(row.reason()));
    }
    return table;
  }

  private static String took(CheckRow row) {
    return switch (row.state()) {
      case WAITING, MAINTENANCE -> "-";
      case UP, DOWN -> Span.text(row.took());
    };
  }

  private static long count(List<CheckRow> rows, State state) {
    return rows.stream().filter(row -> row.state() == state).count();
  }

  private static String sum(List<CheckRow> rows) {
    long maintained = count(rows, State.MAINTENANCE);
    long waiting = count(rows, State.WAITING);
    return rows.size()
        + (rows.size() == 1 ? " real server: " : " real servers: ")
        + count(rows, State.UP)
        + " up, "
        + count(rows, State.DOWN)
        + " down"
        + (maintained > 0 ? ", " + maintained + " under maintenance" : "")
        + (waiting > 0 ? ", " + waiting + " being checked" : "");
  }

  /** One result as a line of its own, with its time. */
  public static String line(CheckRow row) {
    return TextTable.printable(
        "%s %s %s %s %s %s %s"
            .formatted(
                row.at().truncatedTo(ChronoUnit.SECONDS),
                row.virtual(),
                row.real(),
                row.check(),
                row.state().text(),
                took(row),
                row.reason()));
  }

  /** One result as a JSON object. */
  public static String json(CheckRow row) {
    Json json = new Json();
    fill(json, row);
    return json.toString();
  }

  /** All results as a JSON object. */
  public static String json(String configuration, List<CheckRow> rows) {
    return new Json()
        .put("configuration", configuration)
        .put("up", count(rows, State.UP))
        .put("down", count(rows, State.DOWN))
        .put("maintenance", count(rows, State.MAINTENANCE))
        .put("checks", rows, CheckReport::fill)
        .toString();
  }

  private static void fill(Json json, CheckRow row) {
    json.put("virtual", row.virtual())
        .put("real", row.real())
        .put("check", row.check())
        .put("result", row.state().name().toLowerCase(Locale.ROOT))
        .put("tookMillis", row.took().toMillis())
        .put("at", row.at().toString())
        .put("reason", row.reason());
  }
}
