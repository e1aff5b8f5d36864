package org.jlvs.server.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Listens on the control socket and gives every client a virtual thread. Only root and the
 * director's own user are obeyed. A client that stalls, floods or talks nonsense loses its
 * connection and nobody else notices.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ControlServer.class.getName());

  /** More clients at a time than this are sent away. */
  private static final int MAX_CLIENTS = 256;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path socket;
  private final NamespaceLock lock;
  private final ServerSocketChannel listener;
  private final Map<String, CommandHandler> commands;
  private final Limits limits;
  private final UserPrincipal owner;
  private final Set<ClientSession> sessions = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;
  private final Thread sweeper;

  /**
   * What a client may use.
   *
   * @param inputBytes standard input of one command
   * @param greeting until a new client has said who it is
   * @param idle without a byte in either direction
   */
  record Limits(long inputBytes, Duration greeting, Duration idle) {
    static final Limits USUAL =
        new Limits(64L << 20, Duration.ofSeconds(10), Duration.ofMinutes(10));
  }

  private ControlServer(
      Path socket,
      NamespaceLock lock,
      ServerSocketChannel listener,
      Map<String, CommandHandler> commands,
      Limits limits,
      UserPrincipal owner) {
    this.socket = socket;
    this.lock = lock;
    this.listener = listener;
    this.commands = Map.copyOf(commands);
    this.limits = limits;
    this.owner = owner;
    this.acceptor = Thread.ofPlatform().daemon().name("control").unstarted(this::accept);
    this.sweeper = Thread.ofVirtual().name("control sweeper").unstarted(this::sweep);
  }

  /**
   * Begins to listen. A socket that a dead director left is replaced.
   *
   * @param socket usually that of this network namespace; its folder is made when it is not there
   * @param commands what to execute, by program name
   * @throws IOException when a director listens there already, or the socket cannot be made
   */
  public static ControlServer start(Path socket, Map<String, CommandHandler> commands)
      throws IOException {
    return start(socket, commands, Limits.USUAL);
  }

  static ControlServer start(Path socket, Map<String, CommandHandler> commands, Limits limits)
      throws IOException {
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("the control socket " + socket + " has no folder");
    }
    try {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (IOException e) {
      throw new IOException(
          "the control socket's folder "
              + folder
              + " can't be made ("
              + e
              + "): make it, or choose another by JLVS_RUN_DIR",
          e);
    }
    if (Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException(
          "everybody may write to "
              + folder
              + ", so the control socket is not safe there: chmod 0700 it, or choose another"
              + " folder by JLVS_RUN_DIR");
    }
    String name = socket.getFileName().toString();
    NamespaceLock lock =
        NamespaceLock.acquire(folder.resolve(name.replaceFirst("\\.sock$", "") + ".lock"));
    try {
      Files.deleteIfExists(socket);
      ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listener.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      UserPrincipal owner = Files.getOwner(socket, LinkOption.NOFOLLOW_LINKS);
      ControlServer server = new ControlServer(socket, lock, listener, commands, limits, owner);
      server.acceptor.start();
      server.sweeper.start();
      return server;
    } catch (IOException e) {
      lock.close();
      throw new IOException("cannot listen on " + socket + ": " + e.getMessage(), e);
    }
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        serve(listener.accept());
      } catch (ClosedChannelException _) {
        return;
      } catch (IOException e) {
        LOG.log(Level.WARNING, "control socket " + socket + ": " + e.getMessage());
        pause(Duration.ofMillis(100));
      }
    }
  }

  private void serve(SocketChannel channel) throws IOException {
    ClientSession session = new ClientSession(channel, commands, limits);
    UnixDomainPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
    if (!obeys(peer.user())) {
      session.refuse(
          "only root and the director's own user may command it, not " + peer.user().getName());
    } else if (sessions.size() >= MAX_CLIENTS) {
      session.refuse(MAX_CLIENTS + " commands are running already; try again later");
    } else {
      sessions.add(session);
      Thread.ofVirtual()
          .name("control client")
          .start(
              () -> {
                try {
                  session.run();
                } finally {
                  sessions.remove(session);
                }
              });
    }
  }

  private boolean obeys(UserPrincipal user) {
    return user.equals(owner) || user.getName().equals("root") || user.getName().equals("0");
  }

  /** Cuts off clients that have been silent for too long. */
  private void sweep() {
    Duration pause =
        Duration.ofMillis(
            Math.clamp(
                Math.min(limits.greeting().toMillis(), limits.idle().toMillis()) / 4, 10, 5000));
    while (listener.isOpen()) {
      long now = System.nanoTime();
      sessions.forEach(session -> session.closeIfSilent(now));
      pause(pause);
    }
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops listening and cuts off all clients. */
  @Override
  public void close() throws IOException {
    listener.close();
    sweeper.interrupt();
    sessions.forEach(ClientSession::close);
    Files.deleteIfExists(socket);
    lock.close();
  }
}
