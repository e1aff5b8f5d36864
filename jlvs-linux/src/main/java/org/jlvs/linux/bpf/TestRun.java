package org.jlvs.linux.bpf;

/** One BPF_PROG_TEST_RUN of an XDP program over a packet in memory. Immutable. */
public final class TestRun {
  private final byte[] packet;
  private final int ingressInterface;
  private final int rxQueue;
  private final int repeat;

  private TestRun(byte[] packet, int ingressInterface, int rxQueue, int repeat) {
    this.packet = packet;
    this.ingressInterface = ingressInterface;
    this.rxQueue = rxQueue;
    this.repeat = repeat;
  }

  /** One run over {@code packet}, a frame of 14 bytes or more, from its Ethernet header. */
  public static TestRun of(byte[] packet) {
    return new TestRun(packet.clone(), 0, 0, 1);
  }

  /**
   * As if the packet had come by that queue of that device, of the calling thread's network
   * namespace; otherwise it comes by its loopback device.
   */
  public TestRun from(int interfaceIndex, int queue) {
    return new TestRun(packet, interfaceIndex, queue, repeat);
  }

  /** So many runs; each but the first sees the packet as the run before left it. */
  public TestRun repeated(int times) {
    return new TestRun(packet, ingressInterface, rxQueue, times);
  }

  byte[] packet() {
    return packet;
  }

  /** 0 unless it was set. */
  int ingressInterface() {
    return ingressInterface;
  }

  int rxQueue() {
    return rxQueue;
  }

  int repeat() {
    return repeat;
  }

  /** What came out of it. Immutable. */
  public static final class Result {
    private final int verdict;
    private final byte[] packet;
    private final int nanosARun;

    Result(int verdict, byte[] packet, int nanosARun) {
      this.verdict = verdict;
      this.packet = packet;
      this.nanosARun = nanosARun;
    }

    /** What the program returned, as {@link XdpAction#number()}. */
    public int verdict() {
      return verdict;
    }

    /** The verdict's name. */
    public XdpAction action() {
      return XdpAction.of(verdict);
    }

    /** The frame as the program left it. */
    public byte[] packet() {
      return packet.clone();
    }

    /** Mean time of a run in nanoseconds, of the kernel's harness too. */
    public int nanosARun() {
      return nanosARun;
    }
  }
}
