package org.jlvs.monitor.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * Reads ldirectord.cf as ldirectord 4.12 does. A line is {@code directive = value}; {@code #}
 * begins a comment; a section begins with {@code virtual=} at the margin and goes on while lines
 * are indented by four columns or more (a tab counts as four); an empty line ends it.
 *
 * <p>Stricter than the original, where it accepts by accident what cannot work: a virtual server
 * without a port (it takes {@code 10.0.0.100} for the mark 10), numbers that are too large, a
 * scheduler that does not exist, an invalid regular expression, a lower threshold above the upper
 * one. More lenient: {@code #} between quotes is no comment, a section may be empty, thresholds
 * work in every form of the manual, port names work in a global fallback, SCTP is a protocol.
 *
 * <p>The text holds bytes as characters below 256, so that a regular expression means bytes, as it
 * does in Perl without {@code use utf8}.
 */
public final class ConfigurationParser {
  private static final Set<String> TEXT_VALUES = Set.of("comment", "servicename");
  private static final Pattern LINE = Pattern.compile("([A-Za-z0-9_]+)([ \\t]*=[ \\t]*)(.*)");
  private static final int INDENT = 4;
  private static final int MOST_PROBLEMS = 20;

  private final Addresses addresses;
  private final Directives directives;

  private final GlobalDraft globals = new GlobalDraft();
  private final List<VirtualDraft> sections = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private int line;

  private ConfigurationParser(NameResolver names) {
    addresses = new Addresses(names);
    directives = new Directives(addresses);
  }

  /**
   * Reads a configuration.
   *
   * @param text the file's bytes as characters below 256 (ISO 8859-1)
   * @throws ConfigurationException with all that is wrong in it, up to a limit
   */
  public static Configuration parse(String text, NameResolver names) throws ConfigurationException {
    return new ConfigurationParser(names).read(text);
  }

  private Configuration read(String text) throws ConfigurationException {
    @Nullable VirtualDraft section = null;
    boolean skipping = false;
    for (String raw : text.split("\n", -1)) {
      line++;
      String full = raw.endsWith("\r") ? raw.substring(0, raw.length() - 1) : raw;
      String content = withoutComment(full);
      if (content.isBlank()) {
        boolean commentOnly = !full.isBlank();
        section = commentOnly ? section : null;
        skipping = commentOnly && skipping;
        continue;
      }
      int start = firstVisible(content);
      boolean indented = columns(content, start) >= INDENT;
      if (start > 0 && indented && (section != null || skipping)) {
        if (section != null) {
          readDirective(content, start, section, directives.virtual);
        }
        continue;
      }
      section = null;
      skipping = false;
      if (start > 0) {
        problem(
            start,
            "an indented line must follow its virtual= line at once, by a tab or 4 spaces; found "
                + content.strip());
        continue;
      }
      Matcher matcher = LINE.matcher(content.stripTrailing());
      if (matcher.matches() && matcher.group(1).matches("virtual6?")) {
        section = readVirtual(matcher);
        skipping = section == null;
      } else {
        readDirective(content, 0, globals, directives.global);
      }
    }
    VirtualBuilder builder = new VirtualBuilder(globals, this::warn, this::problem);
    List<VirtualServer> virtualServers = new ArrayList<>();
    Set<ServiceKey> keys = new HashSet<>();
    for (VirtualDraft draft : sections) {
      line = draft.line;
      VirtualServer virtual = builder.build(draft);
      if (!keys.add(virtual.key())) {
        problem(
            0,
            "virtual server "
                + virtual.name()
                + " ("
                + virtual.protocolName()
                + ") is there already; expected each only once");
      }
      WeightDirectives.warnOfNoEffect(virtual, this::warn);
      virtualServers.add(virtual);
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return new Configuration(
        new Configuration.Globals(
            Duration.ofSeconds(globals.checkInterval.orElse(10)),
            globals.autoReload,
            globals.callback,
            globals.log,
            globals.maintenanceDirectory,
            globals.supervised,
            globals.readdQuiescent,
            List.copyOf(globals.instances)),
        virtualServers,
        warnings);
  }

  private @Nullable VirtualDraft readVirtual(Matcher matcher) {
    Family family = matcher.group(1).equals("virtual6") ? Family.IPV6 : Family.IPV4;
    try {
      VirtualDraft draft =
          addresses.virtual(
              value(matcher.group(1), matcher.group(3), matcher.start(3)), line, family);
      sections.add(draft);
      return draft;
    } catch (Value.Invalid invalid) {
      problem(invalid.column() - 1, String.valueOf(invalid.getMessage()));
      return null;
    }
  }

  private <D> void readDirective(
      String content, int start, D draft, Map<String, Directive<D>> known) {
    Matcher matcher =
        LINE.matcher(content)
            .region(start, start + content.substring(start).stripTrailing().length());
    if (!matcher.matches()) {
      if (draft instanceof GlobalDraft global && content.strip().equals("supervised")) {
        global.supervised = true;
        warn(start + 1, "supervised stands alone; write supervised=yes");
        return;
      }
      problem(start, "expected DIRECTIVE = VALUE, found " + content.strip());
      return;
    }
    String name = matcher.group(1);
    Directive<D> directive = known.get(name);
    if (directive == null) {
      problem(
          start,
          draft instanceof VirtualDraft
              ? "unknown virtual server directive " + name + directives.adviceInSection(name)
              : "unknown global directive " + name + directives.adviceAtMargin(name));
      return;
    }
    try {
      directive.read(draft, value(name, matcher.group(3), matcher.start(3)));
    } catch (Value.Invalid invalid) {
      problem(invalid.column() - 1, String.valueOf(invalid.getMessage()));
    }
  }

  private Value value(String directive, String text, int offset) {
    return new Value(directive, text.stripTrailing(), offset + 1, this::warn);
  }

  private void warn(int column, String message) {
    warnings.add(new Problem(line, column, message));
  }

  private void problem(int offset, String message) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(new Problem(line, offset + 1, message));
    }
  }

  private static int firstVisible(String content) {
    int at = 0;
    while (content.charAt(at) == ' ' || content.charAt(at) == '\t') {
      at++;
    }
    return at;
  }

  private static int columns(String content, int end) {
    int columns = 0;
    for (int i = 0; i < end; i++) {
      columns += content.charAt(i) == '\t' ? INDENT : 1;
    }
    return columns;
  }

  /** Cuts at the first {@code #} that does not stand between quotes. */
  private static String withoutComment(String text) {
    Matcher matcher = LINE.matcher(text.stripLeading());
    boolean quotesCount = matcher.matches() && !TEXT_VALUES.contains(matcher.group(1));
    boolean open = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' && quotesCount) {
        open = !open;
      } else if (c == '#' && !(open && text.indexOf('"', i) > 0)) {
        return text.substring(0, i);
      }
    }
    return text;
  }
}
