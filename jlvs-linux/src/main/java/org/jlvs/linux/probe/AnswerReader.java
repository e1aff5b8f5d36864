package org.jlvs.linux.probe;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.EventFd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.PollSet;

/**
 * The sockets of both address families, and a thread that gives each answer to the caller who waits
 * for its token. Safe for all threads, virtual ones above all: they wait without a carrier.
 *
 * @param <A> what an answer says
 */
final class AnswerReader<A> implements AutoCloseable {
  private static final int BUFFER_BYTES = 2048;
  private static final long FOR_EVER = -1;

  private final List<ProbeSocket<A>> sockets;
  private final EventFd stop;
  private final Thread thread;
  private final ConcurrentHashMap<Long, CompletableFuture<A>> waiting = new ConcurrentHashMap<>();
  private volatile boolean closed;

  private AnswerReader(List<ProbeSocket<A>> sockets, EventFd stop, String name) {
    this.sockets = sockets;
    this.stop = stop;
    thread = Thread.ofPlatform().daemon().name(name).unstarted(this::readAnswers);
  }

  /** Opens a socket of one address family. */
  @FunctionalInterface
  interface Opener<A> {
    ProbeSocket<A> open(boolean ipv6) throws LinuxException;
  }

  /** Sends a question. */
  @FunctionalInterface
  interface Question<A> {
    void send(ProbeSocket<A> socket) throws LinuxException;
  }

  /**
   * Opens sockets for both families, or for the one that the host has.
   *
   * @param name of the thread
   */
  static <A> AnswerReader<A> open(String name, Opener<A> opener) throws LinuxException {
    List<ProbeSocket<A>> sockets = new ArrayList<>();
    try {
      for (boolean ipv6 : new boolean[] {false, true}) {
        try {
          sockets.add(opener.open(ipv6));
        } catch (LinuxException e) {
          if (e.errno() != Errno.EAFNOSUPPORT) {
            throw e;
          }
        }
      }
      if (sockets.isEmpty()) {
        throw new LinuxException(Errno.EAFNOSUPPORT, name + ": the host has neither IPv4 nor IPv6");
      }
      AnswerReader<A> reader = new AnswerReader<>(sockets, EventFd.open(), name);
      reader.thread.start();
      return reader;
    } catch (LinuxException e) {
      sockets.forEach(ProbeSocket::close);
      throw e;
    }
  }

  /**
   * Asks {@code host} and waits for its answer.
   *
   * @param what is done, for the message of an error
   * @param token that the answer will bear; nobody else waits for it
   * @param pause after which the question is sent again, and then after twice as long
   * @return empty when no answer came within {@code timeout}
   * @throws IOException when it can't be sent, as for want of a route, or this is closed
   */
  Optional<A> ask(
      String what,
      InetAddress host,
      long token,
      Question<A> question,
      Duration pause,
      Duration timeout)
      throws IOException, InterruptedException {
    ProbeSocket<A> socket = socket(host, what);
    CompletableFuture<A> answer = new CompletableFuture<>();
    waiting.put(token, answer);
    try {
      if (closed) {
        throw new IOException(what + ": the sockets are closed");
      }
      long deadline = System.nanoTime() + timeout.toNanos();
      for (long wait = pause.toNanos(); ; wait *= 2) {
        question.send(socket);
        long left = deadline - System.nanoTime();
        try {
          return Optional.of(answer.get(Math.min(wait, left), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
          if (wait >= left) {
            return Optional.empty();
          }
        }
      }
    } catch (ExecutionException e) {
      throw new IOException(what + ": " + e.getCause(), e);
    } finally {
      waiting.remove(token);
    }
  }

  private ProbeSocket<A> socket(InetAddress host, String what) throws LinuxException {
    boolean ipv6 = host instanceof Inet6Address;
    return sockets.stream()
        .filter(socket -> socket.ipv6() == ipv6)
        .findFirst()
        .orElseThrow(() -> new LinuxException(Errno.EAFNOSUPPORT, what));
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
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    sockets.forEach(ProbeSocket::close);
    stop.close();
    fail(new IOException("the sockets are closed"));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAnswers() {
    try (PollSet poll = new PollSet();
        Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
      for (ProbeSocket<A> socket : sockets) {
        poll.add(socket.fd(), PollSet.READABLE);
      }
      poll.add(stop.fd(), PollSet.READABLE);
      while (!closed) {
        poll.await(FOR_EVER);
        for (int i = 0; i < sockets.size(); i++) {
          if (poll.ready(i) != 0) {
            sockets.get(i).read(buffer, this::answered);
          }
        }
      }
    } catch (LinuxException e) {
      closed = true;
      fail(e);
    }
  }

  private void answered(long token, A answer) {
    CompletableFuture<A> waiter = waiting.get(token);
    if (waiter != null) {
      waiter.complete(answer);
    }
  }

  private void fail(IOException reason) {
    waiting.values().forEach(waiter -> waiter.completeExceptionally(reason));
  }
}
