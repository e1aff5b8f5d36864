package org.jlvs.linux.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.jspecify.annotations.Nullable;

/**
 * Asks the kernel about links, addresses, routes and neighbours, and attaches XDP programs
 * (rtnetlink(7)). Speaks of the network namespace of the thread that opened it. Safe for all
 * threads.
 */
public final class RouteSocket implements AutoCloseable {
  static final int AF_UNSPEC = 0;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_NEWNEIGH = 28;
  static final int RTM_DELNEIGH = 29;
  static final int RTM_NEWRULE = 32;
  static final int RTM_DELRULE = 33;

  private static final int RTM_GETLINK = 18;
  private static final int RTM_SETLINK = 19;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_GETNEIGH = 30;
  private static final int RTM_GETRULE = 34;

  private static final int NTF_USE = 1;
  private static final int DETACH = -1;
  private static final int XDP_FLAGS_UPDATE_IF_NOEXIST = 1;
  private static final int XDP_FLAGS_REPLACE = 1 << 4;

  private final NetlinkSocket socket;

  private RouteSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  public static RouteSocket open() throws LinuxException {
    return new RouteSocket(NetlinkSocket.open(NetlinkSocket.ROUTE));
  }

  public List<Link> links() throws LinuxException {
    return all(linkRequest(RTM_GETLINK, NetlinkSocket.DUMP, 0), "list links", Link::parse);
  }

  /** The interface called {@code name}. */
  public Optional<Link> link(String name) throws LinuxException {
    return oneLink(
        linkRequest(RTM_GETLINK, 0, 0).attribute(Link.IFLA_IFNAME, name),
        "ask about interface " + name);
  }

  /** The interface with number {@code index}. */
  public Optional<Link> link(int index) throws LinuxException {
    return oneLink(linkRequest(RTM_GETLINK, 0, index), "ask about interface " + index);
  }

  public List<InterfaceAddress> addresses() throws LinuxException {
    MessageBuilder request =
        new MessageBuilder(RTM_GETADDR, NetlinkSocket.DUMP).u8(AF_UNSPEC).u8(0).u16(0).u32(0);
    return all(request, "list addresses", InterfaceAddress::parse);
  }

  /** All IPv4 and IPv6 routes of all tables. */
  public List<Route> routes() throws LinuxException {
    // One request for both: a kernel without IPv6 would answer one for IPv6 with all others.
    return all(routeRequest(NetlinkSocket.DUMP, AF_UNSPEC, 0), "list routes", Route::parse);
  }

  /** The rules of both families that go by a mark alone, in the kernel's order. */
  public List<RoutingRule> markRules() throws LinuxException {
    MessageBuilder request =
        new MessageBuilder(RTM_GETRULE, NetlinkSocket.DUMP)
            .u8(AF_UNSPEC)
            .u8(0)
            .u16(0)
            .u32(0)
            .u32(0);
    return all(request, "list routing rules", RoutingRule::parse);
  }

  /**
   * The route packets to {@code destination} would take now, as {@code ip route get}; empty when
   * there is none or it refuses them.
   */
  public Optional<Route> routeTo(InetAddress destination) throws LinuxException {
    byte[] address = destination.getAddress();
    MessageBuilder request =
        routeRequest(NetlinkSocket.ACK, family(destination), 8 * address.length)
            .attribute(Route.RTA_DST, address);
    try {
      return socket
          .get(request, "ask for the route to " + destination.getHostAddress())
          .filter(message -> message.type() == RTM_NEWROUTE)
          .flatMap(Route::parse);
    } catch (LinuxException e) {
      // What unreachable, prohibiting and black-hole routes answer, and a host without any route.
      return switch (e.errno()) {
        case Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EACCES, Errno.EINVAL -> Optional.empty();
        default -> throw e;
      };
    }
  }

  public List<Neighbour> neighbours() throws LinuxException {
    MessageBuilder request = neighbourRequest(RTM_GETNEIGH, NetlinkSocket.DUMP, AF_UNSPEC, 0, 0);
    return all(request, "list neighbours", Neighbour::parse);
  }

  /** What the kernel knows of a neighbour now. */
  public Optional<Neighbour> neighbour(int interfaceIndex, InetAddress address)
      throws LinuxException {
    return neighbour(interfaceIndex, address, "ask about " + where(interfaceIndex, address));
  }

  private Optional<Neighbour> neighbour(int interfaceIndex, InetAddress address, String context)
      throws LinuxException {
    MessageBuilder request =
        neighbourRequest(RTM_GETNEIGH, NetlinkSocket.ACK, family(address), interfaceIndex, 0)
            .attribute(Neighbour.NDA_DST, address.getAddress());
    try {
      return socket.get(request, context).flatMap(Neighbour::parse);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String where(int interfaceIndex, InetAddress address) {
    return address.getHostAddress() + " on interface " + interfaceIndex;
  }

  private static int family(InetAddress address) {
    return address instanceof Inet4Address ? AF_INET : AF_INET6;
  }

  /**
   * Lets the kernel find out the neighbour's Ethernet address, or confirm it, as if it had a packet
   * to send there. The result comes as a notification. An address that somebody has entered for
   * good stays: being asked to use it, the kernel (since 5.16) would forget that, and ask for it.
   * Needs CAP_NET_ADMIN.
   */
  public void resolve(int interfaceIndex, InetAddress address) throws LinuxException {
    int lasting = Neighbour.NUD_PERMANENT | Neighbour.NUD_NOARP;
    String context = "resolve " + where(interfaceIndex, address);
    Optional<Neighbour> known = neighbour(interfaceIndex, address, context);
    if (known.filter(neighbour -> (neighbour.state() & lasting) != 0).isPresent()) {
      return;
    }
    MessageBuilder request =
        neighbourRequest(
                RTM_NEWNEIGH,
                NetlinkSocket.ACK | NetlinkSocket.CREATE | NetlinkSocket.REPLACE,
                family(address),
                interfaceIndex,
                NTF_USE)
            .attribute(Neighbour.NDA_DST, address.getAddress());
    socket.execute(request, context);
  }

  /**
   * Attaches an XDP program to a device that has none.
   *
   * @throws UnsupportedFeatureException when the driver can't run XDP programs in that mode
   * @throws LinuxException EBUSY when one is attached already
   */
  public void attachXdp(int interfaceIndex, Fd program, XdpMode mode) throws LinuxException {
    setXdp(
        interfaceIndex,
        program.number(),
        mode.flag() | XDP_FLAGS_UPDATE_IF_NOEXIST,
        null,
        "attach an XDP program to interface " + interfaceIndex + ", " + mode);
  }

  /**
   * Puts {@code program} in the place of {@code expected}, with no packet between that meets
   * neither (Linux 5.7).
   *
   * @throws LinuxException EEXIST when another program than {@code expected} is attached
   */
  public void replaceXdp(int interfaceIndex, Fd expected, Fd program, XdpMode mode)
      throws LinuxException {
    setXdp(
        interfaceIndex,
        program.number(),
        mode.flag() | XDP_FLAGS_REPLACE,
        expected,
        "replace the XDP program of interface " + interfaceIndex + ", " + mode);
  }

  /**
   * Detaches {@code expected}.
   *
   * @throws LinuxException EEXIST when another program is attached
   */
  public void detachXdp(int interfaceIndex, Fd expected, XdpMode mode) throws LinuxException {
    setXdp(
        interfaceIndex,
        DETACH,
        mode.flag() | XDP_FLAGS_REPLACE,
        expected,
        "detach the XDP program of interface " + interfaceIndex + ", " + mode);
  }

  private void setXdp(
      int interfaceIndex, int program, int flags, @Nullable Fd expected, String context)
      throws LinuxException {
    MessageBuilder request = linkRequest(RTM_SETLINK, NetlinkSocket.ACK, interfaceIndex);
    int xdp = request.startNested(Link.IFLA_XDP);
    request.attribute(Link.IFLA_XDP_FD, program).attribute(Link.IFLA_XDP_FLAGS, flags);
    if (expected != null) {
      request.attribute(Link.IFLA_XDP_EXPECTED_FD, expected.number());
    }
    request.endAttribute(xdp);
    try {
      socket.execute(request, context);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        throw new UnsupportedFeatureException(
            e.errno(), context, "its driver doesn't run XDP programs so");
      }
      throw e;
    }
  }

  @Override
  public void close() {
    socket.close();
  }

  private Optional<Link> oneLink(MessageBuilder request, String context) throws LinuxException {
    try {
      return socket
          .get(request, context)
          .filter(message -> message.type() == RTM_NEWLINK)
          .flatMap(Link::parse);
    } catch (LinuxException e) {
      // ERANGE and EINVAL: a name too long or too odd to be an interface's.
      return switch (e.errno()) {
        case Errno.ENODEV, Errno.EINVAL, Errno.ERANGE -> Optional.empty();
        default -> throw e;
      };
    }
  }

  private <T> List<T> all(
      MessageBuilder request, String context, Function<NetlinkMessage, Optional<T>> parse)
      throws LinuxException {
    List<T> found = new ArrayList<>();
    for (NetlinkMessage message : socket.dump(request, context)) {
      parse.apply(message).ifPresent(found::add);
    }
    return found;
  }

  private static MessageBuilder linkRequest(int type, int flags, int index) {
    int ack = (flags & NetlinkSocket.DUMP) == 0 ? NetlinkSocket.ACK : 0;
    return new MessageBuilder(type, flags | ack)
        .u8(AF_UNSPEC)
        .u8(0)
        .u16(0)
        .u32(index)
        .u32(0)
        .u32(0);
  }

  private static MessageBuilder routeRequest(int flags, int family, int destinationBits) {
    return new MessageBuilder(RTM_GETROUTE, flags)
        .u8(family)
        .u8(destinationBits)
        .u16(0)
        .u32(0)
        .u32(0);
  }

  private static MessageBuilder neighbourRequest(
      int type, int flags, int family, int interfaceIndex, int neighbourFlags) {
    return new MessageBuilder(type, flags)
        .u8(family)
        .u8(0)
        .u16(0)
        .u32(interfaceIndex)
        .u16(0)
        .u8(neighbourFlags)
        .u8(0);
  }
}
