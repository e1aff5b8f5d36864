package org.jlvs.monitor.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns that are as wide as their longest text; the last one may be any length. */
public final class TextTable {
  private static final int BETWEEN = 2;

  private final List<Cell[]> rows = new ArrayList<>();

  /** A text and its colour. */
  public record Cell(String text, Colour colour) {
    public static Cell of(String text) {
      return new Cell(text, Colour.NONE);
    }
  }

  public TextTable(String... headings) {
    rows.add(
        Arrays.stream(headings)
            .map(heading -> new Cell(heading, Colour.HEADING))
            .toArray(Cell[]::new));
  }

  /**
   * @param cells as many as there are headings
   */
  public void row(Cell... cells) {
    rows.add(cells.clone());
  }

  /**
   * The lines, the headings first. What a server has sent may be in them: characters that could
   * steer a terminal are shown as {@code ?}.
   */
  public List<String> lines(boolean colour) {
    return lines(colour, Integer.MAX_VALUE);
  }

  /** As {@link #lines(boolean)}, cut where {@code width} ends. */
  List<String> lines(boolean colour, int width) {
    int columns = rows.getFirst().length;
    int[] widths = new int[columns];
    for (Cell[] row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row[i].text().length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (Cell[] row : rows) {
      StringBuilder line = new StringBuilder();
      int left = width;
      for (int i = 0; i < columns && left > 0; i++) {
        String text = printable(row[i].text());
        int padding = i < columns - 1 ? widths[i] - text.length() + BETWEEN : 0;
        String cut = text.substring(0, Math.min(left, text.length()));
        line.append(colour ? row[i].colour().paint(cut) : cut);
        line.repeat(' ', padding);
        left -= text.length() + padding;
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  /** {@code text} without characters that could steer a terminal. */
  public static String printable(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      clean.append(Character.isISOControl(c) ? '?' : c);
    }
    return clean.toString();
  }
}
