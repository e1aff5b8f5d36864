package org.jlvs.monitor.config;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Settings as they are collected, globally or for one virtual server; empty where not given. */
class GlobalDraft {
  OptionalInt checkTimeout = OptionalInt.empty();
  OptionalInt negotiateTimeout = OptionalInt.empty();
  OptionalInt checkInterval = OptionalInt.empty();
  OptionalInt checkCount = OptionalInt.empty();
  OptionalInt failureCount = OptionalInt.empty();
  OptionalInt riseCount = OptionalInt.empty();
  OptionalInt drainTimeout = OptionalInt.empty();
  OptionalInt slowStart = OptionalInt.empty();
  Optional<Boolean> promptFailover = Optional.empty();
  Optional<Boolean> quiescent = Optional.empty();
  Optional<Boolean> cleanStop = Optional.empty();
  Optional<String> fallbackCommand = Optional.empty();
  final WeightDraft weight = new WeightDraft();
  final TlsDraft tls = new TlsDraft();

  Optional<Fallback> fallback = Optional.empty();
  Optional<Fallback> fallback6 = Optional.empty();

  boolean autoReload;
  boolean readdQuiescent;
  boolean supervised;
  Optional<String> callback = Optional.empty();
  Optional<LogDestination> log = Optional.empty();
  Optional<String> maintenanceDirectory = Optional.empty();

  final Set<String> instances = new LinkedHashSet<>();

  final AlertDraft alerts = new AlertDraft();
}
