package org.jlvs.testbed.namespaces;

import static org.jlvs.linux.sys.Capability.CAP_NET_ADMIN;
import static org.jlvs.linux.sys.Capability.CAP_NET_RAW;
import static org.jlvs.linux.sys.Capability.CAP_SYS_ADMIN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jlvs.linux.sys.Capability;

/**
 * A set of network namespaces wired by veth pairs and bridges, with a folder for files. Closing it,
 * or the end of the JVM by anything but SIGKILL, ends every process in the namespaces and removes
 * namespaces and folder; what a killed run left is removed by {@link #removeLeftovers}.
 *
 * <p>All names begin with the purpose and the process id ({@code jlvs-demo-1234-client}), so that
 * runs can go on side by side. Not for use by several threads at once, except {@link #close}.
 */
public final class Testbed implements AutoCloseable {
  private static final Path NAMESPACES = Path.of("/run/netns");
  private static final Path FOLDERS = Path.of(System.getProperty("java.io.tmpdir"));
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String prefix;
  private final Path directory;
  private final List<Host> hosts = new ArrayList<>();
  private final Thread atExit = new Thread(this::remove, "testbed-removal");
  private volatile boolean closed;

  private Testbed(String prefix) {
    this.prefix = prefix;
    this.directory = FOLDERS.resolve(prefix);
  }

  /**
   * Begins a testbed.
   *
   * @param purpose first part of all names: lower-case letters and hyphens
   */
  public static Testbed create(String purpose) {
    int count = COUNT.getAndIncrement();
    long pid = ProcessHandle.current().pid();
    Testbed testbed = new Testbed(purpose + "-" + pid + (count == 0 ? "" : "." + count));
    try {
      Files.createDirectory(testbed.directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(testbed.atExit);
    return testbed;
  }

  /**
   * What this process lacks for network namespaces, as one line for an operator or for a skipped
   * test; empty when nothing is missing.
   */
  public static Optional<String> missing() {
    Set<Capability> rights = Capability.missing(CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN);
    if (!rights.isEmpty()) {
      String names = rights.stream().map(Capability::name).collect(Collectors.joining(", "));
      return Optional.of("needs root: this process lacks " + names + " (try sudo)");
    }
    List<String> programs =
        Stream.of("ip", "sysctl", "ethtool").filter(p -> !isInstalled(p)).toList();
    if (!programs.isEmpty()) {
      return Optional.of(
          "needs the programs "
              + String.join(", ", programs)
              + " (Debian: apt-get install iproute2 procps ethtool)");
    }
    String probe = "jlvs-probe-" + ProcessHandle.current().pid();
    try {
      Command.require("ip", "netns", "add", probe);
      Command.require("ip", "netns", "delete", probe);
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of("needs network namespaces, and this system refuses: " + e.getMessage());
    }
  }

  /** True when a program of this name is in a folder of PATH. */
  public static boolean isInstalled(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** Where the testbed's own files are; removed with it. */
  public Path directory() {
    return directory;
  }

  /** The common beginning of the names of its namespaces, without the last hyphen. */
  public String prefix() {
    return prefix;
  }

  /** Adds a host: a namespace with its loopback up and without IPv6's chatter. */
  public Host host(String name) {
    requireOpen();
    String namespace = prefix + "-" + name;
    Command.require("ip", "netns", "add", namespace);
    Host host = new Host(this, name, namespace);
    hosts.add(host);
    host.sysctl("net.ipv6.conf.all.disable_ipv6", "1");
    host.sysctl("net.ipv6.conf.default.disable_ipv6", "1");
    host.require("ip", "link", "set", "lo", "up");
    return host;
  }

  /** Adds a bridge in a host that serves as the switch. */
  public void bridge(Host switchHost, String bridge) {
    switchHost.require("ip", "link", "add", bridge, "type", "bridge");
    switchHost.require("ip", "link", "set", bridge, "up");
  }

  /** Joins two hosts by a veth pair, both ends up. */
  public void connect(Host first, String firstInterface, Host second, String secondInterface) {
    Command.require(
        "ip",
        "link",
        "add",
        firstInterface,
        "netns",
        first.namespace(),
        "type",
        "veth",
        "peer",
        "name",
        secondInterface,
        "netns",
        second.namespace());
    first.require("ip", "link", "set", firstInterface, "up");
    second.require("ip", "link", "set", secondInterface, "up");
  }

  /**
   * Plugs a host's new interface into a bridge. The bridge's end has GRO on: that starts NAPI
   * there, without which veth drops what a native XDP program sends to it.
   */
  public void plug(Host host, String networkInterface, Host switchHost, String bridge) {
    String port = host.name() + "-" + networkInterface;
    connect(host, networkInterface, switchHost, port);
    switchHost.require("ethtool", "-K", port, "gro", "on");
    switchHost.require("ip", "link", "set", port, "master", bridge);
  }

  /**
   * Leaves namespaces, processes and files as they are when the JVM ends. {@link #removeLeftovers}
   * takes them away when told to.
   */
  public synchronized void keep() {
    try {
      Files.createFile(directory.resolve("kept"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    closed = true;
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  /** Ends all processes of the namespaces and removes namespaces and files. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook does it, or has done it.
      return;
    }
    remove();
  }

  private synchronized void remove() {
    if (!closed) {
      closed = true;
      removeAll(prefix);
    }
  }

  /** Nothing may start in a testbed that is being removed. */
  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the testbed " + prefix + " is closed");
    }
  }

  /**
   * Removes what runs of this purpose left whose process is gone.
   *
   * @param kept also what was left on purpose, by {@link #keep}
   * @return the prefixes of the testbeds removed
   */
  public static List<String> removeLeftovers(String purpose, boolean kept) {
    List<String> removed = new ArrayList<>();
    for (String prefix : prefixes(purpose)) {
      Matcher pid = Pattern.compile("\\d+").matcher(prefix.substring(purpose.length()));
      boolean running = pid.find() && runsJava(Long.parseLong(pid.group()));
      if (!running && (kept || !Files.exists(FOLDERS.resolve(prefix).resolve("kept")))) {
        removeAll(prefix);
        removed.add(prefix);
      }
    }
    return removed;
  }

  /** Prefixes of this purpose that have a namespace or a folder. */
  private static List<String> prefixes(String purpose) {
    Pattern name = Pattern.compile("(" + Pattern.quote(purpose) + "-\\d+(\\.\\d+)?)(-.*)?");
    return Stream.concat(names(NAMESPACES).stream(), names(FOLDERS).stream())
        .map(name::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .distinct()
        .toList();
  }

  private static boolean runsJava(long pid) {
    // A pid may have been given to another program since.
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().command())
        .filter(command -> command.endsWith("/java"))
        .isPresent();
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void removeAll(String prefix) {
    List<String> namespaces =
        names(NAMESPACES).stream().filter(name -> name.startsWith(prefix + "-")).toList();
    endProcesses(namespaces);
    for (String namespace : namespaces) {
      removeDirectorFiles(namespace);
      Command.run(List.of("ip", "netns", "delete", namespace), Command.LIMIT);
    }
    deleteTree(FOLDERS.resolve(prefix));
  }

  private static void endProcesses(List<String> namespaces) {
    List<ProcessHandle> processes =
        namespaces.stream()
            .flatMap(
                namespace ->
                    Command.run(List.of("ip", "netns", "pids", namespace), Command.LIMIT)
                        .out()
                        .lines())
            .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid.strip())).stream())
            .filter(process -> process.pid() != ProcessHandle.current().pid())
            .toList();
    processes.forEach(ProcessHandle::destroy);
    Waiting.until(GRACE, () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    processes.forEach(ProcessHandle::destroyForcibly);
    Waiting.until(GRACE, () -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  /** A director that was killed leaves its files, which carry the namespace's inode. */
  private static void removeDirectorFiles(String namespace) {
    try {
      Object inode = Files.getAttribute(NAMESPACES.resolve(namespace), "unix:ino");
      Path folder = Path.of(System.getenv().getOrDefault("JLVS_RUN_DIR", "/run/jlvs"));
      for (String name : names(folder)) {
        if (name.startsWith("net-" + inode + ".")) {
          Files.deleteIfExists(folder.resolve(name));
        }
      }
    } catch (IOException e) {
      // Only a stale file more: the next director of a namespace with this inode replaces it.
    }
  }

  private static void deleteTree(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      // Nothing was left.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
