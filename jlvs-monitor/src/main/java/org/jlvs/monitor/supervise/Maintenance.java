package org.jlvs.monitor.supervise;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.RealServer;

/**
 * The maintenance directory: a file in it that is named for a server takes that server out. Names
 * are a server's address and what it resolves to, in full and without its domain, each with or
 * without {@code :PORT}. Any thread may ask.
 */
public final class Maintenance {
  private static final Duration NAME_HOLDS = Duration.ofMinutes(1);
  private static final Duration NO_NAME_HOLDS = Duration.ofSeconds(10);

  private final Path directory;
  private final Function<Address, Optional<String>> resolver;
  private final Map<Address, Names> names = new ConcurrentHashMap<>();

  /**
   * What an address was found to be called.
   *
   * @param lookup that goes on, or has ended
   * @param before what the one before it found; empty when it is the first
   * @param begunNanos when it began, by {@link System#nanoTime}
   */
  private record Names(
      FutureTask<List<String>> lookup, Optional<List<String>> before, long begunNanos) {
    List<String> known() {
      return lookup.state() == FutureTask.State.SUCCESS
          ? lookup.resultNow()
          : before.orElse(List.of());
    }

    /** Waits for the first look-up, until so long after it began. */
    void await(Duration limit) throws InterruptedException {
      long left = begunNanos + limit.toNanos() - System.nanoTime();
      if (before.isPresent() || left <= 0) {
        return;
      }
      try {
        lookup.get(left, TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException none) {
        // What is known then is all there is.
      }
    }

    boolean isOld() {
      Duration holds = known().isEmpty() ? NO_NAME_HOLDS : NAME_HOLDS;
      return lookup.isDone() && System.nanoTime() - begunNanos > holds.toNanos();
    }
  }

  public Maintenance(Path directory) {
    this(directory, Maintenance::nameOf);
  }

  /**
   * @param resolver tells the name of an address; it may take its time
   */
  Maintenance(Path directory, Function<Address, Optional<String>> resolver) {
    this.directory = directory;
    this.resolver = resolver;
  }

  Path directory() {
    return directory;
  }

  /**
   * Why a server is out, if it is.
   *
   * @param limit how long to wait for its name, counted from when it was first asked for; later the
   *     last one counts until there is another
   */
  public Optional<String> takes(RealServer real, Duration limit) {
    return covers(real.address(), real.port(), limit)
        ? Optional.of("under maintenance by a file in " + directory)
        : Optional.empty();
  }

  private boolean covers(Address address, int port, Duration limit) {
    return present(address.isIpv4() ? address.toString() : "[" + address + "]", port)
        || hasFiles() && names(address, limit).stream().anyMatch(name -> present(name, port));
  }

  private boolean present(String name, int port) {
    return Files.exists(directory.resolve(name))
        || Files.exists(directory.resolve(name + ":" + port));
  }

  /** Whether a name could matter at all. */
  private boolean hasFiles() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      return files.iterator().hasNext();
    } catch (IOException unreadable) {
      return false;
    }
  }

  private List<String> names(Address address, Duration limit) {
    Names asked =
        names.compute(
            address,
            (_, known) ->
                known == null
                    ? lookUp(address, Optional.empty())
                    : known.isOld() ? lookUp(address, Optional.of(known.known())) : known);
    try {
      asked.await(limit);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
    return asked.known();
  }

  private Names lookUp(Address address, Optional<List<String>> before) {
    FutureTask<List<String>> lookup =
        new FutureTask<>(() -> resolver.apply(address).map(Maintenance::forms).orElse(List.of()));
    Thread.startVirtualThread(lookup);
    return new Names(lookup, before, System.nanoTime());
  }

  private static List<String> forms(String name) {
    if (name.indexOf('/') >= 0) {
      return List.of();
    }
    int dot = name.indexOf('.');
    return dot > 0 ? List.of(name, name.substring(0, dot)) : List.of(name);
  }

  /** As the host's resolver has it, if that name leads back to the address. */
  private static Optional<String> nameOf(Address address) {
    try {
      InetAddress inet = InetAddress.getByAddress(address.bytes());
      return Optional.of(inet.getCanonicalHostName())
          .filter(name -> !name.equals(inet.getHostAddress()));
    } catch (UnknownHostException impossible) {
      return Optional.empty();
    }
  }
}
