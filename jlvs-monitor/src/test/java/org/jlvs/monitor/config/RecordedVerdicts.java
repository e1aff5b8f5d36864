package org.jlvs.monitor.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What the original said of texts, and where this parser differs. */
final class RecordedVerdicts {
  private RecordedVerdicts() {}

  /**
   * @param valid whether the original reads the text
   */
  record Row(boolean valid, String name, String text) {}

  static List<Row> all() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String[] fields : table("verdicts.tsv")) {
      rows.add(new Row(fields[0].equals("valid"), unescaped(fields[1]), unescaped(fields[2])));
    }
    return rows;
  }

  /** {@code stricter} or {@code lenient}, and the text's name. */
  static List<String> differences() throws IOException {
    List<String> names = new ArrayList<>();
    for (String[] fields : table("differences.tsv")) {
      names.add(fields[0] + " " + unescaped(fields[2]));
    }
    return names;
  }

  private static List<String[]> table(String name) throws IOException {
    List<String[]> rows = new ArrayList<>();
    try (InputStream stream = RecordedVerdicts.class.getResourceAsStream(name)) {
      String text =
          new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n")) {
        if (!line.startsWith("#")) {
          rows.add(line.split("\t", -1));
        }
      }
    }
    return rows;
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    boolean escape = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!escape && c == '\\') {
        escape = true;
        continue;
      }
      plain.append(escape ? escaped(c) : c);
      escape = false;
    }
    return plain.toString();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case '0' -> '\0';
      default -> letter;
    };
  }
}
