package org.jlvs.monitor.check;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** An OPTIONS request by SIP (RFC 3261). */
final class SipCheck {
  private static final int LONGEST_ANSWER = 64 << 10;

  private SipCheck() {}

  static Outcome perform(Check.Sip check, Deadline deadline) throws IOException {
    return check.tcp() ? byTcp(check, deadline) : byUdp(check, deadline);
  }

  private static Outcome byTcp(Check.Sip check, Deadline deadline) throws IOException {
    InetAddress address = Checker.address(check.address());
    try (Socket socket = new CheckSockets(deadline).createSocket(address, check.port())) {
      String callId = callId();
      InetSocketAddress from = (InetSocketAddress) socket.getLocalSocketAddress();
      socket.getOutputStream().write(request(check, "TCP", from, callId));
      return judge(statusLine(socket.getInputStream()));
    }
  }

  private static Outcome byUdp(Check.Sip check, Deadline deadline) throws IOException {
    try (Datagrams datagrams = new Datagrams(check.address(), check.port())) {
      String callId = callId();
      byte[] request = request(check, "UDP", datagrams.local(), callId);
      return judge(datagrams.ask(request, datagram -> finalStatus(datagram, callId), deadline));
    }
  }

  /** The first line of an answer to this call that is not provisional. */
  private static Optional<String> finalStatus(byte[] datagram, String callId) {
    String text = new String(datagram, StandardCharsets.ISO_8859_1);
    return Optional.of(text)
        .filter(answer -> answer.contains(callId) && !answer.startsWith("SIP/2.0 1"))
        .map(answer -> answer.lines().findFirst().orElse(""));
  }

  private static Outcome judge(String statusLine) {
    return statusLine.startsWith("SIP/2.0 200 ")
        ? Outcome.up("SIP status 200")
        : Outcome.down("answers " + Excerpt.of(statusLine));
  }

  /** The answer's first line, past provisional answers. */
  private static String statusLine(InputStream stream) throws IOException {
    StringBuilder head = new StringBuilder();
    byte[] piece = new byte[4096];
    while (head.length() < LONGEST_ANSWER) {
      int count = stream.read(piece, 0, piece.length);
      if (count < 0) {
        break;
      }
      head.append(new String(piece, 0, count, StandardCharsets.ISO_8859_1));
      int end;
      while ((end = head.indexOf("\r\n\r\n")) >= 0) {
        String line = head.substring(0, head.indexOf("\r\n"));
        if (!line.startsWith("SIP/2.0 1")) {
          return line;
        }
        head.delete(0, end + 4);
      }
    }
    return head.isEmpty() ? "nothing" : head.toString().lines().findFirst().orElse("");
  }

  private static byte[] request(
      Check.Sip check, String transport, InetSocketAddress from, String callId) {
    String user = check.user().isEmpty() ? "ldirectord@" + LocalName.get() : check.user();
    String host = from.getAddress().getHostAddress();
    String sentBy = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + from.getPort();
    return String.join(
            "\r\n",
            "OPTIONS sip:" + user + " SIP/2.0",
            "Via: SIP/2.0/" + transport + " " + sentBy + ";branch=z9hG4bK" + callId + ";rport",
            "Max-Forwards: 70",
            "To: <sip:" + user + ">",
            "From: <sip:" + user + ">;tag=" + callId.substring(0, 8),
            "Call-ID: " + callId,
            "CSeq: 1 OPTIONS",
            "Contact: <sip:" + user + ">",
            "Accept: application/sdp",
            "Content-Length: 0",
            "",
            "")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String callId() {
    Random random = ThreadLocalRandom.current();
    return "%016x".formatted(random.nextLong());
  }
}
