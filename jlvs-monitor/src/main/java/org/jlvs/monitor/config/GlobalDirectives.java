package org.jlvs.monitor.config;

import java.io.File;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.net.Family;

/** Directives that stand at the margin alone. */
final class GlobalDirectives {
  private GlobalDirectives() {}

  static void define(Map<String, Directive<GlobalDraft>> directives, Addresses addresses) {
    directives.put(
        "fallback", (draft, value) -> draft.fallback = addresses.fallback(value, Family.IPV4));
    directives.put(
        "fallback6", (draft, value) -> draft.fallback6 = addresses.fallback(value, Family.IPV6));
    directives.put("autoreload", (draft, value) -> draft.autoReload = value.yesNo());
    directives.put("readdquiescent", (draft, value) -> draft.readdQuiescent = value.yesNo());
    directives.put("supervised", (draft, value) -> draft.supervised = value.yesNo());
    // Checks always run side by side here, which is what fork=yes asks for.
    directives.put("fork", (draft, value) -> value.yesNo());
    directives.put(
        "callback",
        (draft, value) ->
            draft.callback = Optional.of(value.quoted()).filter(text -> !text.isEmpty()));
    directives.put(
        "logfile",
        (draft, value) -> {
          String target = value.quoted();
          draft.log =
              Optional.of(
                  target.startsWith("/")
                      ? new LogDestination.File(target)
                      : SyslogFacility.read(value, target));
        });
    directives.put(
        "maintenancedir",
        (draft, value) -> {
          String directory = value.plainNotEmpty("a directory");
          draft.maintenanceDirectory = Optional.of(directory);
          if (!new File(directory).isDirectory()) {
            value
                .warn()
                .accept(value.column(), "maintenance directory does not exist: " + directory);
          }
        });
    directives.put(
        "execute",
        (draft, value) -> {
          String instance = value.plain().strip();
          if (instance.isEmpty()) {
            value
                .warn()
                .accept(value.column(), "execute= names no configuration, and starts nothing");
          } else {
            draft.instances.add(instance);
          }
        });
    AlertDraft.GLOBAL.forEach(
        (name, reader) -> directives.put(name, (draft, value) -> reader.read(draft.alerts, value)));
  }
}
