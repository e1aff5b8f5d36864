package org.jlvs.monitor.check;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;
import org.jlvs.monitor.config.TrustedAuthorities;
import org.jlvs.monitor.config.WeightSource;

/**
 * How one real server is checked, as a value: two equal checks do the same. {@link Checker}
 * performs them.
 */
public sealed interface Check {

  /** No check: the answer is known. */
  record Fixed(boolean up) implements Check {}

  /** A TCP connection is set up, and closed at once. */
  record Connect(Address address, int port, Duration timeout) implements Check {}

  /** An SCTP endpoint is asked whether it would take an association. */
  record Associate(Address address, int port, Duration timeout) implements Check {}

  /**
   * ICMP echo.
   *
   * @param attempts requests that must stay unanswered for {@code timeout} each before it fails
   */
  record Ping(Address address, int attempts, Duration timeout) implements Check {}

  /**
   * Who a server is that speaks TLS.
   *
   * @param name a host name, which the server is told, or an address without brackets
   * @param trusted who must have signed that the server is of that name; empty to verify nothing
   */
  record Identity(String name, Optional<TrustedAuthorities> trusted) {}

  /**
   * A page is asked for by HTTP/1.1; a status of 200 to 299 and a body that contains {@code
   * receive} are good. Redirections are followed.
   *
   * @param tls whether it is asked by HTTPS
   * @param host whom to connect to: an address without brackets, or a name
   * @param target what to ask for, beginning with a slash, or a whole URL to ask of a proxy
   * @param hostHeader value of the Host header
   * @param identity of the server where it is asked by HTTPS
   */
  record Http(
      boolean tls,
      HttpMethod method,
      String host,
      int port,
      String target,
      String hostHeader,
      Identity identity,
      Optional<PerlRegexp> receive,
      Duration timeout)
      implements Check {}

  /**
   * Text is sent by TCP; a line of what comes back must contain {@code receive}.
   *
   * @param request bytes as characters below 256
   */
  record Text(
      Address address, int port, String request, Optional<PerlRegexp> receive, Duration timeout)
      implements Check {}

  /** Protocols of mail and news, whose servers speak first. */
  enum MailProtocol {
    SMTP,
    POP,
    POPS,
    IMAP,
    IMAPS,
    NNTP
  }

  /**
   * The server's greeting must be good, and where there is a {@code login}, POP and IMAP must let
   * it in. SMTP is asked by EHLO or HELO for more than its greeting.
   *
   * @param identity of the server where the protocol has TLS
   * @param login empty for none
   */
  record Mail(
      MailProtocol protocol,
      Address address,
      int port,
      Identity identity,
      String login,
      String password,
      Duration timeout)
      implements Check {
    @Override
    public String toString() {
      return "Mail[" + protocol + " " + address + " " + port + " " + login + "]";
    }
  }

  /**
   * A login, and a file that can be read and contains {@code receive}.
   *
   * @param login empty for anonymous
   * @param file empty when the login is enough
   */
  record Ftp(
      Address address,
      int port,
      String login,
      String password,
      String file,
      Optional<PerlRegexp> receive,
      Duration timeout)
      implements Check {
    @Override
    public String toString() {
      return "Ftp[" + address + " " + port + " " + login + " " + file + "]";
    }
  }

  /**
   * A bind and a search of {@code base} that gives one entry, whose name contains {@code receive}.
   *
   * @param identity of the server where it is asked by TLS
   * @param login a distinguished name; without it and a password the bind is anonymous
   */
  record Ldap(
      boolean tls,
      Address address,
      int port,
      Identity identity,
      String login,
      String password,
      String base,
      Optional<PerlRegexp> receive,
      Duration timeout)
      implements Check {
    @Override
    public String toString() {
      return "Ldap[" + address + " " + port + " " + login + " " + base + "]";
    }
  }

  /** Databases that answer SQL. */
  enum Database {
    MYSQL,
    ORACLE,
    PGSQL
  }

  /** A query that must give a row, or change one. */
  record Sql(
      Database kind,
      Address address,
      int port,
      String database,
      String login,
      String password,
      String query,
      Duration timeout)
      implements Check {
    @Override
    public String toString() {
      return "Sql[" + kind + " " + address + " " + port + " " + login + " " + query + "]";
    }
  }

  /**
   * A name is looked up, or an address for its name; one of the answer's addresses or names must
   * contain {@code receive}.
   */
  record Dns(
      boolean tcp,
      Address address,
      int port,
      String request,
      Optional<PerlRegexp> receive,
      Duration timeout)
      implements Check {}

  /** An Access-Request that must be accepted. */
  record Radius(
      Address address, int port, String login, String password, String secret, Duration timeout)
      implements Check {
    @Override
    public String toString() {
      return "Radius[" + address + " " + port + " " + login + "]";
    }
  }

  /**
   * An OPTIONS request that must be answered by 200.
   *
   * @param user the address asked for, as {@code name@host}; empty for this host's ldirectord
   */
  record Sip(boolean tcp, Address address, int port, String user, Duration timeout)
      implements Check {}

  /** A command is run; exit status 0 is good. */
  record Command(List<String> command, Duration timeout) implements Check {
    public Command {
      command = List.copyOf(command);
    }
  }

  /** A check whose answer says the server's weight too. */
  record Weighed(Check check, WeightSource.InCheck source) implements Check {}

  /** One {@code negotiation}, then {@code connects} times {@code connect}, and again. */
  record Combined(Check negotiation, Check connect, int connects) implements Check {}
}
