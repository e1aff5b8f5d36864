package org.jlvs.monitor.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Settings of weights and of passive health as they are collected; empty where not given. */
final class WeightDraft {
  Optional<WeightSource> source = Optional.empty();

  /** The directive that gave {@link #source}. */
  String sourceDirective = "";

  OptionalInt interval = OptionalInt.empty();
  OptionalInt timeout = OptionalInt.empty();
  OptionalInt step = OptionalInt.empty();
  OptionalInt keep = OptionalInt.empty();

  Optional<Boolean> passive = Optional.empty();
  OptionalInt failures = OptionalInt.empty();
  OptionalInt clients = OptionalInt.empty();
  OptionalInt window = OptionalInt.empty();
  OptionalInt downtime = OptionalInt.empty();

  /**
   * @param global where this draft says nothing
   * @param checkInterval the interval where nobody says anything
   * @param checkTimeout the time-out likewise
   */
  WeightSettings weights(WeightDraft global, Duration checkInterval, Duration checkTimeout) {
    return new WeightSettings(
        source.or(() -> global.source).orElseGet(WeightSource.None::new),
        seconds(interval, global.interval, checkInterval),
        seconds(timeout, global.timeout, checkTimeout),
        number(step, global.step, WeightSettings.DEFAULT_STEP),
        number(keep, global.keep, WeightSettings.DEFAULT_KEEP));
  }

  PassiveSettings passive(WeightDraft global) {
    return new PassiveSettings(
        passive.or(() -> global.passive).orElse(false),
        number(failures, global.failures, PassiveSettings.DEFAULT_FAILURES),
        number(clients, global.clients, PassiveSettings.DEFAULT_CLIENTS),
        Duration.ofSeconds(number(window, global.window, PassiveSettings.DEFAULT_WINDOW_SECONDS)),
        Duration.ofSeconds(number(downtime, global.downtime, 0)));
  }

  private static int number(OptionalInt own, OptionalInt global, int otherwise) {
    return own.isPresent() ? own.getAsInt() : global.orElse(otherwise);
  }

  private static Duration seconds(OptionalInt own, OptionalInt global, Duration otherwise) {
    int given = number(own, global, 0);
    return given == 0 ? otherwise : Duration.ofSeconds(given);
  }
}
