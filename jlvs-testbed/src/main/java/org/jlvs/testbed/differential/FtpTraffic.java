package org.jlvs.testbed.differential;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.testbed.differential.Configuration.Service;

/**
 * FTP clients with their control and data connections (RFC 959, RFC 2428). Each has ports of its
 * own, and sequence numbers are as they should be: the kernel tracks these connections.
 */
final class FtpTraffic implements TrafficSource {
  private static final int CONTROL_PORT = 21;
  private static final int DATA_PORT = 20;
  private static final int MOST_CONTROLS = 4;
  private static final int SYN = PacketBuilder.SYN;
  private static final int ACK = PacketBuilder.ACK;
  private static final int FIN = PacketBuilder.FIN;
  private static final int RST = PacketBuilder.RST;
  private static final int PSH = PacketBuilder.PSH;

  /** A TCP connection whose segments follow each other. */
  private final class Stream {
    private final String client;
    private final int clientPort;
    private final int serverPort;
    private int clientNext = 1000 + dice.below(1000);
    private int serverNext = 50_000 + dice.below(1000);

    /** By how much the director has lengthened what the server said. */
    private int shift;

    /** The last frame that the server may answer, or 0. */
    private int request;

    private boolean ended;

    Stream(String client, int clientPort, int serverPort) {
      this.client = client;
      this.clientPort = clientPort;
      this.serverPort = serverPort;
    }

    void clientSends(int flags, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      int acknowledged = (flags & ACK) == 0 ? 0 : serverNext + shift;
      request =
          wires.send(
              true,
              Wires.packet(true, client, service.address)
                  .tcp(clientPort, serverPort)
                  .flags(flags)
                  .sequence(clientNext, acknowledged)
                  .id(dice.below(0x10000))
                  .payload(bytes));
      clientNext += bytes.length + Integer.bitCount(flags & (SYN | FIN));
    }

    void serverSends(int flags, String text) {
      serverSends(flags, machine -> text);
    }

    /**
     * @param byMachine texts of equal length
     */
    void serverSends(int flags, IntFunction<String> byMachine) {
      int acknowledged = (flags & ACK) == 0 ? 0 : clientNext;
      int number = serverNext;
      int identification = dice.below(0x10000);
      wires.answer(
          request,
          machine ->
              Wires.packet(false, Wires.server(machine, service.ipv6), client)
                  .tcp(serverPort, clientPort)
                  .flags(flags)
                  .sequence(number, acknowledged)
                  .id(identification)
                  .payload(byMachine.apply(machine).getBytes(StandardCharsets.US_ASCII)));
      serverNext += byMachine.apply(1).length() + Integer.bitCount(flags & (SYN | FIN));
    }

    /** Everybody hears the other's end, or not; or somebody has enough. */
    void end() {
      ended = true;
      switch (dice.below(6)) {
        case 0 -> clientSends(FIN | ACK, "");
        case 1 -> serverSends(FIN | ACK, "");
        case 2 -> clientSends(RST | ACK, "");
        default -> {
          clientSends(FIN | ACK, "");
          serverSends(FIN | ACK, "");
          clientSends(ACK, "");
        }
      }
    }
  }

  /** A client that is logged in, and the connection that its next data goes by. */
  private final class Client {
    private final Stream control;
    private final List<Stream> data = new ArrayList<>();

    Client(Stream control) {
      this.control = control;
    }
  }

  private final Dice dice;
  private final Wires wires;
  private final Service service;
  private final List<Client> clients = new ArrayList<>();
  private int ports;

  FtpTraffic(Dice dice, Wires wires, Service service) {
    this.dice = dice;
    this.wires = wires;
    this.service = service;
  }

  @Override
  public void next() {
    if (clients.isEmpty() || clients.size() < MOST_CONTROLS && dice.chance(20)) {
      connect();
      return;
    }
    Client client = dice.one(clients);
    switch (dice.below(12)) {
      case 0, 1 -> command(client.control);
      case 2, 3 -> passive(client);
      case 4, 5 -> extendedPassive(client);
      case 6, 7 -> active(client);
      case 8, 9, 10 -> transfer(client);
      default -> {
        if (dice.chance(40)) {
          quit(client);
        }
      }
    }
  }

  /** Every port is used once. */
  private int newPort(int first) {
    ports++;
    return first + ports;
  }

  private void connect() {
    String address = Wires.client(dice, service.ipv6);
    Stream control = new Stream(address, newPort(41_000), CONTROL_PORT);
    control.clientSends(SYN, "");
    control.serverSends(SYN | ACK, "");
    control.clientSends(ACK, "");
    control.serverSends(PSH | ACK, "220 ready\r\n");
    clients.add(new Client(control));
  }

  private void command(Stream control) {
    String text = dice.one(List.of("USER anonymous", "NOOP", "TYPE I", "port 1,2,3", "LIST"));
    control.clientSends(PSH | ACK, text + "\r\n");
    if (dice.chance(90)) {
      control.serverSends(
          PSH | ACK, dice.one(List.of("200 fine\r\n", "150-wait\r\n150 a bit\r\n")));
    }
    if (dice.chance(50)) {
      control.clientSends(ACK, "");
    }
  }

  private boolean isMasqueraded() {
    return service.servers.stream().anyMatch(Configuration.Server::isMasqueraded);
  }

  private static String numbers(String address, int port) {
    return "%s,%d,%d".formatted(address.replace('.', ','), port >> 8, port & 0xff);
  }

  private void passive(Client client) {
    if (service.ipv6) {
      extendedPassive(client);
      return;
    }
    int port = newPort(50_000);
    client.control.clientSends(PSH | ACK, dice.chance(90) ? "PASV\r\n" : "NOOP\r\nPASV\r\n");
    client.control.serverSends(
        PSH | ACK,
        machine ->
            "227 Entering Passive Mode (%s).\r\n"
                .formatted(numbers(Wires.server(machine, false), port)));
    if (isMasqueraded()) {
      client.control.shift +=
          numbers(service.address, port).length() - numbers(Wires.server(1, false), port).length();
    }
    connectTo(client, port);
  }

  private void extendedPassive(Client client) {
    int port = newPort(50_000);
    String family = service.ipv6 ? "2" : "1";
    String command = dice.chance(70) ? "EPSV\r\n" : "EPSV " + family + "\r\n";
    client.control.clientSends(PSH | ACK, command);
    String answer = "229 Entering Extended Passive Mode (|||%d|)\r\n".formatted(port);
    client.control.serverSends(PSH | ACK, answer);
    connectTo(client, port);
  }

  /** The client begins the data connection, or a stranger tries to. */
  private void connectTo(Client client, int port) {
    if (dice.chance(50)) {
      client.control.clientSends(ACK, "");
    }
    if (dice.chance(15)) {
      return;
    }
    String from = dice.chance(90) ? client.control.client : Wires.client(dice, service.ipv6);
    Stream data = new Stream(from, newPort(42_000), port);
    data.clientSends(SYN, "");
    data.serverSends(SYN | ACK, "");
    data.clientSends(ACK, "");
    client.data.add(data);
  }

  /** The server connects to the client. */
  private void active(Client client) {
    int port = newPort(20_000);
    String address = client.control.client;
    boolean extended = service.ipv6 || dice.chance(40);
    String command =
        extended
            ? "EPRT |%d|%s|%d|".formatted(service.ipv6 ? 2 : 1, address, port)
            : "PORT " + numbers(address, port);
    client.control.clientSends(PSH | ACK, command + "\r\n");
    Stream data = new Stream(address, port, DATA_PORT);
    data.request = client.control.request;
    client.control.serverSends(PSH | ACK, "200 fine\r\n");
    if (dice.chance(85)) {
      data.serverSends(SYN, "");
      data.clientSends(SYN | ACK, "");
      data.serverSends(ACK, "");
      client.data.add(data);
    }
  }

  private void transfer(Client client) {
    if (client.data.isEmpty()) {
      command(client.control);
      return;
    }
    Stream data = dice.one(client.data);
    if (data.ended) {
      client.data.remove(data);
      return;
    }
    String content = "x".repeat(dice.below(1400));
    switch (dice.below(4)) {
      case 0 -> data.clientSends(PSH | ACK, content);
      case 1 -> {
        data.serverSends(PSH | ACK, content);
        data.clientSends(ACK, "");
      }
      case 2 -> data.serverSends(PSH | ACK, content);
      default -> data.end();
    }
  }

  private void quit(Client client) {
    client.control.clientSends(PSH | ACK, "QUIT\r\n");
    client.control.serverSends(PSH | ACK, "221 bye\r\n");
    client.control.end();
    clients.remove(client);
  }
}
