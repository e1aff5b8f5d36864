package org.jlvs.server.marks;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Expressions of libnftables' JSON in something like nft's own words, for messages. */
final class NftWords {
  private static final int MAX_DEPTH = 16;

  private NftWords() {}

  static String of(JsonNode expression) {
    return of(expression, 0);
  }

  private static String of(JsonNode node, int depth) {
    if (depth > MAX_DEPTH) {
      return "...";
    }
    if (node.isValueNode()) {
      return node.asString("");
    }
    if (node.isArray()) {
      return joined(node, ", ", depth);
    }
    for (String operator : new String[] {"&", "|", "^", "<<", ">>"}) {
      if (node.path(operator).isArray()) {
        return joined(node.path(operator), " " + operator + " ", depth);
      }
    }
    if (node.path("range").isArray()) {
      return joined(node.path("range"), "-", depth);
    }
    if (node.path("concat").isArray()) {
      return joined(node.path("concat"), " . ", depth);
    }
    if (node.path("set").isArray()) {
      return "{ " + joined(node.path("set"), ", ", depth) + " }";
    }
    if (node.path("prefix").isObject()) {
      return of(node.path("prefix").path("addr"), depth + 1)
          + "/"
          + node.path("prefix").path("len").asString("");
    }
    if (node.path("payload").isObject()) {
      return of(node.path("payload"), depth + 1);
    }
    List<String> words = new ArrayList<>();
    for (var field : node.properties()) {
      boolean plain = List.of("key", "protocol", "field", "name").contains(field.getKey());
      words.add((plain ? "" : field.getKey() + " ") + of(field.getValue(), depth + 1));
    }
    return String.join(" ", words);
  }

  private static String joined(JsonNode all, String between, int depth) {
    List<String> words = new ArrayList<>();
    all.forEach(one -> words.add(of(one, depth + 1)));
    return String.join(between, words);
  }
}
