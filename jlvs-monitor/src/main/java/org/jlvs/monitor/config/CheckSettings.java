package org.jlvs.monitor.config;

import java.time.Duration;
import java.util.Optional;

/**
 * How the real servers of a virtual server are checked.
 *
 * @param connectsPerNegotiation of {@link CheckType#COMBINED}, 0 otherwise
 * @param checkTimeout deadline of a connect, ping or external check
 * @param negotiateTimeout deadline of a negotiation
 * @param attempts pings sent before one check of that kind fails
 * @param port where to check, 0 for the real server's own port
 * @param request what to ask for; a real server's own goes before it
 * @param receive what the answer must contain; a real server's own goes before it
 * @param virtualHost name for the Host header
 * @param command of an external check
 * @param trusted whom a server that speaks TLS must be known to; empty to verify nothing
 */
public record CheckSettings(
    CheckType type,
    int connectsPerNegotiation,
    ServiceType service,
    Duration checkTimeout,
    Duration negotiateTimeout,
    int attempts,
    int port,
    Optional<String> request,
    Optional<PerlRegexp> receive,
    HttpMethod httpMethod,
    Optional<String> virtualHost,
    String command,
    Credentials credentials,
    Optional<TrustedAuthorities> trusted) {

  /**
   * What a server wants to know before it answers; an empty string where the file says nothing.
   *
   * @param secret of RADIUS
   */
  public record Credentials(String login, String password, String database, String secret) {

    /** Leaves the secrets out, so that they get into no message. */
    @Override
    public String toString() {
      return "Credentials[login=" + login + ", database=" + database + "]";
    }
  }
}
