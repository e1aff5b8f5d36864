package org.jlvs.monitor.report;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;

/** Writes one JSON object; for a thread at a time. */
public final class Json {
  private final StringBuilder text = new StringBuilder("{");

  public Json put(String name, String value) {
    return raw(name, quoted(value));
  }

  public Json put(String name, long value) {
    return raw(name, Long.toString(value));
  }

  public Json put(String name, boolean value) {
    return raw(name, Boolean.toString(value));
  }

  /** Null when there is nothing. */
  public Json put(String name, Optional<?> value) {
    return raw(name, value.map(there -> quoted(there.toString())).orElse("null"));
  }

  public Json put(String name, OptionalInt value) {
    return raw(name, value.isPresent() ? Integer.toString(value.getAsInt()) : "null");
  }

  public Json put(String name, Json object) {
    return raw(name, object.toString());
  }

  /** An array of objects. */
  public <T> Json put(String name, List<T> values, BiConsumer<Json, T> writer) {
    StringBuilder array = new StringBuilder("[");
    for (T value : values) {
      Json object = new Json();
      writer.accept(object, value);
      array.append(array.length() > 1 ? "," : "").append(object);
    }
    return raw(name, array.append(']').toString());
  }

  private Json raw(String name, String value) {
    text.append(text.length() > 1 ? "," : "").append(quoted(name)).append(':').append(value);
    return this;
  }

  /** Texts of a configuration hold bytes as characters below 256, which mostly are UTF-8. */
  private static String quoted(String value) {
    boolean bytes = value.chars().allMatch(c -> c < 256);
    String decoded =
        bytes
            ? new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
            : value;
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < decoded.length(); i++) {
      char c = decoded.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        default -> {
          if (Character.isISOControl(c)) {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** The object in one line. */
  @Override
  public String toString() {
    return text + "}";
  }
}
