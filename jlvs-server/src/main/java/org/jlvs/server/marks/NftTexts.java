package org.jlvs.server.marks;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The rules in nft's own words, from {@code nft -a list ruleset}, by table and handle. */
final class NftTexts {
  /** No texts. */
  static final NftTexts NONE = new NftTexts();

  private static final String HANDLE = " # handle ";

  private record Key(String table, long handle) {}

  private final Map<Key, String> texts = new HashMap<>();

  private NftTexts() {}

  /** Reads a listing; what is no line of a rule is passed over. */
  static NftTexts parse(String listing) {
    NftTexts texts = new NftTexts();
    String table = "";
    for (String raw : listing.lines().toList()) {
      String line = raw.strip();
      int handle = line.lastIndexOf(HANDLE);
      if (line.startsWith("table ")) {
        table = line.substring(6, Math.max(6, line.indexOf(" {")));
      } else if (handle > 0) {
        texts.add(table, line.substring(0, handle), line.substring(handle + HANDLE.length()));
      }
    }
    return texts;
  }

  private void add(String table, String text, String handle) {
    if (handle.matches("[0-9]{1,18}")) {
      texts.put(new Key(table, Long.parseLong(handle)), text);
    }
  }

  /**
   * A rule's text.
   *
   * @param table family and name, as {@code "inet lvs"}
   */
  Optional<String> of(String table, long handle) {
    return Optional.ofNullable(texts.get(new Key(table, handle)));
  }
}
