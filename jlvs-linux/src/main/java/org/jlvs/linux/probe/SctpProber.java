package org.jlvs.linux.probe;

import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.LinuxException;

/**
 * Asks SCTP endpoints whether they would take an association, without making one: it sends INIT and
 * waits for INIT ACK or ABORT. In the network namespace of the thread that opened it, IPv4 and
 * IPv6; the kernel need not know SCTP. Safe for all threads, virtual ones above all: callers wait
 * without holding a carrier.
 */
public final class SctpProber implements AutoCloseable {
  /** An INIT may be lost; later ones come after twice as long each. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

  /** Ports that hosts give to their own connections, with Linux' defaults. */
  private static final int FIRST_PORT = 32_768;

  private static final int PORTS = 28_232;

  private final AnswerReader<Integer> answers;
  private final SecureRandom random = new SecureRandom();

  private SctpProber(AnswerReader<Integer> answers) {
    this.answers = answers;
  }

  /** What was said to an INIT. */
  public enum Answer {
    /** The endpoint would take the association. */
    WILLING,
    /** Nobody listens on that port. */
    REFUSED,
    /** The host does not know SCTP. */
    NO_SCTP,
    /** Routers say that there is no way to the host. */
    UNREACHABLE
  }

  /**
   * Opens sockets for both families, or for the one that the host has.
   *
   * @throws org.jlvs.linux.sys.UnsupportedFeatureException when this process may not
   */
  public static SctpProber open() throws LinuxException {
    return new SctpProber(AnswerReader.open("SCTP answers", SctpSocket::open));
  }

  /**
   * Asks once, or as often as it takes where packets get lost.
   *
   * @return empty when no answer came within {@code timeout}
   * @throws IOException when it can't be sent, as for want of a route, or this is closed
   */
  public Optional<Answer> ask(InetAddress host, int port, Duration timeout)
      throws IOException, InterruptedException {
    // 0 is no tag; a number that somebody waits for already is as good as impossible.
    int tag = random.nextInt(1, Integer.MAX_VALUE);
    int from = FIRST_PORT + random.nextInt(PORTS);
    String what = "ask " + host.getHostAddress() + " by SCTP";
    return answers
        .ask(
            what,
            host,
            tag,
            socket -> socket.send(SctpInit.packet(from, port, tag), host, what),
            FIRST_PAUSE,
            timeout)
        .map(SctpProber::answer);
  }

  private static Answer answer(int errno) {
    return switch (errno) {
      case 0 -> Answer.WILLING;
      case Errno.ECONNREFUSED -> Answer.REFUSED;
      // An IPv6 host says so by a parameter problem.
      case Errno.ENOPROTOOPT, Errno.EPROTO -> Answer.NO_SCTP;
      default -> Answer.UNREACHABLE;
    };
  }

  /** Stops; those who still wait get an IOException. */
  @Override
  public void close() {
    answers.close();
  }
}
