package org.jlvs.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.NetworkNamespace;

/**
 * Two network namespaces of a test's own, joined by a veth pair: {@code left} (10.9.0.1/24,
 * fd09::1/64) and {@code right} (10.9.0.2/24, fd09::2/64), each end named after its side.
 */
public final class VethPair implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String leftName;
  private final String rightName;
  private final NetworkNamespace left;
  private final NetworkNamespace right;

  private VethPair(String leftName, String rightName) throws IOException {
    this.leftName = leftName;
    this.rightName = rightName;
    this.left = NetworkNamespace.named(leftName);
    this.right = NetworkNamespace.named(rightName);
  }

  /** Makes the pair, or skips the test and says why. */
  public static VethPair create() throws IOException {
    Set<Capability> missing =
        Capability.missing(Capability.CAP_SYS_ADMIN, Capability.CAP_NET_ADMIN);
    assumeTrue(missing.isEmpty(), "network namespaces need " + missing);
    String prefix = "linux-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    String leftName = prefix + "-left";
    String rightName = prefix + "-right";
    run("ip", "netns", "add", leftName);
    run("ip", "netns", "add", rightName);
    run(
        List.of("ip", "-n", leftName, "link", "add", "left", "type", "veth"),
        List.of("peer", "name", "right", "netns", rightName));
    VethPair pair = new VethPair(leftName, rightName);
    for (String side : List.of("left", "right")) {
      int host = side.equals("left") ? 1 : 2;
      pair.ip(side, "link", "set", "lo", "up");
      pair.ip(side, "addr", "add", "10.9.0." + host + "/24", "dev", side);
      pair.ip(side, "addr", "add", "fd09::" + host + "/64", "dev", side, "nodad");
      pair.ip(side, "link", "set", side, "up");
    }
    return pair;
  }

  public NetworkNamespace left() {
    return left;
  }

  public NetworkNamespace right() {
    return right;
  }

  /** Runs {@code ip} with {@code arguments} on one side. */
  public String ip(String side, String... arguments) throws IOException {
    return run(List.of("ip", "-n", name(side)), List.of(arguments));
  }

  /** Runs a command on one side and answers its output. */
  public String exec(String side, String... command) throws IOException {
    return run(List.of("ip", "netns", "exec", name(side)), List.of(command));
  }

  @Override
  public void close() throws IOException {
    left.close();
    right.close();
    run("ip", "netns", "del", leftName);
    run("ip", "netns", "del", rightName);
  }

  private String name(String side) {
    return side.equals("left") ? leftName : rightName;
  }

  private static String run(String... command) throws IOException {
    return run(List.of(command), List.of());
  }

  private static String run(List<String> command, List<String> more) throws IOException {
    List<String> all = new ArrayList<>(command);
    all.addAll(more);
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // It has closed its output, so it is about to end.
    int status =
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join().exitValue();
    if (status != 0) {
      throw new IOException(String.join(" ", all) + ": " + output);
    }
    return output;
  }
}
