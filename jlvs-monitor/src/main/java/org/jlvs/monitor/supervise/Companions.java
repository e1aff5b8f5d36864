package org.jlvs.monitor.supervise;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.net.Address;

/**
 * Which servers may share the fate of those that have just gone or come back: the others of their
 * service (a switch, a database behind all of them), and what else runs at their addresses (the
 * machine). They are worth a look before it is their turn. For the thread of {@link Supervision}.
 */
final class Companions {
  private final Map<Address, Map<ServerId, ServerState>> byAddress = new HashMap<>();

  /** What has changed since it was last asked: services and addresses, by whether it came back. */
  private final Map<Boolean, Set<VirtualState>> services = new HashMap<>();

  private final Map<Boolean, Set<Address>> addresses = new HashMap<>();

  /** Takes other services over. */
  void load(Collection<VirtualState> virtuals) {
    byAddress.clear();
    for (VirtualState virtual : virtuals) {
      virtual.servers.forEach(
          (key, server) ->
              byAddress
                  .computeIfAbsent(key.address(), _ -> new LinkedHashMap<>())
                  .put(new ServerId(virtual.config.key(), key), server));
    }
  }

  /**
   * A server's state has changed.
   *
   * @param up whether it came back
   */
  void changed(VirtualState virtual, ServerKey server, boolean up) {
    services.computeIfAbsent(up, _ -> new LinkedHashSet<>()).add(virtual);
    addresses.computeIfAbsent(up, _ -> new LinkedHashSet<>()).add(server.address());
  }

  /** Those that have not changed as others did since this was last asked. */
  Set<ServerId> take() {
    Set<ServerId> companions = new LinkedHashSet<>();
    for (boolean up : List.of(false, true)) {
      for (VirtualState virtual : services.getOrDefault(up, Set.of())) {
        virtual.servers.forEach(
            (key, server) -> {
              if (server.isUp() != up) {
                companions.add(new ServerId(virtual.config.key(), key));
              }
            });
      }
      for (Address address : addresses.getOrDefault(up, Set.of())) {
        byAddress
            .getOrDefault(address, Map.of())
            .forEach(
                (id, server) -> {
                  if (server.isUp() != up) {
                    companions.add(id);
                  }
                });
      }
    }
    services.clear();
    addresses.clear();
    return companions;
  }
}
