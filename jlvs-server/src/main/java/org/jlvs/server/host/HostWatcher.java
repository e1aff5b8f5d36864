package org.jlvs.server.host;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.jlvs.core.net.Address;
import org.jlvs.linux.netlink.MacAddress;
import org.jlvs.linux.netlink.Neighbour;
import org.jlvs.linux.netlink.NetworkEvent;
import org.jlvs.linux.netlink.RouteMonitor;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;
import org.jlvs.xdp.HopTable;
import org.jlvs.xdp.NeighbourResolver;

/**
 * Follows the host's routes, addresses and neighbours by netlink, on a thread of its own, and hands what it learns to
 * the engine thread. Neighbours are kept fresh: what the program forwards does not pass the host's stack, so nothing
 * else would have the kernel confirm an Ethernet address that has become stale.
 */
public final class HostWatcher implements NeighbourResolver, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HostWatcher.class.getName());
  private static final long SETTLE_MILLIS = 20;
  private static final long FOREVER = -1;

  private final HostNetwork network;
  private final HopTable hops;
  private final Executor engine;
  private final RouteMonitor monitor;
  private final RouteSocket socket;
  private final EventFd wake;
  private final PollSet polls = new PollSet();
  private final Thread thread;

  private final Queue<Place> unresolved = new ConcurrentLinkedQueue<>();

  /** Valid Ethernet addresses; this thread's. A next hop may be made long after its neighbour was heard of. */
  private final Map<Place, MacAddress> known = new HashMap<>();

  private volatile boolean closed;
  private boolean routesChanged;

  private record Place(int interfaceIndex, Address address) {
    static Place of(Neighbour neighbour) {
      return new Place(
          neighbour.interfaceIndex(), Address.of(neighbour.address().getAddress()));
    }
  }

  /**
   * Reads all there is, in the network namespace of the calling thread, then follows it.
   *
   * @param engine runs tasks on the engine thread, in order
   */
  public HostWatcher(HostNetwork network, HopTable hops, Executor engine) throws LinuxException {
    this.network = network;
    this.hops = hops;
    this.engine = engine;
    this.monitor = RouteMonitor.open();
    this.socket = RouteSocket.open();
    this.wake = EventFd.open();
    polls.add(monitor.fd(), PollSet.READABLE);
    polls.add(wake.fd(), PollSet.READABLE);
    readAll();
    thread = Thread.ofPlatform().name("jlvs-host").daemon().start(this::run);
  }

  /** Any thread; returns at once. */
  @Override
  public void resolve(int interfaceIndex, Address address) {
    unresolved.add(new Place(interfaceIndex, address));
    wake.signal();
  }

  private void run() {
    while (!closed) {
      try {
        polls.await(FOREVER);
        wake.drain();
        resolveQueued();
        monitor.read(this::heard);
        if (routesChanged) {
          Thread.sleep(SETTLE_MILLIS);
          monitor.read(this::heard);
          routesChanged = false;
          readRoutes();
        }
      } catch (LinuxException e) {
        LOG.log(System.Logger.Level.WARNING, "following the host's routes: {0}", e.getMessage());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void heard(NetworkEvent event) {
    switch (event) {
      case NetworkEvent.NeighbourChanged(Neighbour neighbour) -> tell(neighbour);
      case NetworkEvent.NeighbourRemoved(Neighbour neighbour) -> lost(neighbour);
      case NetworkEvent.Lost lost -> readAllAgain();
      case NetworkEvent.LinkChanged c -> routesChanged = true;
      case NetworkEvent.LinkRemoved r -> routesChanged = true;
      case NetworkEvent.AddressAdded a -> routesChanged = true;
      case NetworkEvent.AddressRemoved r -> routesChanged = true;
      case NetworkEvent.RouteAdded a -> routesChanged = true;
      case NetworkEvent.RouteRemoved r -> routesChanged = true;
    }
  }

  private void readAllAgain() {
    try {
      readAll();
    } catch (LinuxException e) {
      LOG.log(System.Logger.Level.WARNING, "reading the host's routes anew: {0}", e.getMessage());
      routesChanged = true;
    }
  }

  private void readAll() throws LinuxException {
    readRoutes();
    known.clear();
    for (Neighbour neighbour : socket.neighbours()) {
      tell(neighbour);
    }
  }

  private void readRoutes() throws LinuxException {
    RoutingTable table = new RoutingTable(socket.routes(), socket.addresses());
    engine.execute(() -> network.routesAre(table));
  }

  private void tell(Neighbour neighbour) {
    MacAddress mac = neighbour.mac();
    if (mac == null || !neighbour.isValid()) {
      boolean underWay = (neighbour.state() & Neighbour.NUD_INCOMPLETE) != 0;
      if (!underWay) {
        lost(neighbour);
      }
      return;
    }
    Place place = Place.of(neighbour);
    known.put(place, mac);
    boolean stale = (neighbour.state() & Neighbour.NUD_STALE) != 0;
    engine.execute(
        () -> {
          hops.resolved(place.interfaceIndex(), place.address(), mac.bits());
          if (stale && hops.leadsTo(place.interfaceIndex(), place.address())) {
            resolve(place.interfaceIndex(), place.address());
          }
        });
  }

  private void lost(Neighbour neighbour) {
    Place place = Place.of(neighbour);
    known.remove(place);
    engine.execute(() -> hops.unresolved(place.interfaceIndex(), place.address()));
  }

  private void resolveQueued() {
    Place next;
    while ((next = unresolved.poll()) != null) {
      Place place = next;
      try {
        socket.resolve(place.interfaceIndex(), InetAddress.getByAddress(place.address().bytes()));
      } catch (LinuxException | UnknownHostException e) {
        LOG.log(
            System.Logger.Level.DEBUG,
            "resolving {0} on interface {1}: {2}",
            place.address(),
            place.interfaceIndex(),
            e.getMessage());
      }
      MacAddress mac = known.get(place);
      if (mac != null) {
        // The kernel says nothing when it has no reason to doubt what it knows.
        engine.execute(() -> hops.resolved(place.interfaceIndex(), place.address(), mac.bits()));
      }
    }
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
    monitor.close();
    socket.close();
    polls.close();
    wake.close();
  }
}
