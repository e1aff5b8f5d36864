package org.jlvs.server.monitor;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.cli.ControlSocket;
import org.jlvs.cli.DirectorStarter;
import org.jlvs.cli.DirectorUnreachableException;
import org.jlvs.core.net.Address;
import org.jlvs.linux.probe.Pinger;
import org.jlvs.linux.probe.SctpProber;
import org.jlvs.linux.sys.IgnoredSignals;
import org.jlvs.linux.sys.UnixDatagrams;
import org.jlvs.monitor.check.PingProbe;
import org.jlvs.monitor.check.SctpProbe;
import org.jlvs.monitor.command.CheckCommand;
import org.jlvs.monitor.command.Environment;
import org.jlvs.monitor.command.HostSignals;
import org.jlvs.monitor.command.LdirectordCommand;
import org.jlvs.monitor.log.SyslogSocket;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableException;
import org.jspecify.annotations.Nullable;

/**
 * What {@code jlvs ldirectord} and {@code jlvs check} run: the monitor on this host's director,
 * ping sockets and files.
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
    return LdirectordCommand.run(arguments, host(backgroundCommand));
  }

  /**
   * Runs {@code jlvs check}.
   *
   * @param arguments what follows {@code check}
   * @return the exit status
   */
  public static int check(List<String> arguments) throws InterruptedException {
    return CheckCommand.run(arguments, host(List.of()));
  }

  private static Environment host(List<String> backgroundCommand) {
    return Environment.ofHost(
        LdirectordMain::openTable,
        new HostPings(),
        new HostAssociations(),
        new HostSyslog(),
        new HostSignals(IgnoredSignals::heed),
        backgroundCommand);
  }

  /** The table of this namespace's director, which is started when there is none. */
  private static ServerTable openTable() throws TableException {
    try {
      Path socket = ControlSocket.ofThisNamespace();
      RemoteServerTable table = new RemoteServerTable(new ControlClient(socket));
      try {
        table.services();
      } catch (TableException e) {
        startDirector(socket, e);
        table.services();
      }
      return table;
    } catch (IOException e) {
      throw new TableException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void startDirector(Path socket, TableException why)
      throws TableException, IOException {
    Optional<Path> launcher = DirectorStarter.launcher(System.getenv());
    if (!(why.getCause() instanceof DirectorUnreachableException nobody)
        || nobody.isForbidden()
        || launcher.isEmpty()) {
      throw why;
    }
    System.err.println("ldirectord: " + DirectorStarter.start(launcher.get(), socket));
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

  /** Opens its sockets when the first server is to be asked by SCTP. */
  private static final class HostAssociations implements SctpProbe {
    private @Nullable SctpProber prober;

    @Override
    public void ask(Address address, int port, Duration timeout) throws IOException {
      SctpProber.Answer answer;
      try {
        answer =
            prober()
                .ask(InetAddress.getByAddress(address.bytes()), port, timeout)
                .orElseThrow(SocketTimeoutException::new);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
      switch (answer) {
        case WILLING -> {}
        case REFUSED -> throw new ConnectException("connection refused");
        case NO_SCTP -> throw new ConnectException("the host does not know SCTP");
        case UNREACHABLE -> throw new NoRouteToHostException("no route to host");
      }
    }

    private synchronized SctpProber prober() throws IOException {
      SctpProber open = prober;
      if (open == null) {
        open = SctpProber.open();
        prober = open;
      }
      return open;
    }
  }

  /** Opens its socket with the first line: most configurations log to a file. */
  private static final class HostSyslog implements SyslogSocket {
    private static final String PATH = "/dev/log";

    private @Nullable UnixDatagrams datagrams;

    @Override
    public void send(byte[] datagram) throws IOException {
      socket().send(datagram);
    }

    private synchronized UnixDatagrams socket() throws IOException {
      UnixDatagrams open = datagrams;
      if (open == null) {
        open = UnixDatagrams.to(PATH);
        datagrams = open;
      }
      return open;
    }
  }
}
