package org.jlvs.core.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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
import org.jlvs.core.protocol.StateTimeouts;
import org.jlvs.core.service.TableTrial;
import org.jlvs.core.settings.Settings;

/**
 * Refuses calls as its director would, and keeps those it would not refuse for {@link #perform}.
 * Questions are answered as if nothing had been changed yet. For the engine thread.
 */
final class Rehearsal implements Director {
  private final LocalDirector director;
  private final TableTrial table;
  private final StateTimeouts timeouts = new StateTimeouts();
  private final Settings settings = new Settings();
  private final List<Batch> calls = new ArrayList<>();

  Rehearsal(LocalDirector director, TableTrial table) {
    this.director = director;
    this.table = table;
  }

  /**
   * Makes the calls in earnest.
   *
   * @throws IllegalStateException when one is refused after all; those before it stand
   */
  void perform() {
    for (Batch call : calls) {
      try {
        call.run(director);
      } catch (DirectorException e) {
        throw new IllegalStateException("refused although it was taken in a trial: " + e, e);
      }
    }
  }

  @Override
  public void addService(ServiceSpec spec) throws DirectorException {
    table.addService(spec);
    calls.add(target -> target.addService(spec));
  }

  @Override
  public void editService(ServiceSpec spec) throws DirectorException {
    table.editService(spec);
    calls.add(target -> target.editService(spec));
  }

  @Override
  public void deleteService(ServiceKey key) throws DirectorException {
    table.deleteService(key);
    calls.add(target -> target.deleteService(key));
  }

  @Override
  public void flush() {
    table.flush();
    calls.add(Director::flush);
  }

  @Override
  public void zero(ServiceKey key) throws DirectorException {
    table.zero(key);
    calls.add(target -> target.zero(key));
  }

  @Override
  public void zeroAll() {
    calls.add(Director::zeroAll);
  }

  @Override
  public void addServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    checkFamily(service, spec);
    table.addServer(service, spec);
    calls.add(target -> target.addServer(service, spec));
  }

  @Override
  public void editServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    checkFamily(service, spec);
    table.editServer(service, spec);
    calls.add(target -> target.editServer(service, spec));
  }

  private void checkFamily(ServiceKey service, ServerSpec spec) throws DirectorException {
    if (table.hasService(service)) {
      director.checkFamily(service, spec);
    }
  }

  @Override
  public void deleteServer(ServiceKey service, ServerKey server) throws DirectorException {
    table.deleteServer(service, server);
    calls.add(target -> target.deleteServer(service, server));
  }

  @Override
  public void serverFailed(ServiceKey service, ServerKey server) throws DirectorException {
    table.requireServer(service, server);
    calls.add(target -> target.serverFailed(service, server));
  }

  @Override
  public void servicePolicy(ServiceKey service, ServicePolicy policy) throws DirectorException {
    table.servicePolicy(service, policy);
    calls.add(target -> target.servicePolicy(service, policy));
  }

  @Override
  public List<ServiceView> services() {
    return director.services();
  }

  @Override
  public Optional<ServiceView> service(ServiceKey key) {
    return director.service(key);
  }

  @Override
  public long connections(long cursor, int limit, Consumer<ConnectionView> sink) {
    return director.connections(cursor, limit, sink);
  }

  @Override
  public Timeouts timeouts() {
    return director.timeouts();
  }

  @Override
  public void setTimeouts(Timeouts changed) throws DirectorException {
    timeouts.set(changed);
    calls.add(target -> target.setTimeouts(changed));
  }

  @Override
  public int connectionTableSize() {
    return director.connectionTableSize();
  }

  @Override
  public Statistics totals() {
    return director.totals();
  }

  @Override
  public Rates totalRates() {
    return director.totalRates();
  }

  @Override
  public List<ServerHandshakes> handshakes() {
    return director.handshakes();
  }

  @Override
  public List<SyncDaemon> daemons() {
    return director.daemons();
  }

  @Override
  public void startDaemon(SyncDaemon daemon) throws DirectorException {
    throw notInABatch();
  }

  @Override
  public void stopDaemon(boolean master, int syncId) throws DirectorException {
    throw notInABatch();
  }

  private static DirectorException notInABatch() {
    return new DirectorException(
        Errno.EOPNOTSUPP, "synchronization daemons are started and stopped one by one");
  }

  @Override
  public Optional<String> setting(String name) {
    return director.setting(name);
  }

  @Override
  public Map<String, String> settings() {
    return director.settings();
  }

  @Override
  public void changeSetting(String name, String text) throws DirectorException {
    settings.set(name, text);
    calls.add(target -> target.changeSetting(name, text));
  }

  @Override
  public void atomically(Batch batch) throws DirectorException {
    batch.run(this);
  }

  @Override
  public void allOrNothing(Batch batch) throws DirectorException {
    batch.run(this);
  }
}
