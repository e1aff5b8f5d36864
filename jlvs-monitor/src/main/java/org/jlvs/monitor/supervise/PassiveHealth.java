package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;

/**
 * Suspects servers whose clients' handshakes fail, and keeps new connections from those that are to
 * be out for it. Never from the last one: when all servers look alike, the fault may lie elsewhere,
 * and one that serves some clients is better than none.
 */
final class PassiveHealth {
  private final Effects effects;
  private final Map<ServerId, ServerHandshakes> counts = new LinkedHashMap<>();

  PassiveHealth(Effects effects) {
    this.effects = effects;
  }

  /** Takes the counts as they are now. */
  void counted(List<ServerHandshakes> now) {
    counts.clear();
    now.forEach(one -> counts.put(new ServerId(one.service(), one.server()), one));
  }

  /**
   * Judges the servers of one service by the counts.
   *
   * @param suspects gets those that have become suspect
   * @return those whose entries are to change
   */
  Set<ServerKey> judge(VirtualState virtual, List<ServerId> suspects, Instant now) {
    Set<ServerKey> changed = new LinkedHashSet<>();
    virtual.servers.forEach(
        (key, server) -> {
          PassiveState passive = server.passive();
          if (passive.isDue(now)) {
            passive.readmit();
            changed.add(key);
            effects.log(
                "Readmitted real server: " + virtual.longName(server) + ": its time out is over");
          }
          ServerId id = new ServerId(virtual.config.key(), key);
          ServerHandshakes known = counts.getOrDefault(id, none(id));
          Optional<String> suspicion = passive.take(known, now);
          if (suspicion.isPresent()) {
            suspects.add(id);
            boolean out = isToBeOut(virtual, server, known);
            effects.log(
                "Suspect real server: "
                    + virtual.longName(server)
                    + ": "
                    + suspicion.get()
                    + consequence(virtual, server, known, out));
            if (out) {
              passive.takeOut(now);
              changed.add(key);
            }
          }
        });
    return changed;
  }

  private static ServerHandshakes none(ServerId id) {
    return new ServerHandshakes(id.service(), id.server(), false, 0, 0, 0, 0, List.of());
  }

  /** Only where the server's answers are seen has it failed for certain. */
  private static boolean isToBeOut(
      VirtualState virtual, ServerState server, ServerHandshakes counts) {
    return counts.answersSeen()
        && !virtual.config.passive().downtime().isZero()
        && server.isUp()
        && othersServe(virtual, server);
  }

  private static boolean othersServe(VirtualState virtual, ServerState server) {
    return virtual.servers.values().stream()
        .anyMatch(other -> other != server && other.answered() && other.takesConnections());
  }

  private static String consequence(
      VirtualState virtual, ServerState server, ServerHandshakes counts, boolean out) {
    long downtime = virtual.config.passive().downtime().toSeconds();
    if (out) {
      return "; no new connections for " + downtime + " s";
    }
    boolean last =
        downtime > 0
            && counts.answersSeen()
            && server.takesConnections()
            && !othersServe(virtual, server);
    return last ? "; it stays, as no other server takes new connections" : "";
  }

  /**
   * Lets those back that are out for failed handshakes when nobody else takes new connections.
   *
   * @return those whose entries are to change
   */
  Set<ServerKey> readmitWhereNobodyElseServes(VirtualState virtual) {
    Set<ServerKey> changed = new LinkedHashSet<>();
    boolean someoneServes =
        virtual.servers.values().stream()
            .anyMatch(server -> server.answered() && server.takesConnections());
    if (someoneServes) {
      return changed;
    }
    virtual.servers.forEach(
        (key, server) -> {
          if (server.isUp() && server.passive().isOut()) {
            server.passive().readmit();
            changed.add(key);
            effects.log(
                "Readmitted real server: "
                    + virtual.longName(server)
                    + ": no other server takes new connections");
          }
        });
    return changed;
  }
}
