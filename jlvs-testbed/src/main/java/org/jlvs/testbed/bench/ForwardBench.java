package org.jlvs.testbed.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.bench.Traffic.Endpoint;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * What forwarding a packet of an established TCP flow costs: by the kernel's plain forwarding, by
 * its DNAT with nftables, and by jlvs. All contenders stand ready side by side and take turns, a
 * second each, so that a change of the machine's mood meets them all.
 *
 * <p>Sender, director and receiver share one processor: each batch of packets is sent, forwarded
 * and received before the next, so none is lost, no processor waits for another's memory, and what
 * the director costs is the difference to a wire without one.
 */
final class ForwardBench {
  /** What was measured of one contender. */
  record Outcome(String name, Samples packetsASecond) {}

  /**
   * One way to forward.
   *
   * @param opening TCP flags of the packets that open a flow, one after the other
   */
  private record Contender(String name, Traffic.Stream stream, List<Integer> opening) {}

  /** With no answers to see, conntrack believes a flow that it meets in its middle. */
  private static final List<Integer> JOINED_LATE = List.of(PacketBuilder.ACK);

  private static final List<Integer> FROM_ITS_BEGINNING =
      List.of(PacketBuilder.SYN, PacketBuilder.ACK);

  /** The contender that has only the sender and the receiver, which the others have, too. */
  static final String BASELINE = "no director";

  /** The contender that the others are compared with. */
  static final String REFERENCE = "kernel forwarding";

  private static final int JLVS_SERVICES = 2;
  private static final int ROUNDS = 7;
  private static final Duration WARM_UP = Duration.ofMillis(200);
  private static final Duration MEASURED = Duration.ofSeconds(1);
  private static final Duration READY = Duration.ofSeconds(30);

  /** Packets a call into the kernel: some tenths of a second, the time it takes to stop. */
  private static final int BATCH = 1 << 19;

  /**
   * Threads that send, all on the one processor. Each call begins with some 20 ms in which the
   * kernel makes the program ready; the other thread fills them.
   */
  private static final int SENDING_THREADS = 2;

  /** Connections are opened this many at a time, which any contender keeps up with. */
  private static final int OPENED_AT_ONCE = 32;

  private static final Duration BETWEEN_OPENINGS = Duration.ofMillis(2);

  private final Testbed testbed;
  private final Path home;
  private final PrintStream progress;
  private final int flows;
  private final Host sender;
  private final Host receiver;

  /**
   * @param home the folder of the {@code jlvs} launcher
   * @param flows connections of each contender
   */
  ForwardBench(Testbed testbed, Path home, int flows, PrintStream progress) {
    this.testbed = testbed;
    this.home = home;
    this.flows = flows;
    this.progress = progress;
    this.sender = testbed.host("sender");
    this.receiver = testbed.host("receiver");
  }

  /** Builds everything, measures all rounds. */
  List<Outcome> run() throws Exception {
    try (Traffic traffic = Traffic.load()) {
      progress.println("building three directors between a sender and a receiver");
      Lane forwarding = Lane.build(testbed, 0, sender, receiver, traffic.receiver());
      Lane dnat = Lane.build(testbed, 1, sender, receiver, traffic.receiver());
      Lane jlvs = Lane.build(testbed, 2, sender, receiver, traffic.receiver());
      List<Contender> contenders = new ArrayList<>();
      contenders.add(nothing(traffic));
      contenders.add(forwarding(forwarding));
      contenders.add(dnat(dnat));
      contenders.addAll(jlvs(jlvs));
      for (Contender contender : contenders) {
        open(traffic, contender);
      }
      requireEstablished(jlvs, JLVS_SERVICES);
      return measure(traffic, contenders);
    }
  }

  /** The receiver at the sender's own wire: what the measurement itself allows. */
  private Contender nothing(Traffic traffic) throws Exception {
    Wire wire = Wire.lay(testbed, sender, "jbg3", receiver, "jbs3");
    wire.attach(traffic.receiver());
    Endpoint server = new Endpoint("10.2.3.1", 80);
    return new Contender(BASELINE, wire.stream(server, server, 0), JOINED_LATE);
  }

  private Contender forwarding(Lane lane) throws Exception {
    Endpoint server = new Endpoint(lane.server(), 80);
    return new Contender(REFERENCE, lane.stream(server, server), JOINED_LATE);
  }

  private Contender dnat(Lane lane) throws Exception {
    Endpoint virtual = new Endpoint(lane.virtualAddress(100), 80);
    Endpoint server = new Endpoint(lane.server(), 8080);
    Host director = lane.director();
    director.address(lane.entering(), virtual.address() + "/32");
    director.require("nft", "add", "table", "ip", "nat");
    director.require(
        "nft", "add chain ip nat prerouting { type nat hook prerouting priority dstnat; }");
    director.require(
        "nft",
        "add rule ip nat prerouting ip daddr %s tcp dport %d dnat to %s"
            .formatted(virtual.address(), virtual.port(), server));
    return new Contender("nft DNAT", lane.stream(virtual, server), JOINED_LATE);
  }

  private List<Contender> jlvs(Lane lane) throws Exception {
    Endpoint direct = new Endpoint(lane.virtualAddress(100), 80);
    Endpoint masqueraded = new Endpoint(lane.virtualAddress(101), 80);
    Endpoint server = new Endpoint(lane.server(), 8080);
    Host director = lane.director();
    director.address(lane.entering(), direct.address() + "/32");
    director.address(lane.entering(), masqueraded.address() + "/32");
    Background process =
        director.start(
            launcher(), "director", "--interface", lane.entering() + "," + lane.leaving());
    if (!process.awaitLine("ready", READY)) {
      throw new IllegalStateException(
          "the director was not ready; it printed: " + process.output());
    }
    process.output().lines().forEach(line -> progress.println("  director: " + line));
    ipvsadm(director, "-A", "-t", direct.toString(), "-s", "rr");
    ipvsadm(director, "-a", "-t", direct.toString(), "-r", lane.server(), "-g");
    ipvsadm(director, "-A", "-t", masqueraded.toString(), "-s", "rr");
    ipvsadm(director, "-a", "-t", masqueraded.toString(), "-r", server.toString(), "-m");
    return List.of(
        new Contender("jlvs direct routing", lane.stream(direct, direct), FROM_ITS_BEGINNING),
        new Contender("jlvs NAT", lane.stream(masqueraded, server), FROM_ITS_BEGINNING));
  }

  private String launcher() {
    return home.resolve("jlvs").toString();
  }

  private void ipvsadm(Host director, String... arguments) {
    List<String> command = new ArrayList<>(List.of(launcher(), "ipvsadm"));
    command.addAll(List.of(arguments));
    director.require(command.toArray(String[]::new));
  }

  /** Opens the flows, slowly enough that none is lost. */
  private void open(Traffic traffic, Contender contender) throws Exception {
    progress.println("opening " + flows + " connections: " + contender.name());
    try (Traffic.Sender source = traffic.sender()) {
      for (int flags : contender.opening()) {
        traffic.set(contender.stream(), flows, flags);
        inSender(
            () -> {
              for (int opened = 0; opened < flows; opened += OPENED_AT_ONCE) {
                source.send(Math.min(OPENED_AT_ONCE, flows - opened));
                Waiting.pause(BETWEEN_OPENINGS);
              }
              return flags;
            });
        // The last ones have to be answered by the director's own thread.
        Waiting.pause(WARM_UP);
      }
    }
  }

  /** A bench of connections that are not there would measure something else. */
  private void requireEstablished(Lane lane, int services) {
    String listing = lane.director().require(launcher(), "ipvsadm", "-Lnc");
    long established = listing.lines().filter(line -> line.contains("ESTABLISHED")).count();
    if (established != (long) services * flows) {
      throw new IllegalStateException(
          established + " connections are established, " + services + " × " + flows + " expected");
    }
  }

  private List<Outcome> measure(Traffic traffic, List<Contender> contenders) throws Exception {
    Map<String, List<Double>> received = new LinkedHashMap<>();
    for (int round = 1; round <= ROUNDS; round++) {
      for (Contender contender : contenders) {
        progress.printf("round %d of %d: %-20s", round, ROUNDS, contender.name());
        traffic.set(contender.stream(), flows, PacketBuilder.ACK);
        long sentBefore = traffic.sent();
        long receivedAtFirst = traffic.received();
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> load = startLoad(traffic, stop);
        Waiting.pause(WARM_UP);
        long start = System.nanoTime();
        long receivedBefore = traffic.received();
        Waiting.pause(MEASURED);
        double seconds = (System.nanoTime() - start) / 1e9;
        double rate = (traffic.received() - receivedBefore) / seconds;
        stop.set(true);
        for (Thread thread : load) {
          thread.join();
        }
        long lost = traffic.sent() - sentBefore - (traffic.received() - receivedAtFirst);
        progress.printf("%6.2f M packets/s, %d lost%n", rate / 1e6, lost);
        if (rate == 0) {
          throw new IllegalStateException("no packet came out: " + contender.name());
        }
        received.computeIfAbsent(contender.name(), name -> new ArrayList<>()).add(rate);
      }
    }
    List<Outcome> outcomes = new ArrayList<>();
    received.forEach((name, rates) -> outcomes.add(new Outcome(name, new Samples(rates))));
    return outcomes;
  }

  private List<Thread> startLoad(Traffic traffic, AtomicBoolean stop) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < SENDING_THREADS; i++) {
      threads.add(Thread.ofPlatform().name("load " + i).start(() -> load(traffic, stop)));
    }
    return threads;
  }

  private void load(Traffic traffic, AtomicBoolean stop) {
    try (Traffic.Sender source = traffic.sender()) {
      inSender(
          () -> {
            Processor.pinThisThread();
            while (!stop.get()) {
              source.send(BATCH);
            }
            return 0;
          });
    } catch (Exception e) {
      throw new IllegalStateException("the sender failed: " + e.getMessage(), e);
    }
  }

  private interface Sending {
    int run() throws LinuxException;
  }

  private void inSender(Sending sending) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(sender.namespace())) {
      namespace.run(sending::run);
    }
  }
}
