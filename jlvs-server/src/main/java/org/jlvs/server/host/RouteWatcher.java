package org.jlvs.server.host;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jlvs.linux.netlink.NetworkEvent;
import org.jlvs.linux.netlink.RouteMonitor;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;

/**
 * Follows the host's routes and addresses by netlink on a thread of its own, and hands each new
 * table to the engine thread. Neighbours and interfaces are the data plane's to follow.
 */
public final class RouteWatcher implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RouteWatcher.class.getName());

  /** Changes come in bursts, and a device that goes down drops routes without a word. */
  private static final long SETTLE_MILLIS = 20;

  private static final long FOREVER = -1;

  private final HostNetwork network;
  private final Executor engine;
  private final Runnable routesChanged;
  private final RouteMonitor monitor;
  private final RouteSocket socket;
  private final EventFd wake;
  private final PollSet polls = new PollSet();
  private final Thread thread;
  private volatile boolean closed;
  private boolean changed;

  /**
   * Reads all routes of the calling thread's network namespace, then follows them.
   *
   * @param engine runs tasks on the engine thread, in order
   * @param routesChanged run there after each new table
   */
  public RouteWatcher(HostNetwork network, Executor engine, Runnable routesChanged)
      throws LinuxException {
    this.network = network;
    this.engine = engine;
    this.routesChanged = routesChanged;
    this.monitor = RouteMonitor.open();
    this.socket = RouteSocket.open();
    this.wake = EventFd.open();
    polls.add(monitor.fd(), PollSet.READABLE);
    polls.add(wake.fd(), PollSet.READABLE);
    read();
    thread = Thread.ofPlatform().name("jlvs-routes").daemon().start(this::run);
  }

  private void run() {
    while (!closed) {
      try {
        polls.await(FOREVER);
        wake.drain();
        monitor.read(this::heard);
        if (changed && !closed) {
          Thread.sleep(SETTLE_MILLIS);
          monitor.read(this::heard);
          changed = false;
          read();
        }
      } catch (LinuxException e) {
        LOG.log(System.Logger.Level.WARNING, "following the host''s routes: {0}", e.getMessage());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void heard(NetworkEvent event) {
    changed |=
        switch (event) {
          case NetworkEvent.NeighbourChanged unused -> false;
          case NetworkEvent.NeighbourRemoved unused -> false;
          case NetworkEvent.LinkChanged unused -> true;
          case NetworkEvent.LinkRemoved unused -> true;
          case NetworkEvent.AddressAdded unused -> true;
          case NetworkEvent.AddressRemoved unused -> true;
          case NetworkEvent.RouteAdded unused -> true;
          case NetworkEvent.RouteRemoved unused -> true;
          case NetworkEvent.RulesChanged unused -> true;
          case NetworkEvent.Lost unused -> true;
        };
  }

  private void read() throws LinuxException {
    RoutingTable table = new RoutingTable(socket.routes(), socket.addresses(), socket.markRules());
    Map<String, Integer> mtus = new HashMap<>();
    socket.links().forEach(link -> mtus.put(link.name(), link.mtu()));
    engine.execute(
        () -> {
          network.routesAre(table, mtus);
          routesChanged.run();
        });
  }

  @Override
  public void close() {
    closed = true;
    wake.signal();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    polls.close();
    monitor.close();
    socket.close();
    wake.close();
  }
}
