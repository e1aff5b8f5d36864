package org.jlvs.testbed.bench;

import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.transfer.Transfer;
import org.jlvs.testbed.transfer.TransferNetwork;

/**
 * How fast one TCP connection is through a director: by the kernel's plain forwarding, by its DNAT
 * with nftables, and by jlvs, with the offloads that virtual hosts have by default and without.
 * Client, director and server share the machine's processors, so what one saves the others have.
 */
final class TransferBench {
  /**
   * What was measured of one contender.
   *
   * @param offloads whether the hosts left checksums and segmentation to their devices
   * @param megabytesPerSecond of each transfer
   */
  record Outcome(String name, boolean offloads, Samples megabytesPerSecond) {}

  /** The contender that the others are compared with. */
  static final String REFERENCE = "kernel forwarding";

  static final long BYTES = 200_000_000;

  private static final int ROUNDS = 5;

  private static final String SERVICES =
      """
      -A -t 10.0.0.100:80 -s rr
      -a -t 10.0.0.100:80 -r 10.1.0.2:80 -g -w 1
      -A -t 10.0.0.100:81 -s rr
      -a -t 10.0.0.100:81 -r 10.1.0.2:8081 -m -w 1
      -A -t 10.0.0.100:82 -s rr
      -a -t 10.0.0.100:82 -r 10.1.0.2:82 -i -w 1
      """;

  /**
   * One way to transfer.
   *
   * @param service where the client connects
   * @param listening where the server listens
   */
  private record Contender(
      String name, InetSocketAddress service, InetSocketAddress listening, boolean upload) {}

  private final String purpose;
  private final PrintStream progress;
  private final Map<String, List<Double>> rates = new LinkedHashMap<>();

  /**
   * @param purpose beginning of its testbeds' names
   */
  TransferBench(String purpose, PrintStream progress) {
    this.purpose = purpose;
    this.progress = progress;
  }

  /** Measures all contenders. */
  List<Outcome> run() throws Exception {
    List<Outcome> outcomes = new ArrayList<>();
    for (boolean offloads : new boolean[] {true, false}) {
      rates.clear();
      measure(offloads, "native");
      measure(offloads, "generic");
      rates.forEach(
          (name, values) -> outcomes.add(new Outcome(name, offloads, new Samples(values))));
    }
    return outcomes;
  }

  private void measure(boolean offloads, String mode) throws Exception {
    boolean isNative = mode.equals("native");
    progress.printf("hosts with%s offloads%n", offloads ? "" : "out");
    try (Testbed testbed = Testbed.create(purpose);
        TransferNetwork network = new TransferNetwork(testbed, offloads, isNative)) {
      if (isNative) {
        List<Contender> kernels = List.of(forwarding(), dnat(network));
        transferAll(network, kernels);
        network.director().require("nft", "delete", "table", "ip", "nat");
      }
      Background director = network.startDirector(mode);
      director.output().lines().forEach(line -> progress.println("  director: " + line));
      network.tell("ipvsadm -R", SERVICES);
      transferAll(network, jlvs(mode));
    }
  }

  private static Contender forwarding() {
    InetSocketAddress server = new InetSocketAddress(TransferNetwork.SERVER, 9000);
    return new Contender(REFERENCE, server, server, true);
  }

  private static Contender dnat(TransferNetwork network) {
    network.director().require("nft", "add", "table", "ip", "nat");
    network
        .director()
        .require(
            "nft", "add chain ip nat prerouting { type nat hook prerouting priority dstnat; }");
    network
        .director()
        .require(
            "nft",
            "add rule ip nat prerouting ip daddr %s tcp dport 90 dnat to %s:8090"
                .formatted(TransferNetwork.VIRTUAL, TransferNetwork.SERVER));
    return new Contender(
        "nft DNAT",
        new InetSocketAddress(TransferNetwork.VIRTUAL, 90),
        new InetSocketAddress(TransferNetwork.SERVER, 8090),
        true);
  }

  private static List<Contender> jlvs(String mode) {
    InetSocketAddress direct = new InetSocketAddress(TransferNetwork.VIRTUAL, 80);
    InetSocketAddress masqueraded = new InetSocketAddress(TransferNetwork.VIRTUAL, 81);
    InetSocketAddress tunnelled = new InetSocketAddress(TransferNetwork.VIRTUAL, 82);
    InetSocketAddress server = new InetSocketAddress(TransferNetwork.SERVER, 8081);
    return List.of(
        new Contender("jlvs direct routing, " + mode, direct, direct, true),
        new Contender("jlvs NAT, " + mode, masqueraded, server, true),
        new Contender("jlvs NAT download, " + mode, masqueraded, server, false),
        new Contender("jlvs IPIP tunnel, " + mode, tunnelled, tunnelled, true));
  }

  /** In turns, so that a change of the machine's mood meets them all. */
  private void transferAll(TransferNetwork network, List<Contender> contenders) throws Exception {
    for (int round = 1; round <= ROUNDS; round++) {
      for (Contender contender : contenders) {
        Transfer.Outcome outcome =
            Transfer.run(
                network.client(),
                contender.service,
                network.server(),
                contender.listening,
                contender.upload,
                BYTES,
                Transfer.Sum.CRC_32C);
        if (!outcome.isWhole() || outcome.bytes() != BYTES) {
          throw new IllegalStateException(
              contender.name + ": what was received is not what was sent");
        }
        progress.printf(
            "  round %d of %d: %-28s %6.0f MB/s%n",
            round, ROUNDS, contender.name, outcome.megabytesPerSecond());
        rates
            .computeIfAbsent(contender.name, name -> new ArrayList<>())
            .add(outcome.megabytesPerSecond());
      }
    }
  }
}
