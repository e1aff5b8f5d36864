package org.jlvs.testbed.differential;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.testbed.differential.Configuration.Kind;
import org.jlvs.testbed.differential.Configuration.Service;

/** SIP messages (RFC 3261) of a few calls by many clients, with their Call-IDs in all forms. */
final class SipTraffic implements TrafficSource {
  private static final int PORT = 5060;
  private static final int CALLS = 6;

  private static final List<String> PIECES =
      List.of(
          "Call-ID",
          "call-id",
          "i",
          "I",
          ":",
          ": ",
          " ",
          "\t",
          "\r\n",
          "\r\n",
          "\n",
          "\r",
          "one",
          "two",
          "a",
          "@",
          ";",
          "%",
          "To: x",
          "\r\n ",
          "Call-ID: ",
          "\r\nCall-ID: ",
          "\r\ni: ",
          "\r\nCall-ID: ;");

  /** More than the kernel takes for a Call-ID. */
  private static final int TOO_LONG = 300;

  private final Dice dice;
  private final Wires wires;
  private final Service service;

  /** The last request, for servers to answer. */
  private int request;

  private String caller = "";
  private int callerPort;
  private String callerMessage = "";

  SipTraffic(Dice dice, Wires wires, Service service) {
    this.dice = dice;
    this.wires = wires;
    this.service = service;
  }

  @Override
  public void next() {
    switch (dice.below(10)) {
      case 0, 1, 2 -> answer();
      case 3 -> callFromServer();
      case 4 -> bySegment();
      default -> call();
    }
  }

  private int virtualPort() {
    return dice.chance(95) ? PORT : PORT + 1;
  }

  private PacketBuilder fromClient() {
    caller = Wires.client(dice, service.ipv6);
    callerPort = PORT + dice.below(3);
    callerMessage = callId();
    return Wires.packet(true, caller, service.address);
  }

  private void call() {
    PacketBuilder packet = fromClient().udp(callerPort, virtualPort());
    request = wires.send(true, packet.payload(message(methodLine(), callerMessage)));
  }

  private void bySegment() {
    if (service.kind == Kind.UDP && dice.chance(80)) {
      call();
      return;
    }
    boolean first = dice.chance(50);
    PacketBuilder segment = fromClient().tcp(callerPort, virtualPort());
    segment.flags(first ? PacketBuilder.SYN : PacketBuilder.ACK | PacketBuilder.PSH);
    byte[] text = first ? new byte[0] : message(methodLine(), callerMessage);
    request = wires.send(true, segment.payload(text));
  }

  private void answer() {
    if (request == 0) {
      call();
      return;
    }
    byte[] text = message(dice.one(List.of("SIP/2.0 200 OK", "SIP/2.0 100 Trying")), callerMessage);
    String client = caller;
    int clientPort = callerPort;
    wires.answer(
        request,
        machine ->
            Wires.packet(false, Wires.server(machine, service.ipv6), client)
                .udp(serverPort(machine), clientPort)
                .payload(text));
  }

  private int serverPort(int machine) {
    return service.servers.stream()
        .filter(server -> server.number() == machine && server.port() != 0)
        .mapToInt(Configuration.Server::port)
        .findFirst()
        .orElse(PORT);
  }

  /** A machine calls somebody, in a call that there is or a new one. */
  private void callFromServer() {
    int machine = 1 + dice.below(6);
    String called = Wires.client(dice, service.ipv6);
    wires.send(
        false,
        Wires.packet(false, Wires.server(machine, service.ipv6), called)
            .udp(serverPort(machine), PORT + dice.below(3))
            .payload(message(methodLine(), callId())));
  }

  private String methodLine() {
    return dice.one(List.of("INVITE", "REGISTER", "ACK", "BYE", "OPTIONS"))
        + " sip:someone@example.com SIP/2.0";
  }

  private String callId() {
    String value = "call-" + dice.below(CALLS) + "@example.com";
    return switch (dice.below(15)) {
      case 0 -> "call-id:" + value;
      case 1 -> "i: " + value;
      case 2 -> "I:" + value;
      case 3 -> "CALL-ID : " + value;
      case 4 -> "Subject: none";
      case 5 -> dice.one(List.of("Call-ID:", "Call-ID: ", "Call-ID: " + value + " more"));
      case 6 -> "Call-ID: " + (dice.chance(30) ? "a".repeat(TOO_LONG) : value + "\r\n folded");
      case 7 -> oddHeaders();
      default -> "Call-ID: " + value;
    };
  }

  /** Whatever pieces of headers come one after another. */
  private String oddHeaders() {
    StringBuilder text = new StringBuilder();
    for (int left = 1 + dice.below(12); left > 0; left--) {
      text.append(dice.one(PIECES));
    }
    return text.toString();
  }

  private byte[] message(String firstLine, String callId) {
    String end = dice.chance(90) ? "\r\n" : "\n";
    String text =
        firstLine
            + end
            + "Via: SIP/2.0/UDP host.example.com"
            + end
            + "Max-Forwards: 70"
            + end
            + callId
            + end
            + "Content-Length: 0"
            + end
            + end;
    return (dice.chance(96) ? text : text.substring(0, dice.below(text.length())))
        .getBytes(StandardCharsets.US_ASCII);
  }
}
