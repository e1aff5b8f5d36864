package org.jlvs.monitor.check;

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Oracle's JDBC driver, which is not free to be passed on, so that it is the operator's to put on
 * the class path. It makes its own sockets, and may heed a deadline or not: a thread of its own is
 * what can be left behind. Any number of threads may use it.
 */
final class OracleDriver {
  /** The last thread of each check that was left behind; those that have ended go by and by. */
  private static final Map<Check.Sql, Thread> LEFT_BEHIND = new ConcurrentHashMap<>();

  private static final Duration MOMENT = Duration.ofMillis(200);

  private OracleDriver() {}

  /** What is done with a connection, if the driver gives one. */
  @FunctionalInterface
  interface Use {
    Outcome of(@Nullable Connection connection) throws SQLException;
  }

  /**
   * Connects to the check's database. Whatever the driver does, this ends with the deadline. While
   * a thread that was left behind has not ended, the check fails at once, as a driver that hangs
   * would take a thread more with each.
   *
   * @throws SocketTimeoutException if the time is over, or the thread was interrupted
   */
  static Outcome connected(
      Check.Sql check, String url, Properties login, Deadline deadline, Use use)
      throws SQLException, SocketTimeoutException {
    LEFT_BEHIND.values().removeIf(thread -> !thread.isAlive());
    Thread earlier = LEFT_BEHIND.get(check);
    if (earlier != null && !ended(earlier)) {
      return Outcome.down("Oracle's driver has not come back from an earlier check");
    }
    Driver driver = driver(url);
    String millis = String.valueOf(deadline.millisLeft());
    login.setProperty("oracle.net.CONNECT_TIMEOUT", millis);
    login.setProperty("oracle.jdbc.ReadTimeout", millis);
    FutureTask<Outcome> call = new FutureTask<>(() -> use.of(driver.connect(url, login)));
    Thread thread = Thread.ofVirtual().name("oracle check").start(call);
    try {
      return call.get(deadline.millisLeft(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      leave(check, thread);
    } catch (InterruptedException stopped) {
      leave(check, thread);
      Thread.currentThread().interrupt();
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case SQLException refused -> throw refused;
        case RuntimeException tripped -> throw tripped;
        case Error tripped -> throw tripped;
        case null, default -> throw new IllegalStateException(failed);
      }
    }
    throw new SocketTimeoutException();
  }

  /** Whether it has, or does now: it may have been interrupted a moment ago. */
  private static boolean ended(Thread thread) {
    try {
      return thread.join(MOMENT);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** An interrupt ends most of what a driver may wait for, sockets among it. */
  private static void leave(Check.Sql check, Thread thread) {
    LEFT_BEHIND.put(check, thread);
    thread.interrupt();
  }

  private static Driver driver(String url) throws SQLException {
    try {
      return DriverManager.getDriver(url);
    } catch (SQLException missing) {
      throw new SQLException(
          "there is no Oracle driver: name the path of ojdbc17.jar in JLVS_CLASSPATH and restart",
          missing);
    }
  }
}
