package org.jlvs.monitor.config;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the directives of weight agents and of passive health, which the original has not. */
final class WeightDirectives {
  private static final Pattern AGENT =
      Pattern.compile("(?:(?<scheme>tcp|http|https):)?(?<port>[0-9]{1,5})(?<path>/.*)?");
  private static final Pattern HEADER = Pattern.compile("[0-9A-Za-z!#$%&'*+.^_`|~-]{1,100}");
  private static final int MOST_PERCENT = 100;
  private static final int FEWEST_WEIGHT_STEPS = 10;
  private static final int MOST_CLIENTS = 8;

  private WeightDirectives() {}

  /**
   * @param both takes directives that stand at the margin or in a section
   */
  static void define(BiConsumer<String, Directive<GlobalDraft>> both) {
    both.accept("weightagent", (draft, value) -> source(draft, value, agent(value)));
    both.accept(
        "weightcommand",
        (draft, value) ->
            source(
                draft,
                value,
                new WeightSource.Command(value.plainNotEmpty("the path of a command"))));
    both.accept("weightheader", (draft, value) -> source(draft, value, header(value)));
    both.accept("weightpattern", (draft, value) -> source(draft, value, group(value)));
    both.accept(
        "weightinterval",
        (draft, value) -> draft.weight.interval = OptionalInt.of(value.seconds()));
    both.accept(
        "weighttimeout", (draft, value) -> draft.weight.timeout = OptionalInt.of(value.seconds()));
    both.accept(
        "weightstep",
        (draft, value) ->
            draft.weight.step =
                OptionalInt.of(atMost(value, 1, MOST_PERCENT, "percentage points, 1 to 100")));
    both.accept(
        "weightkeep",
        (draft, value) ->
            draft.weight.keep =
                OptionalInt.of(value.number(1, "a number of intervals, 1 or more")));
    both.accept(
        "passivehealth", (draft, value) -> draft.weight.passive = Optional.of(value.yesNo()));
    both.accept(
        "passivefailures",
        (draft, value) ->
            draft.weight.failures =
                OptionalInt.of(value.number(1, "a number of failures, 1 or more")));
    both.accept(
        "passiveclients",
        (draft, value) ->
            draft.weight.clients =
                OptionalInt.of(atMost(value, 1, MOST_CLIENTS, "a number of clients, 1 to 8")));
    both.accept(
        "passivewindow",
        (draft, value) ->
            draft.weight.window =
                OptionalInt.of(
                    atMost(
                        value,
                        1,
                        PassiveSettings.LONGEST_WINDOW_SECONDS,
                        "a number of seconds, 1 to " + PassiveSettings.LONGEST_WINDOW_SECONDS)));
    both.accept(
        "passivedowntime",
        (draft, value) ->
            draft.weight.downtime =
                OptionalInt.of(value.number(0, "a number of seconds, 0 for an extra check only")));
  }

  /** Warns of what can have no effect in a virtual server. */
  static void warnOfNoEffect(VirtualServer virtual, BiConsumer<Integer, String> warn) {
    WeightSource source = virtual.weights().source();
    boolean inCheck =
        switch (source) {
          case WeightSource.Header _ -> negotiates(virtual) && asksPages(virtual.check());
          case WeightSource.Group _ ->
              negotiates(virtual)
                  && (asksPages(virtual.check())
                      || virtual.check().service() == ServiceType.SIMPLETCP);
          default -> true;
        };
    if (!inCheck) {
      warn.accept(
          1,
          "the weight of servers of "
              + virtual.name()
              + " can't be read from their checks: weightheader= wants checktype=negotiate and an"
              + " HTTP service, weightpattern= that or service=simpletcp");
    }
    if (virtual.weights().isOn()) {
      virtual.realServers().stream()
          .filter(real -> real.weight() > 0 && real.weight() < FEWEST_WEIGHT_STEPS)
          .findFirst()
          .ifPresent(
              real ->
                  warn.accept(
                      1,
                      "weight "
                          + real.weight()
                          + " of real server "
                          + real.address()
                          + " leaves its agent few steps between 0 and 100%; weights of 100 leave"
                          + " it all"));
    }
  }

  private static boolean negotiates(VirtualServer virtual) {
    CheckType type = virtual.check().type();
    return type == CheckType.NEGOTIATE || type == CheckType.COMBINED;
  }

  private static boolean asksPages(CheckSettings check) {
    return switch (check.service()) {
      case HTTP, HTTPS, HTTP_PROXY -> true;
      default -> false;
    };
  }

  private static void source(GlobalDraft draft, Value value, WeightSource source)
      throws Value.Invalid {
    if (draft.weight.source.isPresent()) {
      throw value.invalid(
          "no other source of weights beside " + draft.weight.sourceDirective + "=");
    }
    draft.weight.source = Optional.of(source);
    draft.weight.sourceDirective = value.directive();
  }

  private static WeightSource agent(Value value) throws Value.Invalid {
    String text = value.word();
    if (text.equals("none")) {
      return new WeightSource.None();
    }
    Matcher matcher = AGENT.matcher(text);
    int port = matcher.matches() ? Integer.parseInt(matcher.group("port")) : 0;
    if (port < 1 || port > 65_535) {
      throw value.invalid("PORT, tcp:PORT, http:PORT/PATH, https:PORT/PATH or none");
    }
    String scheme = matcher.group("scheme");
    String path = matcher.group("path");
    if (scheme == null || scheme.equals("tcp")) {
      if (path != null) {
        throw value.invalid("a port alone, or http:PORT/PATH");
      }
      return new WeightSource.Tcp(port);
    }
    String target = path == null ? "/" : path;
    try {
      URI.create("http://agent" + target);
    } catch (IllegalArgumentException malformed) {
      throw value.invalid("a path as in a URL, with what is special in it percent-encoded");
    }
    return new WeightSource.Page(scheme.equals("https"), port, target);
  }

  private static WeightSource header(Value value) throws Value.Invalid {
    String name = value.word();
    if (!HEADER.matcher(name).matches()) {
      throw value.invalid("the name of an HTTP header");
    }
    return new WeightSource.Header(name.toLowerCase(Locale.ROOT));
  }

  private static WeightSource group(Value value) throws Value.Invalid {
    PerlRegexp regexp = value.regexp();
    if (regexp.pattern().matcher("").groupCount() == 0) {
      throw value.invalid("a regular expression with a group, such as \"load: (\\d+%)\"");
    }
    return new WeightSource.Group(regexp);
  }

  private static int atMost(Value value, int least, int most, String expected)
      throws Value.Invalid {
    int number = value.number(least, expected);
    if (number > most) {
      throw value.invalid(expected);
    }
    return number;
  }
}
