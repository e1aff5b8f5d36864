package org.jlvs.server.marks;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.IpSetSave;
import org.jlvs.core.mark.RuleSyntaxException;

/**
 * Reads sets of {@code ipset} in the calling thread's network namespace: those that rules ask, and
 * their members. The kernel tells nobody of their changes, so they are read again and again, and
 * understood again only when the text is another one. For one thread.
 */
final class IpSetReader {
  /**
   * What is known of sets.
   *
   * @param missing by name, why there is no set to ask
   */
  record Sets(Map<String, HostFacts.IpSet> sets, Map<String, String> missing) {
    static final Sets NONE = new Sets(Map.of(), Map.of());

    Sets {
      sets = Map.copyOf(sets);
      missing = Map.copyOf(missing);
    }
  }

  private static final String PROGRAM = "ipset";

  private final Tool tool;
  private Map<String, String> texts = Map.of();
  private Sets last = Sets.NONE;

  IpSetReader(Tool tool) {
    this.tool = tool;
  }

  /** The sets as they are now; the very object of the call before when nothing has changed. */
  Sets read(Set<String> names) {
    Map<String, String> now = new TreeMap<>();
    Map<String, String> missing = new HashMap<>();
    Deque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      String name = open.removeFirst();
      if (now.containsKey(name) || missing.containsKey(name)) {
        continue;
      }
      try {
        String text = tool.run(PROGRAM, "save", name);
        now.put(name, text);
        open.addAll(IpSetSave.members(text));
      } catch (IOException e) {
        missing.put(name, reason(name, e));
      }
    }
    if (!now.equals(texts) || !missing.equals(last.missing)) {
      last = parsed(now, missing);
      texts = now;
    }
    return last;
  }

  private String reason(String name, IOException failure) {
    String message = String.valueOf(failure.getMessage());
    if (!tool.isInstalled(PROGRAM)) {
      return "the set " + name + " can't be read: install the package ipset";
    }
    return message.contains("does not exist")
        ? "the set " + name + " does not exist"
        : "the set " + name + " can't be read: " + message;
  }

  private static Sets parsed(Map<String, String> texts, Map<String, String> missing) {
    Map<String, String> problems = new HashMap<>(missing);
    try {
      return new Sets(IpSetSave.parse(String.join("\n", texts.values())), problems);
    } catch (RuleSyntaxException e) {
      texts.keySet().forEach(name -> problems.put(name, "ipset save: " + e.reason()));
      return new Sets(Map.of(), problems);
    }
  }
}
