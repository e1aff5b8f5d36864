package org.jlvs.testbed.namespaces;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One network namespace of a {@link Testbed}, with what a machine on a network has. */
public final class Host {
  private final Testbed testbed;
  private final String name;
  private final String namespace;
  private int processes;

  Host(Testbed testbed, String name, String namespace) {
    this.testbed = testbed;
    this.name = name;
    this.namespace = namespace;
  }

  /** The name it was created with, such as {@code client}. */
  public String name() {
    return name;
  }

  /** The namespace's name for {@code ip netns exec}. */
  public String namespace() {
    return namespace;
  }

  /** Runs a command here, for at most {@link Command#LIMIT}; its failure is in the result. */
  public Command.Result run(String... command) {
    return run(Command.LIMIT, command);
  }

  /** Runs a command here for at most this time. */
  public Command.Result run(Duration limit, String... command) {
    return Command.run(inside(List.of(command)), limit);
  }

  /** Runs a command here, for at most {@link Command#LIMIT}, with this on its standard input. */
  public Command.Result runWithInput(String input, String... command) {
    return Command.run(inside(List.of(command)), Command.LIMIT, input);
  }

  /**
   * Runs a command here that has to succeed, and returns its output.
   *
   * @throws IllegalStateException when it fails; the message has the command and its error output
   */
  public String require(String... command) {
    return Command.require(inside(List.of(command)).toArray(String[]::new));
  }

  /** Starts a program here. It ends at the latest when the testbed is closed. */
  public Background start(String... command) {
    Path log = testbed.directory().resolve(name + "-" + ++processes + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(inside(List.of(command)))
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    try {
      return new Background(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives an interface an address with a prefix length, such as {@code 10.0.0.1/24}. */
  public Host address(String networkInterface, String address) {
    require("ip", "address", "add", address, "dev", networkInterface);
    return this;
  }

  /** Sends what no other route covers to this gateway. */
  public Host defaultRoute(String gateway) {
    require("ip", "route", "replace", "default", "via", gateway);
    return this;
  }

  /** Sets a kernel parameter of this namespace, such as {@code net.ipv4.ip_forward}. */
  public Host sysctl(String parameter, String value) {
    require("sysctl", "-q", "-w", parameter + "=" + value);
    return this;
  }

  /**
   * Switches an interface's transmit offloads off, so that its packets leave with finished
   * checksums and no longer than the MTU, as on a wire.
   */
  public Host withoutOffloads(String networkInterface) {
    require("ethtool", "-K", networkInterface, "tx", "off", "tso", "off", "gso", "off");
    return this;
  }

  /** Where the director of this namespace listens for commands. */
  public Path controlSocket() throws IOException {
    Object inode = Files.getAttribute(Path.of("/run/netns", namespace), "unix:ino");
    String folder = System.getenv().getOrDefault("JLVS_RUN_DIR", "/run/jlvs");
    return Path.of(folder, "net-" + inode + ".sock");
  }

  private List<String> inside(List<String> command) {
    testbed.requireOpen();
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(command);
    return all;
  }
}
