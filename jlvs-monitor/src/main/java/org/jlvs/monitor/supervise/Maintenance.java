package org.jlvs.monitor.supervise;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.RealServer;

/**
 * The maintenance directory: a file in it that is named for a server takes that server out. Names
 * are a server's address and what it resolves to, in full and without its domain, each with or
 * without {@code :PORT}. Any thread may ask.
 */
public final class Maintenance {
  private final Path directory;
  private final Map<Address, List<String>> names = new ConcurrentHashMap<>();

  public Maintenance(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /** Why a server is out, if it is. */
  public Optional<String> takes(RealServer real) {
    return covers(real.address(), real.port())
        ? Optional.of("under maintenance by a file in " + directory)
        : Optional.empty();
  }

  private boolean covers(Address address, int port) {
    if (present(address.isIpv4() ? address.toString() : "[" + address + "]", port)) {
      return true;
    }
    // A name server may take long: until it has answered only addresses count.
    List<String> known =
        names.computeIfAbsent(
            address,
            asked -> {
              Thread.startVirtualThread(() -> names.put(asked, resolve(asked)));
              return List.of();
            });
    return known.stream().anyMatch(name -> present(name, port));
  }

  private boolean present(String name, int port) {
    return Files.exists(directory.resolve(name))
        || Files.exists(directory.resolve(name + ":" + port));
  }

  private static List<String> resolve(Address address) {
    try {
      InetAddress inet = InetAddress.getByAddress(address.bytes());
      String name = inet.getCanonicalHostName();
      if (name.equals(inet.getHostAddress()) || name.indexOf('/') >= 0) {
        return List.of();
      }
      int dot = name.indexOf('.');
      return dot > 0 ? List.of(name, name.substring(0, dot)) : List.of(name);
    } catch (UnknownHostException impossible) {
      return List.of();
    }
  }
}
