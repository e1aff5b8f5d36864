package org.jlvs.linux.netlink;

import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * Hears that the nftables rules of the network namespace changed ({@code iptables-nft} included),
 * not what changed. Needs CAP_NET_ADMIN. For the one thread that polls {@link #fd()}.
 */
public final class NftablesMonitor implements AutoCloseable {
  private static final int NFNLGRP_NFTABLES = 7;
  private static final int MAX_DATAGRAMS = 256;

  private final NetlinkSocket socket;

  private NftablesMonitor(NetlinkSocket socket) {
    this.socket = socket;
  }

  public static NftablesMonitor open() throws LinuxException {
    return new NftablesMonitor(NetlinkSocket.subscribe(NetlinkSocket.NETFILTER, NFNLGRP_NFTABLES));
  }

  /** Readable when something changed. */
  public Fd fd() {
    return socket.fd();
  }

  /** Whether something changed since the last call; doesn't wait. */
  public boolean changed() throws LinuxException {
    boolean changed = false;
    try {
      for (int i = 0; i < MAX_DATAGRAMS && socket.poll().isPresent(); i++) {
        changed = true;
      }
      return changed;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOBUFS) {
        return true;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
