package org.jlvs.monitor.supervise;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.CheckSettings;
import org.jlvs.monitor.config.RealServer;

/** A line of a monitorfile, with the original's fields, whose scripts cut it at blanks. */
final class MonitorLine {
  private MonitorLine() {}

  static String of(Watch watch, Outcome outcome) {
    RealServer real = watch.real();
    CheckSettings settings = watch.virtual().check();
    List<String> fields = new ArrayList<>();
    fields.add(settings.type().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    switch (settings.type()) {
      case NEGOTIATE, COMBINED -> fields.add(settings.service().text());
      case EXTERNAL, EXTERNAL_PERL -> fields.add(settings.command());
      case CONNECT, PING, ON, OFF -> {}
    }
    fields.add(watch.virtual().protocolName());
    fields.add(real.address().isIpv4() ? real.address().toString() : "[" + real.address() + "]");
    fields.add(String.valueOf(real.port()));
    settings.virtualHost().ifPresent(fields::add);
    if (settings.port() > 0) {
      fields.add(String.valueOf(settings.port()));
    }
    fields.add(String.valueOf(real.weight()));
    fields.add(method(real.forwarding()));
    String request = real.request().or(settings::request).orElse("/");
    fields.add(request.startsWith("/") ? request : "/" + request);
    // Empty where there is none: scripts count the blanks.
    fields.add(real.receive().or(settings::receive).map(Object::toString).orElse(""));
    // The original joins its fields by colons and then makes a blank of each run of them.
    String server = String.join(":", fields).replaceAll(":+", " ").replace("\\", "");
    return server + (outcome.up() ? " [up] " : " [down] ") + escaped(outcome.reason());
  }

  private static String escaped(String message) {
    return message
        .replace("%", "%25")
        .replace("|", "%7c")
        .replace("\r", "%0d")
        .replace("\n", "%0a");
  }

  private static String method(ForwardingMethod forwarding) {
    return switch (forwarding) {
      case DIRECT_ROUTE, LOCAL, BYPASS -> "gate";
      case MASQUERADE -> "masq";
      case TUNNEL -> "ipip";
    };
  }
}
