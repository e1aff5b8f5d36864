package org.jlvs.monitor.alert;

import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jlvs.monitor.config.AlertSettings;
import org.jlvs.monitor.config.ConfiguredText;
import org.jlvs.monitor.log.LogFormat;

/**
 * What goes to a receiver at once. Text is bytes as characters below 256, as the configuration has
 * it.
 *
 * @param host where the monitor runs
 * @param configuration the configuration's short name
 * @param alerts one or more, in their order
 * @param leftOut how many alerts before them were told to nobody
 */
record Message(String host, String configuration, List<Alert> alerts, int leftOut) {

  Message {
    alerts = List.copyOf(alerts);
  }

  /** The original's subject where there is one alert. */
  String subject() {
    String first = alerts.getFirst().subject();
    return alerts.size() == 1 ? first : alerts.size() + " alerts: " + first;
  }

  /** The original's mail where there is one alert and none was left out; lines end by LF. */
  String body() {
    Alert last = alerts.getLast();
    StringBuilder text = new StringBuilder();
    text.append("ldirectord host: ").append(host).append('\n');
    text.append("Log-Message: ").append(subject()).append('\n');
    text.append("Daemon-Status: ").append(last.status().text()).append('\n');
    if (alerts.size() > 1) {
      text.append('\n').append(listing());
    }
    if (leftOut > 0) {
      text.append('\n').append(leftOutText()).append('\n');
    }
    Set<String> details = new LinkedHashSet<>();
    for (Alert alert : alerts) {
      details.add(details(alert.virtual().alerts()));
    }
    for (String detail : details) {
      if (!detail.isEmpty()) {
        text.append('\n').append(detail).append('\n');
      }
    }
    return text.toString();
  }

  private static String details(AlertSettings settings) {
    String name = settings.serviceName();
    String comment = settings.comment();
    return (name.isEmpty() ? "" : "Service name: " + name + "\n")
        + (comment.isEmpty() ? "" : "Comment: " + comment + "\n");
  }

  private String listing() {
    StringBuilder lines = new StringBuilder();
    for (Alert alert : alerts) {
      lines
          .append(LogFormat.streamLine(alert.time(), ZoneId.systemDefault(), alert.subject()))
          .append('\n');
    }
    return lines.toString();
  }

  private String leftOutText() {
    return leftOut == 1
        ? "1 alert before was left out."
        : leftOut + " alerts before were left out.";
  }

  /** All that is known, as a JSON object; {@code docs/LDIRECTORD.md} lists its fields. */
  String json() {
    StringBuilder text = new StringBuilder("{");
    String shown = alerts.size() == 1 ? subject() : subject() + "\n" + listing().strip();
    field(text, "text", leftOut == 0 ? shown : shown + "\n" + leftOutText());
    field(text, "host", host);
    field(text, "configuration", configuration);
    text.append("\"leftOut\":").append(leftOut).append(",\"alerts\":[");
    for (Alert alert : alerts) {
      text.append(alert == alerts.getFirst() ? "{" : ",{");
      AlertSettings settings = alert.virtual().alerts();
      field(text, "time", Instant.ofEpochSecond(alert.time().getEpochSecond()).toString());
      field(text, "event", alert.event().text());
      field(text, "status", alert.status().text());
      field(text, "virtual", alert.virtual().name());
      field(text, "protocol", alert.virtual().protocolName());
      field(text, "real", alert.server());
      field(text, "message", alert.message());
      field(text, "reason", alert.reason());
      field(text, "servicename", settings.serviceName());
      field(text, "comment", settings.comment());
      text.setCharAt(text.length() - 1, '}');
    }
    return text.append("]}").toString();
  }

  private static void field(StringBuilder text, String name, String value) {
    text.append('"').append(name).append("\":\"");
    String decoded = ConfiguredText.decoded(value);
    for (int i = 0; i < decoded.length(); i++) {
      char c = decoded.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        default -> {
          if (c < ' ') {
            text.append(String.format("\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append("\",");
  }
}
