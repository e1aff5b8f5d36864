package org.jlvs.core.engine;

import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.TCP_ACK;
import static org.jlvs.core.engine.Headers.TCP_BYTES;

import java.util.Optional;
import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.connection.FtpControls;
import org.jlvs.core.connection.FtpControls.Mode;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;
import org.jlvs.core.payload.FtpCommand;
import org.jlvs.core.payload.FtpEndpoint;
import org.jlvs.core.payload.FtpEndpoint.Form;
import org.jlvs.core.protocol.TcpState;

/**
 * Follows masqueraded FTP control connections: makes ready the data connections that they announce,
 * puts the service's address where a server tells its own, and shifts sequence numbers when that
 * changes a segment's length. ip_vs_ftp.c, with what it leaves to nf_nat_helper.c and
 * nf_conntrack_seqadj.c. For the engine thread.
 */
final class FtpHelper {
  private static final int SEQUENCE = 4;
  private static final int ACKNOWLEDGMENT = 8;
  private static final int OFFSET = 12;
  private static final int CHECKSUM = 16;
  private static final int LARGEST_PACKET = 65_535;

  private static final int OPTION_END = 0;
  private static final int OPTION_NOTHING = 1;
  private static final int OPTION_SACK = 5;
  private static final int SACK_BLOCK_BYTES = 8;

  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final FtpControls controls;
  private final ConnectionLife life;
  private final ConnectionKey key = new ConnectionKey();
  private final Buffer buffer = new Buffer();

  FtpHelper(ConnectionTable connections, FtpControls controls, ConnectionLife life) {
    this.connections = connections;
    this.slots = connections.slots();
    this.controls = controls;
    this.life = life;
  }

  /** Whether a connection has this helper. */
  boolean helps(int slot) {
    return controls.has(slot);
  }

  /**
   * Looks at a client's packet, which goes to its server afterwards.
   *
   * @return false when it must not: its checksum is wrong, or its options are
   */
  boolean request(int slot, Packet packet, Headers headers, long now) {
    if (!hasRightChecksum(packet, headers)) {
      return false;
    }
    int data = headers.transport + headerBytes(packet, headers);
    if (isEstablished(slot) && data >= headers.transport + TCP_BYTES && data < packet.length()) {
      readCommands(slot, packet, data, now);
    }
    return !controls.isShifted(slot) || shiftAcknowledgments(slot, packet, headers);
  }

  /**
   * Looks at a server's packet, which goes to its client afterwards; it may be put into another
   * buffer.
   *
   * @return false when it must not go on
   */
  boolean answer(int slot, Packet packet, Headers headers, long now) {
    if (!hasRightChecksum(packet, headers)) {
      return false;
    }
    int data = headers.transport + headerBytes(packet, headers);
    if (isEstablished(slot)
        && data >= headers.transport + TCP_BYTES
        && data < packet.length()
        && !readAnswer(slot, packet, headers, data, now)) {
      return false;
    }
    if (controls.isShifted(slot)) {
      int at = headers.transport + SEQUENCE;
      int sequence = packet.i32(at);
      replace(packet, headers, at, sequence + controls.shiftOf(slot, sequence));
    }
    return true;
  }

  private static boolean hasRightChecksum(Packet packet, Headers headers) {
    return Checksum.ofTransport(packet, headers.transport, TCP) == 0;
  }

  private static int headerBytes(Packet packet, Headers headers) {
    return (packet.u8(headers.transport + OFFSET) >>> 4) * 4;
  }

  /** Whether the helper reads a connection's packets now: before and after, they mean nothing. */
  boolean isEstablished(int slot) {
    return slots.state(slot) == TcpState.ESTABLISHED.ordinal();
  }

  private void readCommands(int slot, Packet packet, int data, long now) {
    Family family = slots.family(slot);
    switch (FtpCommand.find(packet, data, family)) {
      case PASSIVE -> controls.mode(slot, Mode.PASSIVE);
      case EXTENDED_PASSIVE -> controls.mode(slot, Mode.EXTENDED_PASSIVE);
      case OTHER -> announced(packet, data, family).ifPresent(to -> expectActive(slot, to, now));
    }
  }

  private static Optional<FtpEndpoint> announced(Packet packet, int data, Family family) {
    Optional<FtpEndpoint> port =
        family == Family.IPV4
            ? FtpEndpoint.read(packet, data, Form.PORT_COMMAND, family)
            : Optional.empty();
    return port.or(() -> FtpEndpoint.read(packet, data, Form.EPRT_COMMAND, family));
  }

  /** The client listens: the server will connect from its own data port. */
  private void expectActive(int slot, FtpEndpoint client, long now) {
    controls.mode(slot, Mode.ACTIVE);
    int virtualPort = slots.virtualPort(slot) - 1 & 0xffff;
    int serverPort = slots.serverPort(slot) - 1 & 0xffff;
    Address address = client.address().orElseThrow();
    key.set(
        slots.family(slot),
        TCP,
        address.high(),
        address.low(),
        client.port(),
        slots.virtualHigh(slot),
        slots.virtualLow(slot),
        virtualPort);
    int data = connections.find(key);
    boolean isKnown =
        data > 0
            && (client.port() == 0) == ((slots.status(data) & ConnectionSlots.NO_CLIENT_PORT) != 0);
    if (!isKnown) {
      data = life.openData(slot, key, slots.serverAddress(slot), serverPort, false, now);
    }
    if (data > 0) {
      life.listen(data, now);
    }
  }

  /** False when an answer can't go to the client. */
  private boolean readAnswer(int slot, Packet packet, Headers headers, int data, long now) {
    Mode mode = controls.mode(slot);
    Form form =
        switch (mode) {
          case ACTIVE -> null;
          case PASSIVE -> Form.PASV_ANSWER;
          case EXTENDED_PASSIVE -> Form.EPSV_ANSWER;
        };
    if (form == null) {
      return true;
    }
    Optional<FtpEndpoint> told = FtpEndpoint.read(packet, data, form, slots.family(slot));
    if (told.isEmpty()) {
      return true;
    }
    FtpEndpoint server = told.get();
    int expected = expectPassive(slot, server, now);
    if (expected == 0) {
      return false;
    }
    // Another control connection of the client may have announced it for another service.
    byte[] text =
        mode == Mode.PASSIVE
            ? FtpEndpoint.numbers(slots.virtual(expected), slots.virtualPort(expected))
            : FtpEndpoint.extended(slots.virtualPort(expected));
    int grows = text.length - (server.to() - server.from());
    life.listen(expected, now);
    controls.mode(slot, Mode.ACTIVE);
    if (packet.length() + grows > LARGEST_PACKET) {
      return false;
    }
    if (grows != 0) {
      controls.lengthened(slot, packet.i32(headers.transport + SEQUENCE), grows);
    }
    rewrite(packet, headers, server, text);
    return true;
  }

  /** The server listens: the client will connect from a port that nobody knows yet. */
  private int expectPassive(int slot, FtpEndpoint server, long now) {
    Address address = server.address().orElseGet(() -> slots.serverAddress(slot));
    Family family = slots.family(slot);
    long clientHigh = slots.clientHigh(slot);
    long clientLow = slots.clientLow(slot);
    key.set(family, TCP, address.high(), address.low(), server.port(), clientHigh, clientLow, 0);
    int known = connections.find(key);
    if (known < 0) {
      return known & ~ENTRY_REPLY;
    }
    key.set(
        family,
        TCP,
        clientHigh,
        clientLow,
        0,
        slots.virtualHigh(slot),
        slots.virtualLow(slot),
        server.port());
    return Math.max(0, life.openData(slot, key, address, server.port(), true, now));
  }

  /** Puts a packet with another text in place of an endpoint into a buffer of its own. */
  private void rewrite(Packet packet, Headers headers, FtpEndpoint endpoint, byte[] text) {
    int tail = endpoint.from() + text.length;
    int length = tail + packet.length() - endpoint.to();
    Packet longer = buffer.packet(length, packet.inInterface());
    buffer.copy(packet, 0, 0, endpoint.from());
    for (int i = 0; i < text.length; i++) {
      longer.u8(endpoint.from() + i, text[i]);
    }
    buffer.copy(packet, endpoint.to(), tail, packet.length() - endpoint.to());
    if (headers.isIpv4()) {
      longer.u16(2, length);
      Egress.seal(longer, headers.transport);
    } else {
      longer.u16(4, length - Headers.IPV6_BYTES);
    }
    longer.u16(headers.transport + CHECKSUM, 0);
    longer.u16(headers.transport + CHECKSUM, Checksum.ofTransport(longer, headers.transport, TCP));
    packet.wrap(longer.buffer(), longer.start(), length, packet.inInterface());
  }

  /** The client acknowledges numbers that were shifted: nf_ct_seq_adjust. */
  private boolean shiftAcknowledgments(int slot, Packet packet, Headers headers) {
    if ((headers.flow.tcpFlags & TCP_ACK) == 0) {
      return true;
    }
    shiftAcknowledgment(slot, packet, headers, headers.transport + ACKNOWLEDGMENT);
    return shiftSelective(slot, packet, headers);
  }

  private void shiftAcknowledgment(int slot, Packet packet, Headers headers, int at) {
    int number = packet.i32(at);
    replace(packet, headers, at, number - controls.shiftOfAcknowledged(slot, number));
  }

  /** Selective acknowledgments (RFC 2018); false when the options can't be read to their end. */
  private boolean shiftSelective(int slot, Packet packet, Headers headers) {
    int at = headers.transport + TCP_BYTES;
    int end = headers.transport + headerBytes(packet, headers);
    if (end > packet.length()) {
      return false;
    }
    while (at < end && packet.u8(at) != OPTION_END) {
      if (packet.u8(at) == OPTION_NOTHING) {
        at++;
        continue;
      }
      int length = at + 1 < end ? packet.u8(at + 1) : 0;
      if (length < 2 || at + length > end) {
        return false;
      }
      if (packet.u8(at) == OPTION_SACK && (length - 2) % SACK_BLOCK_BYTES == 0) {
        for (int edge = at + 2; edge < at + length; edge += 4) {
          shiftAcknowledgment(slot, packet, headers, edge);
        }
      }
      at += length;
    }
    return true;
  }

  /** Writes four bytes, and carries that into the checksum. */
  private static void replace(Packet packet, Headers headers, int at, int value) {
    // The bytes may lie across words of the sum, so whole words around them are compared.
    int first = at - (at - headers.transport & 1);
    int bytes = at == first ? 4 : 6;
    long removed = Checksum.sum(packet, first, bytes);
    packet.i32(at, value);
    long added = Checksum.sum(packet, first, bytes);
    int checksumAt = headers.transport + CHECKSUM;
    packet.u16(checksumAt, Checksum.update(packet.u16(checksumAt), removed, added));
  }
}
