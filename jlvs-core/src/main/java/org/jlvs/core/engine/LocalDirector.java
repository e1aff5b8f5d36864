package org.jlvs.core.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.net.Family;
import org.jlvs.core.protocol.TransportStates;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.TableTrial;
import org.jlvs.core.settings.Setting;

/**
 * Control of a packet engine in the same process. All calls belong to the engine's thread; the time
 * is that of the engine's last call.
 */
public final class LocalDirector implements Director {
  /** What {@code ipvsadm} shows as size: the kernel's default number of hash buckets. */
  private static final int KERNEL_TABLE_SIZE = 4096;

  /** The one there is. */
  private static final String PERSISTENCE_ENGINE = "sip";

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final PacketEngine engine;
  private final ServiceTable services;
  private final ConnectionTable connections;
  private final SyncDaemons daemons = new SyncDaemons();
  private final ChangeListener listener;

  /** A director that nobody keeps. */
  public LocalDirector(PacketEngine engine) {
    this(engine, ChangeListener.NONE);
  }

  /**
   * @param listener told of changes from now on, in place of any that was told before
   */
  public LocalDirector(PacketEngine engine, ChangeListener listener) {
    this.engine = engine;
    this.listener = listener;
    engine.transitions().listener(listener);
    this.services = engine.services();
    this.connections = engine.connections();
  }

  @Override
  public void addService(ServiceSpec spec) throws DirectorException {
    engine.transitions().addService(spec);
  }

  @Override
  public void editService(ServiceSpec spec) throws DirectorException {
    services.editService(spec);
    listener.serviceChanged(spec.key());
    engine.interests().changed();
  }

  @Override
  public void deleteService(ServiceKey key) throws DirectorException {
    engine.transitions().deleteService(key);
  }

  @Override
  public void flush() {
    engine.transitions().flush();
  }

  @Override
  public void zero(ServiceKey key) throws DirectorException {
    services.zero(key);
    listener.serviceChanged(key);
  }

  @Override
  public void zeroAll() {
    services.zeroAll();
    listener.allServicesChanged();
  }

  @Override
  public void addServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    if (services.find(service) != null) {
      checkFamily(service, spec);
    }
    engine.transitions().addServer(service, spec);
  }

  @Override
  public void editServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    if (services.find(service) != null) {
      checkFamily(service, spec);
    }
    engine.transitions().editServer(service, spec);
  }

  @Override
  public void deleteServer(ServiceKey service, ServerKey server) throws DirectorException {
    engine.transitions().deleteServer(service, server);
  }

  @Override
  public void serverFailed(ServiceKey service, ServerKey server) throws DirectorException {
    engine.transitions().serverFailed(service, server);
  }

  @Override
  public void servicePolicy(ServiceKey service, ServicePolicy policy) throws DirectorException {
    engine.transitions().servicePolicy(service, policy);
  }

  @Override
  public List<ServiceView> services() {
    return services.services();
  }

  @Override
  public Optional<ServiceView> service(ServiceKey key) {
    return services.service(key);
  }

  @Override
  public long connections(long cursor, int limit, Consumer<ConnectionView> sink) {
    int left = limit;
    int slot = (int) Math.clamp(cursor, 1, Integer.MAX_VALUE);
    for (; slot < connections.slotLimit(); slot++) {
      if (connections.inUse(slot)) {
        if (left-- <= 0) {
          return slot;
        }
        sink.accept(view(slot));
      }
    }
    return -1;
  }

  private ConnectionView view(int slot) {
    ConnectionSlots slots = connections.slots();
    String data = slots.isTemplate(slot) ? connections.persistenceData(slot) : "";
    return new ConnectionView(
        slots.protocol(slot),
        slots.client(slot),
        slots.clientPort(slot),
        slots.virtual(slot),
        slots.virtualPort(slot),
        slots.serverAddress(slot),
        slots.serverPort(slot),
        stateName(slots, slot),
        engine.nanosLeft(slot) / NANOS_PER_MILLI,
        data.isEmpty() ? Optional.empty() : Optional.of(PERSISTENCE_ENGINE),
        data.isEmpty() ? Optional.empty() : Optional.of(data));
  }

  static String stateName(ConnectionSlots slots, int slot) {
    int state = slots.state(slot);
    if (slots.isTemplate(slot)) {
      return state == ConnectionLife.ASSURED ? "ASSURED" : "NONE";
    }
    return TransportStates.name(slots.protocol(slot), state);
  }

  @Override
  public Timeouts timeouts() {
    return engine.timeouts();
  }

  @Override
  public void setTimeouts(Timeouts timeouts) throws DirectorException {
    engine.setTimeouts(timeouts);
    listener.settingsChanged(this);
  }

  @Override
  public int connectionTableSize() {
    return KERNEL_TABLE_SIZE;
  }

  @Override
  public Statistics totals() {
    return services.totals();
  }

  @Override
  public Rates totalRates() {
    return services.totalRates();
  }

  @Override
  public List<ServerHandshakes> handshakes() {
    return engine.handshakes();
  }

  @Override
  public List<SyncDaemon> daemons() {
    return daemons.all();
  }

  /** Takes over the daemons that another director, before a restart, listed as running. */
  public void restoreDaemons(List<SyncDaemon> earlier) {
    daemons.restore(earlier);
  }

  @Override
  public void startDaemon(SyncDaemon daemon) throws DirectorException {
    if (services.services().stream().anyMatch(LocalDirector::hasServerOfOtherFamily)) {
      throw new DirectorException(
          Errno.EINVAL,
          "a service has servers of another address family; synchronization does not know such");
    }
    daemons.start(daemon, engine.host());
    listener.settingsChanged(this);
  }

  private static boolean hasServerOfOtherFamily(ServiceView service) {
    Family family = service.spec().key().family();
    return service.servers().stream()
        .anyMatch(server -> server.spec().key().address().family() != family);
  }

  /** As ip_vs_genl_set_cmd: synchronization does not know servers of another family. */
  void checkFamily(ServiceKey service, ServerSpec spec) throws DirectorException {
    if (!daemons.isEmpty() && spec.key().address().family() != service.family()) {
      throw new DirectorException(
          Errno.EINVAL,
          "server %s of %s: while a synchronization daemon runs, a server has to be of its service's"
                  .formatted(spec.key(), service)
              + " address family");
    }
  }

  @Override
  public void stopDaemon(boolean master, int syncId) throws DirectorException {
    daemons.stop(master);
    listener.settingsChanged(this);
  }

  @Override
  public Optional<String> setting(String name) {
    return engine.settings().get(name).map(Setting::text);
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> values = new LinkedHashMap<>();
    for (Setting setting : engine.settings().all()) {
      values.put(setting.name(), setting.text());
    }
    return values;
  }

  @Override
  public void changeSetting(String name, String text) throws DirectorException {
    engine.changeSetting(name, text);
    listener.settingsChanged(this);
  }

  @Override
  public void atomically(Batch batch) throws DirectorException {
    batch.run(this);
  }

  @Override
  public void allOrNothing(Batch batch) throws DirectorException {
    Rehearsal rehearsal = new Rehearsal(this, new TableTrial(services));
    batch.run(rehearsal);
    rehearsal.perform();
  }
}
