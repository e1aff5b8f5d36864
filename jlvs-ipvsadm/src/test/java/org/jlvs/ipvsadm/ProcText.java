package org.jlvs.ipvsadm;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.net.Address;

/** Reads the kernel's /proc/net/ip_vs_conn back into values. */
final class ProcText {
  private ProcText() {}

  static List<ConnectionView> connections(String text) {
    List<ConnectionView> connections = new ArrayList<>();
    for (String line : text.lines().skip(1).toList()) {
      String[] words = line.split(" +");
      boolean engine = words.length > 9;
      int protocol =
          switch (words[0]) {
            case "TCP" -> 6;
            case "UDP" -> 17;
            case "SCTP" -> 132;
            default -> 0;
          };
      connections.add(
          new ConnectionView(
              protocol,
              address(words[1]),
              Integer.parseInt(words[2], 16),
              address(words[3]),
              Integer.parseInt(words[4], 16),
              address(words[5]),
              Integer.parseInt(words[6], 16),
              words[7],
              Long.parseLong(words[8]) * 1000 + 999,
              engine ? Optional.of(words[9]) : Optional.empty(),
              engine ? Optional.of(words[10]) : Optional.empty()));
    }
    return connections;
  }

  private static Address address(String text) {
    return text.contains(":") ? Address.of(text) : Address.of(HexFormat.of().parseHex(text));
  }
}
