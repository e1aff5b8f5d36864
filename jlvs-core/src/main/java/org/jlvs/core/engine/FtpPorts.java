package org.jlvs.core.engine;

import java.util.List;

/**
 * The ports whose masqueraded TCP services are FTP's, as the parameter {@code ports} of the module
 * ip_vs_ftp says. For the engine thread.
 */
public final class FtpPorts {
  /** As many as the kernel's module takes. */
  public static final int MOST = 8;

  private static final List<Integer> DEFAULT = List.of(21);
  private static final int LARGEST_PORT = 0xffff;

  private int[] ports = toArray(DEFAULT);

  FtpPorts() {}

  private static int[] toArray(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  boolean contains(int port) {
    for (int each : ports) {
      if (each == port) {
        return true;
      }
    }
    return false;
  }

  /**
   * Connections made from now on have a helper when they go to one of these ports.
   *
   * @param list at most {@link #MOST}; none for no helper at all
   */
  void set(List<Integer> list) {
    if (list.size() > MOST || list.stream().anyMatch(port -> port < 1 || port > LARGEST_PORT)) {
      throw new IllegalArgumentException(
          "at most " + MOST + " FTP ports from 1 to " + LARGEST_PORT + ", not " + list);
    }
    ports = toArray(list);
  }
}
