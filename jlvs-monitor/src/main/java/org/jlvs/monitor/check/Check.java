package org.jlvs.monitor.check;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;

/**
 * How one real server is checked, as a value: two equal checks do the same. {@link Checker}
 * performs them.
 */
public sealed interface Check {

  /** No check: the answer is known. */
  record Fixed(boolean up) implements Check {}

  /** A TCP connection is set up, and closed at once. */
  record Connect(Address address, int port, Duration timeout) implements Check {}

  /**
   * ICMP echo.
   *
   * @param attempts requests that must stay unanswered for {@code timeout} each before it fails
   */
  record Ping(Address address, int attempts, Duration timeout) implements Check {}

  /**
   * A page is asked for by HTTP/1.1; a status of 200 to 299 and a body that contains {@code
   * receive} are good. Redirections are followed.
   *
   * @param tls whether it is asked by HTTPS; no certificate is verified
   * @param host whom to connect to: an address without brackets, or a name
   * @param target what to ask for, beginning with a slash, or a whole URL to ask of a proxy
   * @param hostHeader value of the Host header
   */
  record Http(
      boolean tls,
      HttpMethod method,
      String host,
      int port,
      String target,
      String hostHeader,
      Optional<PerlRegexp> receive,
      Duration timeout)
      implements Check {}

  /**
   * Text is sent by TCP; what comes back must contain {@code receive}.
   *
   * @param request bytes as characters below 256
   */
  record Text(
      Address address, int port, String request, Optional<PerlRegexp> receive, Duration timeout)
      implements Check {}

  /** A command is run; exit status 0 is good. */
  record Command(List<String> command, Duration timeout) implements Check {
    public Command {
      command = List.copyOf(command);
    }
  }

  /** One {@code negotiation}, then {@code connects} times {@code connect}, and again. */
  record Combined(Check negotiation, Check connect, int connects) implements Check {}
}
