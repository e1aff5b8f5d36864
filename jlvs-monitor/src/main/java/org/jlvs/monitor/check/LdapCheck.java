package org.jlvs.monitor.check;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import javax.net.SocketFactory;

/** A bind to a directory and a search of one entry. */
final class LdapCheck {
  private LdapCheck() {}

  static Outcome perform(Check.Ldap check, Deadline deadline) throws IOException {
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    // Without it each connection has a reader thread.
    options.setUseSynchronousMode(true);
    options.setConnectTimeoutMillis(deadline.millisLeft());
    options.setResponseTimeoutMillis(deadline.millisLeft());
    options.setMaxMessageSize(CheckSockets.MOST_BYTES);
    options.setFollowReferrals(false);
    SocketFactory plain = new CheckSockets(deadline);
    SocketFactory sockets = check.tls() ? new SecuredSockets(plain, check.identity()) : plain;
    try (LDAPConnection connection = new LDAPConnection(sockets, options)) {
      connection.connect(
          InetAddress.getByAddress(check.address().bytes()), check.port(), deadline.millisLeft());
      if (!check.login().isEmpty() && !check.password().isEmpty()) {
        connection.bind(check.login(), check.password());
      } else {
        connection.bind("", "");
      }
      return search(check, connection, deadline);
    } catch (LDAPSearchException failed) {
      return failure("search of " + Excerpt.of(check.base()), failed, deadline);
    } catch (LDAPException failed) {
      return failure("bind", failed, deadline);
    } catch (RuntimeException tripped) {
      return Checker.unreadable(tripped);
    }
  }

  private static Outcome search(Check.Ldap check, LDAPConnection connection, Deadline deadline)
      throws LDAPException {
    SearchRequest request =
        new SearchRequest(check.base(), SearchScope.BASE, "(objectClass=*)", "1.1");
    List<SearchResultEntry> entries =
        Objects.requireNonNull(connection.search(request).getSearchEntries());
    if (entries.size() != 1) {
      return Outcome.down(
          "search of " + Excerpt.of(check.base()) + " gives " + entries.size() + " entries");
    }
    byte[] name = entries.getFirst().getDN().getBytes(StandardCharsets.UTF_8);
    return check
        .receive()
        .map(regexp -> AnswerText.search(regexp, name, name.length, deadline, "entry found"))
        .orElseGet(() -> Outcome.up("entry found"));
  }

  private static Outcome failure(String what, LDAPException failed, Deadline deadline)
      throws IOException {
    if (deadline.over() || failed.getResultCode().equals(ResultCode.TIMEOUT)) {
      throw new SocketTimeoutException();
    }
    Causes.rethrow(failed);
    return Outcome.down(what + " failed: " + Excerpt.line(failed.getMessage()));
  }

  /** Connections with TLS from the first byte. */
  private static final class SecuredSockets extends SocketFactory {
    private final SocketFactory plain;
    private final Check.Identity identity;

    SecuredSockets(SocketFactory plain, Check.Identity identity) {
      this.plain = plain;
      this.identity = identity;
    }

    @Override
    public Socket createSocket(InetAddress address, int port) throws IOException {
      Socket socket = plain.createSocket(address, port);
      try {
        return Tls.over(socket, identity, port);
      } catch (IOException | RuntimeException failed) {
        socket.close();
        throw failed;
      }
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress from, int fromPort)
        throws IOException {
      return createSocket(address, port);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return createSocket(InetAddress.getByName(host), port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort)
        throws IOException {
      return createSocket(host, port);
    }
  }
}
