package org.jlvs.testbed.differential;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jlvs.core.net.PacketBuilder;

/** Puts frames on the wires of a scenario: those of clients, and those of servers. */
final class Wires {
  /** Machines on the servers' wire. */
  static final int MACHINES = 9;

  /** The one of them that is a client. */
  private static final int NEIGHBOUR = 8;

  static final int ETHERNET_BYTES = 14;

  private static final String CLIENT_WIRE = "c0";
  private static final String SERVER_WIRE = "r0";

  private final List<Step> steps;

  /** What clients have sent, by number. */
  private final Map<Integer, byte[]> requests = new HashMap<>();

  /** The MTU of the director's interface on each wire. */
  private final Map<String, Integer> mtus =
      new HashMap<>(Map.of(CLIENT_WIRE, 1500, SERVER_WIRE, 1500));

  private int frames;

  /**
   * @param steps takes the frames
   */
  Wires(List<Step> steps) {
    this.steps = steps;
  }

  static String client(Dice dice, boolean ipv6) {
    int host = 1 + dice.below(6);
    boolean far = dice.chance(20);
    return ipv6
        ? "2001:db8:c" + (far ? "1" : "") + "::" + host
        : "198.18." + (far ? 1 : 0) + "." + host;
  }

  /** A client on the servers' wire, as where the director has one interface for all. */
  static String neighbour(boolean ipv6) {
    return server(NEIGHBOUR, ipv6);
  }

  static String server(int machine, boolean ipv6) {
    return (ipv6 ? "2001:db8:1::" : "10.1.0.") + machine;
  }

  /** A frame for the director, from the clients' side or the servers'. */
  static PacketBuilder packet(boolean fromClient, String source, String destination) {
    PacketBuilder builder = PacketBuilder.eth();
    builder =
        fromClient && !isNeighbour(source)
            ? builder.macs("02:00:00:00:00:01", "02:00:00:00:00:fe")
            : builder.macs("02:00:00:00:01:01", "02:00:00:00:01:fe");
    return addresses(builder, source, destination);
  }

  private static boolean isNeighbour(String client) {
    return client.equals(neighbour(false)) || client.equals(neighbour(true));
  }

  /** Makes a packet one of the family that the addresses are of. */
  static PacketBuilder addresses(PacketBuilder builder, String source, String destination) {
    return source.indexOf(':') >= 0
        ? builder.ipv6(source, destination)
        : builder.ipv4(source, destination);
  }

  /** Gives an interface of the director another MTU; longer frames do not get to it then. */
  void mtu(String device, int bytes) {
    steps.add(new Step.Command("ip link set " + device + " mtu " + bytes));
    mtus.put(device.equals("eth0") ? CLIENT_WIRE : SERVER_WIRE, bytes);
  }

  private boolean carries(String wire, byte[] frame) {
    return frame.length <= ETHERNET_BYTES + mtus.getOrDefault(wire, 0);
  }

  /**
   * A neighbour's packet is sent on the servers' wire.
   *
   * @return the frame's number; 0 when the wire does not carry it
   */
  int send(boolean fromClient, PacketBuilder builder) {
    byte[] frame = builder.build();
    boolean toServersInterface = frame[4] != 0;
    String wire = toServersInterface ? SERVER_WIRE : CLIENT_WIRE;
    if (!carries(wire, frame)) {
      return 0;
    }
    frames++;
    steps.add(new Step.Frame(frames, wire, HexFormat.of().formatHex(frame)));
    if (fromClient) {
      requests.put(frames, frame);
    }
    return frames;
  }

  /**
   * Waits until connections are gone that were to end at once: the kernel has them until its next
   * tick, and finds them for errors.
   */
  void waitForTick() {
    steps.add(new Step.Tick());
  }

  /** The frame that a client sent as that number. */
  Optional<byte[]> request(int number) {
    return Optional.ofNullable(requests.get(number));
  }

  /**
   * What whoever received an earlier frame sends.
   *
   * @param request that frame's number; when it is 0, there is nothing to answer
   */
  void answer(int request, IntFunction<PacketBuilder> byMachine) {
    if (request == 0) {
      return;
    }
    Map<String, String> choices = new LinkedHashMap<>();
    for (int machine = 1; machine <= MACHINES; machine++) {
      byte[] frame = byMachine.apply(machine).build();
      if (!carries(SERVER_WIRE, frame)) {
        return;
      }
      choices.put("rs" + machine, HexFormat.of().formatHex(frame));
    }
    frames++;
    steps.add(new Step.Answer(frames, SERVER_WIRE, request, choices));
  }
}
