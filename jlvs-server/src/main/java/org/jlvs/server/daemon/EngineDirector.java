package org.jlvs.server.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
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

/**
 * The director as any thread may call it: each call runs on the engine thread, between packets.
 * Listing connections takes the engine thread for one portion at a time.
 */
final class EngineDirector implements Director {
  /** What an operator who starts a synchronization daemon has to know. */
  static final String NO_SYNCHRONIZATION =
      "connections are not synchronized: another director starts without them";

  private static final System.Logger LOG = System.getLogger(EngineDirector.class.getName());

  private final Director local;
  private final EngineThread engine;
  private final Runnable changed;

  /**
   * @param local the engine thread's own director
   * @param changed told after each call that may have changed something, on the caller's thread
   */
  EngineDirector(Director local, EngineThread engine, Runnable changed) {
    this.local = local;
    this.engine = engine;
    this.changed = changed;
  }

  @Override
  public void addService(ServiceSpec spec) throws DirectorException {
    change(() -> local.addService(spec));
  }

  @Override
  public void editService(ServiceSpec spec) throws DirectorException {
    change(() -> local.editService(spec));
  }

  @Override
  public void deleteService(ServiceKey key) throws DirectorException {
    change(() -> local.deleteService(key));
  }

  @Override
  public void flush() {
    ask(
        () -> {
          local.flush();
          return true;
        });
    changed.run();
  }

  @Override
  public void zero(ServiceKey key) throws DirectorException {
    change(() -> local.zero(key));
  }

  @Override
  public void zeroAll() {
    ask(
        () -> {
          local.zeroAll();
          return true;
        });
    changed.run();
  }

  @Override
  public void addServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    change(() -> local.addServer(service, spec));
  }

  @Override
  public void editServer(ServiceKey service, ServerSpec spec) throws DirectorException {
    change(() -> local.editServer(service, spec));
  }

  @Override
  public void deleteServer(ServiceKey service, ServerKey server) throws DirectorException {
    change(() -> local.deleteServer(service, server));
  }

  @Override
  public void serverFailed(ServiceKey service, ServerKey server) throws DirectorException {
    change(() -> local.serverFailed(service, server));
  }

  @Override
  public void servicePolicy(ServiceKey service, ServicePolicy policy) throws DirectorException {
    change(() -> local.servicePolicy(service, policy));
  }

  @Override
  public List<ServiceView> services() {
    return ask(local::services);
  }

  @Override
  public Optional<ServiceView> service(ServiceKey key) {
    return ask(() -> local.service(key));
  }

  @Override
  public long connections(long cursor, int limit, Consumer<ConnectionView> sink) {
    List<ConnectionView> portion = new ArrayList<>();
    long next = ask(() -> local.connections(cursor, limit, portion::add));
    portion.forEach(sink);
    return next;
  }

  @Override
  public Timeouts timeouts() {
    return ask(local::timeouts);
  }

  @Override
  public void setTimeouts(Timeouts timeouts) throws DirectorException {
    change(() -> local.setTimeouts(timeouts));
  }

  @Override
  public int connectionTableSize() {
    return ask(local::connectionTableSize);
  }

  @Override
  public Statistics totals() {
    return ask(local::totals);
  }

  @Override
  public Rates totalRates() {
    return ask(local::totalRates);
  }

  @Override
  public List<ServerHandshakes> handshakes() {
    return ask(local::handshakes);
  }

  @Override
  public List<SyncDaemon> daemons() {
    return ask(local::daemons);
  }

  @Override
  public void startDaemon(SyncDaemon daemon) throws DirectorException {
    change(() -> local.startDaemon(daemon));
    LOG.log(
        System.Logger.Level.WARNING,
        "the {0} synchronization daemon is kept and shown, but {1}",
        daemon.master() ? "master" : "backup",
        NO_SYNCHRONIZATION);
  }

  @Override
  public void stopDaemon(boolean master, int syncId) throws DirectorException {
    change(() -> local.stopDaemon(master, syncId));
  }

  @Override
  public Optional<String> setting(String name) {
    return ask(() -> local.setting(name));
  }

  @Override
  public Map<String, String> settings() {
    return ask(local::settings);
  }

  @Override
  public void changeSetting(String name, String text) throws DirectorException {
    change(() -> local.changeSetting(name, text));
  }

  @Override
  public void atomically(Batch batch) throws DirectorException {
    change(() -> local.atomically(batch));
  }

  @Override
  public void allOrNothing(Batch batch) throws DirectorException {
    change(() -> local.allOrNothing(batch));
  }

  private interface Change {
    void run() throws DirectorException;
  }

  private void change(Change change) throws DirectorException {
    try {
      engine.call(
          () -> {
            change.run();
            return true;
          });
    } catch (DirectorException e) {
      throw e;
    } catch (Exception e) {
      throw failed(e);
    } finally {
      // A batch that was refused half-way has changed something, too.
      changed.run();
    }
  }

  private <T> T ask(Callable<T> question) {
    try {
      return engine.call(question);
    } catch (Exception e) {
      throw failed(e);
    }
  }

  private static RuntimeException failed(Exception e) {
    return e instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException("the engine thread failed: " + e, e);
  }
}
