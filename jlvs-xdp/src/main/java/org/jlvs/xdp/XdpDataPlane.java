package org.jlvs.xdp;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.jlvs.core.engine.KernelProgram;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.RingBuffer;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteMonitor;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.jlvs.xdp.XdpOptions.AttachMode;
import org.jspecify.annotations.Nullable;

/**
 * The director's packets in the network namespace of the thread that opens it: the program in the
 * kernel, the table it shares with the engine, and the engine's thread.
 *
 * <ol>
 *   <li>{@link #open} makes the shared table, or takes over that of a director which died while its
 *       program went on.
 *   <li>The caller builds its connection table over {@link #slots} and {@link #buckets}, new or by
 *       {@link #adopted} adopted, and what else the engine needs.
 *   <li>{@link #start} attaches the program and starts the engine thread, to which all tables
 *       belong from then on: other threads reach them by {@link #call}.
 *   <li>{@link #close} ends the thread, and takes the program off or leaves it at work.
 * </ol>
 */
public final class XdpDataPlane implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(XdpDataPlane.class.getName());

  private static final Capability[] RIGHTS = {
    Capability.CAP_NET_ADMIN, Capability.CAP_NET_RAW, Capability.CAP_BPF, Capability.CAP_PERFMON
  };

  private final XdpOptions options;
  private final InterfaceSelection selection;
  private final RouteMonitor monitor;
  private final SharedMaps maps;
  private final EventFd wake;
  private final EngineTasks tasks;
  private final HopTable hops;
  private final InterestMap interests;
  private final ProgramTables program;
  private final HostDelivery delivery;
  private final RingBuffer sent;
  private final Attacher attacher;
  private final Interfaces interfaces;
  private final NetworkFollower follower;

  /** What has to be closed, the last opened first. */
  private final Deque<AutoCloseable> resources;

  private @Nullable Engine engine;
  private boolean closed;

  /** Whether the engine thread takes the programs off when it ends, being in their namespace. */
  private volatile boolean detaching;

  private record Engine(Thread thread, EngineLoop loop) {}

  private XdpDataPlane(XdpOptions options, Deque<AutoCloseable> resources) throws IOException {
    this.options = options;
    this.resources = resources;
    // Subscribed before the state is asked for, so that no change is missed between.
    this.monitor = keep(RouteMonitor.open());
    RouteSocket routes = keep(RouteSocket.open());
    this.selection = InterfaceSelection.of(options.interfaces(), routes.links());
    this.maps = keep(sharedMaps());
    BpfObject object = keep(BpfObject.load(DirectorObject.director(), maps.loadOptions()));
    RedirectProbe probe = keep(new RedirectProbe(object.program(DirectorObject.REFLECT)));
    this.delivery =
        keep(new HostDelivery(object.program(DirectorObject.DELIVER), maps.deliveryMark()));
    this.wake = keep(EventFd.open());
    this.tasks = new EngineTasks(wake);
    this.hops = new HopTable(maps.hops(), NetworkFollower.resolver(routes));
    this.interests = new InterestMap(maps.map(DirectorObject.INTERESTS), maps.settings());
    this.program =
        new ProgramTables(
            maps.settings(),
            new TunnelTable(maps.tunnels()),
            new PassingFlows(maps.passing(), maps.settings()));
    this.attacher =
        new Attacher(
            routes,
            object.program(DirectorObject.DIRECTOR),
            object.program(DirectorObject.ANSWER),
            probe);
    this.sent = keep(new RingBuffer(object.map(DirectorObject.SENT)));
    Set<String> names =
        selection.served().stream().map(Link::name).collect(Collectors.toUnmodifiableSet());
    Attacher.Choice choice = attacher.choose(options.mode(), selection.served());
    this.interfaces = keep(new Interfaces(names, attacher, choice, maps, hops));
    this.follower = new NetworkFollower(routes, interfaces, hops);
    follower.refresh();
  }

  private <T extends AutoCloseable> T keep(T resource) {
    resources.push(resource);
    return resource;
  }

  /**
   * Whether this process may do what a data plane does.
   *
   * @throws UnsupportedFeatureException naming the rights it lacks
   */
  public static void requireRights() throws UnsupportedFeatureException {
    Set<Capability> missing = Capability.missing(RIGHTS);
    if (!missing.isEmpty()) {
      throw new UnsupportedFeatureException(
          Errno.EPERM,
          "forwarding in the kernel",
          "run as root, or give this process "
              + missing.stream().map(Capability::name).collect(Collectors.joining(", ")));
    }
  }

  /**
   * Makes the shared table, or takes over one that is in use. Attaches nothing yet.
   *
   * @throws UnsupportedFeatureException when the kernel or a right of this process doesn't suffice
   * @throws IOException when an interface isn't there, or runs another program
   */
  public static XdpDataPlane open(XdpOptions options) throws IOException {
    requireRights();
    Deque<AutoCloseable> resources = new ArrayDeque<>();
    try {
      return new XdpDataPlane(options, resources);
    } catch (IOException | RuntimeException e) {
      closeAll(resources);
      throw e;
    }
  }

  private SharedMaps sharedMaps() throws IOException {
    for (Link link : selection.served()) {
      Optional<BpfProgram> earlier = Attacher.director(link);
      if (earlier.isPresent()) {
        try (BpfProgram program = earlier.get()) {
          Optional<SharedMaps> adopted = SharedMaps.adopt(program);
          if (adopted.isPresent()) {
            return adopted.get();
          }
        }
        LOG.log(
            Level.WARNING,
            "{0}: the program of an earlier director keeps its connections otherwise than this"
                + " version does; they are lost",
            link.name());
      }
    }
    return SharedMaps.create(options.connections(), options.servers());
  }

  /** Whether table, hops and counters are those of an earlier director, with its connections. */
  public boolean adopted() {
    return maps.adopted();
  }

  /** Memory of {@code ConnectionTable}: slots. */
  public MemorySegment slots() {
    return maps.slots();
  }

  /** Memory of {@code ConnectionTable}: its index. */
  public MemorySegment buckets() {
    return maps.buckets();
  }

  /** Seed of the connection hash. */
  public long seed() {
    return maps.seed();
  }

  /** Real server numbers are below it. */
  public int servers() {
    return maps.servers();
  }

  /** Next hops; before {@link #start} for the caller's thread, then for the engine's. */
  public HopTable hops() {
    return hops;
  }

  /**
   * What the program sends up; before {@link #start} for the caller's thread, then the engine's.
   */
  public InterestMap interests() {
    return interests;
  }

  /** What the engine tells the program; before {@link #start} for the caller's thread, too. */
  public KernelProgram program() {
    return program;
  }

  /** What the program counts by itself. */
  public ProgramCounters counters() {
    return maps::counted;
  }

  /**
   * Attaches the program and starts the engine thread.
   *
   * @throws IOException when an interface can't be served; nothing is left attached then where
   *     nothing was
   */
  public synchronized void start(FrameHandler handler) throws IOException {
    if (engine != null || closed) {
      throw new IllegalStateException("a data plane starts once");
    }
    EngineLoop loop =
        new EngineLoop(handler, interfaces, hops, delivery, sent, monitor, follower, tasks, wake);
    FutureTask<Void> attached =
        new FutureTask<>(
            () -> {
              interfaces.serve(options.mode() == AttachMode.AUTO);
              for (Link link : selection.earlier()) {
                attacher.detachEarlier(link);
              }
              loop.begin();
              return null;
            });
    Thread thread =
        Thread.ofPlatform()
            .name("jlvs-engine")
            .start(
                () -> {
                  attached.run();
                  if (attached.state() == FutureTask.State.SUCCESS) {
                    loop.run();
                    if (detaching) {
                      interfaces.detach();
                    }
                  }
                });
    try {
      attached.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException exception -> throw exception;
        case RuntimeException exception -> throw exception;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      loop.stop();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the program was attached", e);
    }
    engine = new Engine(thread, loop);
  }

  /**
   * Runs a task on the engine thread between packets and waits for what it gives; on the engine
   * thread itself, at once.
   *
   * @throws IllegalStateException when the engine does not run
   * @throws Exception what the task throws
   */
  public <T> T call(Callable<T> task) throws Exception {
    Engine running = running();
    return Thread.currentThread().equals(running.thread) ? task.call() : tasks.call(task);
  }

  /** Runs a task on the engine thread between packets, some time. */
  public void execute(Runnable task) {
    running();
    tasks.execute(task);
  }

  /** How it stands now. */
  public PlaneStatus status() throws Exception {
    EngineLoop loop = running().loop;
    return call(() -> new PlaneStatus(adopted(), interfaces.status(), loop.packets()));
  }

  private synchronized Engine running() {
    Engine running = engine;
    if (running == null) {
      throw new IllegalStateException("the data plane has not started");
    }
    return running;
  }

  /**
   * Ends the engine thread. Once is enough.
   *
   * @param detach whether to take the program off the interfaces. Left there, it goes on forwarding
   *     the connections that are set up, and the next director takes them over
   */
  public void close(boolean detach) {
    Engine running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = engine;
    }
    if (running != null) {
      detaching = detach;
      running.loop.stop();
      join(running.thread);
    }
    closeAll(resources);
  }

  /** Ends the engine thread and takes the program off. */
  @Override
  public void close() {
    close(true);
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeAll(Deque<AutoCloseable> resources) {
    while (!resources.isEmpty()) {
      try {
        resources.pop().close();
      } catch (Exception e) {
        LOG.log(Level.DEBUG, "closing: {0}", e.getMessage());
      }
    }
  }
}
