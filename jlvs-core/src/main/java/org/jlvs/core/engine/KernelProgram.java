package org.jlvs.core.engine;

import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;

/**
 * What the engine tells the kernel program beside connections, so that packets which need no
 * decision don't come up. Called by the engine thread, once a packet: it allocates nothing.
 */
public interface KernelProgram {
  /** None runs, so all packets come to the engine. */
  KernelProgram NONE =
      new KernelProgram() {
        @Override
        public void wraps(
            RealServer server, Address source, int mtu, boolean copiesDoNotFragment) {}

        @Override
        public void passes(Flow flow, long nowNanos) {}

        @Override
        public void servesLocally() {}

        @Override
        public void forget() {}
      };

  /** Whether the program can write a tunnel's headers: those without a sum over the packet. */
  static boolean canWrap(RealServer server) {
    Tunnel tunnel = server.tunnel();
    boolean sum = tunnel.checksum() != Tunnel.Checksum.NONE;
    return switch (tunnel.type()) {
      case IPIP -> true;
      case GRE -> !sum;
      case GUE -> !sum && server.key().address().isIpv4();
    };
  }

  /**
   * Packets of connections to a tunnelled server are wrapped so, until {@link #forget}.
   *
   * @param server one that {@link #canWrap} is true of
   * @param source of the outer header
   * @param mtu largest outer packet
   * @param copiesDoNotFragment whether the outer header forbids fragments when the inner one does
   */
  void wraps(RealServer server, Address source, int mtu, boolean copiesDoNotFragment);

  /**
   * Packets of a flow are the host's for some seconds, or until {@link #forget}: no connection is
   * known for them, and those of UDP make none. Of TCP the program keeps sending up what has SYN.
   *
   * @param flow gone when this returns
   */
  void passes(Flow flow, long nowNanos);

  /** A real server is on the host itself, so what the host sends from now on may be its answers. */
  void servesLocally();

  /** Services, rules, settings or routes have changed: nothing of the above holds any more. */
  void forget();
}
