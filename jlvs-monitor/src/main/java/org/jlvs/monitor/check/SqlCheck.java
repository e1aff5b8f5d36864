package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jlvs.monitor.config.ConfiguredText;
import org.jspecify.annotations.Nullable;

/** A query to a database, over its JDBC driver. */
final class SqlCheck {
  private static final String SOCKETS = JdbcSockets.class.getName();

  private SqlCheck() {}

  static Outcome perform(Check.Sql check, Deadline deadline) throws IOException {
    if (check.login().isEmpty() || check.query().isEmpty()) {
      return Outcome.down("the configuration wants a login and a request for this check");
    }
    // Drivers are given text, and say in their own words where there is no IPv6.
    var _ = Checker.address(check.address());
    Properties login = new Properties();
    login.setProperty("user", ConfiguredText.decoded(check.login()));
    login.setProperty("password", ConfiguredText.decoded(check.password()));
    try {
      return switch (check.kind()) {
        case MYSQL -> overCheckSockets(check, deadline, () -> mysql(check, login));
        case PGSQL -> overCheckSockets(check, deadline, () -> postgresql(check, login));
        case ORACLE ->
            OracleDriver.connected(
                check,
                "jdbc:oracle:thin:@" + host(check) + ":" + check.database(),
                login,
                deadline,
                connection -> asked(check, connection));
      };
    } catch (SQLException failed) {
      if (deadline.over()) {
        throw new SocketTimeoutException();
      }
      Causes.rethrow(failed);
      String reason = Excerpt.line(failed.getMessage());
      return Outcome.down(reason.isBlank() ? "refused without a reason" : reason);
    } catch (RuntimeException | AssertionError | LinkageError tripped) {
      // PostgreSQL's driver asserts things about what servers send, where assertions are on. What a
      // driver needs for rare ways to log in, as Windows has them, is not there.
      return Checker.unreadable(tripped);
    }
  }

  private static Outcome overCheckSockets(
      Check.Sql check,
      Deadline deadline,
      ScopedValue.CallableOp<@Nullable Connection, SQLException> connect)
      throws SQLException {
    try (JdbcSockets.Opened sockets = new JdbcSockets.Opened(deadline)) {
      return ScopedValue.where(JdbcSockets.CHECK, sockets).call(() -> asked(check, connect.call()));
    }
  }

  private static Outcome asked(Check.Sql check, @Nullable Connection connection)
      throws SQLException {
    if (connection == null) {
      return Outcome.down("no driver for " + check.kind());
    }
    try {
      return query(check, connection);
    } finally {
      // Closing would read what the server still has to send of the answer.
      connection.abort(Runnable::run);
    }
  }

  private static Outcome query(Check.Sql check, Connection connection) throws SQLException {
    // Rows come one by one then, instead of the whole answer at once.
    connection.setAutoCommit(false);
    Statement statement = connection.createStatement();
    statement.setFetchSize(1);
    if (statement.execute(ConfiguredText.decoded(check.query()))) {
      try (ResultSet rows = statement.getResultSet()) {
        return rows.next() ? Outcome.up("query has rows") : Outcome.down("query has no rows");
      }
    }
    int changed = statement.getUpdateCount();
    connection.commit();
    return changed > 0 ? Outcome.up("query changed rows") : Outcome.down("query changed no row");
  }

  private static @Nullable Connection mysql(Check.Sql check, Properties properties)
      throws SQLException {
    properties.setProperty("socketFactory", SOCKETS);
    properties.setProperty("allowPublicKeyRetrieval", "true");
    return new org.mariadb.jdbc.Driver()
        .connect("jdbc:mariadb://" + host(check) + "/" + check.database(), properties);
  }

  private static @Nullable Connection postgresql(Check.Sql check, Properties properties)
      throws SQLException {
    properties.setProperty("socketFactory", SOCKETS);
    properties.setProperty("ApplicationName", "ldirectord");
    // A server that asks for Kerberos would have it look for Windows' own first.
    properties.setProperty("gsslib", "gssapi");
    return new org.postgresql.Driver()
        .connect("jdbc:postgresql://" + host(check) + "/" + check.database(), properties);
  }

  private static String host(Check.Sql check) {
    String address =
        check.address().isIpv4() ? check.address().toString() : "[" + check.address() + "]";
    return address + ":" + check.port();
  }
}
