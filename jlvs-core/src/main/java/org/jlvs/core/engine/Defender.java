package org.jlvs.core.engine;

import java.util.SplittableRandom;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.protocol.SctpState;
import org.jlvs.core.protocol.TcpState;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.settings.Defense;
import org.jlvs.core.settings.Settings;

/**
 * Carries out the director's defense every second: decides how much of it there must be and, under
 * {@code drop_entry}, ends connections at random that look like an attack's (defense_work_handler,
 * ip_vs_random_dropentry). For the engine thread.
 */
final class Defender {
  private static final long PERIOD_NANOS = 1_000_000_000;

  /** Each second, one of so many connections is looked at. */
  private static final int PART = 32;

  /** Slots looked at before packets are seen to again. */
  private static final int SLOTS_AT_ONCE = 4096;

  /** A connection whose last packet came less than this ago is left alone. */
  private static final long LONE_NANOS = 60_000_000_000L;

  private static final int FEW_PACKETS = 8;

  private final Settings settings;
  private final Defense defense;
  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final ConnectionLife life;
  private final SplittableRandom random;

  /** By a connection's packets: how many more of its like are spared before one is dropped. */
  private final int[] spared = new int[FEW_PACKETS + 1];

  private boolean wasSecure;
  private long nextDecision;
  private int nextSlot;
  private int slotsLeft;

  Defender(ServiceTable services, ConnectionTable connections, ConnectionLife life, long nowNanos) {
    this.settings = services.settings();
    this.defense = settings.defense();
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.life = life;
    this.random = new SplittableRandom(nowNanos);
    this.wasSecure = settings.secureTcp();
    this.nextDecision = nowNanos + PERIOD_NANOS;
  }

  /** An operator has changed a setting. */
  void settingsChanged() {
    if (settings.secureTcp() != wasSecure) {
      wasSecure = settings.secureTcp();
      // Which packets change nothing depends on the table of states.
      for (int slot = 1; slot < connections.slotLimit(); slot++) {
        if (connections.inUse(slot)) {
          connections.stopFastPath(slot);
        }
      }
    }
  }

  void advance(long now) {
    if (now - nextDecision >= 0) {
      nextDecision = now + PERIOD_NANOS;
      defense.update();
      settingsChanged();
      if (defense.dropsEntries()) {
        slotsLeft = Math.ceilDiv(connections.capacity(), PART);
        nextSlot = 1 + random.nextInt(connections.capacity());
      } else {
        slotsLeft = 0;
      }
    }
    for (int i = 0; i < SLOTS_AT_ONCE && slotsLeft > 0; i++) {
      slotsLeft--;
      if (nextSlot < connections.slotLimit() && connections.inUse(nextSlot)) {
        look(nextSlot, now);
      }
      nextSlot = nextSlot == connections.capacity() ? 1 : nextSlot + 1;
    }
  }

  private void look(int slot, long now) {
    if (slots.controlled(slot) == 0 && isSuspect(slot, now)) {
      drop(slot, now);
    }
  }

  private boolean isSuspect(int slot, long now) {
    if (slots.isTemplate(slot)) {
      return (slots.state(slot) & ConnectionLife.ASSURED) == 0 && !isOfOnePacketService(slot);
    }
    int state = slots.state(slot);
    return switch (slots.protocol(slot)) {
      case Headers.TCP ->
          switch (TcpState.of(state)) {
            case SYN_RECV, SYNACK -> true;
            case ESTABLISHED -> isLone(slot, now);
            default -> false;
          };
      case Headers.SCTP ->
          switch (SctpState.of(state)) {
            case INIT1, INIT -> true;
            case ESTABLISHED -> isLone(slot, now);
            default -> false;
          };
      default -> isLone(slot, now);
    };
  }

  private boolean isOfOnePacketService(int template) {
    RealServer server = services.numbered(slots.server(template));
    return server != null && server.service().spec().onePacket();
  }

  /**
   * Whether a connection of few packets has been idle for long, and its turn has come: of those of
   * n packets each n-th. todrop_entry.
   */
  private boolean isLone(int slot, long now) {
    if (now - slots.lastSeen(slot) < LONE_NANOS) {
      return false;
    }
    int packets = life.requestPackets(slot);
    if (packets == 0 || packets > FEW_PACKETS) {
      return false;
    }
    spared[packets]--;
    if (spared[packets] > 0) {
      return false;
    }
    spared[packets] = packets;
    return true;
  }

  /**
   * With a connection goes the control connection or template it was the last of, unless the latter
   * has proved itself.
   */
  private void drop(int slot, long now) {
    int control = slots.control(slot);
    life.close(slot, now);
    if (control != 0 && slots.controlled(control) == 0 && !isAssuredTemplate(control)) {
      life.close(control, now);
    }
  }

  private boolean isAssuredTemplate(int slot) {
    return slots.isTemplate(slot) && (slots.state(slot) & ConnectionLife.ASSURED) != 0;
  }
}
