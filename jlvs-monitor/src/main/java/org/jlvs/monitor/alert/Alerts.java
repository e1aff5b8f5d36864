package org.jlvs.monitor.alert;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jlvs.core.control.ServerKey;
import org.jlvs.monitor.check.LocalName;
import org.jlvs.monitor.config.AlertSettings;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.DaemonStatus;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.VirtualServer;
import org.jlvs.monitor.log.MonitorLog;

/**
 * Decides who is told of what, and says again that servers are down. Never waits for a receiver,
 * but in {@link #close}. For one thread.
 */
public final class Alerts {
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(2), Duration.ofSeconds(8));

  private final String host = LocalName.ofKernel();
  private final String configuration;
  private final MonitorLog log;
  private final InstantSource clock;
  private final Map<Channel.Key, Channel> channels = new HashMap<>();
  private final Map<Subject, Alert> down = new LinkedHashMap<>();

  /** A server as the original tells them apart: by its name and its virtual server's. */
  private record Subject(String server, String virtual, String protocol) {
    static Subject of(Alert alert) {
      return new Subject(alert.server(), alert.virtual().name(), alert.virtual().protocolName());
    }
  }

  /**
   * @param configuration the configuration's short name, for messages
   */
  public Alerts(String configuration, MonitorLog log, InstantSource clock) {
    this.configuration = configuration;
    this.log = log;
    this.clock = clock;
  }

  /** Tells everybody whom the virtual server's settings name. */
  public void tell(Alert alert) {
    AlertSettings settings = alert.virtual().alerts();
    Subject subject = Subject.of(alert);
    if (alert.event().down() && !settings.repeat().isZero()) {
      down.put(subject, alert);
    } else {
      down.remove(subject);
    }
    if (!settings.statuses().contains(alert.status())) {
      return;
    }
    if (settings.mail().isPresent()) {
      log.line("emailalert: " + alert.message());
    }
    for (Channel.Key key : keys(settings)) {
      channels
          .computeIfAbsent(
              key, absent -> new Channel(absent, host, configuration, log, clock, PAUSES))
          .offer(alert);
    }
  }

  private static List<Channel.Key> keys(AlertSettings settings) {
    List<Receiver> receivers = new ArrayList<>();
    settings
        .mail()
        .ifPresent(
            mail ->
                receivers.add(
                    mail.server()
                        .<Receiver>map(
                            server -> new SmtpMail(mail.recipients(), mail.sender(), server))
                        .orElseGet(() -> new SendmailMail(mail.recipients(), mail.sender()))));
    settings.webhook().map(Webhook::new).ifPresent(receivers::add);
    settings.command().map(Command::new).ifPresent(receivers::add);
    return receivers.stream()
        .map(receiver -> new Channel.Key(receiver, settings.group(), settings.limit()))
        .toList();
  }

  /** To be called now and then: says again of servers that are down what is due. */
  public void repeat(DaemonStatus status) {
    Instant now = clock.instant();
    for (Alert last : List.copyOf(down.values())) {
      AlertSettings settings = last.virtual().alerts();
      if (Duration.between(last.time(), now).compareTo(settings.repeat()) >= 0) {
        tell(
            new Alert(
                now,
                status,
                Alert.Event.INACCESSIBLE,
                last.virtual(),
                last.server(),
                inaccessible(last.virtual(), last.server()),
                last.reason()));
      }
    }
  }

  /** The original's words for a server that remains down. */
  public static String inaccessible(VirtualServer virtual, String server) {
    return "Inaccessible real server: " + server + " (" + virtual.name() + ")";
  }

  /** Forgets servers and receivers that a configuration does not have; others go by it. */
  public void follow(Configuration next) {
    Map<Subject, VirtualServer> known = new HashMap<>();
    Set<Channel.Key> wanted = new HashSet<>();
    for (VirtualServer virtual : next.virtualServers()) {
      wanted.addAll(keys(virtual.alerts()));
      for (RealServer real : virtual.realServers()) {
        ServerKey key = real.key(virtual.key());
        String server = VirtualServer.endpointText(key.address(), key.port());
        known.put(new Subject(server, virtual.name(), virtual.protocolName()), virtual);
      }
    }
    down.keySet().retainAll(known.keySet());
    down.replaceAll((subject, alert) -> alert.of(Objects.requireNonNull(known.get(subject))));
    channels
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !wanted.contains(entry.getKey());
              if (gone) {
                entry.getValue().finish();
              }
              return gone;
            });
  }

  /** Delivers what waits, but for no longer than {@code longest}. */
  public void close(Duration longest) throws InterruptedException {
    channels.values().forEach(Channel::finish);
    long end = System.nanoTime() + longest.toNanos();
    for (Channel channel : channels.values()) {
      channel.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
  }
}
