package org.jlvs.server.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.server.control.CommandHandler;
import org.jlvs.xdp.PlaneStatus;
import org.jlvs.xdp.XdpDataPlane;

/** The command {@code status}: how this director stands. */
final class StatusCommand implements CommandHandler {
  private final XdpDataPlane plane;
  private final ConnectionTable connections;
  private final Director director;

  StatusCommand(XdpDataPlane plane, ConnectionTable connections, Director director) {
    this.plane = plane;
    this.connections = connections;
    this.director = director;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("director: running, pid " + ProcessHandle.current().pid());
    lines.addAll(interfaces(plane));
    lines.add(
        ask(
            plane,
            () ->
                "connections: %d and %d templates, of %d"
                    .formatted(
                        connections.connectionCount(),
                        connections.templateCount(),
                        connections.capacity())));
    PlaneStatus.Packets packets = ask(plane, plane::status).packets();
    lines.add(
        "packets through Java: %d received, %d sent, %d given to the host, %d dropped"
            .formatted(
                packets.received(),
                packets.transmitted(),
                packets.delivered(),
                packets.unresolved() + packets.undeliverable() + packets.failed()));
    for (SyncDaemon daemon : director.daemons()) {
      lines.add(
          "%s synchronization daemon on %s: not running; %s"
              .formatted(
                  daemon.master() ? "master" : "backup",
                  daemon.mcastInterface(),
                  EngineDirector.NO_SYNCHRONIZATION));
    }
    out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    return 0;
  }

  /** A line an interface, and one when the director took over connections. */
  static List<String> interfaces(XdpDataPlane plane) throws IOException {
    PlaneStatus status = ask(plane, plane::status);
    List<String> lines = new ArrayList<>();
    for (PlaneStatus.InterfaceStatus served : status.interfaces()) {
      String mode = served.mode().name().toLowerCase(Locale.ROOT);
      lines.add(served.name() + ": " + mode + " XDP, " + served.reason());
    }
    if (status.adopted()) {
      lines.add("took over the connections of an earlier director");
    }
    return lines;
  }

  private interface Question<T> {
    T ask() throws Exception;
  }

  private static <T> T ask(XdpDataPlane plane, Question<T> question) throws IOException {
    try {
      return plane.call(question::ask);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
