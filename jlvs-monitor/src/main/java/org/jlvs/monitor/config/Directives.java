package org.jlvs.monitor.config;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** All directives by their names, at the margin and in the sections of virtual servers. */
final class Directives {
  final Map<String, Directive<GlobalDraft>> global = new HashMap<>();
  final Map<String, Directive<VirtualDraft>> virtual = new HashMap<>();

  Directives(Addresses addresses) {
    SharedDirectives.define(this::both);
    WeightDirectives.define(this::both);
    GlobalDirectives.define(global, addresses);
    VirtualDirectives.define(virtual, addresses);
  }

  private void both(String name, Directive<GlobalDraft> directive) {
    global.put(name, directive);
    virtual.put(name, directive::read);
  }

  /** What to say of a name that does not stand for a directive at the margin. */
  String adviceAtMargin(String name) {
    return virtual.containsKey(name)
        ? "; it belongs, indented, into a virtual server's section"
        : nearest(name, global);
  }

  /** What to say of a name that does not stand for a directive in a section. */
  String adviceInSection(String name) {
    return global.containsKey(name)
        ? "; it is a global one: put it at the margin, before the virtual servers"
        : nearest(name, virtual);
  }

  private static String nearest(String name, Map<String, ?> directives) {
    return directives.keySet().stream()
        .filter(known -> distance(known, name.toLowerCase(Locale.ROOT)) <= 2)
        .sorted()
        .findFirst()
        .map(known -> "; did you mean " + known + "?")
        .orElse("");
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 2) {
      return 3;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
