package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.memory.MappingRegions;
import org.verbena.ndk.verbs.memory.ProtectionDomain;

/** Scatter/gather elements on their way from the consumer's list to a work request. */
final class Sges {
  /** The most bytes of one element. */
  static final long MAX_LENGTH = 0xFFFF_FFFFL;

  /** Results of {@link #gather}: more bytes than allowed; a buffer that cannot be read. */
  private static final long TOO_LONG = -1;

  private static final long INACCESSIBLE = -2;

  private static final long SIZE = NdkSgl.SIZE;

  private static final VarHandle ADDRESS = longAt(0, SIZE);
  private static final VarHandle LENGTH_AND_TOKEN = longAt(8, SIZE);

  private Sges() {}

  /** Whether a list has so many elements; no list has none. */
  static boolean isCount(int count, @Nullable NdkSgl sgl) {
    return sgl == null ? count == 0 : Integer.compareUnsigned(count, sgl.capacity()) <= 0;
  }

  /**
   * Copies elements for a work request, which must not point at memory that the consumer may change
   * or free.
   *
   * @param target the address of room for them
   * @param pd where the privileged token stands for a logical address mapping
   * @param limit the most bytes all of them may name
   * @return SUCCESS; BUFFER_OVERFLOW if they name more; ACCESS_VIOLATION if an element with the
   *     privileged token is in no mapping
   */
  static NdkStatus copy(
      @Nullable NdkSgl sgl, int count, long target, ProtectionDomain pd, long limit) {
    if (count == 0 || sgl == null) { // no list has no elements
      return NdkStatus.SUCCESS;
    }
    long source = sgl.address();
    long total = copy(source, target, pd);
    for (int i = 1; i < count && total >= 0; i++) {
      long length = copy(source + i * SIZE, target + i * SIZE, pd);
      total = length < 0 ? length : total + length;
    }
    Reference.reachabilityFence(sgl);
    if (total < 0) {
      return NdkStatus.ACCESS_VIOLATION;
    }
    return total <= limit ? NdkStatus.SUCCESS : NdkStatus.BUFFER_OVERFLOW;
  }

  /** Copies one element; returns its length, or -1 if it is in no mapping. */
  private static long copy(long source, long target, ProtectionDomain pd) {
    long address = (long) ADDRESS.get(ALL, at(source));
    long lengthAndToken = (long) LENGTH_AND_TOKEN.get(ALL, at(source));
    long length = lengthAndToken & MAX_LENGTH;
    if ((int) (lengthAndToken >>> 32) == MappingRegions.PRIVILEGED_TOKEN) {
      MappingRegions.Region region = pd.mappingRegions().find(address, length);
      if (region == null) {
        return -1;
      }
      lengthAndToken = (long) region.lkey() << 32 | length;
    }
    ADDRESS.set(ALL, at(target), address);
    LENGTH_AND_TOKEN.set(ALL, at(target), lengthAndToken);
    return length;
  }

  /** Writes an element; nobody looks at the token of an inline request. */
  static void set(long target, long address, int length, int token) {
    ADDRESS.set(ALL, at(target), address);
    LENGTH_AND_TOKEN.set(ALL, at(target), (long) token << 32 | Integer.toUnsignedLong(length));
  }

  /** The length of an element. */
  static long length(long element) {
    return (long) LENGTH_AND_TOKEN.get(ALL, at(element)) & MAX_LENGTH;
  }

  /** The sum of the lengths of all elements but one. */
  static long lengthWithout(int index, long elements, int count) {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += i == index ? 0 : length(elements + i * SIZE);
    }
    return total;
  }

  /**
   * Copies the bytes themselves, for an inline request.
   *
   * @return the number of bytes; negative, for {@link #statusOf}, if there are more than {@code
   *     limit}, or a buffer is no longer alive, was never set, or is another thread's
   */
  @SuppressWarnings("NullAway") // no list has no elements
  static long gather(
      @Nullable NdkSgl sgl, int count, MemorySegment target, long offset, int limit) {
    long total = 0;
    try {
      for (int i = 0; i < count; i++) {
        MemorySegment buffer = sgl.buffer(i);
        long length = buffer.byteSize();
        if (total + length > limit) {
          return TOO_LONG;
        }
        MemorySegment.copy(buffer, 0, target, offset + total, length);
        total += length;
      }
      return total;
    } catch (IllegalStateException | WrongThreadException e) {
      return INACCESSIBLE;
    }
  }

  /** Why {@link #gather} has copied nothing. */
  static NdkStatus statusOf(long gathered) {
    return gathered == TOO_LONG ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.ACCESS_VIOLATION;
  }
}
