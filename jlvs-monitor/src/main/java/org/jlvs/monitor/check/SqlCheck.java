package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A query to a database, over its JDBC driver. */
final class SqlCheck {
  private static final String SOCKETS = JdbcSockets.class.getName();

  private SqlCheck() {}

  static Outcome perform(Check.Sql check, Deadline deadline) throws IOException {
    if (check.login().isEmpty() || check.query().isEmpty()) {
      return Outcome.down("the configuration wants a login and a request for this check");
    }
    int millis = deadline.millisLeft();
    try (JdbcSockets.Opened sockets = new JdbcSockets.Opened(deadline)) {
      return ScopedValue.where(JdbcSockets.CHECK, sockets).call(() -> ask(check, millis));
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

  private static Outcome ask(Check.Sql check, int millis) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", check.login());
    properties.setProperty("password", check.password());
    Connection connection =
        switch (check.kind()) {
          case MYSQL -> mysql(check, properties);
          case PGSQL -> postgresql(check, properties);
          case ORACLE -> oracle(check, properties, millis);
        };
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
    if (statement.execute(check.query())) {
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

  /** Its driver is not free to be passed on, so it is the operator's to put on the class path. */
  private static Connection oracle(Check.Sql check, Properties properties, int millis)
      throws SQLException {
    String url = "jdbc:oracle:thin:@" + host(check) + ":" + check.database();
    Driver driver;
    try {
      driver = DriverManager.getDriver(url);
    } catch (SQLException missing) {
      throw new SQLException(
          "there is no Oracle driver: name the path of ojdbc17.jar in JLVS_CLASSPATH and restart",
          missing);
    }
    properties.setProperty("oracle.net.CONNECT_TIMEOUT", String.valueOf(millis));
    properties.setProperty("oracle.jdbc.ReadTimeout", String.valueOf(millis));
    return driver.connect(url, properties);
  }

  private static String host(Check.Sql check) {
    String address =
        check.address().isIpv4() ? check.address().toString() : "[" + check.address() + "]";
    return address + ":" + check.port();
  }
}
