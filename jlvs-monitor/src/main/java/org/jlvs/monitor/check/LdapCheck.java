package org.jlvs.monitor.check;

import com.unboundid.asn1.ASN1Exception;
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
import org.jlvs.monitor.config.ConfiguredText;
import org.jspecify.annotations.Nullable;

/** A bind to a directory and a search of one entry. */
final class LdapCheck {
  private LdapCheck() {}

  static Outcome perform(Check.Ldap check, Deadline deadline) throws IOException {
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    // Without it each connection has a reader thread.
    options.setUseSynchronousMode(true);
    options.setResponseTimeoutMillis(deadline.millisLeft());
    options.setMaxMessageSize(CheckSockets.MOST_BYTES);
    options.setFollowReferrals(false);
    SocketFactory plain = new CheckSockets(deadline);
    SocketFactory sockets =
        check.tls() ? new SecuredSockets(plain, check.identity(), deadline) : plain;
    try (LDAPConnection connection = new LDAPConnection(sockets, options)) {
      // The sockets see to the time, which the library would take a thread for.
      connection.connect(Checker.address(check.address()), check.port(), 0);
      if (!check.login().isEmpty() && !check.password().isEmpty()) {
        connection.bind(
            ConfiguredText.decoded(check.login()), ConfiguredText.decoded(check.password()));
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
        new SearchRequest(
            ConfiguredText.decoded(check.base()), SearchScope.BASE, "(objectClass=*)", "1.1");
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
    if (isUnreadable(failed.getCause())) {
      return Outcome.down("the answer is not LDAP");
    }
    Causes.rethrow(failed);
    if (deadline.over() || failed.getResultCode().equals(ResultCode.TIMEOUT)) {
      throw new SocketTimeoutException();
    }
    return Outcome.down(what + " failed: " + Excerpt.line(failed.getMessage()));
  }

  /**
   * Whether a message's ASN.1 made no sense. What reads it from a connection has no exception of
   * its own for that; those of sockets have.
   */
  private static boolean isUnreadable(@Nullable Throwable cause) {
    return cause instanceof ASN1Exception
        || (cause != null && cause.getClass() == IOException.class && cause.getCause() == null);
  }

  /** Connections with TLS from the first byte. */
  private static final class SecuredSockets extends SocketFactory {
    private final SocketFactory plain;
    private final Check.Identity identity;
    private final Deadline deadline;

    SecuredSockets(SocketFactory plain, Check.Identity identity, Deadline deadline) {
      this.plain = plain;
      this.identity = identity;
      this.deadline = deadline;
    }

    @Override
    public Socket createSocket(InetAddress address, int port) throws IOException {
      Socket socket = plain.createSocket(address, port);
      try {
        return Tls.over(socket, identity, port, deadline);
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
