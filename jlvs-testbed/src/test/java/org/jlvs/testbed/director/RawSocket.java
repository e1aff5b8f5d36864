package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;

/**
 * An IPv4 socket of any protocol on a host, which the JDK has none of: Perl opens it. While one is
 * open, the host's own stack doesn't answer that it does not know the protocol.
 */
final class RawSocket implements AutoCloseable {
  private static final String LISTEN =
      """
      $| = 1;
      socket(my $socket, AF_INET, SOCK_RAW, $ARGV[0]) or die "socket: $!";
      print "listening\\n";
      while (defined recv($socket, my $packet, 65535, 0)) { print unpack("H*", $packet), "\\n"; }
      """;

  private static final String SEND =
      """
      my ($protocol, $from, $to, $hex) = @ARGV;
      socket(my $socket, AF_INET, SOCK_RAW, $protocol) or die "socket: $!";
      bind($socket, sockaddr_in(0, inet_aton($from))) or die "bind: $!";
      defined send($socket, pack("H*", $hex), 0, sockaddr_in(0, inet_aton($to))) or die "send: $!";
      """;

  private final Host host;
  private final int protocol;
  private final Background listener;

  private RawSocket(Host host, int protocol, Background listener) {
    this.host = host;
    this.protocol = protocol;
    this.listener = listener;
  }

  /** Opens a socket that hears what comes to the host from now on. */
  static RawSocket open(Host host, int protocol) {
    Background listener = host.start("perl", "-MSocket", "-e", LISTEN, Integer.toString(protocol));
    assertThat(listener.awaitLine("listening", DirectorLab.PATIENCE))
        .as("a raw socket of protocol %d on %s: %s", protocol, host.name(), listener.output())
        .isTrue();
    return new RawSocket(host, protocol, listener);
  }

  /**
   * Sends a packet.
   *
   * @param from one of the host's addresses
   * @param payload what follows the IP header
   */
  void send(String from, String to, byte[] payload) {
    String hex = HexFormat.of().formatHex(payload);
    host.require("perl", "-MSocket", "-e", SEND, Integer.toString(protocol), from, to, hex);
  }

  /** The packets that have come so far, whole, with their IP header. */
  List<byte[]> received() {
    return listener
        .output()
        .lines()
        .filter(line -> line.matches("([0-9a-f]{2})+"))
        .map(HexFormat.of()::parseHex)
        .toList();
  }

  @Override
  public void close() {
    listener.kill();
  }
}
