package org.jlvs.xdp;

import java.util.List;

/**
 * What a data plane is opened with.
 *
 * @param interfaces names; empty for every Ethernet interface that is up and no bridge's or bond's
 *     port
 * @param mode how the program is attached
 * @param connections most connections and templates at a time; when the table of an earlier
 *     director is taken over, its size stays
 * @param servers real server numbers, which are below it; likewise
 */
public record XdpOptions(List<String> interfaces, AttachMode mode, int connections, int servers) {
  public XdpOptions {
    interfaces = List.copyOf(interfaces);
    if (connections < 1 || servers < 2) {
      throw new IllegalArgumentException(
          "a table of " + connections + " connections and " + servers + " servers is too small");
    }
  }

  /** How the program is attached. */
  public enum AttachMode {
    /** Native where drivers can do it and redirecting works, else generic. */
    AUTO,
    /** In the driver. */
    NATIVE,
    /** In the stack. */
    GENERIC
  }
}
