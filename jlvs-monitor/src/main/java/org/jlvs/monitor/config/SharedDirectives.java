package org.jlvs.monitor.config;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import org.jlvs.core.control.ServicePolicy;

/** Directives that stand at the margin, for all virtual servers, or in a section, for its own. */
final class SharedDirectives {
  private SharedDirectives() {}

  static void define(BiConsumer<String, Directive<GlobalDraft>> both) {
    both.accept(
        "checktimeout", (draft, value) -> draft.checkTimeout = OptionalInt.of(value.seconds()));
    both.accept(
        "negotiatetimeout",
        (draft, value) -> draft.negotiateTimeout = OptionalInt.of(value.seconds()));
    both.accept(
        "checkinterval", (draft, value) -> draft.checkInterval = OptionalInt.of(value.seconds()));
    both.accept(
        "checkcount",
        (draft, value) -> {
          draft.checkCount = OptionalInt.of(value.number(1, "a number of attempts, 1 or more"));
          value
              .warn()
              .accept(
                  value.column(), "checkcount is for pings only, and deprecated; see failurecount");
        });
    both.accept(
        "failurecount",
        (draft, value) ->
            draft.failureCount =
                OptionalInt.of(value.number(1, "a number of failures, 1 or more")));
    both.accept(
        "risecount",
        (draft, value) ->
            draft.riseCount =
                OptionalInt.of(value.number(1, "a number of good checks, 1 or more")));
    both.accept(
        "promptfailover", (draft, value) -> draft.promptFailover = Optional.of(value.yesNo()));
    both.accept(
        "draintimeout",
        (draft, value) ->
            draft.drainTimeout =
                OptionalInt.of(secondsUpTo(ServicePolicy.LONGEST_DRAIN_SECONDS, value)));
    both.accept(
        "slowstart",
        (draft, value) ->
            draft.slowStart =
                OptionalInt.of(secondsUpTo(ServicePolicy.LONGEST_SLOW_START_SECONDS, value)));
    both.accept("quiescent", (draft, value) -> draft.quiescent = Optional.of(value.yesNo()));
    both.accept("cleanstop", (draft, value) -> draft.cleanStop = Optional.of(value.yesNo()));
    both.accept(
        "fallbackcommand",
        (draft, value) ->
            draft.fallbackCommand = Optional.of(value.plainNotEmpty("the path of a command")));
    AlertDraft.SHARED.forEach(
        (name, reader) -> both.accept(name, (draft, value) -> reader.read(draft.alerts, value)));
    TlsDraft.SHARED.forEach(
        (name, reader) -> both.accept(name, (draft, value) -> reader.read(draft.tls, value)));
  }

  private static int secondsUpTo(int most, Value value) throws Value.Invalid {
    String expected = "a number of seconds, 0 for none, at most " + most;
    int seconds = value.number(0, expected);
    if (seconds > most) {
      throw value.invalid(expected);
    }
    return seconds;
  }
}
