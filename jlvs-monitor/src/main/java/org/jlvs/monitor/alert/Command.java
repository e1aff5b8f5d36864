package org.jlvs.monitor.alert;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.monitor.config.ConfiguredText;

/**
 * A program of the operator. Arguments: event, virtual server, real server and message of the last
 * alert; the environment says the same and more, standard input has all alerts as JSON.
 */
record Command(String path) implements Receiver {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "alertcommand " + path;
  }

  @Override
  public void deliver(Message message) throws IOException, InterruptedException {
    Alert last = message.alerts().getLast();
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("ALERT_HOST", message.host());
    environment.put("ALERT_CONFIGURATION", message.configuration());
    environment.put("ALERT_COUNT", String.valueOf(message.alerts().size()));
    environment.put("ALERT_LEFT_OUT", String.valueOf(message.leftOut()));
    environment.put("ALERT_EVENT", last.event().text());
    environment.put("ALERT_STATUS", last.status().text());
    environment.put("ALERT_VIRTUAL", last.virtual().name());
    environment.put("ALERT_PROTOCOL", last.virtual().protocolName());
    environment.put("ALERT_REAL", last.server());
    environment.put("ALERT_MESSAGE", last.message());
    environment.put("ALERT_REASON", last.reason());
    environment.put("ALERT_SERVICENAME", last.virtual().alerts().serviceName());
    environment.put("ALERT_COMMENT", last.virtual().alerts().comment());
    environment.replaceAll((_, value) -> ConfiguredText.decoded(value).replace("\0", ""));
    Program.run(
        List.of(path, last.event().text(), last.virtual().name(), last.server(), last.message()),
        environment,
        (message.json() + "\n").getBytes(StandardCharsets.UTF_8),
        LONGEST);
  }
}
