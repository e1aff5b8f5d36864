package org.jlvs.server.monitor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.jlvs.cli.ControlClient;
import org.jlvs.cli.ControlSocket;
import org.jlvs.core.net.Address;
import org.jlvs.linux.icmp.Pinger;
import org.jlvs.monitor.check.PingProbe;
import org.jlvs.monitor.command.Environment;
import org.jlvs.monitor.command.LdirectordCommand;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableException;
import org.jspecify.annotations.Nullable;

/**
 * What {@code jlvs ldirectord} runs: the monitor on this host's director, ping sockets and files.
 */
public final class LdirectordMain {
  private LdirectordMain() {}

  /**
   * @param arguments what follows {@code ldirectord}
   * @param backgroundCommand the words that start this command again
   * @return the exit status
   */
  public static int run(List<String> arguments, List<String> backgroundCommand)
      throws InterruptedException {
    return LdirectordCommand.run(
        arguments,
        Environment.ofHost(LdirectordMain::openTable, new HostPings(), backgroundCommand));
  }

  private static ServerTable openTable() throws TableException {
    try {
      RemoteServerTable table =
          new RemoteServerTable(new ControlClient(ControlSocket.ofThisNamespace()));
      table.services();
      return table;
    } catch (IOException e) {
      throw new TableException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Opens its socket when the first server is to be pinged: most configurations never ping. */
  private static final class HostPings implements PingProbe {
    private @Nullable Pinger pinger;

    @Override
    public boolean answers(Address address, Duration timeout) throws IOException {
      try {
        return pinger().ping(InetAddress.getByAddress(address.bytes()), timeout).isPresent();
      } catch (UnknownHostException e) {
        throw new IOException("can't ping " + address, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private synchronized Pinger pinger() throws IOException {
      Pinger open = pinger;
      if (open == null) {
        open = Pinger.open();
        pinger = open;
      }
      return open;
    }
  }
}
