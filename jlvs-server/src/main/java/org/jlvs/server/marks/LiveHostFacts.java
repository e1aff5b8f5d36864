package org.jlvs.server.marks;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.linux.netlink.InterfaceAddress;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * Interfaces and addresses of the network namespace, renewed by one thread while another asks. Sets
 * of ipset are not read.
 */
final class LiveHostFacts implements HostFacts, AutoCloseable {
  /** Sorted by index. */
  private record Interfaces(int[] indexes, String[] names) {}

  private record Addresses(Family[] families, long[] highs, long[] lows) {}

  private static final int LOOPBACK_NETWORK = 127;

  private final RouteSocket socket;
  private volatile Interfaces interfaces = new Interfaces(new int[0], new String[0]);
  private volatile Addresses addresses = new Addresses(new Family[0], new long[0], new long[0]);

  private LiveHostFacts(RouteSocket socket) {
    this.socket = socket;
  }

  /** The facts of the calling thread's namespace: none until they are renewed. */
  static LiveHostFacts open() throws LinuxException {
    return new LiveHostFacts(RouteSocket.open());
  }

  void renew() throws LinuxException {
    List<Link> links =
        socket.links().stream().sorted((a, b) -> Integer.compare(a.index(), b.index())).toList();
    interfaces =
        new Interfaces(
            links.stream().mapToInt(Link::index).toArray(),
            links.stream().map(Link::name).toArray(String[]::new));
    List<Address> own =
        socket.addresses().stream()
            .map(InterfaceAddress::address)
            .filter(Objects::nonNull)
            .map(address -> Address.of(address.getAddress()))
            .toList();
    addresses =
        new Addresses(
            own.stream().map(Address::family).toArray(Family[]::new),
            own.stream().mapToLong(Address::high).toArray(),
            own.stream().mapToLong(Address::low).toArray());
  }

  @Override
  public @Nullable String interfaceName(int index) {
    Interfaces now = interfaces;
    int at = Arrays.binarySearch(now.indexes, index);
    return at < 0 ? null : now.names[at];
  }

  @Override
  public boolean isLocal(Family family, long high, long low) {
    if (family == Family.IPV4 && low >>> 24 == LOOPBACK_NETWORK) {
      return true;
    }
    Addresses now = addresses;
    for (int i = 0; i < now.families.length; i++) {
      if (now.lows[i] == low && now.highs[i] == high && now.families[i] == family) {
        return true;
      }
    }
    return false;
  }

  @Override
  public @Nullable IpSet ipSet(String name) {
    return null;
  }

  @Override
  public void close() {
    socket.close();
  }
}
