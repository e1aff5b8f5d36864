package org.jlvs.monitor.command;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jlvs.monitor.report.MonitorReport;
import org.jlvs.monitor.report.MonitorReportJson;
import org.jlvs.monitor.report.MonitorReportText;

/**
 * The socket beside the pid file, on which a running monitor says what it knows. Whoever connects
 * sends a line, {@code text}, {@code colour} or {@code json}, and is sent the report. Only its
 * owner may connect.
 */
final class ExplainSocket implements Closeable {
  private static final System.Logger LOGGER = System.getLogger(ExplainSocket.class.getName());
  private static final Duration LONGEST_SESSION = Duration.ofSeconds(20);
  private static final int MOST_SESSIONS = 16;
  private static final int LONGEST_REQUEST = 64;

  /** How a report is written. */
  enum Form {
    TEXT,
    COLOUR,
    JSON;

    private String write(MonitorReport report) {
      return switch (this) {
        case TEXT -> lines(MonitorReportText.of(report, false));
        case COLOUR -> lines(MonitorReportText.of(report, true));
        case JSON -> MonitorReportJson.of(report) + "\n";
      };
    }

    private static String lines(List<String> lines) {
      return String.join("\n", lines) + "\n";
    }
  }

  private final Path path;
  private final ServerSocketChannel listener;
  private final Supplier<CompletableFuture<MonitorReport>> reports;
  private final Semaphore sessions = new Semaphore(MOST_SESSIONS);

  private ExplainSocket(
      Path path, ServerSocketChannel listener, Supplier<CompletableFuture<MonitorReport>> reports) {
    this.path = path;
    this.listener = listener;
    this.reports = reports;
  }

  static Path in(Path runDirectory, String name) {
    return runDirectory.resolve("ldirectord." + name + ".sock");
  }

  /**
   * Begins to listen in the place of any that was left behind; the caller holds the pid file.
   *
   * @throws IOException if it cannot, as when the path is too long for a socket
   */
  static ExplainSocket open(Path path, Supplier<CompletableFuture<MonitorReport>> reports)
      throws IOException {
    Files.deleteIfExists(path);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | RuntimeException failed) {
      listener.close();
      throw failed instanceof IOException io ? io : new IOException(failed.getMessage(), failed);
    }
    ExplainSocket socket = new ExplainSocket(path, listener, reports);
    Thread.ofVirtual().name("explain").start(socket::serve);
    return socket;
  }

  private void serve() {
    while (listener.isOpen()) {
      try {
        SocketChannel client = listener.accept();
        if (sessions.tryAcquire()) {
          Thread.startVirtualThread(() -> answer(client));
        } else {
          client.close();
        }
      } catch (IOException closed) {
        if (listener.isOpen()) {
          LOGGER.log(Level.WARNING, "cannot accept at {0}: {1}", path, closed);
        }
        return;
      }
    }
  }

  private void answer(SocketChannel client) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    end.completeOnTimeout(null, LONGEST_SESSION.toSeconds(), TimeUnit.SECONDS)
        .thenRun(() -> closeQuietly(client));
    try (client) {
      byte[] request = new byte[LONGEST_REQUEST];
      int count = Channels.newInputStream(client).read(request);
      String word = new String(request, 0, Math.max(0, count), StandardCharsets.US_ASCII).strip();
      for (Form form : Form.values()) {
        if (form.name().equalsIgnoreCase(word)) {
          MonitorReport report = reports.get().get(LONGEST_SESSION.toSeconds(), TimeUnit.SECONDS);
          Channels.newOutputStream(client)
              .write(form.write(report).getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException | ExecutionException | TimeoutException gone) {
      LOGGER.log(Level.DEBUG, "a question at {0} was not answered: {1}", path, gone);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } finally {
      end.complete(null);
      sessions.release();
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException gone) {
      LOGGER.log(Level.DEBUG, "closing: {0}", gone);
    }
  }

  /**
   * Asks the monitor that listens.
   *
   * @throws IOException if none does, or this user may not ask it
   */
  static String ask(Path path, Form form) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        Writer out =
            new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.US_ASCII);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
      out.write(form.name() + "\n");
      out.flush();
      StringBuilder answer = new StringBuilder();
      in.lines().forEach(line -> answer.append(line).append('\n'));
      return answer.toString();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(path);
  }
}
