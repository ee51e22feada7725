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
  private static final long SIZE = NdkSgl.SIZE;

  private static final VarHandle ADDRESS = longAt(0, SIZE);
  private static final VarHandle LENGTH_AND_TOKEN = longAt(8, SIZE);

  /** The elements name more bytes than a request may transfer. */
  static final long TOO_LONG = -1;

  /** An element with the privileged token is in no mapping. */
  static final long NOT_MAPPED = -2;

  private Sges() {}

  /** Whether a list has so many elements; no list has none. */
  static boolean isCount(int count, @Nullable NdkSgl sgl) {
    return sgl == null ? count == 0 : Integer.compareUnsigned(count, sgl.capacity()) <= 0;
  }

  /**
   * Prepares elements for a work request. One that is posted at once takes them from the consumer's
   * list; a deferred one must not point at memory that the consumer may change or free.
   *
   * @param postedNow whether it is posted before the consumer's call returns; then the caller keeps
   *     the list reachable until it has been
   * @param room the address of room for a copy
   * @param pd where the privileged token stands for a logical address mapping
   * @param limit the most bytes all of them may name
   * @return the address of the elements, or {@link #TOO_LONG} or {@link #NOT_MAPPED}
   */
  @SuppressWarnings("NullAway") // no list has no elements
  static long prepare(
      @Nullable NdkSgl sgl,
      int count,
      boolean postedNow,
      long room,
      ProtectionDomain pd,
      long limit) {
    if (count == 0) {
      return room;
    }
    long total = postedNow ? total(sgl.address(), count) : -1;
    if (total >= 0) {
      return total > limit ? TOO_LONG : sgl.address();
    }
    total = count == 1 ? copy(sgl.address(), room, pd) : copyAll(sgl.address(), count, room, pd);
    Reference.reachabilityFence(sgl);
    if (total < 0) {
      return NOT_MAPPED;
    }
    return total > limit ? TOO_LONG : room;
  }

  /** The status of a request whose elements could not be prepared. */
  static NdkStatus failure(long prepared) {
    return prepared == TOO_LONG ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.ACCESS_VIOLATION;
  }

  /** The bytes that elements name, or -1 if one has the privileged token. */
  private static long total(long source, int count) {
    long first = (long) LENGTH_AND_TOKEN.get(ALL, at(source));
    if (isPrivileged(first)) {
      return -1;
    }
    long total = length(first);
    for (int i = 1; i < count; i++) {
      long next = (long) LENGTH_AND_TOKEN.get(ALL, at(source + i * SIZE));
      if (isPrivileged(next)) {
        return -1;
      }
      total += length(next);
    }
    return total;
  }

  private static long length(long lengthAndToken) {
    return lengthAndToken & 0xFFFF_FFFFL;
  }

  private static boolean isPrivileged(long lengthAndToken) {
    return (int) (lengthAndToken >>> 32) == MappingRegions.PRIVILEGED_TOKEN;
  }

  private static long copyAll(long source, int count, long target, ProtectionDomain pd) {
    long total = 0;
    for (int i = 0; i < count && total >= 0; i++) {
      long length = copy(source + i * SIZE, target + i * SIZE, pd);
      total = length < 0 ? length : total + length;
    }
    return total;
  }

  /** Copies one element; returns its length, or -1 if it is in no mapping. */
  private static long copy(long source, long target, ProtectionDomain pd) {
    long address = (long) ADDRESS.get(ALL, at(source));
    long lengthAndToken = (long) LENGTH_AND_TOKEN.get(ALL, at(source));
    long length = length(lengthAndToken);
    if (isPrivileged(lengthAndToken)) {
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

  /** Writes an element of an inline request, whose token nobody looks at. */
  static void set(long target, long address, int length) {
    ADDRESS.set(ALL, at(target), address);
    LENGTH_AND_TOKEN.set(ALL, at(target), Integer.toUnsignedLong(length));
  }

  /**
   * Copies the bytes themselves, for an inline request.
   *
   * @return the number of bytes, or -1 if there are more than {@code limit}
   * @throws IllegalStateException if a buffer is no longer alive or was never set
   */
  @SuppressWarnings("NullAway") // no list has no elements
  static long gather(
      @Nullable NdkSgl sgl, int count, MemorySegment target, long offset, int limit) {
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
