package org.jlvs.testbed.differential;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.testbed.differential.Configuration.Service;

/** Key exchange between port 500 and port 500 (RFC 7296), and what is protected by its keys. */
final class IpsecTraffic implements TrafficSource {
  private static final int KEY_EXCHANGE_PORT = 500;
  private static final int ENCAPSULATING_SECURITY = 50;
  private static final int AUTHENTICATION = 51;
  private static final int NO_NEXT_HEADER = 59;
  private static final int IN_TUNNEL = 4;
  private static final int UDP = 17;
  private static final int UDP_BYTES = 8;

  private final Dice dice;
  private final Wires wires;
  private final Service service;
  private final Conversations conversations;
  private final ErrorTraffic errors;
  private final List<Session> exchanges = new ArrayList<>();

  IpsecTraffic(Dice dice, Wires wires, Service service) {
    this.dice = dice;
    this.wires = wires;
    this.service = service;
    this.conversations = new Conversations(dice, wires);
    this.errors = new ErrorTraffic(dice, wires);
  }

  @Override
  public void next() {
    if (exchanges.isEmpty() || dice.chance(15)) {
      String client = Wires.client(dice, service.ipv6);
      int port = dice.chance(85) ? KEY_EXCHANGE_PORT : 4500;
      exchanges.add(new Session(Transport.UDP, client, port, service.address, port, service));
    }
    Session exchange = dice.one(exchanges);
    switch (dice.below(12)) {
      case 0, 1, 2 -> conversations.goOn(exchange);
      case 3 -> errors.fromServer(exchange);
      case 4, 5, 6 -> fromServer(exchange);
      case 7 -> fromStranger();
      default -> fromClient(exchange);
    }
  }

  private PacketBuilder secured(PacketBuilder packet) {
    int length = dice.chance(90) ? dice.below(100) : 1380 + dice.below(60);
    if (dice.chance(60)) {
      return packet.protocol(ENCAPSULATING_SECURITY).payload(security(4, 0, length));
    }
    int next = dice.one(List.of(ENCAPSULATING_SECURITY, IN_TUNNEL, NO_NEXT_HEADER, UDP));
    int behind = next == UDP ? Math.max(UDP_BYTES, length) : length;
    return packet.protocol(AUTHENTICATION).payload(security(12, next << 24 | 1 << 16, behind));
  }

  /** Of either protocol: numbers, and what only its receiver can read. */
  private byte[] security(int headerBytes, int firstWord, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(headerBytes + 4 + length);
    if (headerBytes > 4) {
      bytes.putInt(firstWord);
    }
    bytes.putInt(0x1000 + dice.below(4)).putInt(1 + dice.below(1000));
    return bytes.array();
  }

  private void fromClient(Session exchange) {
    PacketBuilder packet = Wires.packet(true, exchange.client, exchange.virtual);
    packet.ttl(dice.chance(95) ? 64 : dice.below(3)).id(dice.below(0x10000));
    if (dice.chance(50)) {
      packet.dontFragment();
    }
    exchange.request = wires.send(true, secured(packet));
  }

  private void fromStranger() {
    String client = Wires.client(dice, service.ipv6);
    wires.send(true, secured(Wires.packet(true, client, service.address)));
  }

  private void fromServer(Session exchange) {
    if (exchange.request == 0) {
      conversations.goOn(exchange);
      return;
    }
    int length = dice.below(100);
    wires.answer(
        exchange.request,
        machine ->
            Wires.packet(false, Wires.server(machine, service.ipv6), exchange.client)
                .protocol(ENCAPSULATING_SECURITY)
                .payload(length));
  }
}
