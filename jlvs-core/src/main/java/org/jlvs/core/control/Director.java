package org.jlvs.core.control;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What can be asked of a director: the kernel's IPVS control interface. An implementation says
 * itself which threads may call it: the core's own belongs to the engine thread; the daemon's
 * passes each call to it. A refused call changes nothing. Views are snapshots.
 */
public interface Director {

  /**
   * ENOENT: no such scheduler or persistence engine; EEXIST: the service is there; EINVAL: bad
   * value.
   */
  void addService(ServiceSpec spec) throws DirectorException;

  /** Changes scheduler, flags, persistence. ESRCH: no such service; ENOENT, EINVAL as above. */
  void editService(ServiceSpec spec) throws DirectorException;

  /** ESRCH: no such service. */
  void deleteService(ServiceKey key) throws DirectorException;

  /** Removes all services. */
  void flush();

  /** Zeroes the counters of one service and its servers. ESRCH: no such service. */
  void zero(ServiceKey key) throws DirectorException;

  /** Zeroes the counters of all services. */
  void zeroAll();

  /**
   * ESRCH: no such service; EEXIST: the server is there; EINVAL: an address or a family it cannot
   * have; ERANGE: a negative weight, or a lower threshold above the upper one; ENOMEM: too many
   * servers.
   */
  void addServer(ServiceKey service, ServerSpec spec) throws DirectorException;

  /** ESRCH: no such service; ENOENT: no such server; EINVAL, ERANGE as above. */
  void editServer(ServiceKey service, ServerSpec spec) throws DirectorException;

  /** ESRCH: no such service; ENOENT: no such server. */
  void deleteServer(ServiceKey service, ServerKey server) throws DirectorException;

  /**
   * The health monitor found a server dead whose weight it has set to 0: unlike one that an
   * operator has quiesced, clients have nothing to wait for there. ENOENT: no such server.
   */
  void serverFailed(ServiceKey service, ServerKey server) throws DirectorException;

  /**
   * Says what holds for a service's servers in the place of settings. ESRCH: no such service;
   * EINVAL: a time that is negative or too long.
   */
  void servicePolicy(ServiceKey service, ServicePolicy policy) throws DirectorException;

  /** All services in the kernel's order of listing. */
  List<ServiceView> services();

  Optional<ServiceView> service(ServiceKey key);

  /**
   * Lists a part of the connection table.
   *
   * @param cursor 0 to begin, then what the last call returned
   * @param limit at most so many entries
   * @return where to go on, or -1 at the end
   */
  long connections(long cursor, int limit, Consumer<ConnectionView> sink);

  Timeouts timeouts();

  /** Zero leaves a value as it is. EINVAL: negative or too large. */
  void setTimeouts(Timeouts timeouts) throws DirectorException;

  /** Number of buckets to show as {@code size=}; the kernel's default is 4096. */
  int connectionTableSize();

  /** Counters of all services together. */
  Statistics totals();

  Rates totalRates();

  /** How handshakes have gone with servers that have had any. */
  List<ServerHandshakes> handshakes();

  /** The synchronization daemons that were started, the master first, all values filled in. */
  List<SyncDaemon> daemons();

  /** EEXIST: one of that role runs already; ENODEV: no such interface; EINVAL: bad value. */
  void startDaemon(SyncDaemon daemon) throws DirectorException;

  /** ESRCH: none of that role runs. */
  void stopDaemon(boolean master, int syncId) throws DirectorException;

  /**
   * The value of a setting.
   *
   * @param name of a setting of {@code net.ipv4.vs} the last part, such as {@code
   *     expire_nodest_conn}; of one of jlvs' own all of it, such as {@code jlvs.example}
   */
  Optional<String> setting(String name);

  /** The values of all settings by such names, in order of listing. */
  Map<String, String> settings();

  /**
   * ENOENT: no such setting; EINVAL: not a value it can have.
   *
   * @param text what one would write to its file in /proc/sys
   */
  void changeSetting(String name, String text) throws DirectorException;

  /** As {@link #changeSetting(String, String)}. */
  default void changeSetting(String name, int value) throws DirectorException {
    changeSetting(name, Integer.toString(value));
  }

  /**
   * Runs several calls as one: packets see all of what they change or nothing yet. What a batch has
   * changed before one of its calls is refused stays changed.
   */
  void atomically(Batch batch) throws DirectorException;

  /**
   * As {@link #atomically}, but when the batch does not come to its end, nothing is changed.
   * Questions in it are answered as if nothing had been changed yet.
   */
  void allOrNothing(Batch batch) throws DirectorException;

  /** Calls to be run as one. */
  @FunctionalInterface
  interface Batch {
    void run(Director director) throws DirectorException;
  }
}
