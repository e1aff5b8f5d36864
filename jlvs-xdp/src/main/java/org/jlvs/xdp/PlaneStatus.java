package org.jlvs.xdp;

import java.util.List;
import org.jlvs.linux.netlink.XdpMode;

/**
 * How a data plane stands.
 *
 * @param adopted whether it took over the connections of an earlier director
 * @param interfaces those the program is attached to
 * @param packets what went through Java
 */
public record PlaneStatus(boolean adopted, List<InterfaceStatus> interfaces, Packets packets) {
  public PlaneStatus {
    interfaces = List.copyOf(interfaces);
  }

  /**
   * An interface the program is attached to.
   *
   * @param reason why it is attached in this mode
   * @param queues receive queues the director listens on
   */
  public record InterfaceStatus(String name, int index, XdpMode mode, String reason, int queues) {}

  /**
   * Packets since the start.
   *
   * @param received sent up by the program
   * @param transmitted sent by the engine
   * @param delivered given to the host
   * @param unresolved dropped because the next hop's Ethernet address was not found in time
   * @param undeliverable dropped because they were too long, the way out full or gone, or the host
   *     did not take them
   * @param failed dropped because of an error in the engine
   */
  public record Packets(
      long received,
      long transmitted,
      long delivered,
      long unresolved,
      long undeliverable,
      long failed) {}
}
