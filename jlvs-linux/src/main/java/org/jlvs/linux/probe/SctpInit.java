package org.jlvs.linux.probe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.jlvs.linux.internal.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * SCTP's INIT, and what is said to it (RFC 9260, 3.3.2, 3.3.3, 3.3.7). An endpoint keeps nothing of
 * an INIT: what it would have to remember is in the cookie of its INIT ACK, so a question that ends
 * here leaves nothing behind. Numbers are in network byte order.
 */
final class SctpInit {
  /** Common header, chunk header, initiate tag, window, two numbers of streams, TSN. */
  static final int BYTES = 32;

  static final int INIT = 1;
  static final int INIT_ACK = 2;
  static final int ABORT = 6;

  private static final int COMMON_HEADER_BYTES = 12;
  private static final int CHUNK_HEADER_BYTES = 4;
  private static final int TAG = 4;
  private static final int CHECKSUM = 8;
  private static final int CHUNK_LENGTH = COMMON_HEADER_BYTES + 2;
  private static final int INITIATE_TAG = 16;
  private static final int WINDOW_BYTES = 1 << 16;

  private SctpInit() {}

  /**
   * An INIT of one stream each way.
   *
   * @param tag not 0; what the answer will bear as its verification tag
   */
  static MemorySegment packet(int fromPort, int toPort, int tag) {
    byte[] bytes = new byte[BYTES];
    ByteBuffer packet = ByteBuffer.wrap(bytes);
    packet.putShort((short) fromPort).putShort((short) toPort).putInt(0).putInt(0);
    packet.put((byte) INIT).put((byte) 0).putShort((short) (BYTES - COMMON_HEADER_BYTES));
    packet.putInt(tag).putInt(WINDOW_BYTES).putShort((short) 1).putShort((short) 1).putInt(tag);
    MemorySegment segment = MemorySegment.ofArray(bytes);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    // RFC 9260, appendix A: the checksum alone goes with its low byte first.
    segment.set(Bytes.BE32, CHECKSUM, Integer.reverseBytes((int) checksum.getValue()));
    return segment;
  }

  /** What an endpoint says: that it would take the association, or that it refuses. */
  record Answer(int tag, boolean willing) {}

  /**
   * Reads what begins {@code start} bytes into a packet of {@code length} bytes. The checksum is
   * not looked at: the tag says whose answer it is.
   *
   * @return null for anything else
   */
  static @Nullable Answer answer(MemorySegment packet, long start, long length) {
    if (length - start < COMMON_HEADER_BYTES + CHUNK_HEADER_BYTES) {
      return null;
    }
    int tag = packet.get(Bytes.BE32, start + TAG);
    return switch (packet.get(ValueLayout.JAVA_BYTE, start + COMMON_HEADER_BYTES)) {
      case INIT_ACK -> new Answer(tag, true);
      case ABORT -> new Answer(tag, false);
      default -> null;
    };
  }

  /** The initiate tag of an INIT of ours that an ICMP error gives back, if it gives that much. */
  static OptionalInt tagOf(MemorySegment packet, long length) {
    return length >= INITIATE_TAG + Integer.BYTES
            && packet.get(ValueLayout.JAVA_BYTE, COMMON_HEADER_BYTES) == INIT
            && packet.get(Bytes.BE16, CHUNK_LENGTH) == BYTES - COMMON_HEADER_BYTES
        ? OptionalInt.of(packet.get(Bytes.BE32, INITIATE_TAG))
        : OptionalInt.empty();
  }
}
