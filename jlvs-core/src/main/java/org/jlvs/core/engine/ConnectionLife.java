package org.jlvs.core.engine;

import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_IN;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_OUT;
import static org.jlvs.core.connection.ConnectionLayout.HOP_LOCAL;
import static org.jlvs.core.connection.ConnectionSlots.INACTIVE;
import static org.jlvs.core.connection.ConnectionSlots.NO_CLIENT_PORT;
import static org.jlvs.core.connection.ConnectionSlots.NO_OUTPUT;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.connection.FtpControls;
import org.jlvs.core.connection.PersistenceData;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.protocol.Direction;
import org.jlvs.core.protocol.SctpStateMachine;
import org.jlvs.core.protocol.StateTimeouts;
import org.jlvs.core.protocol.TcpState;
import org.jlvs.core.protocol.TcpStateMachine;
import org.jlvs.core.protocol.TransportStates;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What happens to connections from their making to their end: their server's counts, their state,
 * their time, and what the kernel program may do with them. ip_vs_conn.c and the states of
 * ip_vs_proto_*.c. For the engine thread.
 */
final class ConnectionLife {
  /** Bit of a template's state: a connection of it has been established. IP_VS_CTPL_S_ASSURED. */
  static final int ASSURED = 1;

  /** How long a template whose time is over waits for its connections: ip_vs_conn_expire. */
  private static final int EXPIRE_LATER_SECONDS = 60;

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long KERNEL_TICK_NANOS = 10_000_000;
  private static final int KERNEL_TIMER_STEP = 8;

  /** More packets than matter to anybody. */
  static final int MANY_PACKETS = 9;

  /** Bits of a slot's status: the client's packets. */
  private static final int PACKETS_SHIFT = 28;

  private static final int PACKETS = 0xf000_0000;

  /** Bits of a slot's status: when the last of them came, as told apart by these bits. */
  private static final int STAMP_SHIFT = 16;

  private static final int STAMP = 0x0fff_0000;
  private static final int STAMP_NANOS_SHIFT = 10;

  private static final int MASQUERADE = ForwardingMethod.MASQUERADE.number();

  private static final Address NOWHERE = Address.of("0.0.0.0");
  private static final Address NOWHERE_6 = Address.of("::");

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final Settings settings;
  private final StateTimeouts timeouts;
  private final FtpControls ftpControls;
  private final FtpPorts ftpPorts;

  /** When the time-outs were last changed; packets after that had the new ones. */
  private long timeoutsChanged;

  ConnectionLife(
      ServiceTable services,
      ConnectionTable connections,
      Settings settings,
      StateTimeouts timeouts,
      FtpControls ftpControls,
      FtpPorts ftpPorts,
      long nowNanos) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.settings = settings;
    this.timeouts = timeouts;
    this.ftpControls = ftpControls;
    this.ftpPorts = ftpPorts;
    this.timeoutsChanged = nowNanos;
  }

  private static int initialStatus(RealServer server) {
    return server.forwarding() == ForwardingMethod.MASQUERADE ? INACTIVE : INACTIVE | NO_OUTPUT;
  }

  /**
   * Makes a connection to a server.
   *
   * @param onePacket it ends with the packet it is made for
   * @return its slot (0 for one packet), or -1 when the table is full
   */
  int open(
      ConnectionKey key, RealServer server, int serverPort, int mark, boolean onePacket, long now) {
    int status = initialStatus(server);
    ForwardingMethod method = server.forwarding();
    int slot;
    if (onePacket) {
      slot =
          connections.addForOnePacket(
              key, server.key().address(), serverPort, method, server.number(), mark, status, now);
    } else {
      slot =
          connections.add(
              key, server.key().address(), serverPort, method, server.number(), mark, status, now);
      if (slot == 0) {
        return -1;
      }
    }
    slots.timeoutSeconds(slot, StateTimeouts.INITIAL_SECONDS);
    server.inactiveConnections++;
    bind(server);
    return helped(slot, now);
  }

  /**
   * Makes a connection without a server, whose packets go where they were bound.
   *
   * @param onePacket it ends with the packet it is made for
   * @return its slot (0 for one packet), or -1 when the table is full
   */
  int openBypass(ConnectionKey key, Family family, int mark, boolean onePacket, long now) {
    Address none = family == Family.IPV4 ? NOWHERE : NOWHERE_6;
    ForwardingMethod method = ForwardingMethod.BYPASS;
    int slot;
    if (onePacket) {
      slot = connections.addForOnePacket(key, none, 0, method, 0, mark, INACTIVE, now);
    } else {
      slot = connections.add(key, none, 0, method, 0, mark, INACTIVE, now);
      if (slot == 0) {
        return -1;
      }
    }
    slots.timeoutSeconds(slot, StateTimeouts.INITIAL_SECONDS);
    return slot;
  }

  /**
   * Gives a new connection the helper it is to have: ip_vs_bind_app.
   *
   * @return the slot, or -1 when there is no room for it
   */
  private int helped(int slot, long now) {
    boolean isFtp =
        slot != 0
            && slots.protocol(slot) == Headers.TCP
            && slots.forwarding(slot) == MASQUERADE
            && ftpPorts.contains(slots.virtualPort(slot));
    if (isFtp && !ftpControls.add(slot, now)) {
      close(slot, now);
      return -1;
    }
    return slot;
  }

  /**
   * Makes a data connection that an FTP control connection has announced, to the same server.
   *
   * @param key of packets from the client
   * @param server the address that the server listens on or connects from
   * @param awaited the client's port is not yet known
   * @return its slot, or -1 when the table is full
   */
  int openData(
      int control, ConnectionKey key, Address server, int serverPort, boolean awaited, long now) {
    RealServer real = services.numbered(slots.server(control));
    ForwardingMethod method = real == null ? ForwardingMethod.MASQUERADE : real.forwarding();
    int status = real == null ? INACTIVE : initialStatus(real);
    int slot =
        connections.add(
            key,
            server,
            serverPort,
            method,
            real == null ? 0 : real.number(),
            slots.mark(control),
            awaited ? status | NO_CLIENT_PORT : status,
            now);
    if (slot == 0) {
      return -1;
    }
    if (real != null) {
      real.inactiveConnections++;
      bind(real);
    }
    connections.control(slot, control);
    return helped(slot, now);
  }

  /** A data connection is announced, once more perhaps: ip_vs_tcp_conn_listen. */
  void listen(int slot, long now) {
    slots.state(slot, TcpState.LISTEN.ordinal());
    connections.stopFastPath(slot);
    connections.touch(slot, timeouts.tcp(TcpState.LISTEN.ordinal()), now);
  }

  /** Makes a template; its slot, 0 when the table is full. */
  int openTemplate(
      ConnectionKey key,
      PersistenceData data,
      RealServer server,
      int serverPort,
      int mark,
      int seconds,
      long now) {
    int slot =
        connections.addTemplate(
            key,
            data,
            server.key().address(),
            serverPort,
            server.forwarding(),
            server.number(),
            mark,
            initialStatus(server),
            now);
    if (slot == 0) {
      return 0;
    }
    connections.touch(slot, seconds, now);
    server.persistentConnections++;
    bind(server);
    return slot;
  }

  private static void bind(RealServer server) {
    server.retain();
    server.connectionBound();
  }

  private void unbind(int slot) {
    RealServer server = services.numbered(slots.server(slot));
    if (server == null) {
      return;
    }
    if (slots.isTemplate(slot)) {
      server.persistentConnections--;
    } else if ((slots.status(slot) & INACTIVE) != 0) {
      server.inactiveConnections--;
    } else {
      server.activeConnections--;
    }
    server.connectionUnbound();
    server.release();
  }

  /** Binds connections that were adopted to their servers, which know nothing of them yet. */
  void bindAdopted() {
    for (int slot = 1; slot < connections.slotLimit(); slot++) {
      if (connections.inUse(slot)) {
        bindAdopted(slot);
      }
    }
  }

  private void bindAdopted(int slot) {
    int number = slots.server(slot);
    RealServer server = number == 0 ? null : services.numbered(number);
    if (number != 0 && (server == null || !isServerOf(announcer(slot), server))) {
      // The number went to another server since: the connection lives on without one.
      connections.stopFastPath(slot);
      connections.moveToServer(slot, 0);
      return;
    }
    catchUp(slot);
    settleActivity(slot);
    if (server == null) {
      return;
    }
    if (slots.isTemplate(slot)) {
      server.persistentConnections++;
    } else if ((slots.status(slot) & INACTIVE) != 0) {
      server.inactiveConnections++;
    } else {
      server.activeConnections++;
    }
    bind(server);
    if (!server.available()) {
      connections.stopFastPath(slot);
    }
  }

  /**
   * Lets the connection's state follow the packets that the program has forwarded while no director
   * listened. Their order is not known: in doubt the connection is taken to live.
   */
  private void catchUp(int slot) {
    int missed = slots.missedFlags(slot);
    if (missed == 0 || slots.isTemplate(slot) || slots.protocol(slot) != Headers.TCP) {
      return;
    }
    TcpState state = TcpState.of(slots.state(slot));
    if ((missed & Headers.TCP_SYN) != 0) {
      state = TcpState.ESTABLISHED;
    } else if ((missed & Headers.TCP_RST) != 0) {
      state = TcpState.CLOSE;
    } else if ((missed & Headers.TCP_FIN) != 0) {
      state = state.active() ? TcpState.FIN_WAIT : TcpState.TIME_WAIT;
    } else {
      Direction direction = direction(false, slots.status(slot));
      state = TcpState.of(machine().next(slots.state(slot), direction, missed));
    }
    slots.state(slot, state.ordinal());
    if (state == TcpState.ESTABLISHED) {
      assureTemplate(slot);
    }
    connections.caughtUp(slot, timeouts.tcp(state.ordinal()));
  }

  /** A data connection's server may listen on any address; its control connection's is the one. */
  private int announcer(int slot) {
    int control = slots.control(slot);
    return control == 0 || slots.isTemplate(control) ? slot : control;
  }

  private boolean isServerOf(int slot, RealServer server) {
    return server.key().address().high() == slots.serverHigh(slot)
        && server.key().address().low() == slots.serverLow(slot)
        && server.key().address().family() == slots.serverFamily(slot);
  }

  /** Makes the activity mark agree with the state: one may have been written without the other. */
  private void settleActivity(int slot) {
    if (slots.isTemplate(slot)) {
      return;
    }
    boolean active = TransportStates.active(slots.protocol(slot), slots.state(slot));
    int status = slots.status(slot);
    slots.status(slot, active ? status & ~INACTIVE : status | INACTIVE);
  }

  /** Ends a connection at once. */
  void close(int slot, long now) {
    connections.release(slot);
    unbind(slot);
    if (slot != 0) {
      connections.remove(slot, now);
    }
  }

  /** The time of a connection is over: ip_vs_conn_expire. It outlives those that it controls. */
  void expire(int slot, long now) {
    if (livesOnUnseen(slot, now)) {
      return;
    }
    if (slots.controlled(slot) == 0) {
      close(slot, now);
      return;
    }
    long deadline = connections.deadline(slot);
    long waited = deadline + kernelRoundNanos(slots.timeoutSeconds(slot)) / 2;
    if (connections.isDue(waited)) {
      connections.touch(slot, EXPIRE_LATER_SECONDS, deadline);
    } else {
      connections.lookAgain(slot, waited);
    }
  }

  /**
   * How many nanoseconds the kernel's timers of such a time-out are rounded up to, at 100 ticks a
   * second (kernel/time/timer.c, levels of 64 places, each eight times as coarse). Those that end
   * within one round end the last one first, so a connection before what it was made by, which has
   * nothing to outlive then. Less than half a round apart, they are in the same one more likely
   * than not.
   */
  private static long kernelRoundNanos(int timeoutSeconds) {
    long round = KERNEL_TICK_NANOS;
    for (long reach = 63 * KERNEL_TICK_NANOS;
        timeoutSeconds * NANOS_PER_SECOND > reach;
        reach *= KERNEL_TIMER_STEP) {
      round *= KERNEL_TIMER_STEP;
    }
    return round;
  }

  /**
   * A connection's client has begun another one from the same port: this one ends, or lives on
   * behind it for those that it controls.
   *
   * @param successor the other, 0 when there is none
   */
  void replaced(int slot, int successor, long now) {
    if (slots.controlled(slot) == 0) {
      ended(slot, successor, now);
    } else if (successor != 0) {
      connections.prefer(successor, slot);
    }
  }

  /**
   * A packet has ended a connection: ip_vs_conn_expire_now. If it began no other, the connection
   * ends with the next tick; until then packets find it, and what the host itself answers gives it
   * the time of its state.
   *
   * @param successor the connection that the packet began, 0 when there is none
   */
  void ended(int slot, int successor, long now) {
    if (successor != 0 || slots.controlled(slot) != 0) {
      expire(slot, now);
      return;
    }
    connections.stopFastPath(slot);
    connections.touch(slot, 0, now);
    slots.status(slot, slots.status(slot) & ~STAMP | stamp(now));
  }

  /**
   * Whether the program has forwarded packets since the time-outs were changed: each of them gave
   * the connection its state's new time-out, which is only looked up now.
   */
  private boolean livesOnUnseen(int slot, long now) {
    if (!hasUnseenTimeout(slot)) {
      return false;
    }
    slots.timeoutSeconds(slot, stateTimeout(slot));
    if (connections.deadline(slot) - now <= 0) {
      return false;
    }
    connections.touch(slot, slots.timeoutSeconds(slot), slots.lastSeen(slot));
    return true;
  }

  private boolean hasUnseenTimeout(int slot) {
    return !slots.isTemplate(slot)
        && hasBegun(slot)
        && slots.controlled(slot) == 0
        && !ftpControls.has(slot)
        && slots.lastSeen(slot) - timeoutsChanged > 0
        && (slots.status(slot) & STAMP) != stamp(slots.lastSeen(slot))
        && slots.timeoutSeconds(slot) != stateTimeout(slot);
  }

  /** Whether a packet has been looked at for its state: not so when an ICMP error made it. */
  private boolean hasBegun(int slot) {
    return slots.status(slot) >>> PACKETS_SHIFT != 0
        || (slots.flags(slot) & (FLAG_FAST_IN | FLAG_FAST_OUT)) != 0;
  }

  private int stateTimeout(int slot) {
    return timeouts.seconds(slots.protocol(slot), slots.state(slot));
  }

  /** Takes over the time-out that packets have given it which the program forwarded. */
  private void takeUnseenTimeout(int slot) {
    if (hasUnseenTimeout(slot)) {
      slots.timeoutSeconds(slot, stateTimeout(slot));
    }
  }

  /** Nanoseconds until a connection ends, 0 when it is due. */
  long nanosLeft(int slot, long now) {
    takeUnseenTimeout(slot);
    return Math.max(0, connections.deadline(slot) - now);
  }

  void timeoutsChanged(long now) {
    timeoutsChanged = now;
  }

  /** A packet of the client, or of the server, moves the connection's state. */
  void setState(int slot, boolean fromServer, Headers headers, long now) {
    int event = headers.event;
    if (slot != 0) {
      takeUnseenTimeout(slot);
    }
    switch (headers.flow.protocol) {
      case Headers.TCP -> {
        if (event != Headers.NO_EVENT) {
          enter(slot, machine().next(slots.state(slot), direction(slot, fromServer), event));
        }
      }
      case Headers.SCTP -> {
        if (event != Headers.NO_EVENT) {
          enter(slot, SctpStateMachine.next(slots.state(slot), direction(slot, fromServer), event));
        }
      }
      case Headers.UDP -> {
        slots.timeoutSeconds(slot, timeouts.udp());
        if (fromServer) {
          assureTemplate(slot);
        }
      }
      // AH and ESP keep the connection of their IKE alive and say nothing about it.
      default -> {}
    }
    if (slot != 0) {
      int packets = Math.min(requestPackets(slot) + (fromServer ? 0 : 1), MANY_PACKETS);
      int others = slots.status(slot) & ~(PACKETS | STAMP);
      slots.status(slot, others | packets << PACKETS_SHIFT | stamp(now));
      connections.touch(slot, slots.timeoutSeconds(slot), now);
    }
  }

  /**
   * How many packets the client has sent, at most {@link #MANY_PACKETS}. The program counts none
   * for a connection, but is known to have forwarded some when the last packet is not the last one
   * that was counted here: these are taken to be many.
   */
  int requestPackets(int slot) {
    int status = slots.status(slot);
    int counted = status >>> PACKETS_SHIFT;
    boolean all = counted == 0 || (status & STAMP) == stamp(slots.lastSeen(slot));
    return all ? counted : MANY_PACKETS;
  }

  private static int stamp(long nanos) {
    return (int) (nanos >>> STAMP_NANOS_SHIFT) << STAMP_SHIFT & STAMP;
  }

  private TcpStateMachine machine() {
    return settings.secureTcp() ? TcpStateMachine.SECURE : TcpStateMachine.NORMAL;
  }

  /** The direction of a packet, which by being the server's may be the first of its kind. */
  private Direction direction(int slot, boolean fromServer) {
    int status = slots.status(slot);
    if (fromServer && (status & NO_OUTPUT) != 0) {
      status &= ~NO_OUTPUT;
      slots.status(slot, status);
    }
    return direction(fromServer, status);
  }

  private void enter(int slot, int state) {
    int protocol = slots.protocol(slot);
    if (state != slots.state(slot)) {
      slots.state(slot, state);
      count(slot, slots.status(slot), TransportStates.active(protocol, state));
      if (TransportStates.established(protocol, state)) {
        assureTemplate(slot);
      }
    }
    slots.timeoutSeconds(slot, timeouts.seconds(protocol, state));
  }

  /** A TCP connection that has lost its server counts as closed. */
  void abandon(int slot) {
    slots.state(slot, TcpState.CLOSE.ordinal());
    count(slot, slots.status(slot), false);
  }

  private static Direction direction(boolean fromServer, int status) {
    if (fromServer) {
      return Direction.OUTPUT;
    }
    return (status & NO_OUTPUT) != 0 ? Direction.INPUT_ONLY : Direction.INPUT;
  }

  private void count(int slot, int status, boolean active) {
    boolean wasActive = (status & INACTIVE) == 0;
    if (active == wasActive) {
      return;
    }
    RealServer server = services.numbered(slots.server(slot));
    if (server == null) {
      return;
    }
    int change = active ? 1 : -1;
    server.activeConnections += change;
    server.inactiveConnections -= change;
    slots.status(slot, active ? status & ~INACTIVE : status | INACTIVE);
  }

  /** ip_vs_control_assure_ct. */
  private void assureTemplate(int slot) {
    int template = slots.control(slot);
    if (template != 0 && slots.isTemplate(template)) {
      slots.state(template, slots.state(template) | ASSURED);
    }
  }

  /**
   * Tells the program what it may do with a connection from now on: forward packets that change
   * nothing but time and counters, the same way this class would.
   *
   * @param inHop number of the way to the server, 0 for one the program can't go
   * @param outHop number of the way to the client
   */
  void permitFastPath(
      int slot, @Nullable RealServer server, boolean simple, int inHop, int outHop) {
    boolean possible = simple && (server == null || server.available());
    boolean tcp = slots.protocol(slot) == Headers.TCP;
    int status = slots.status(slot);
    int state = slots.state(slot);
    boolean in =
        possible && inHop != 0 && (!tcp || machine().isStable(state, direction(false, status)));
    boolean out =
        possible
            && outHop != 0
            && (slots.forwarding(slot) == MASQUERADE || inHop == HOP_LOCAL)
            && (status & NO_OUTPUT) == 0
            && (tcp ? machine().isStable(state, Direction.OUTPUT) : isTemplateAssured(slot));
    slots.inHop(slot, inHop);
    slots.outHop(slot, outHop);
    int flags = slots.flags(slot) & ~(FLAG_FAST_IN | FLAG_FAST_OUT);
    slots.flags(slot, flags | (in ? FLAG_FAST_IN : 0) | (out ? FLAG_FAST_OUT : 0));
  }

  private boolean isTemplateAssured(int slot) {
    int template = slots.control(slot);
    return template == 0 || !slots.isTemplate(template) || (slots.state(template) & ASSURED) != 0;
  }
}
