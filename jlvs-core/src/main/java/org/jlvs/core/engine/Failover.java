package org.jlvs.core.engine;

import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.TCP_ACK;
import static org.jlvs.core.engine.Headers.TCP_FIN;
import static org.jlvs.core.engine.Headers.TCP_RST;
import static org.jlvs.core.engine.Headers.TCP_SYN;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jlvs.core.connection.ConnectionHash;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.connection.ServerWalk;
import org.jlvs.core.net.Packet;
import org.jlvs.core.protocol.TcpState;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jspecify.annotations.Nullable;

/**
 * Prompt failover: the clients of a server that was taken out are told at once, instead of waiting
 * for answers that never come. For the engine thread.
 *
 * <p>A TCP client believes a reset only with the very sequence number it waits for (RFC 9293
 * section 3.5.3, RFC 5961 section 3), and nobody here knows that number, as the kernel program
 * forwards packets without looking at it. So each established connection's client is sent a SYN+ACK
 * that fits nowhere. Whatever its numbers, the client has to answer it with an acknowledgement (RFC
 * 5961 section 4.2), which carries the number, and is answered with the reset. So is any other
 * packet that the client sends on its own. A SYN+ACK is taken rather than a bare ACK since
 * connection tracking on the way lets it pass and the answer too.
 *
 * <p>Connections are walked through in portions, so that a server of a hundred thousand stops
 * nobody. Those of other protocols than TCP end at once: their next packet is the first of a new
 * one.
 */
final class Failover {
  /** Connections seen to in one call: with a call a millisecond, 100,000 take half a second. */
  private static final int CONNECTIONS_AT_ONCE = 256;

  /** How often a silent client is asked; one, two and four seconds pass after each question. */
  private static final int QUESTIONS = 3;

  /**
   * Where the number of questions lies in a connection's status: two bits the kernel leaves free.
   */
  private static final int QUESTION_SHIFT = 14;

  private static final int QUESTION_BITS = 0x3 << QUESTION_SHIFT;

  /** How long a connection whose client was reset stays, to reset what is still under way. */
  private static final int RESET_SECONDS = 10;

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final ConnectionLife life;
  private final EngineCounters counters;
  private final TcpSegments segments;

  /** Servers whose connections are still to be walked through; the first one by {@link #walk}. */
  private final Queue<RealServer> waiting = new ArrayDeque<>();

  private @Nullable ServerWalk walk;

  Failover(
      ServiceTable services,
      ConnectionTable connections,
      ConnectionLife life,
      EngineCounters counters,
      TcpSegments segments) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.life = life;
    this.counters = counters;
    this.segments = segments;
  }

  /** A server was taken out, and is marked so. */
  void begin(RealServer server) {
    if (!waiting.contains(server)) {
      waiting.add(server);
    }
  }

  /** Whether some connections are still to be seen to. */
  boolean hasWork() {
    return !waiting.isEmpty();
  }

  /** Sees to the next portion of connections. */
  void advance(long now, Output output) {
    for (int budget = CONNECTIONS_AT_ONCE; budget > 0; budget--) {
      RealServer server = waiting.peek();
      if (server == null) {
        return;
      }
      if (walk == null) {
        walk = connections.walk(server.number());
      }
      int slot = server.takenOut() ? walk.next() : 0;
      if (slot != 0) {
        leave(slot, now, output);
      } else {
        connections.end(walk);
        walk = null;
        waiting.remove();
      }
    }
  }

  /** Takes a connection from its server. */
  private void leave(int slot, long now, Output output) {
    if (slots.isTemplate(slot) || hasLeft(slot)) {
      return;
    }
    if (slots.protocol(slot) != TCP) {
      if (slots.controlled(slot) == 0) {
        life.close(slot, now);
      }
      return;
    }
    boolean synchronised =
        switch (TcpState.of(slots.state(slot))) {
          case ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK -> true;
          default -> false;
        };
    connections.stopFastPath(slot);
    life.abandon(slot);
    if (synchronised) {
      ask(slot, now, output);
    } else {
      note(slot, QUESTIONS);
      connections.touch(slot, RESET_SECONDS, now);
    }
  }

  private boolean hasLeft(int slot) {
    return questions(slot) > 0;
  }

  private int questions(int slot) {
    return (slots.status(slot) & QUESTION_BITS) >>> QUESTION_SHIFT;
  }

  private void note(int slot, int questions) {
    slots.status(slot, slots.status(slot) & ~QUESTION_BITS | questions << QUESTION_SHIFT);
  }

  /** Has the client tell its numbers. */
  private void ask(int slot, long now, Output output) {
    int asked = questions(slot);
    note(slot, asked + 1);
    connections.touch(slot, 1 << asked, now);
    int sequence = (int) ConnectionHash.finish(ConnectionHash.mix(slot, now));
    counters.clientsAsked++;
    segments.sendToClient(slot, TCP_SYN | TCP_ACK, sequence, ~sequence, output);
  }

  /**
   * The time of a connection is over.
   *
   * @return whether its client is asked once more instead
   */
  boolean asksAgain(int slot, long now, Output output) {
    int asked = questions(slot);
    if (asked == 0 || asked >= QUESTIONS) {
      return false;
    }
    ask(slot, now, output);
    return true;
  }

  /** Whether a connection has left its server, or is about to, so that packets come here. */
  boolean concerns(int slot, @Nullable RealServer server) {
    return hasLeft(slot) || server != null && server.takenOut();
  }

  /**
   * A client's packet.
   *
   * @return whether the connection is gone, and this is the first packet of a new one
   */
  boolean startsAnew(int slot, Packet packet, Headers headers, long now, Output output) {
    int flags = headers.flow.tcpFlags;
    boolean tcp = slots.protocol(slot) == TCP;
    if (!tcp || (flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
      life.close(slot, now);
      return true;
    }
    if ((flags & TCP_RST) != 0) {
      life.close(slot, now);
    } else if (headers.hasTransportHeader(packet)) {
      reset(slot, packet, headers, now, output);
    }
    return false;
  }

  /** Answers a client's packet with a reset, as RFC 9293 section 3.10.7.1 has it. */
  private void reset(int slot, Packet packet, Headers headers, long now, Output output) {
    if (!hasLeft(slot)) {
      connections.stopFastPath(slot);
      life.abandon(slot);
    }
    note(slot, QUESTIONS);
    connections.touch(slot, RESET_SECONDS, now);
    int sequence = packet.i32(headers.transport + 4);
    int acknowledged = packet.i32(headers.transport + 8);
    int flags = headers.flow.tcpFlags;
    counters.clientsReset++;
    if ((flags & TCP_ACK) != 0) {
      segments.sendToClient(slot, TCP_RST, acknowledged, 0, output);
    } else {
      int headerBytes = (packet.u8(headers.transport + 12) >>> 4) * 4;
      int payload = Math.max(0, packet.length() - headers.transport - headerBytes);
      int next = sequence + payload + ((flags & TCP_FIN) != 0 ? 1 : 0);
      segments.sendToClient(slot, TCP_RST | TCP_ACK, 0, next, output);
    }
  }

  /** Goes on with the servers that an earlier director had not finished with. */
  void resume() {
    services.forEachServer(
        server -> {
          if (server.takenOut()) {
            begin(server);
          }
        });
  }
}
