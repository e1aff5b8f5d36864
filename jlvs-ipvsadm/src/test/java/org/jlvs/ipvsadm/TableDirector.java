package org.jlvs.ipvsadm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
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
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;

/**
 * The real service table as a director without packets: what traffic would leave behind, a test
 * sets. Its sync daemons send nothing.
 */
final class TableDirector implements Director {
  final ServiceTable table = new ServiceTable(100_000, new Random(1), ProgramCounters.NONE);
  final List<ConnectionView> connections = new ArrayList<>();
  final List<SyncDaemon> daemons = new ArrayList<>();
  UnaryOperator<ServiceView> traffic = UnaryOperator.identity();
  Statistics totals = Statistics.ZERO;
  Rates totalRates = Rates.ZERO;
  int batches;

  /** As the kernel refuses them while servers of another family are there. */
  boolean daemonsRefused;

  private Timeouts timeouts = new Timeouts(900, 120, 300);

  @Override
  public void addService(ServiceSpec spec) throws DirectorException {
    table.addService(spec);
  }

  @Override
  public void editService(ServiceSpec spec) throws DirectorException {
    table.editService(spec);
  }

  @Override
  public void deleteService(ServiceKey key) throws DirectorException {
    table.deleteService(key);
  }

  @Override
  public void flush() {
    table.flush();
  }

  @Override
  public void zero(ServiceKey key) throws DirectorException {
    table.zero(key);
  }

  @Override
  public void zeroAll() {
    table.zeroAll();
  }

  @Override
  public void addServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    table.addServer(service, spec);
  }

  @Override
  public void editServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    table.editServer(service, spec);
  }

  @Override
  public void deleteServer(ServiceKey service, ServerKey server) throws DirectorException {
    table.deleteServer(service, server);
  }

  @Override
  public void serverFailed(ServiceKey service, ServerKey server) {}

  @Override
  public void servicePolicy(ServiceKey service, ServicePolicy policy) throws DirectorException {
    table.servicePolicy(service, policy);
  }

  @Override
  public List<ServiceView> services() {
    return table.services().stream().map(traffic).toList();
  }

  @Override
  public Optional<ServiceView> service(ServiceKey key) {
    return table.service(key).map(traffic);
  }

  @Override
  public long connections(long cursor, int limit, Consumer<ConnectionView> sink) {
    int end = (int) Math.min(cursor + limit, connections.size());
    connections.subList((int) cursor, end).forEach(sink);
    return end == connections.size() ? -1 : end;
  }

  @Override
  public Timeouts timeouts() {
    return timeouts;
  }

  @Override
  public void setTimeouts(Timeouts changed) {
    timeouts =
        new Timeouts(
            changed.tcp() == 0 ? timeouts.tcp() : changed.tcp(),
            changed.tcpFin() == 0 ? timeouts.tcpFin() : changed.tcpFin(),
            changed.udp() == 0 ? timeouts.udp() : changed.udp());
  }

  @Override
  public int connectionTableSize() {
    return 4096;
  }

  @Override
  public Statistics totals() {
    return totals;
  }

  @Override
  public Rates totalRates() {
    return totalRates;
  }

  @Override
  public List<ServerHandshakes> handshakes() {
    return List.of();
  }

  @Override
  public List<SyncDaemon> daemons() {
    return daemons;
  }

  @Override
  public void startDaemon(SyncDaemon daemon) throws DirectorException {
    if (daemonsRefused) {
      throw new DirectorException(Errno.EINVAL, "servers of two families");
    }
    String device = daemon.mcastInterface().isEmpty() ? "eth0" : daemon.mcastInterface();
    if (!device.equals("eth0") && !device.equals("eth1")) {
      throw new DirectorException(Errno.ENODEV, "no interface " + device);
    }
    if (daemons.stream().anyMatch(d -> d.master() == daemon.master())) {
      throw new DirectorException(Errno.EEXIST, "one runs");
    }
    boolean ipv6 = daemon.group().isPresent() && daemon.group().get().contains(":");
    int most = daemon.maxLength() == 0 ? (ipv6 ? 1452 : 1472) : daemon.maxLength();
    daemons.add(
        new SyncDaemon(
            daemon.master(),
            device,
            daemon.syncId(),
            daemon.master() ? most : Math.max(most, 1024),
            Optional.of(daemon.group().orElse("224.0.0.81")),
            daemon.port() == 0 ? 8848 : daemon.port(),
            daemon.ttl() == 0 ? 1 : daemon.ttl()));
    daemons.sort((a, b) -> Boolean.compare(b.master(), a.master()));
  }

  @Override
  public void stopDaemon(boolean master, int syncId) throws DirectorException {
    if (!daemons.removeIf(d -> d.master() == master)) {
      throw new DirectorException(Errno.ESRCH, "none runs");
    }
  }

  @Override
  public Optional<String> setting(String name) {
    return Optional.empty();
  }

  @Override
  public Map<String, String> settings() {
    return Map.of();
  }

  @Override
  public void changeSetting(String name, String text) throws DirectorException {
    throw new DirectorException(Errno.EINVAL, "no setting " + name);
  }

  @Override
  public void atomically(Batch batch) throws DirectorException {
    batches++;
    batch.run(this);
  }

  @Override
  public void allOrNothing(Batch batch) {
    throw new UnsupportedOperationException("ipvsadm does not ask for it");
  }
}
