package org.jlvs.linux.icmp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;
import org.jspecify.annotations.Nullable;

/**
 * Pings hosts, IPv4 and IPv6, in the network namespace of the thread that opened it. Safe for all
 * threads, virtual ones above all: callers wait for a reply without holding a carrier, and one
 * thread of its own reads the replies of all.
 */
public final class Pinger implements AutoCloseable {
  private static final int BUFFER_BYTES = 2048;
  private static final long FOR_EVER = -1;

  /** Bounds the packets read from one socket before the other is looked at. */
  private static final int BATCH = 256;

  private final List<EchoSocket> sockets;
  private final @Nullable EchoSocket ipv4;
  private final @Nullable EchoSocket ipv6;
  private final EventFd stop;
  private final Thread reader;
  private final int identifier;

  /** Those who wait, by the token that only their request carries; answered with a nanoTime. */
  private final ConcurrentHashMap<Long, CompletableFuture<Long>> waiting =
      new ConcurrentHashMap<>();

  private final AtomicLong nextToken;
  private volatile boolean closed;

  private Pinger(@Nullable EchoSocket ipv4, @Nullable EchoSocket ipv6, EventFd stop) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.sockets = new ArrayList<>();
    if (ipv4 != null) {
      sockets.add(ipv4);
    }
    if (ipv6 != null) {
      sockets.add(ipv6);
    }
    this.stop = stop;
    SecureRandom random = new SecureRandom();
    this.identifier = random.nextInt(1 << 16);
    this.nextToken = new AtomicLong(random.nextLong());
    this.reader = Thread.ofPlatform().daemon().name("ping replies").unstarted(this::readReplies);
  }

  /**
   * Opens sockets for both families, or for the one that the host has.
   *
   * @throws org.jlvs.linux.sys.UnsupportedFeatureException when this process may not ping
   */
  public static Pinger open() throws LinuxException {
    EchoSocket ipv4 = openOrNull(false);
    EchoSocket ipv6 = null;
    try {
      ipv6 = openOrNull(true);
      if (ipv4 == null && ipv6 == null) {
        throw new LinuxException(Errno.EAFNOSUPPORT, "ping: the host has neither IPv4 nor IPv6");
      }
      Pinger pinger = new Pinger(ipv4, ipv6, EventFd.open());
      pinger.reader.start();
      return pinger;
    } catch (LinuxException e) {
      closeIfOpen(ipv4);
      closeIfOpen(ipv6);
      throw e;
    }
  }

  /**
   * Sends one echo request and waits for its reply.
   *
   * @return the time it took; empty when no reply came within {@code timeout}
   * @throws IOException when it can't be sent, as for want of a route, or this is closed
   */
  public Optional<Duration> ping(InetAddress host, Duration timeout)
      throws IOException, InterruptedException {
    EchoSocket socket = host instanceof Inet6Address ? ipv6 : ipv4;
    if (socket == null) {
      throw new LinuxException(Errno.EAFNOSUPPORT, "ping " + host.getHostAddress());
    }
    long token = nextToken.getAndIncrement();
    CompletableFuture<Long> answered = new CompletableFuture<>();
    waiting.put(token, answered);
    try {
      if (closed) {
        throw new IOException("ping " + host.getHostAddress() + ": the pinger is closed");
      }
      long sent = System.nanoTime();
      socket.send(host, identifier, (int) token & 0xffff, token);
      long at = answered.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return Optional.of(Duration.ofNanos(at - sent));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IOException("ping " + host.getHostAddress() + ": " + e.getCause(), e);
    } finally {
      waiting.remove(token);
    }
  }

  /** Stops; those who still wait get an IOException. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    stop.signal();
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    sockets.forEach(EchoSocket::close);
    stop.close();
    fail(new IOException("the pinger is closed"));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void readReplies() {
    try (PollSet poll = new PollSet();
        Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
      for (EchoSocket socket : sockets) {
        poll.add(socket.fd(), PollSet.READABLE);
      }
      poll.add(stop.fd(), PollSet.READABLE);
      while (!closed) {
        poll.await(FOR_EVER);
        for (int i = 0; i < sockets.size(); i++) {
          if (poll.ready(i) != 0) {
            readFrom(sockets.get(i), buffer);
          }
        }
      }
    } catch (LinuxException e) {
      closed = true;
      fail(e);
    }
  }

  /** An ICMP error is reported by a failing read; its request ends by its timeout. */
  private void readFrom(EchoSocket socket, MemorySegment buffer) {
    for (int i = 0; i < BATCH; i++) {
      long length = socket.read(buffer);
      if (length < 0) {
        return;
      }
      EchoSocket.Reply reply = socket.parse(buffer, length);
      CompletableFuture<Long> waiter = reply == null ? null : waiting.get(reply.token());
      if (waiter != null) {
        waiter.complete(System.nanoTime());
      }
    }
  }

  private void fail(IOException reason) {
    waiting.values().forEach(waiter -> waiter.completeExceptionally(reason));
  }

  private static @Nullable EchoSocket openOrNull(boolean ipv6) throws LinuxException {
    try {
      return EchoSocket.open(ipv6);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EAFNOSUPPORT) {
        return null;
      }
      throw e;
    }
  }

  private static void closeIfOpen(@Nullable EchoSocket socket) {
    if (socket != null) {
      socket.close();
    }
  }
}
