package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkSgl;

/** Scatter/gather elements on their way from the consumer's list to a work request. */
final class Elements {
  private static final long LENGTH = 8;

  private Elements() {}

  /**
   * Copies elements, so that a work request never points at memory that the consumer may change or
   * free. Returns the total number of bytes they name.
   */
  static long copy(NdkSgl sgl, int count, MemorySegment target, long offset) {
    if (count == 0) {
      return 0;
    }
    MemorySegment source = sgl.segment();
    long total = 0;
    for (long i = 0; i < (long) count * NdkSgl.SIZE; i += NdkSgl.SIZE) {
      total += Integer.toUnsignedLong(source.get(JAVA_INT, i + LENGTH));
      target.set(JAVA_LONG, offset + i, source.get(JAVA_LONG, i));
      target.set(JAVA_LONG, offset + i + LENGTH, source.get(JAVA_LONG, i + LENGTH));
    }
    return total;
  }

  /**
   * Copies the bytes themselves, for an inline request.
   *
   * @return the number of bytes, or -1 if there are more than {@code limit}
   * @throws IllegalStateException if a buffer is no longer alive or was never set
   */
  static long gather(NdkSgl sgl, int count, MemorySegment target, long offset, int limit) {
    long total = 0;
    for (int i = 0; i < count; i++) {
      MemorySegment buffer = sgl.buffer(i);
      long length = buffer.byteSize();
      if (total + length > limit) {
        return -1;
      }
      MemorySegment.copy(buffer, 0, target, offset + total, length);
      total += length;
    }
    return total;
  }
}
