package org.jlvs.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.Director;
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
import org.jlvs.ipvsadm.DirectorUnavailableException;

/**
 * Stands in for a director that cannot be reached: whoever asks it anything learns why. With it a
 * command reports misuse before it reports that there is nobody to obey it.
 */
final class NoDirector implements Director {
  private final String why;
  private boolean asked;

  NoDirector(String why) {
    this.why = why;
  }

  /** Whether a command has come so far as to need a director. */
  boolean wasAsked() {
    return asked;
  }

  private DirectorUnavailableException unavailable() {
    asked = true;
    return new DirectorUnavailableException(why);
  }

  @Override
  public void addService(ServiceSpec spec) {
    throw unavailable();
  }

  @Override
  public void editService(ServiceSpec spec) {
    throw unavailable();
  }

  @Override
  public void deleteService(ServiceKey key) {
    throw unavailable();
  }

  @Override
  public void flush() {
    throw unavailable();
  }

  @Override
  public void zero(ServiceKey key) {
    throw unavailable();
  }

  @Override
  public void zeroAll() {
    throw unavailable();
  }

  @Override
  public void addServer(ServiceKey service, ServerSpec spec) {
    throw unavailable();
  }

  @Override
  public void editServer(ServiceKey service, ServerSpec spec) {
    throw unavailable();
  }

  @Override
  public void deleteServer(ServiceKey service, ServerKey server) {
    throw unavailable();
  }

  @Override
  public void serverFailed(ServiceKey service, ServerKey server) {
    throw unavailable();
  }

  @Override
  public void servicePolicy(ServiceKey service, ServicePolicy policy) {
    throw unavailable();
  }

  @Override
  public List<ServiceView> services() {
    throw unavailable();
  }

  @Override
  public Optional<ServiceView> service(ServiceKey key) {
    throw unavailable();
  }

  @Override
  public long connections(long cursor, int limit, Consumer<ConnectionView> sink) {
    throw unavailable();
  }

  @Override
  public Timeouts timeouts() {
    throw unavailable();
  }

  @Override
  public void setTimeouts(Timeouts timeouts) {
    throw unavailable();
  }

  @Override
  public int connectionTableSize() {
    throw unavailable();
  }

  @Override
  public Statistics totals() {
    throw unavailable();
  }

  @Override
  public Rates totalRates() {
    throw unavailable();
  }

  @Override
  public List<ServerHandshakes> handshakes() {
    throw unavailable();
  }

  @Override
  public List<SyncDaemon> daemons() {
    throw unavailable();
  }

  @Override
  public void startDaemon(SyncDaemon daemon) {
    throw unavailable();
  }

  @Override
  public void stopDaemon(boolean master, int syncId) {
    throw unavailable();
  }

  @Override
  public Optional<String> setting(String name) {
    throw unavailable();
  }

  @Override
  public Map<String, String> settings() {
    throw unavailable();
  }

  @Override
  public void changeSetting(String name, String text) {
    throw unavailable();
  }

  @Override
  public void atomically(Batch batch) {
    throw unavailable();
  }

  @Override
  public void allOrNothing(Batch batch) {
    throw unavailable();
  }
}
