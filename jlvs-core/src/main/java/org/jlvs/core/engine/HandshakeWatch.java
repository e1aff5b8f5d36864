package org.jlvs.core.engine;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.net.Packet;
import org.jlvs.core.protocol.TcpState;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * Counts for each real server how TCP handshakes with it go. Only packets that decide one are
 * looked at, and these come through the engine anyhow. To be asked before a packet moves its
 * connection's state. For the engine thread.
 *
 * <p>What counts against a server is what only the server can have caused, whatever its clients
 * send. A SYN is unanswered when it comes again after half a second in which the server sent
 * nothing: SYNs alone, however many, count for nothing. A reset counts when it is in answer to the
 * SYN, or when its numbers prove that the server knew the handshake to be complete and had neither
 * sent nor taken a byte (RFC 9293, section 3.10.7): who guesses an acknowledgement is reset with
 * other numbers. After a reset or a FIN of the client nothing counts any more.
 */
final class HandshakeWatch {
  /** Less than the shortest time after which common systems repeat a SYN, a second. */
  private static final long REPEATED_AFTER_NANOS = 500_000_000;

  private static final long RESET_WITHIN_NANOS = 1_000_000_000;

  private static final int SEQUENCE = 4;
  private static final int ACKNOWLEDGEMENT = 8;
  private static final int HALF = 0xffff;

  private final ServiceTable services;
  private final ConnectionSlots slots;

  HandshakeWatch(ServiceTable services, ConnectionSlots slots) {
    this.services = services;
    this.slots = slots;
  }

  /** A packet of the client goes to its server. */
  void fromClient(int slot, @Nullable RealServer server, Headers headers, long now) {
    if (headers.flow.protocol != Headers.TCP || slot == 0 || server == null) {
      return;
    }
    int flags = headers.flow.tcpFlags;
    int status = slots.status(slot);
    if ((flags & (Headers.TCP_RST | Headers.TCP_FIN)) != 0) {
      slots.status(slot, status | ConnectionSlots.HANDSHAKE_JUDGED);
    } else if (!isBeginning(slot) || (status & ConnectionSlots.HANDSHAKE_ANSWERED) != 0) {
      return;
    } else if ((flags & Headers.TCP_SYN) != 0) {
      boolean repeated = now - slots.lastSeen(slot) >= REPEATED_AFTER_NANOS;
      if (repeated && (status & ConnectionSlots.HANDSHAKE_JUDGED) == 0) {
        server.handshakes.unanswered++;
        failed(slot, server, now);
      }
    } else if ((flags & Headers.TCP_ACK) != 0 && !ofMasqueraded(slot)) {
      // The server's answer went another way: the client has got it.
      server.handshakes.answered++;
      slots.status(
          slot, status | ConnectionSlots.HANDSHAKE_ANSWERED | ConnectionSlots.HANDSHAKE_JUDGED);
    }
  }

  /**
   * A packet of the server goes to its client.
   *
   * @param packet with the server's sequence numbers
   */
  void fromServer(int slot, @Nullable RealServer server, Packet packet, Headers headers, long now) {
    if (headers.flow.protocol != Headers.TCP
        || slot == 0
        || server == null
        || packet.length() < headers.transport + Headers.TCP_BYTES) {
      return;
    }
    int status = slots.status(slot);
    boolean answered = (status & ConnectionSlots.HANDSHAKE_ANSWERED) != 0;
    int flags = headers.flow.tcpFlags;
    if ((flags & Headers.TCP_RST) == 0) {
      if (!answered && isBeginning(slot)) {
        server.handshakes.answered++;
        slots.status(slot, status | ConnectionSlots.HANDSHAKE_ANSWERED);
        slots.handshake(slot, numbersAfter(packet, headers));
      }
    } else if ((status & ConnectionSlots.HANDSHAKE_JUDGED) == 0) {
      if (!answered && isBeginning(slot)) {
        server.handshakes.refused++;
        failed(slot, server, now);
      } else if (answered && isRightAfterHandshake(slot, packet, headers, now)) {
        server.handshakes.reset++;
        failed(slot, server, now);
      }
    }
  }

  private void failed(int slot, RealServer server, long now) {
    server.handshakes.failed(slots.clientHigh(slot), slots.clientLow(slot), now);
    slots.status(slot, slots.status(slot) | ConnectionSlots.HANDSHAKE_JUDGED);
  }

  private boolean isBeginning(int slot) {
    TcpState state = TcpState.of(slots.state(slot));
    return state == TcpState.SYN_RECV || state == TcpState.SYNACK;
  }

  private boolean ofMasqueraded(int slot) {
    return slots.forwarding(slot) == ForwardingMethod.MASQUERADE.number();
  }

  private boolean isRightAfterHandshake(int slot, Packet packet, Headers headers, long now) {
    if (TcpState.of(slots.state(slot)) != TcpState.ESTABLISHED
        || now - slots.lastSeen(slot) >= RESET_WITHIN_NANOS) {
      return false;
    }
    int numbers = slots.handshake(slot);
    boolean sentNothing =
        (packet.i32(headers.transport + SEQUENCE) & HALF) == numbers >>> Short.SIZE;
    boolean acknowledges = (headers.flow.tcpFlags & Headers.TCP_ACK) != 0;
    boolean tookNothing =
        !acknowledges
            || (packet.i32(headers.transport + ACKNOWLEDGEMENT) & HALF) == (numbers & HALF);
    return sentNothing && tookNothing;
  }

  /**
   * The numbers that the server would send next and awaits next, the lower half of each, as there
   * is room for no more: the server's in the upper 16 bits.
   */
  private static int numbersAfter(Packet packet, Headers headers) {
    int syn = (headers.flow.tcpFlags & Headers.TCP_SYN) != 0 ? 1 : 0;
    int sequence = packet.i32(headers.transport + SEQUENCE) + syn;
    int acknowledgement = packet.i32(headers.transport + ACKNOWLEDGEMENT);
    return sequence << Short.SIZE | acknowledgement & HALF;
  }

  /** Of all servers that have had any handshake, in the order of listing. */
  List<ServerHandshakes> report(long now) {
    List<ServerHandshakes> report = new ArrayList<>();
    for (VirtualService service : services.listed()) {
      for (RealServer server : service.servers()) {
        if (server.handshakes.any()) {
          report.add(server.handshakes.view(server, now));
        }
      }
    }
    return report;
  }
}
