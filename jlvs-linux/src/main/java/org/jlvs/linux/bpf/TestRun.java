package org.jlvs.linux.bpf;

/**
 * One BPF_PROG_TEST_RUN of an XDP program over a packet in memory.
 *
 * @param packet a frame of 14 bytes or more, from its Ethernet header
 * @param ingressInterface {@code xdp_md.ingress_ifindex} and the device of {@code rxQueue}; 0 for
 *     the loopback device of the calling thread's namespace
 * @param rxQueue {@code xdp_md.rx_queue_index}; 0 when {@code ingressInterface} is
 * @param repeat how often to run; the packet is changed only once and the runs after the first see
 *     what the run before left
 */
public record TestRun(byte[] packet, int ingressInterface, int rxQueue, int repeat) {
  public TestRun {
    packet = packet.clone();
  }

  /** One run over {@code packet}. */
  public static TestRun of(byte[] packet) {
    return new TestRun(packet, 0, 0, 1);
  }

  public TestRun from(int interfaceIndex, int queue) {
    return new TestRun(packet, interfaceIndex, queue, repeat);
  }

  public TestRun repeated(int times) {
    return new TestRun(packet, ingressInterface, rxQueue, times);
  }

  @Override
  public byte[] packet() {
    return packet.clone();
  }

  /**
   * What came out.
   *
   * @param verdict what the program returned, as {@link XdpAction#number()}
   * @param packet the frame as the program left it
   * @param nanosARun mean time of a run, of the kernel's harness too
   */
  public record Result(int verdict, byte[] packet, int nanosARun) {
    /** The verdict's name. */
    public XdpAction action() {
      return XdpAction.of(verdict);
    }
  }
}
