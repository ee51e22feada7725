package org.verbena.ndk.verbs;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.verbena.binding.NativeMemory;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/** Scatter/gather elements on their way from the consumer's list to a work request. */
final class Elements {
  private static final long SIZE = NdkSgl.SIZE;

  /** Where a long holds the length and, above it, the token. */
  private static final long LENGTH = 8;

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
  static NdkStatus copy(NdkSgl sgl, int count, long target, VerbsPd pd, long limit) {
    if (count == 0) {
      return NdkStatus.SUCCESS;
    }
    long source = sgl.segment().address();
    long total = copy(source, target, pd);
    for (int i = 1; i < count && total >= 0; i++) {
      long length = copy(source + i * SIZE, target + i * SIZE, pd);
      total = length < 0 ? length : total + length;
    }
    Reference.reachabilityFence(sgl);
    if (total < 0) {
      return NdkStatus.ACCESS_VIOLATION;
    }
    return total > limit ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.SUCCESS;
  }

  /** Copies one element; returns its length, or -1 if it is in no mapping. */
  private static long copy(long source, long target, VerbsPd pd) {
    long address = NativeMemory.getLong(source);
    long lengthAndToken = NativeMemory.getLong(source + LENGTH);
    long length = lengthAndToken & 0xFFFF_FFFFL;
    if ((int) (lengthAndToken >>> 32) == LamRegions.PRIVILEGED_TOKEN) {
      LamRegions.Region region = pd.lams().find(address, length);
      if (region == null) {
        return -1;
      }
      lengthAndToken = (long) region.lkey() << 32 | length;
    }
    NativeMemory.putLong(target, address);
    NativeMemory.putLong(target + LENGTH, lengthAndToken);
    return length;
  }

  /** Writes an element of an inline request, whose token nobody looks at. */
  static void set(long target, long address, int length) {
    NativeMemory.putLong(target, address);
    NativeMemory.putLong(target + LENGTH, Integer.toUnsignedLong(length));
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
