package org.jlvs.server.marks;

import java.net.Inet4Address;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.linux.netlink.InterfaceAddress;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.sys.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * Interfaces, addresses and sets of the network namespace, renewed by one thread while another
 * asks.
 */
final class LiveHostFacts implements HostFacts, AutoCloseable {
  /** Sorted by index. */
  private record Interfaces(int[] indexes, String[] names) {}

  private record Addresses(Family[] families, long[] highs, long[] lows) {}

  private static final int LOOPBACK_NETWORK = 127;

  /** Networks of two addresses and of one have no broadcast address. */
  private static final int LONGEST_WITH_BROADCAST = 30;

  private final RouteSocket socket;
  private volatile Interfaces interfaces = new Interfaces(new int[0], new String[0]);
  private volatile long[] broadcasts = {};
  private volatile IpSetReader.Sets sets = IpSetReader.Sets.NONE;
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
    List<InterfaceAddress> all = socket.addresses();
    List<Address> own = all.stream().map(one -> Address.of(one.address().getAddress())).toList();
    broadcasts =
        all.stream()
            .filter(one -> one.address() instanceof Inet4Address)
            .filter(one -> one.prefixLength() <= LONGEST_WITH_BROADCAST)
            .mapToLong(LiveHostFacts::broadcast)
            .sorted()
            .toArray();
    addresses =
        new Addresses(
            own.stream().map(Address::family).toArray(Family[]::new),
            own.stream().mapToLong(Address::high).toArray(),
            own.stream().mapToLong(Address::low).toArray());
  }

  /** The last address of a network, which fib_add_ifaddr makes its broadcast address. */
  private static long broadcast(InterfaceAddress one) {
    long address = Address.of(one.address().getAddress()).low();
    return address | 0xffff_ffffL >>> one.prefixLength();
  }

  @Override
  public boolean isBroadcast(long low) {
    return Arrays.binarySearch(broadcasts, low) >= 0;
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

  /** Replaces what is known of the host's sets. */
  void sets(IpSetReader.Sets known) {
    sets = known;
  }

  @Override
  public @Nullable IpSet ipSet(String name) {
    return sets.sets().get(name);
  }

  @Override
  public String whyNoIpSet(String name) {
    String reason = sets.missing().get(name);
    return reason != null ? reason : "the set " + name + " does not exist";
  }

  @Override
  public void close() {
    socket.close();
  }
}
