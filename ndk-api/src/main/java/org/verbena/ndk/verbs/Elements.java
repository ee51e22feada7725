package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/** Scatter/gather elements on their way from the consumer's list to a work request. */
final class Elements {
  private static final long LENGTH = 8;
  private static final long TOKEN = 12;

  private Elements() {}

  /**
   * Copies elements, so that a work request never points at memory that the consumer may change or
   * free.
   *
   * @param pd where the privileged token stands for a logical address mapping
   * @param limit the most bytes all of them may name
   * @return SUCCESS; BUFFER_OVERFLOW if they name more; ACCESS_VIOLATION if one with the privileged
   *     token is in no mapping
   */
  static NdkStatus copy(
      NdkSgl sgl, int count, MemorySegment target, long offset, VerbsPd pd, long limit) {
    if (count == 0) {
      return NdkStatus.SUCCESS;
    }
    MemorySegment source = sgl.segment();
    long total = 0;
    for (long i = 0; i < (long) count * NdkSgl.SIZE; i += NdkSgl.SIZE) {
      long address = source.get(JAVA_LONG, i);
      long length = Integer.toUnsignedLong(source.get(JAVA_INT, i + LENGTH));
      int token = source.get(JAVA_INT, i + TOKEN);
      total += length;
      if (token == LamRegions.PRIVILEGED_TOKEN) {
        LamRegions.Region region = pd.lams().find(address, length);
        if (region == null) {
          return NdkStatus.ACCESS_VIOLATION;
        }
        token = region.lkey();
      }
      target.set(JAVA_LONG, offset + i, address);
      target.set(JAVA_INT, offset + i + LENGTH, (int) length);
      target.set(JAVA_INT, offset + i + TOKEN, token);
    }
    return total > limit ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.SUCCESS;
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
