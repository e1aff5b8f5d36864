package org.jlvs.server.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jlvs.cli.ControlSocket;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.Output;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.net.Packet;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.server.control.CommandHandler;
import org.jlvs.server.control.ControlServer;
import org.jlvs.server.control.DirectorCommands;
import org.jlvs.server.explain.ExplainCommand;
import org.jlvs.server.host.HostNetwork;
import org.jlvs.server.host.RouteWatcher;
import org.jlvs.server.marks.HostMarkRules;
import org.jlvs.server.marks.MarkCommand;
import org.jlvs.server.marks.MarksCommand;
import org.jlvs.server.marks.OwnMarkRules;
import org.jlvs.server.monitor.TableCommand;
import org.jlvs.server.state.DirectorState;
import org.jlvs.server.state.StateFile;
import org.jlvs.server.state.StateKeeper;
import org.jlvs.server.state.Tuning;
import org.jlvs.server.state.UnsavedChanges;
import org.jlvs.xdp.FrameHandler;
import org.jlvs.xdp.XdpDataPlane;
import org.jlvs.xdp.XdpOptions;

/**
 * A running director: the data plane, the engine on its thread, and all that feeds it (control
 * socket, routes, mark rules, state over restarts). Starting it either gives a director that serves
 * or leaves nothing behind.
 */
public final class DirectorDaemon implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(DirectorDaemon.class.getName());

  private final XdpDataPlane plane;
  private final StateFile stateFile;
  private final OwnMarkRules ownRules;

  /** What has to be closed before the data plane, the last opened first. */
  private final Deque<AutoCloseable> parts;

  private DirectorDaemon(
      XdpDataPlane plane, StateFile stateFile, OwnMarkRules ownRules, Deque<AutoCloseable> parts) {
    this.plane = plane;
    this.stateFile = stateFile;
    this.ownRules = ownRules;
    this.parts = parts;
  }

  /**
   * Starts a director in the network namespace of the calling thread.
   *
   * @throws IOException with one line that says what is missing or wrong and what to do
   */
  public static DirectorDaemon start(DirectorOptions options) throws IOException {
    XdpDataPlane.requireRights();
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    CompletableFuture<Map<String, CommandHandler>> commands = new CompletableFuture<>();
    Path socket = ControlSocket.ofThisNamespace();
    try {
      // First of all: it makes sure that no other director of this namespace is at the tables.
      parts.push(ControlServer.start(socket, whenReady(commands)));
      XdpDataPlane plane = XdpDataPlane.open(xdpOptions(options));
      parts.push(plane);
      return serve(options, plane, stateFile(socket), parts, commands);
    } catch (IOException | RuntimeException e) {
      commands.completeExceptionally(new IOException("the director did not start"));
      closeAll(parts);
      throw e;
    }
  }

  private static XdpOptions xdpOptions(DirectorOptions options) {
    return new XdpOptions(
        options.interfaces(), options.mode(), options.connections(), options.servers());
  }

  private static StateFile stateFile(Path socket) {
    String name = socket.getFileName().toString().replaceFirst("\\.sock$", "");
    return new StateFile(socket.resolveSibling(name + ".state.json"));
  }

  /** Commands that come while the director starts wait until it has. */
  private static Map<String, CommandHandler> whenReady(
      CompletableFuture<Map<String, CommandHandler>> commands) {
    CommandHandler waiting =
        (program, arguments, in, out, err) -> {
          try {
            CommandHandler handler = commands.join().get(program);
            if (handler == null) {
              throw new IOException("the director has no command " + program);
            }
            return handler.run(program, arguments, in, out, err);
          } catch (CompletionException e) {
            throw new IOException("the director did not start", e);
          }
        };
    Map<String, CommandHandler> all = new HashMap<>();
    for (String program :
        List.of(
            "ipvsadm",
            "ipvsadm-save",
            "ipvsadm-restore",
            "proc",
            "sysctl",
            "table",
            "status",
            "handshakes",
            "mark",
            "marks",
            "explain")) {
      all.put(program, waiting);
    }
    return all;
  }

  private static DirectorDaemon serve(
      DirectorOptions options,
      XdpDataPlane plane,
      StateFile stateFile,
      Deque<AutoCloseable> parts,
      CompletableFuture<Map<String, CommandHandler>> commands)
      throws IOException {
    Earlier earlier = earlier(plane, stateFile);
    ServiceTable services = earlier.services();
    earlier.state().ifPresent(state -> restore(state, services));
    for (DirectorOptions.Preset preset : options.settings()) {
      setting(() -> services.settings().set(preset.name(), preset.text()));
    }
    long now = System.nanoTime();
    ConnectionTable connections =
        plane.adopted()
            ? ConnectionTable.adopt(plane.slots(), plane.buckets(), plane.seed(), now)
            : ConnectionTable.create(plane.slots(), plane.buckets(), plane.seed(), now);
    HostNetwork host = new HostNetwork(plane.hops());
    PacketEngine engine =
        new PacketEngine(services, connections, host, MarkRules.NONE, plane.program(), now);
    engine.helpFtp(options.ftpPorts());
    UnsavedChanges changes = new UnsavedChanges();
    LocalDirector local =
        new LocalDirector(engine, new ChangeRecorder(services, changes, plane::execute));
    earlier.state().ifPresent(state -> local.restoreDaemons(state.tuning().daemons()));

    EngineStart start = new EngineStart(plane);
    parts.push(new RouteWatcher(host, start, engine::routesChanged));
    HostMarkRules markRules = new HostMarkRules(new EngineMarks(engine, start));
    parts.push(markRules);
    OwnMarkRules ownRules =
        OwnMarkRules.open(
            marksFile(stateFile),
            plane.adopted(),
            rules -> {
              markRules.ownRules(rules.tables());
              start.settle();
            });
    start.run(
        () -> {
          publish(plane, engine);
          engine.interests().listener(() -> plane.execute(() -> publish(plane, engine)));
          plane.start(handler(engine));
        });

    parts.push(new MemoryReporter(engine.settings().defense(), connections, plane::execute));
    StateKeeper keeper =
        new StateKeeper(
            stateFile,
            changes,
            () ->
                plane.call(
                    () ->
                        new StateKeeper.Snapshot(
                            new DirectorState(services.snapshot(), Tuning.of(local)),
                            changes.take())));
    parts.push(keeper);
    Function<Runnable, Director> directors =
        changed -> new EngineDirector(local, plane::call, changed);
    SavedCommands saved = new SavedCommands(directors, keeper);
    Map<String, CommandHandler> table = new HashMap<>();
    for (String program : DirectorCommands.PROGRAMS) {
      table.put(program, saved.command(director -> DirectorCommands.of(director, program)));
    }
    TableCommand.Counts changed = new TableCommand.Counts();
    table.put("table", saved.command(director -> new TableCommand(director, changed)));
    Director reader = directors.apply(() -> {});
    table.put("status", new StatusCommand(plane, connections, reader));
    table.put("handshakes", new HandshakesCommand(reader));
    table.put("marks", new MarksCommand(markRules, reader));
    table.put("mark", new MarkCommand(ownRules, markRules));
    table.put("explain", new ExplainCommand(plane, engine));
    commands.complete(table);
    return new DirectorDaemon(plane, stateFile, ownRules, parts);
  }

  private static Path marksFile(StateFile stateFile) {
    String name = String.valueOf(stateFile.path().getFileName());
    return stateFile.path().resolveSibling(name.replaceFirst("\\.state\\.json$", ".marks"));
  }

  /** What an earlier director left, and the services made from it. */
  private record Earlier(ServiceTable services, Optional<DirectorState> state) {}

  /** What an earlier director was told, when this one takes over its connections. */
  private static Earlier earlier(XdpDataPlane plane, StateFile stateFile) throws IOException {
    if (!plane.adopted()) {
      stateFile.delete();
      return new Earlier(newServices(plane), Optional.empty());
    }
    try {
      Optional<DirectorState> state = stateFile.read();
      ServiceTable services = newServices(plane);
      state.ifPresent(saved -> services.restore(saved.table()));
      return new Earlier(services, state);
    } catch (IOException | IllegalArgumentException e) {
      Path aside = stateFile.path().resolveSibling(stateFile.path().getFileName() + ".bad");
      Files.move(stateFile.path(), aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.log(
          System.Logger.Level.WARNING,
          "the services of the earlier director are lost: {0}; the file is now {1}",
          e.getMessage(),
          aside);
      return new Earlier(newServices(plane), Optional.empty());
    }
  }

  private static ServiceTable newServices(XdpDataPlane plane) {
    return new ServiceTable(plane.servers() - 1, new Random(), plane.counters());
  }

  /** To be done before the engine looks at connections, whose states and times depend on it. */
  private static void restore(DirectorState state, ServiceTable services) {
    Tuning tuning = state.tuning();
    setting(() -> services.timeouts().set(tuning.timeouts()));
    tuning.settings().forEach((name, text) -> setting(() -> services.settings().set(name, text)));
  }

  private interface Change {
    void run() throws DirectorException;
  }

  private static void setting(Change part) {
    try {
      part.run();
    } catch (DirectorException e) {
      LOG.log(System.Logger.Level.WARNING, "a setting was left as it is: {0}", e.getMessage());
    }
  }

  private static FrameHandler handler(PacketEngine engine) {
    return new FrameHandler() {
      @Override
      public void receive(Packet packet, long nowNanos, Output output) {
        engine.receive(packet, nowNanos, output);
      }

      @Override
      public void answered(Packet packet, long nowNanos) {
        engine.answered(packet, nowNanos);
      }

      @Override
      public void advance(long nowNanos, Output output) {
        engine.advance(nowNanos, output);
      }

      @Override
      public boolean hasWork() {
        return engine.hasWork();
      }
    };
  }

  private static void publish(XdpDataPlane plane, PacketEngine engine) {
    try {
      plane
          .interests()
          .update(
              engine.interests().packets(),
              engine.interests().masqueradedServers(),
              engine.interests().tunnelSources());
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the kernel program was not told of changed services: {0}",
          e.getMessage());
    }
  }

  /** How it serves: a line an interface, and one when it took over connections. */
  public List<String> describe() throws IOException {
    return StatusCommand.interfaces(plane);
  }

  /** Takes the program off the interfaces and ends the director for good. */
  @Override
  public void close() {
    closeAll(parts);
    try {
      stateFile.delete();
      ownRules.forget();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "deleting the state: {0}", e.getMessage());
    }
  }

  private static void closeAll(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.DEBUG, "closing: {0}", e.getMessage());
      }
    }
  }
}
