package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.BpfObject;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.FrameInjector;
import org.jlvs.linux.bpf.LoadOptions;
import org.jlvs.linux.sys.LinuxException;

/**
 * Both ends of a measurement: sends packets of many flows into a device and counts those that come
 * out at another as they should. The work is in the kernel, see {@code traffic.bpf.c}.
 *
 * <p>One thread sets; each thread that sends has a {@link Sender}; any may read the counters.
 */
final class Traffic implements AutoCloseable {
  /** The shortest Ethernet frame, without its check sequence. */
  private static final int FRAME_BYTES = 64;

  private static final int TCP_ACK_BYTES = 54;

  // struct traffic
  private static final long SENT = 0;
  private static final long INTERFACE = 8;
  private static final long FLOWS = 12;
  private static final long NEXT = 16;
  private static final long FRAME = 24;
  // struct expected
  private static final long DESTINATION = 0;
  private static final long PORT = 4;
  private static final long TTL = 6;
  private static final long RECEIVED = 8;
  private static final int TTL_SENT = 64;

  /**
   * A stream of packets.
   *
   * @param interfaceIndex device the packets are sent by
   * @param sourceMac that device's address
   * @param destinationMac the address of the device at the other end of its wire
   * @param destination what they are sent to
   * @param received what they have as their destination where they come out
   * @param hops how many hosts forward them on their way
   */
  record Stream(
      int interfaceIndex,
      String sourceMac,
      String destinationMac,
      Endpoint destination,
      Endpoint received,
      int hops) {}

  /** An IPv4 address and a TCP port. */
  record Endpoint(String address, int port) {
    @Override
    public String toString() {
      return address + ":" + port;
    }
  }

  private final Arena arena = Arena.ofShared();
  private final BpfObject object;
  private final MemorySegment traffic;
  private final MemorySegment expected;

  private Traffic(BpfObject object) throws LinuxException {
    this.object = object;
    this.traffic = object.map("traffic").map(arena);
    this.expected = object.map("expected").map(arena);
  }

  static Traffic load() throws IOException {
    try (InputStream in = Traffic.class.getResourceAsStream("traffic.bpf.o")) {
      if (in == null) {
        throw new IOException("traffic.bpf.o is not in the class path");
      }
      return new Traffic(BpfObject.load(in.readAllBytes(), LoadOptions.defaults()));
    }
  }

  /** The program that counts, to be attached where the packets come out. */
  BpfProgram receiver() {
    return object.program("receive");
  }

  /**
   * Chooses what is sent from now on, and what counts as received. Nothing is being sent.
   *
   * @param flows how many, each from an address and port of its own
   * @param tcpFlags as of {@link PacketBuilder}
   */
  void set(Stream stream, int flows, int tcpFlags) throws IOException {
    byte[] frame =
        PacketBuilder.eth()
            .macs(stream.sourceMac(), stream.destinationMac())
            .ipv4("198.18.0.0", stream.destination().address())
            .ttl(TTL_SENT)
            .tcp(0, stream.destination().port())
            .flags(tcpFlags)
            .padding(FRAME_BYTES - TCP_ACK_BYTES)
            .build();
    MemorySegment.copy(frame, 0, traffic, ValueLayout.JAVA_BYTE, FRAME, FRAME_BYTES);
    traffic.set(ValueLayout.JAVA_INT, INTERFACE, stream.interfaceIndex());
    traffic.set(ValueLayout.JAVA_INT, FLOWS, flows);
    traffic.set(ValueLayout.JAVA_INT, NEXT, 0);
    byte[] address = InetAddress.ofLiteral(stream.received().address()).getAddress();
    MemorySegment.copy(address, 0, expected, ValueLayout.JAVA_BYTE, DESTINATION, address.length);
    expected.set(ValueLayout.JAVA_BYTE, PORT, (byte) (stream.received().port() >> 8));
    expected.set(ValueLayout.JAVA_BYTE, PORT + 1, (byte) stream.received().port());
    expected.set(ValueLayout.JAVA_BYTE, TTL, (byte) (TTL_SENT - stream.hops()));
  }

  /** A source of the packets, for one thread in the sending device's network namespace. */
  final class Sender implements AutoCloseable {
    private final FrameInjector injector = new FrameInjector(object.program("generate"));
    private final MemorySegment anyFrame = arena.allocate(FRAME_BYTES);

    /**
     * Sends so many packets, as fast as this processor can; what the device has no room for is
     * lost.
     */
    void send(int packets) throws LinuxException {
      injector.inject(anyFrame, 0, FRAME_BYTES, 0, packets);
    }

    @Override
    public void close() {
      injector.close();
    }
  }

  /** Another source of the packets that were {@link #set}. */
  Sender sender() {
    return new Sender();
  }

  /** How many packets were sent so far, lost ones included. */
  long sent() {
    return (long) ValueLayout.JAVA_LONG.varHandle().getOpaque(traffic, SENT);
  }

  /** How many packets came out so far, as they should be. */
  long received() {
    return (long) ValueLayout.JAVA_LONG.varHandle().getOpaque(expected, RECEIVED);
  }

  @Override
  public void close() {
    object.close();
    arena.close();
  }
}
