package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.protocol.StateTimeouts;
import org.jlvs.core.scheduler.Scheduler;
import org.jlvs.core.scheduler.Schedulers;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * The virtual services with their real servers, schedulers and statistics: the control half of
 * IPVS, as ip_vs_ctl.c and ip_vs_est.c have it. Refused calls change nothing. For the engine thread
 * only.
 *
 * <p>A deleted server goes to a trash with its number, its counts and its connections, and comes
 * back from there when it is added again to a service of the same key.
 */
public final class ServiceTable {
  private static final int FTP_PORT = 21;
  private static final int FTP_DATA_PORT = 20;

  /** Ports from here on may be those of an FTP data connection. */
  private static final int FIRST_UNPRIVILEGED_PORT = 1024;

  private static final long HOUSEKEEPING_NANOS = 1_000_000_000;

  private final ServerNumbers numbers;
  private final RandomGenerator random;
  private final ProgramCounters program;
  private final Settings settings = new Settings();
  private final StateTimeouts timeouts = new StateTimeouts();

  private final ListingOrder order = new ListingOrder();
  private final EndpointTable<VirtualService> services = new EndpointTable<>();
  private final EndpointTable<RealServer> servers = new EndpointTable<>();
  private final MasqueradedServers masqueraded = new MasqueradedServers();
  private final TunnelledServers tunnelled = new TunnelledServers();
  private final Trash trash = new Trash();
  private final Accounts accounts;
  private Predicate<Address> unusable = address -> false;

  private int lastSerial;
  private int ipv4Services;
  private int ipv6Services;
  private int catchAllServices;
  private int ftpServices;

  private boolean started;
  private long nowNanos;
  private long nextHousekeepingNanos;

  /**
   * @param maxServers the highest number a server may get
   * @param random what schedulers that choose at random use
   */
  public ServiceTable(int maxServers, RandomGenerator random, ProgramCounters program) {
    this.numbers = new ServerNumbers(maxServers);
    this.random = random;
    this.program = program;
    this.accounts = new Accounts(program, order, settings);
  }

  /** What operators have tuned; schedulers and the packet engine ask it, too. */
  public Settings settings() {
    return settings;
  }

  /** How long connections last in their states; as {@code ipvsadm --set} changes it. */
  public StateTimeouts timeouts() {
    return timeouts;
  }

  /** From now on no server can be added that has one of these addresses. */
  public void unusable(Predicate<Address> addresses) {
    unusable = addresses;
  }

  // ---- what packets ask ----

  /**
   * The service of a packet, as ip_vs_service_find chooses it: by firewall mark, else by address
   * and port, else the FTP service whose data connection it may be, else the address's service of
   * all ports. Allocates nothing.
   *
   * @param mark 0 for none
   * @param destinationHigh the address as in {@link Address}
   */
  public @Nullable VirtualService lookup(
      Family family,
      int mark,
      int protocol,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    if (mark != 0) {
      VirtualService marked =
          services.get(0, Integer.toUnsignedLong(mark), TableKey.ofMark(family));
      if (marked != null) {
        return marked;
      }
    }
    VirtualService service =
        endpoint(family, protocol, destinationHigh, destinationLow, destinationPort);
    if (service == null && mayBeFtpData(protocol, destinationPort)) {
      service = endpoint(family, protocol, destinationHigh, destinationLow, FTP_PORT);
    }
    if (service == null && catchAllServices > 0) {
      service = endpoint(family, protocol, destinationHigh, destinationLow, 0);
    }
    return service;
  }

  /**
   * Whether there is any service of a family. Without one the director looks at no packet, also not
   * at those of connections that are left: the kernel takes its hooks away.
   */
  public boolean hasServices(Family family) {
    return (family == Family.IPV4 ? ipv4Services : ipv6Services) > 0;
  }

  /**
   * Whether an address and port is that of a masqueraded server: ip_vs_has_real_service. Allocates
   * nothing.
   */
  public boolean hasMasqueradedServer(
      Family family, int protocol, long addressHigh, long addressLow, int port) {
    return masqueradedServer(family, protocol, addressHigh, addressLow, port) != null;
  }

  /**
   * The masqueraded server of an address and port, the newest when several services have it; null
   * when there is none: ip_vs_find_real_service. Allocates nothing.
   */
  public @Nullable RealServer masqueradedServer(
      Family family, int protocol, long addressHigh, long addressLow, int port) {
    return masqueraded.find(family, protocol, addressHigh, addressLow, port);
  }

  /**
   * The server to whose address a tunnel leads, the one added or given its tunnel last when several
   * services have it; null when there is none: ip_vs_find_tunnel. Allocates nothing.
   *
   * @param tunnelPort UDP port of GUE, 0 of other tunnels
   */
  public @Nullable RealServer tunnelledServer(
      Family family, long addressHigh, long addressLow, int tunnelPort) {
    return tunnelled.find(family, addressHigh, addressLow, tunnelPort);
  }

  private boolean mayBeFtpData(int protocol, int port) {
    return ftpServices > 0
        && protocol == Protocol.TCP.number()
        && (port == FTP_DATA_PORT || port >= FIRST_UNPRIVILEGED_PORT);
  }

  private @Nullable VirtualService endpoint(
      Family family, int protocol, long high, long low, int port) {
    return services.get(high, low, TableKey.ofEndpoint(family, protocol, port));
  }

  /** A server of a service by its address, of the service's own family; null when there is none. */
  public @Nullable RealServer server(
      VirtualService service, long addressHigh, long addressLow, int port) {
    return server(service, service.key().family(), addressHigh, addressLow, port);
  }

  /** A server of a service by its address; null when there is none. Allocates nothing. */
  public @Nullable RealServer server(
      VirtualService service, Family family, long addressHigh, long addressLow, int port) {
    return servers.get(addressHigh, addressLow, TableKey.ofServer(service, family, port));
  }

  /** The server that has a number, in a service or in the trash. */
  public @Nullable RealServer numbered(int serverNumber) {
    return numbers.get(serverNumber);
  }

  /** Servers that were deleted, as far as connections still refer to them or lately did. */
  public List<RealServer> deletedServers() {
    return List.copyOf(trash.servers());
  }

  /** As {@link RealServer#retain}. */
  public void retain(RealServer server) {
    server.retain();
  }

  /** As {@link RealServer#release}. */
  public void release(RealServer server) {
    server.release();
  }

  // ---- what operators ask ----

  /** The service of a key; null when there is none. */
  public @Nullable VirtualService find(ServiceKey key) {
    TableKey place = TableKey.of(key);
    return services.get(place.high(), place.low(), place.other());
  }

  /** A server of a service; null when there is none. */
  public @Nullable RealServer find(ServiceKey serviceKey, ServerKey key) {
    VirtualService service = find(serviceKey);
    return service == null ? null : find(service, key);
  }

  /** Calls {@code action} with all servers, those in the trash too. */
  public void forEachServer(Consumer<RealServer> action) {
    for (VirtualService service : order.services()) {
      service.servers().forEach(action);
    }
    trash.servers().forEach(action);
  }

  private VirtualService require(ServiceKey key) throws DirectorException {
    VirtualService service = find(key);
    if (service == null) {
      throw noService(key);
    }
    return service;
  }

  private @Nullable RealServer find(VirtualService service, ServerKey key) {
    TableKey place = TableKey.of(service, key);
    return servers.get(place.high(), place.low(), place.other());
  }

  private RealServer require(VirtualService service, ServerKey key) throws DirectorException {
    RealServer server = find(service, key);
    if (server == null) {
      throw noServer(service.key(), key);
    }
    return server;
  }

  static DirectorException noService(ServiceKey key) {
    return new DirectorException(Errno.ESRCH, "there is no service " + key);
  }

  static DirectorException serviceExists(ServiceKey key) {
    return new DirectorException(Errno.EEXIST, "service " + key + " exists already");
  }

  static DirectorException noServer(ServiceKey service, ServerKey server) {
    return new DirectorException(
        Errno.ENOENT, "there is no server " + server + " of service " + service);
  }

  static DirectorException serverExists(ServiceKey service, ServerKey server) {
    return new DirectorException(
        Errno.EEXIST, "server " + server + " of " + service + " exists already");
  }

  DirectorException noRoom(ServiceKey service, ServerKey server) {
    return new DirectorException(
        Errno.ENOMEM,
        "server %s of %s: all %d server numbers are in use, by servers or by connections to deleted ones; delete servers or raise the maximum"
            .formatted(server, service, numbers.highest()));
  }

  /** How many servers can be added for certain. */
  int roomForServers() {
    return numbers.room() + trash.unreferenced();
  }

  boolean isInTrash(ServiceKey service, ServerKey server) {
    return trash.contains(service, server);
  }

  Predicate<Address> unusable() {
    return unusable;
  }

  /** As {@link org.jlvs.core.control.Director#addService}. */
  public void addService(ServiceSpec spec) throws DirectorException {
    if (find(spec.key()) != null) {
      throw serviceExists(spec.key());
    }
    ServiceRules.check(spec);
    link(newService(spec));
  }

  private VirtualService newService(ServiceSpec spec) {
    return new VirtualService(++lastSerial, spec, newScheduler(spec));
  }

  private Scheduler newScheduler(ServiceSpec spec) {
    return Schedulers.create(spec.scheduler(), random, settings);
  }

  private void link(VirtualService service) {
    TableKey place = TableKey.of(service.key());
    services.put(place.high(), place.low(), place.other(), service);
    order.add(service);
    count(service, 1);
  }

  private void unlink(VirtualService service) {
    TableKey place = TableKey.of(service.key());
    services.remove(place.high(), place.low(), place.other());
    order.remove(service);
    count(service, -1);
    service.listed = false;
  }

  private void count(VirtualService service, int one) {
    if (service.key().family() == Family.IPV4) {
      ipv4Services += one;
    } else {
      ipv6Services += one;
    }
    if (service.key() instanceof ServiceKey.Endpoint endpoint) {
      if (endpoint.port() == 0) {
        catchAllServices += one;
      } else if (endpoint.port() == FTP_PORT) {
        ftpServices += one;
      }
    }
  }

  /** As {@link org.jlvs.core.control.Director#editService}. */
  public void editService(ServiceSpec spec) throws DirectorException {
    VirtualService service = require(spec.key());
    ServiceRules.check(spec);
    if (service.scheduler().name().equals(spec.scheduler())) {
      service.change(spec);
    } else {
      service.change(spec, newScheduler(spec));
    }
  }

  /** As {@link org.jlvs.core.control.Director#servicePolicy}. */
  public void servicePolicy(ServiceKey key, ServicePolicy policy) throws DirectorException {
    VirtualService service = require(key);
    policy.check();
    service.policy(policy);
  }

  /** As {@link org.jlvs.core.control.Director#deleteService}. */
  public void deleteService(ServiceKey key) throws DirectorException {
    delete(require(key));
  }

  private void delete(VirtualService service) {
    accounts.beforeDeletion();
    service.scheduler().detached(service);
    for (RealServer server : service.removeAll()) {
      discard(server);
    }
    unlink(service);
    accounts.departed(service);
  }

  /** Removes all services. */
  public void flush() {
    order.services().forEach(this::delete);
  }

  /** As {@link org.jlvs.core.control.Director#addServer}. */
  public void addServer(ServiceKey serviceKey, ServerSpec spec) throws DirectorException {
    VirtualService service = require(serviceKey);
    ServiceRules.check(service.spec(), spec);
    if (find(service, spec.key()) != null) {
      throw serverExists(serviceKey, spec.key());
    }
    RealServer server = trash.remove(serviceKey, spec.key());
    if (server != null) {
      revive(server, spec, service);
    } else {
      ServiceRules.checkUnicast(service.spec(), spec, unusable);
      int number = freeNumber(service, spec);
      server = new RealServer(number, spec, service, program.read(number));
      numbers.give(server);
    }
    link(server);
  }

  private int freeNumber(VirtualService service, ServerSpec spec) throws DirectorException {
    RealServer oldest = numbers.free() == 0 ? trash.removeUnreferenced() : null;
    if (oldest != null) {
      forget(oldest);
    }
    int number = numbers.free();
    if (number == 0) {
      throw noRoom(service.key(), spec.key());
    }
    return number;
  }

  private void revive(RealServer server, ServerSpec spec, VirtualService service) {
    if (server.service() == service) {
      service.trashed.remove(server);
    } else {
      accounts.left(server);
    }
    server.revive(spec, service, program.read(server.number()));
  }

  private void link(RealServer server) {
    TableKey place = TableKey.of(server.service(), server.key());
    servers.put(place.high(), place.low(), place.other(), server);
    masqueraded.add(server);
    tunnelled.add(server);
    server.service().add(server);
  }

  /** Puts a server that has left its service's list into the trash. */
  private void discard(RealServer server) {
    TableKey place = TableKey.of(server.service(), server.key());
    servers.remove(place.high(), place.low(), place.other());
    masqueraded.remove(server);
    tunnelled.remove(server);
    server.delete();
    server.service().trashed.add(server);
    trash.add(server, nowNanos);
  }

  /** Ends the life of a server that has left the trash. */
  private void forget(RealServer server) {
    accounts.left(server);
    numbers.takeBack(server);
  }

  /** As {@link org.jlvs.core.control.Director#editServer}. */
  public void editServer(ServiceKey serviceKey, ServerSpec spec) throws DirectorException {
    VirtualService service = require(serviceKey);
    ServiceRules.check(service.spec(), spec);
    RealServer server = require(service, spec.key());
    boolean changesMethod = server.forwarding() != spec.forwarding();
    boolean changesTunnel =
        changesMethod
            || server.tunnel().type() != spec.tunnel().type()
            || server.tunnel().port() != spec.tunnel().port();
    if (changesMethod) {
      masqueraded.remove(server);
    }
    if (changesTunnel) {
      tunnelled.remove(server);
    }
    service.update(server, spec);
    if (changesMethod) {
      masqueraded.add(server);
    }
    if (changesTunnel) {
      tunnelled.add(server);
    }
  }

  /** As {@link org.jlvs.core.control.Director#deleteServer}. */
  public void deleteServer(ServiceKey serviceKey, ServerKey key) throws DirectorException {
    VirtualService service = require(serviceKey);
    RealServer server = require(service, key);
    service.remove(server);
    discard(server);
  }

  // ---- statistics ----

  /** As {@link org.jlvs.core.control.Director#zero}. */
  public void zero(ServiceKey key) throws DirectorException {
    accounts.zero(require(key));
  }

  /** Zeroes the counters of all services, and the totals. */
  public void zeroAll() {
    accounts.zeroAll();
  }

  /** The services themselves, in the kernel's order of listing. */
  public List<VirtualService> listed() {
    return order.services();
  }

  /** All services in the kernel's order of listing. */
  public List<ServiceView> services() {
    List<ServiceView> views = new ArrayList<>();
    for (VirtualService service : order.services()) {
      views.add(view(service));
    }
    return views;
  }

  /** One service as it is now. */
  public Optional<ServiceView> service(ServiceKey key) {
    return Optional.ofNullable(find(key)).map(this::view);
  }

  private ServiceView view(VirtualService service) {
    List<ServerView> views = new ArrayList<>(service.servers().size());
    for (RealServer server : service.servers()) {
      views.add(
          new ServerView(
              server.spec(),
              server.activeConnections,
              server.inactiveConnections,
              server.persistentConnections,
              accounts.shown(server),
              server.estimator.rates()));
    }
    return new ServiceView(
        service.spec(),
        service.policy(),
        views,
        accounts.shown(service),
        service.estimator.rates());
  }

  /** Counters of all services together, also of those deleted since the last zeroing. */
  public Statistics totals() {
    return accounts.totals();
  }

  public Rates totalRates() {
    return accounts.totalRates();
  }

  /**
   * Lets time pass: estimates rates every two seconds, tells schedulers the time every second,
   * empties the trash. Cheap to call often.
   *
   * @param nowNanos a monotonic time that never goes back
   */
  public void advance(long nowNanos) {
    this.nowNanos = nowNanos;
    if (!started) {
      started = true;
      trash.startClock(nowNanos);
      nextHousekeepingNanos = nowNanos;
    }
    if (nowNanos - nextHousekeepingNanos >= 0) {
      nextHousekeepingNanos = nowNanos + HOUSEKEEPING_NANOS;
      for (VirtualService service : order.services()) {
        service.scheduler().advance(nowNanos);
      }
    }
    accounts.advance(nowNanos);
    for (RealServer server : trash.sweep(nowNanos)) {
      forget(server);
    }
  }

  // ---- a restart ----

  /** The table as values. */
  public TableSnapshot snapshot() {
    return new TableSnapshot(
        order.services().stream().map(this::snapshot).toList(),
        trash.servers().stream().map(this::snapshotOfDeleted).toList(),
        accounts.countedOfDeparted(),
        accounts.zeroed());
  }

  /**
   * The part of {@link #snapshot()} that the services of some keys make up. Costs as much as these
   * have servers.
   */
  public TableSnapshot.Part part(Collection<ServiceKey> keys) {
    List<VirtualService> listed = new ArrayList<>();
    List<TableSnapshot.DeletedServer> deleted = new ArrayList<>();
    for (ServiceKey key : keys) {
      List<VirtualService> all = accounts.allDeparted(key);
      VirtualService service = find(key);
      if (service != null) {
        listed.add(service);
        all.add(service);
      }
      for (VirtualService owner : all) {
        owner.trashed.stream().map(this::snapshotOfDeleted).forEach(deleted::add);
      }
    }
    // The later a service was added, the nearer to the head of its chain.
    listed.sort(Comparator.comparingInt((VirtualService service) -> service.serial).reversed());
    return new TableSnapshot.Part(
        List.copyOf(keys),
        listed.stream().map(this::snapshot).toList(),
        deleted,
        accounts.countedOfDeparted(),
        accounts.zeroed());
  }

  private TableSnapshot.Service snapshot(VirtualService service) {
    return new TableSnapshot.Service(
        service.spec(),
        service.servers().stream().map(this::snapshot).toList(),
        accounts.counted(service),
        service.zeroed,
        service.scheduler().rotation());
  }

  private TableSnapshot.DeletedServer snapshotOfDeleted(RealServer server) {
    VirtualService service = server.service();
    return new TableSnapshot.DeletedServer(service.spec(), service.listed, snapshot(server));
  }

  private TableSnapshot.Server snapshot(RealServer server) {
    Statistics counts = program.read(server.number());
    return new TableSnapshot.Server(
        server.number(),
        server.spec(),
        server.lastWeight(),
        server.failed(),
        server.takenOut(),
        server.counted(counts),
        counts,
        server.zeroed);
  }

  /**
   * Fills an empty table from a snapshot. Servers get the numbers they had. Nothing refers to them
   * yet: whoever adopts their connections counts those again.
   *
   * @throws IllegalArgumentException if this is no snapshot of a table; the table is then useless
   */
  public void restore(TableSnapshot snapshot) {
    if (lastSerial != 0) {
      throw new IllegalStateException("only a new service table can be restored");
    }
    for (TableSnapshot.Service saved : snapshot.services().reversed()) {
      if (find(saved.spec().key()) != null) {
        throw new IllegalArgumentException("service " + saved.spec().key() + " is there twice");
      }
      VirtualService service = newService(saved.spec());
      link(service);
      for (TableSnapshot.Server server : saved.servers().reversed()) {
        link(restore(service, server));
      }
      service.restore(saved.counted(), saved.zeroed());
      service.scheduler().resume(service, saved.rotation());
    }
    for (TableSnapshot.DeletedServer deleted : snapshot.trash()) {
      if (trash.contains(deleted.service().key(), deleted.server().spec().key())) {
        throw new IllegalArgumentException(
            "server %s of %s is in the trash twice"
                .formatted(deleted.server().spec().key(), deleted.service().key()));
      }
      RealServer server = restore(serviceOf(deleted), deleted.server());
      server.delete();
      server.service().trashed.add(server);
      trash.add(server, nowNanos);
      accounts.departed(server.service());
    }
    accounts.restore(snapshot.departed(), snapshot.zeroed());
  }

  private VirtualService serviceOf(TableSnapshot.DeletedServer deleted) {
    if (deleted.serviceListed()) {
      VirtualService service = find(deleted.service().key());
      if (service != null) {
        return service;
      }
    }
    VirtualService service = accounts.departed(deleted.service().key());
    if (service == null) {
      service = newService(deleted.service());
      service.listed = false;
    }
    return service;
  }

  private RealServer restore(VirtualService service, TableSnapshot.Server saved) {
    int number = saved.number();
    if (find(service, saved.spec().key()) != null) {
      throw new IllegalArgumentException(
          "server %s of %s is there twice".formatted(saved.spec().key(), service.key()));
    }
    if (number < 1 || number > numbers.highest() || numbers.get(number) != null) {
      throw new IllegalArgumentException(
          "server %s of %s: number %d is taken or not within 1-%d"
              .formatted(saved.spec().key(), service.key(), number, numbers.highest()));
    }
    RealServer server = new RealServer(saved, service, program.read(number));
    numbers.give(server);
    return server;
  }
}
