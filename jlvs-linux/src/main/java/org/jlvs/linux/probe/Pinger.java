package org.jlvs.linux.probe;

import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jlvs.linux.sys.LinuxException;

/**
 * Pings hosts, IPv4 and IPv6, in the network namespace of the thread that opened it. Safe for all
 * threads, virtual ones above all: callers wait for a reply without holding a carrier.
 */
public final class Pinger implements AutoCloseable {
  private final AnswerReader<Long> replies;
  private final int identifier;
  private final AtomicLong nextToken;

  private Pinger(AnswerReader<Long> replies) {
    this.replies = replies;
    SecureRandom random = new SecureRandom();
    this.identifier = random.nextInt(1 << 16);
    this.nextToken = new AtomicLong(random.nextLong());
  }

  /**
   * Opens sockets for both families, or for the one that the host has.
   *
   * @throws org.jlvs.linux.sys.UnsupportedFeatureException when this process may not ping
   */
  public static Pinger open() throws LinuxException {
    return new Pinger(AnswerReader.open("ping replies", EchoSocket::open));
  }

  /**
   * Sends one echo request and waits for its reply.
   *
   * @return the time it took; empty when no reply came within {@code timeout}
   * @throws IOException when it can't be sent, as for want of a route, or this is closed
   */
  public Optional<Duration> ping(InetAddress host, Duration timeout)
      throws IOException, InterruptedException {
    long token = nextToken.getAndIncrement();
    String what = "ping " + host.getHostAddress();
    long sent = System.nanoTime();
    return replies
        .ask(
            what,
            host,
            token,
            socket ->
                socket.send(
                    EchoSocket.request(socket.ipv6(), identifier, (int) token & 0xffff, token),
                    host,
                    what),
            timeout,
            timeout)
        .map(at -> Duration.ofNanos(at - sent));
  }

  /** Stops; those who still wait get an IOException. */
  @Override
  public void close() {
    replies.close();
  }
}
