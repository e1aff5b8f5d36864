package org.jlvs.core.engine;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.SyncDaemon;

/**
 * The synchronization daemons that an operator has started. Connections are not synchronized: the
 * daemons are kept, checked and shown as start_sync_thread and ip_vs_genl_dump_daemons do, so that
 * scripts which start and stop them work. For the engine's thread.
 */
final class SyncDaemons {
  private static final String DEFAULT_INTERFACE = "eth0";
  private static final String DEFAULT_GROUP = "224.0.0.81";
  private static final int DEFAULT_PORT = 8848;
  private static final int DEFAULT_TTL = 1;

  private static final int ETHERNET_MTU = 1500;
  private static final int LARGEST_PACKET = 65535;
  private static final int LEAST_BACKUP_BYTES = 1024;
  private static final int IPV4_AND_UDP_BYTES = 28;
  private static final int IPV6_AND_UDP_BYTES = 48;

  private enum Role {
    MASTER,
    BACKUP;

    static Role of(boolean master) {
      return master ? MASTER : BACKUP;
    }
  }

  private final Map<Role, SyncDaemon> running = new EnumMap<>(Role.class);

  /** The master first, with all values filled in. */
  List<SyncDaemon> all() {
    return List.copyOf(running.values());
  }

  boolean isEmpty() {
    return running.isEmpty();
  }

  /** Takes over daemons that {@link #all} has listed. */
  void restore(List<SyncDaemon> daemons) {
    daemons.forEach(daemon -> running.put(Role.of(daemon.master()), daemon));
  }

  /**
   * @param host knows the interfaces
   * @throws DirectorException ENODEV: there is no such interface; EEXIST: one of this role runs
   */
  void start(SyncDaemon asked, Host host) throws DirectorException {
    String networkInterface =
        asked.mcastInterface().isEmpty() ? DEFAULT_INTERFACE : asked.mcastInterface();
    OptionalInt mtu = host.mtu(networkInterface);
    if (mtu.isEmpty()) {
      throw new DirectorException(
          Errno.ENODEV, "there is no network interface " + networkInterface + " to multicast on");
    }
    Role role = Role.of(asked.master());
    if (running.containsKey(role)) {
      throw new DirectorException(Errno.EEXIST, "a synchronization daemon runs already as " + role);
    }
    String group = asked.group().orElse(DEFAULT_GROUP);
    running.put(
        role,
        new SyncDaemon(
            asked.master(),
            networkInterface,
            asked.syncId(),
            maxLength(asked, group, mtu.getAsInt()),
            Optional.of(group),
            asked.port() == 0 ? DEFAULT_PORT : asked.port(),
            asked.ttl() == 0 ? DEFAULT_TTL : asked.ttl()));
  }

  private static int maxLength(SyncDaemon asked, String group, int mtu) {
    int headers = group.indexOf(':') < 0 ? IPV4_AND_UDP_BYTES : IPV6_AND_UDP_BYTES;
    if (asked.maxLength() == 0) {
      int packet = asked.master() ? ETHERNET_MTU : Math.clamp(mtu, ETHERNET_MTU, LARGEST_PACKET);
      return packet - headers;
    }
    int least = asked.master() ? 1 : LEAST_BACKUP_BYTES;
    return Math.clamp(asked.maxLength(), least, LARGEST_PACKET - headers);
  }

  /**
   * @throws DirectorException ESRCH: none of this role runs
   */
  void stop(boolean master) throws DirectorException {
    Role role = Role.of(master);
    if (running.remove(role) == null) {
      throw new DirectorException(Errno.ESRCH, "no synchronization daemon runs as " + role);
    }
  }
}
