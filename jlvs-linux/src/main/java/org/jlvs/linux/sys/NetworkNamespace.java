package org.jlvs.linux.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jlvs.linux.internal.Libc;

/**
 * A network namespace. Sockets belong for ever to the namespace of the thread that opened them, so
 * {@link #run} opens them there.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final Path CURRENT = Path.of("/proc/thread-self/ns/net");
  private static final Path NAMED = Path.of("/run/netns");

  private final Fd fd;
  private final String name;

  private NetworkNamespace(Fd fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** The namespace at {@code path}, as {@code /run/netns/blue} or {@code /proc/123/ns/net}. */
  public static NetworkNamespace open(Path path) throws LinuxException {
    return new NetworkNamespace(
        Fd.ofResult(Libc.open(path.toString(), O_RDONLY_CLOEXEC), "open network namespace " + path),
        path.toString());
  }

  /** The namespace that {@code ip netns add} created under {@code name}. */
  public static NetworkNamespace named(String name) throws LinuxException {
    return open(NAMED.resolve(name));
  }

  /** The inode number that identifies the calling thread's namespace on this machine. */
  public static long currentInode() throws IOException {
    return (Long) Files.getAttribute(CURRENT, "unix:ino");
  }

  /**
   * Runs {@code action} on a new platform thread inside this namespace and waits for it.
   *
   * @throws LinuxException when the namespace can't be entered, naming a missing right
   * @throws Exception what {@code action} throws
   */
  public <T> T run(Callable<T> action) throws Exception {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              enter();
              return action.call();
            });
    Thread thread = Thread.ofPlatform().name("netns " + name).start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw new CompletionException(e);
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    }
  }

  /**
   * Moves the calling platform thread into this namespace for the rest of its life. Threads it
   * starts later are in it too.
   */
  public void enter() throws LinuxException {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("a virtual thread can't enter a namespace: it moves");
    }
    int entered = Libc.setns(fd.number(), CLONE_NEWNET);
    if (entered < 0) {
      throw Capability.explain(
          -entered, "enter network namespace " + name, Capability.CAP_SYS_ADMIN);
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
