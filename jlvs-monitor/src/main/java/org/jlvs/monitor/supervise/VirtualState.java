package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.ServerKey;
import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.config.VirtualServer;

/** What supervision knows of one virtual server. For its thread. */
final class VirtualState {
  final VirtualServer config;
  final Map<ServerKey, ServerState> servers = new LinkedHashMap<>();

  /**
   * Servers that were alive when they were quiesced, by when that was: where the service drains its
   * servers the director removes them.
   */
  final Map<ServerKey, Instant> quiesced = new LinkedHashMap<>();

  /**
   * Servers that left the configuration while they were down, so that nobody has to be waited for.
   */
  final Set<ServerKey> gone = new HashSet<>();

  /** Whether the fallback was wanted when its command was last run; empty before that. */
  Optional<Boolean> fallbackIn = Optional.empty();

  /** Whether strangers have been removed since the configuration was loaded. */
  boolean tidied;

  /** Whether the last change failed and is to be tried again. */
  boolean retry;

  /** What could not be brought into order by the last change, with the reasons. */
  Map<String, String> problems = Map.of();

  /** Servers that would serve, if the director did not refuse to have them so. */
  Set<ServerKey> refused = Set.of();

  VirtualState(VirtualServer config) {
    this.config = config;
  }

  /** Goes on with what was known before a reload; servers come later. */
  void inherit(VirtualState before) {
    fallbackIn = before.fallbackIn;
    quiesced.putAll(before.quiesced);
    gone.addAll(before.gone);
    before.servers.forEach(
        (key, server) -> {
          if (server.health() == Health.DOWN) {
            gone.add(key);
          }
        });
  }

  boolean allAnswered() {
    return servers.values().stream().allMatch(ServerState::answered);
  }

  boolean wantsFallback() {
    return allAnswered() && !someoneServes();
  }

  /** Whether a server that was checked serves. */
  boolean someoneServes() {
    return servers.entrySet().stream()
        .anyMatch(
            server ->
                server.getValue().answered()
                    && server.getValue().takesConnections()
                    && !refused.contains(server.getKey()));
  }

  /** How lines about checks name a server. */
  String longName(ServerState server) {
    return nameOf(server) + " (" + config.protocolName() + ":" + config.name() + ")";
  }

  String nameOf(ServerState server) {
    ServerKey key = server.real.key(config.key());
    return VirtualServer.endpointText(key.address(), key.port());
  }

  ServerEvent event(Alert.Event event, ServerKey key, String message) {
    String reason =
        Optional.ofNullable(servers.get(key))
            .flatMap(
                server ->
                    server
                        .remark()
                        .or(() -> server.last().map(finding -> finding.outcome().reason())))
            .orElse("");
    String name = VirtualServer.endpointText(key.address(), key.port());
    return new ServerEvent(event, config, name, message, reason);
  }

  /** How lines about the table name a server. */
  String describe(ServerKey key) {
    return VirtualServer.endpointText(key.address(), key.port()) + " (" + config.name() + ")";
  }
}
