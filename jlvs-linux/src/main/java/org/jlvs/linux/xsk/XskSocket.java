package org.jlvs.linux.xsk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.Mmap;
import org.jlvs.linux.sys.UnsupportedFeatureException;

/**
 * An AF_XDP socket of one queue of a device, with memory of its own (kernel: {@code
 * Documentation/networking/af_xdp.rst}). Frames go to it when an XDP program redirects them to the
 * XSKMAP entry that holds its descriptor.
 *
 * <p>Receiving: {@link #receive} takes frames, {@link #receivedOffset} and {@link #receivedLength}
 * say where in {@link #memory} they lie, {@link #release} hands all of them back. Sending: {@link
 * #reserve} gives a chunk to write a frame into (-1 when all are on their way: that is the
 * backpressure), {@link #send} queues it, {@link #flush} makes the kernel send.
 *
 * <p>For one thread. Nothing here allocates after {@link #open}. The memory is invalid after {@link
 * #close}.
 */
public final class XskSocket implements AutoCloseable {
  /** Room in a chunk that {@link #reserve} gives. */
  public static final int MAX_FRAME_BYTES = Umem.CHUNK_BYTES;

  private static final int AF_XDP = 44;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_XDP = 283;
  private static final int XDP_MMAP_OFFSETS = 1;
  private static final int XDP_RX_RING = 2;
  private static final int XDP_TX_RING = 3;
  private static final int XDP_UMEM_REG = 4;
  private static final int XDP_UMEM_FILL_RING = 5;
  private static final int XDP_UMEM_COMPLETION_RING = 6;
  private static final int XDP_STATISTICS = 7;
  private static final int XDP_OPTIONS = 8;
  private static final int XDP_COPY = 1 << 1;
  private static final int XDP_USE_NEED_WAKEUP = 1 << 3;

  /** Frames may lie in several chunks (Linux 6.6). */
  private static final int XDP_USE_SG = 1 << 4;

  private static final int XDP_OPTIONS_ZEROCOPY = 1;
  private static final long XDP_PGOFF_RX_RING = 0;
  private static final long XDP_PGOFF_TX_RING = 0x8000_0000L;
  private static final long XDP_UMEM_PGOFF_FILL_RING = 0x1_0000_0000L;
  private static final long XDP_UMEM_PGOFF_COMPLETION_RING = 0x1_8000_0000L;

  private static final int UMEM_REG_BYTES = 32;
  private static final int SOCKADDR_BYTES = 16;
  private static final int STATISTICS_BYTES = 48;

  /** Four of struct xdp_ring_offset: rx, tx, fill, completion. */
  private static final int RING_OFFSETS_BYTES = 32;

  private static final int MSG_DONTWAIT = 0x40;
  private static final long RETRY_NANOS = 10_000_000;

  private final Fd fd;
  private final Arena arena;
  private final Umem umem;
  private final ProducerRing fill;
  private final ConsumerRing completion;
  private final ConsumerRing rx;
  private final ProducerRing tx;
  private final int maxFlushCalls;
  private final boolean zeroCopy;
  private boolean longFrames = true;
  private int received;

  private XskSocket(Fd fd, Arena arena, XskConfig config) throws LinuxException {
    this.fd = fd;
    this.arena = arena;
    this.umem = Umem.allocate(config.receiveFrames(), config.transmitFrames(), arena);
    String where = "AF_XDP socket of interface " + config.interfaceIndex();
    register(where);
    setRingSize(XDP_UMEM_FILL_RING, config.receiveFrames(), where);
    setRingSize(XDP_UMEM_COMPLETION_RING, config.transmitFrames(), where);
    setRingSize(XDP_RX_RING, config.receiveFrames(), where);
    setRingSize(XDP_TX_RING, config.transmitFrames(), where);
    try (Arena local = Arena.ofConfined()) {
      MemorySegment offsets = local.allocate(4 * RING_OFFSETS_BYTES, 8);
      long known = getOption(XDP_MMAP_OFFSETS, offsets, where);
      if (known < offsets.byteSize()) {
        throw new UnsupportedFeatureException(
            Errno.EINVAL, where, "it needs Linux 5.4 or newer for wakeup flags");
      }
      long descriptor = ConsumerRing.DESCRIPTOR_BYTES;
      int receive = config.receiveFrames();
      int transmit = config.transmitFrames();
      rx = new ConsumerRing(ring(offsets, 0, XDP_PGOFF_RX_RING, receive, descriptor));
      tx = new ProducerRing(ring(offsets, 1, XDP_PGOFF_TX_RING, transmit, descriptor));
      fill = new ProducerRing(ring(offsets, 2, XDP_UMEM_PGOFF_FILL_RING, receive, Long.BYTES));
      completion =
          new ConsumerRing(ring(offsets, 3, XDP_UMEM_PGOFF_COMPLETION_RING, transmit, Long.BYTES));
    }
    for (int i = 0; i < umem.receivingChunks(); i++) {
      fill.putAddress((long) i * Umem.CHUNK_BYTES);
    }
    fill.publish();
    // Each call in copy mode sends some frames (at least one, usually 32).
    this.maxFlushCalls = config.transmitFrames();
    bind(config, where + ", queue " + config.queue());
    this.zeroCopy = isZeroCopyBound(where);
  }

  /**
   * Opens and binds a socket in the network namespace of the calling thread.
   *
   * @throws UnsupportedFeatureException when the kernel has no AF_XDP, or a right is missing
   * @throws LinuxException EBUSY when the queue is still taken after the configured patience
   */
  public static XskSocket open(XskConfig config) throws LinuxException {
    int result = Libc.socket(AF_XDP, SOCK_RAW_CLOEXEC, 0);
    if (result == -Errno.EAFNOSUPPORT) {
      throw new UnsupportedFeatureException(
          -result, "AF_XDP", "the kernel is built without CONFIG_XDP_SOCKETS");
    }
    if (result < 0) {
      throw Capability.explain(-result, "open an AF_XDP socket", Capability.CAP_NET_RAW);
    }
    Fd fd = Fd.of(result);
    Arena arena = Arena.ofShared();
    try {
      return new XskSocket(fd, arena, config);
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      arena.close();
      throw e;
    }
  }

  /** Readable when frames have come; put its number into the XSKMAP. */
  public Fd fd() {
    return fd;
  }

  /** Whether the driver uses the memory itself. */
  public boolean isZeroCopy() {
    return zeroCopy;
  }

  /**
   * Whether frames that are longer than a chunk are received and sent, in several; older kernels
   * than Linux 6.6 drop them.
   */
  public boolean takesLongFrames() {
    return longFrames;
  }

  /** The memory all frames lie in. */
  public MemorySegment memory() {
    return umem.memory();
  }

  /**
   * Takes frames that have come, chunk by chunk. Those taken before must have been released.
   *
   * @param max how many chunks, unless the last of these is not the last of its frame
   * @return how many chunks were taken
   */
  public int receive(int max) {
    if (received != 0) {
      throw new IllegalStateException(received + " chunks are not released");
    }
    int available = rx.available();
    received = Math.min(available, max);
    while (received > 0 && received < available && rx.continues(received - 1)) {
      received++;
    }
    return received;
  }

  /**
   * Where chunk {@code index} of those taken begins in {@link #memory}; 256 bytes before it are
   * free to write.
   */
  public long receivedOffset(int index) {
    return rx.descriptorAddress(index);
  }

  /** Length in bytes of chunk {@code index} of those taken; a frame begins with its header. */
  public int receivedLength(int index) {
    return rx.descriptorLength(index);
  }

  /** Whether the next chunk belongs to the same frame. */
  public boolean receivedContinues(int index) {
    return rx.continues(index);
  }

  /** Hands all chunks taken back to the kernel. */
  public void release() {
    if (received == 0) {
      return;
    }
    for (int i = 0; i < received; i++) {
      fill.putAddress(Umem.chunk(rx.descriptorAddress(i)));
    }
    rx.release(received);
    received = 0;
    fill.publish();
    if (fill.needsWakeup()) {
      var _ =
          Libc.recvfrom(
              fd.number(),
              MemorySegment.NULL,
              0,
              MSG_DONTWAIT,
              MemorySegment.NULL,
              MemorySegment.NULL);
    }
  }

  /**
   * A chunk of {@link #MAX_FRAME_BYTES} to write a frame into, as an offset in {@link #memory}; it
   * must be sent. -1 when all chunks are on their way out: flush, and try again later.
   */
  public long reserve() {
    long chunk = umem.take();
    if (chunk < 0) {
      complete();
      chunk = umem.take();
    }
    return chunk;
  }

  /** Whether {@link #reserve} will give so many chunks. */
  public boolean canReserve(int chunks) {
    if (umem.freeChunks() < chunks) {
      complete();
    }
    return umem.freeChunks() >= chunks;
  }

  /**
   * Queues a frame of {@code length} bytes that begins at {@code offset} in the chunk that {@link
   * #reserve} gave.
   */
  public void send(long offset, int length) {
    send(offset, length, false);
  }

  /**
   * Queues a part of a frame.
   *
   * @param continues whether the next one queued belongs to the same frame
   */
  public void send(long offset, int length, boolean continues) {
    // There are as many entries as chunks, but the kernel frees chunks and entries apart.
    if (!tx.hasRoom()) {
      throw new IllegalStateException("more frames sent than were reserved");
    }
    tx.putDescriptor(offset, length, continues);
  }

  /**
   * Lets the kernel send what is queued. What it can't take now (the device is down or its queue
   * full) stays queued for the next call.
   *
   * @return how many frames are still queued
   */
  public int flush() throws LinuxException {
    tx.publish();
    int pending = tx.pending();
    for (int calls = 0; pending > 0 && calls < maxFlushCalls && tx.needsWakeup(); calls++) {
      long sent = Libc.sendto(fd.number(), MemorySegment.NULL, 0, MSG_DONTWAIT, MemorySegment.NULL);
      int left = tx.pending();
      if (sent < 0 && !isTransient((int) -sent)) {
        throw new LinuxException((int) -sent, "send " + pending + " frames by AF_XDP");
      }
      if (left == pending) {
        break;
      }
      pending = left;
    }
    complete();
    return pending;
  }

  /** How many chunks {@link #reserve} has left, without those the kernel has just finished. */
  public int freeChunks() {
    return umem.freeChunks();
  }

  public XskStatistics statistics() throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment counters = local.allocate(STATISTICS_BYTES, 8);
      var _ = getOption(XDP_STATISTICS, counters, "AF_XDP statistics");
      return new XskStatistics(
          counters.get(Bytes.U64, 0),
          counters.get(Bytes.U64, 8),
          counters.get(Bytes.U64, 16),
          counters.get(Bytes.U64, 24),
          counters.get(Bytes.U64, 32),
          counters.get(Bytes.U64, 40));
    }
  }

  @Override
  public void close() {
    if (fd.isOpen()) {
      fd.close();
      arena.close();
    }
  }

  /** Takes back the chunks of frames that have left. */
  private void complete() {
    int done = completion.available();
    for (int i = 0; i < done; i++) {
      umem.giveBack(completion.address(i));
    }
    if (done > 0) {
      completion.release(done);
    }
  }

  /** What af_xdp.rst says to try again on; ENETDOWN and ENXIO end when the device is up again. */
  private static boolean isTransient(int errno) {
    return switch (errno) {
      case Errno.EAGAIN,
          Errno.EBUSY,
          Errno.ENOBUFS,
          Errno.EINTR,
          Errno.ENETDOWN,
          Errno.ENXIO,
          Errno.ENOMEM ->
          true;
      default -> false;
    };
  }

  private void register(String where) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment registration = local.allocate(UMEM_REG_BYTES, 8);
      registration.set(Bytes.U64, 0, umem.memory().address());
      registration.set(Bytes.U64, 8, umem.memory().byteSize());
      registration.set(Bytes.U32, 16, Umem.CHUNK_BYTES);
      int result = Libc.setsockopt(fd.number(), SOL_XDP, XDP_UMEM_REG, registration);
      if (result == -Errno.ENOBUFS) {
        throw new UnsupportedFeatureException(
            -result,
            where + " with " + umem.memory().byteSize() + " bytes of locked memory",
            "raise RLIMIT_MEMLOCK or give the process CAP_IPC_LOCK");
      }
      LinuxException.check(result, where + ": register memory");
    }
  }

  private void setRingSize(int ring, int entries, String where) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      LinuxException.check(
          Libc.setsockopt(fd.number(), SOL_XDP, ring, local.allocateFrom(Bytes.U32, entries)),
          where + ": ring of " + entries + " entries");
    }
  }

  private RingMemory ring(
      MemorySegment offsets, int index, long pageOffset, int entries, long entryBytes)
      throws LinuxException {
    long at = (long) index * RING_OFFSETS_BYTES;
    long descriptors = offsets.get(Bytes.U64, at + 16);
    return new RingMemory(
        Mmap.shared(fd, pageOffset, descriptors + entries * entryBytes, arena),
        offsets.get(Bytes.U64, at),
        offsets.get(Bytes.U64, at + 8),
        offsets.get(Bytes.U64, at + 24),
        descriptors,
        entries);
  }

  /** The kernel frees a queue some time after its socket is closed (an RCU grace period). */
  private void bind(XskConfig config, String where) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment address = local.allocate(SOCKADDR_BYTES, 4);
      address.set(Bytes.U16, 0, (short) AF_XDP);
      // Without XDP_COPY the kernel tries zero-copy first and falls back by itself.
      int copy = config.zeroCopy() ? 0 : XDP_COPY;
      address.set(Bytes.U16, 2, (short) (XDP_USE_NEED_WAKEUP | XDP_USE_SG | copy));
      address.set(Bytes.U32, 4, config.interfaceIndex());
      address.set(Bytes.U32, 8, config.queue());
      long deadline = System.nanoTime() + config.patience().toNanos();
      int result = Libc.bind(fd.number(), address);
      if (result == -Errno.EINVAL) {
        longFrames = false;
        address.set(Bytes.U16, 2, (short) (XDP_USE_NEED_WAKEUP | copy));
        result = Libc.bind(fd.number(), address);
      }
      while (result == -Errno.EBUSY && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(RETRY_NANOS);
        result = Libc.bind(fd.number(), address);
      }
      if (result < 0) {
        throw Capability.explain(
            -result, "bind " + where, Capability.CAP_NET_RAW, Capability.CAP_NET_ADMIN);
      }
    }
  }

  private boolean isZeroCopyBound(String where) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment options = local.allocate(4, 4);
      var _ = getOption(XDP_OPTIONS, options, where);
      return (options.get(Bytes.U32, 0) & XDP_OPTIONS_ZEROCOPY) != 0;
    }
  }

  /** How many bytes of {@code value} the kernel filled. */
  private long getOption(int option, MemorySegment value, String context) throws LinuxException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment length = local.allocateFrom(Bytes.U32, (int) value.byteSize());
      LinuxException.check(Libc.getsockopt(fd.number(), SOL_XDP, option, value, length), context);
      return length.get(Bytes.U32, 0);
    }
  }
}
