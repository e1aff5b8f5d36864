package org.jlvs.ipvsadm;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Names from the host: its hosts and services files, then its resolver. One instance serves one
 * command: files are read when a name is first asked for, and the resolver gets so much time for
 * all questions together, after which unknown names stay unknown. For one thread.
 */
public final class SystemNames implements Names {
  private static final Duration RESOLVER_TIME = Duration.ofSeconds(5);

  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Address LOOPBACK_6 = Address.of("::1");

  private final Path hostsFile;
  private final Path servicesFile;
  private long resolverNanos;

  private @Nullable List<HostLine> hosts;
  private @Nullable List<ServiceLine> services;
  private final Map<String, Optional<Address>> resolvedHosts = new HashMap<>();
  private final Map<Address, Optional<String>> resolvedAddresses = new HashMap<>();

  private record HostLine(Address address, List<String> names) {}

  private record ServiceLine(int port, String protocol, List<String> names) {}

  /**
   * @param resolverTime what the resolver may take for all questions; zero never asks it
   */
  public SystemNames(Path hostsFile, Path servicesFile, Duration resolverTime) {
    this.hostsFile = hostsFile;
    this.servicesFile = servicesFile;
    this.resolverNanos = resolverTime.toNanos();
  }

  /** The names of this host. */
  public static SystemNames ofHost() {
    return new SystemNames(Path.of("/etc/hosts"), Path.of("/etc/services"), RESOLVER_TIME);
  }

  @Override
  public Optional<Address> ipv4Of(String host) {
    for (HostLine line : hosts()) {
      if (line.names().stream().anyMatch(host::equalsIgnoreCase)) {
        // The C library finds the IPv4 loopback by the names of the IPv6 one, too.
        Address address = line.address().equals(LOOPBACK_6) ? LOOPBACK : line.address();
        if (address.isIpv4()) {
          return Optional.of(address);
        }
      }
    }
    return resolvedHosts.computeIfAbsent(
        host,
        name ->
            resolve(
                () -> {
                  for (InetAddress address : InetAddress.getAllByName(name)) {
                    if (address instanceof Inet4Address) {
                      return Address.of(address.getAddress());
                    }
                  }
                  return null;
                }));
  }

  @Override
  public Optional<String> hostOf(Address address) {
    for (HostLine line : hosts()) {
      if (line.address().equals(address)) {
        return Optional.of(line.names().getFirst());
      }
    }
    return resolvedAddresses.computeIfAbsent(
        address,
        asked ->
            resolve(
                () -> {
                  InetAddress inet = InetAddress.getByAddress(asked.bytes());
                  String name = inet.getHostName();
                  return name.equals(inet.getHostAddress()) ? null : name;
                }));
  }

  @Override
  public OptionalInt portOf(String service, Protocol protocol) {
    String protocolName = nameOf(protocol);
    for (ServiceLine line : services()) {
      if (line.protocol().equals(protocolName) && line.names().contains(service)) {
        return OptionalInt.of(line.port());
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public Optional<String> serviceOf(int port, Protocol protocol) {
    String protocolName = nameOf(protocol);
    for (ServiceLine line : services()) {
      if (line.port() == port && line.protocol().equals(protocolName)) {
        return Optional.of(line.names().getFirst());
      }
    }
    return Optional.empty();
  }

  private static String nameOf(Protocol protocol) {
    return switch (protocol) {
      case TCP -> "tcp";
      case UDP -> "udp";
      case SCTP -> "sctp";
    };
  }

  /** Asks the resolver within what is left of its time; no answer is no name. */
  private <T> Optional<T> resolve(Callable<@Nullable T> question) {
    if (resolverNanos <= 0) {
      return Optional.empty();
    }
    FutureTask<@Nullable T> task = new FutureTask<>(question);
    Thread.ofVirtual().start(task);
    long start = System.nanoTime();
    try {
      return Optional.ofNullable(task.get(resolverNanos, TimeUnit.NANOSECONDS));
    } catch (ExecutionException _) {
      return Optional.empty();
    } catch (TimeoutException _) {
      return Optional.empty();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      resolverNanos -= System.nanoTime() - start;
    }
  }

  private List<HostLine> hosts() {
    List<HostLine> lines = hosts;
    if (lines == null) {
      lines = new ArrayList<>();
      for (List<String> words : wordsOf(hostsFile)) {
        Optional<Address> address = Address.parse(words.getFirst());
        if (address.isPresent() && words.size() > 1) {
          lines.add(new HostLine(address.get(), words.subList(1, words.size())));
        }
      }
      hosts = lines;
    }
    return lines;
  }

  private List<ServiceLine> services() {
    List<ServiceLine> lines = services;
    if (lines == null) {
      lines = new ArrayList<>();
      for (List<String> words : wordsOf(servicesFile)) {
        String where = words.size() > 1 ? words.get(1) : "";
        int slash = where.indexOf('/');
        long port = slash < 0 ? -1 : Numbers.decimal(where.substring(0, slash), 0, 65535);
        if (port >= 0) {
          List<String> names = new ArrayList<>(words);
          names.remove(1);
          lines.add(new ServiceLine((int) port, where.substring(slash + 1), names));
        }
      }
      services = lines;
    }
    return lines;
  }

  /** The words of a file's lines, without comments; nothing when it cannot be read. */
  private static List<List<String>> wordsOf(Path file) {
    List<List<String>> lines = new ArrayList<>();
    try {
      for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n")) {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (!text.isEmpty()) {
          lines.add(List.of(text.split("[ \t\r]+")));
        }
      }
    } catch (IOException _) {
      lines.clear();
    }
    return lines;
  }
}
