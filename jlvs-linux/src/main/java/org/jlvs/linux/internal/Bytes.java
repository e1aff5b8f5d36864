package org.jlvs.linux.internal;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Layouts of numbers in kernel structures and packets, at any alignment. */
public final class Bytes {
  private Bytes() {}

  public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  public static final ValueLayout.OfShort BE16 = U16.withOrder(ByteOrder.BIG_ENDIAN);
  public static final ValueLayout.OfInt BE32 = U32.withOrder(ByteOrder.BIG_ENDIAN);

  /** {@code value} rounded up to the next multiple of {@code multiple}, a power of two. */
  public static long roundUp(long value, long multiple) {
    return (value + multiple - 1) & -multiple;
  }
}
