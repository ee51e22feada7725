package org.verbena.binding;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Native structures by their address, for the data path: {@code FIELD.get(ALL, at(address))}. A
 * constant segment of the whole address space needs no liveness or bounds checks at every access,
 * as the segment of an object has, and {@link #at} spares the comparisons that are left. Nothing is
 * checked. The caller has checked its indices, and keeps the segment that owns the memory reachable
 * until the access is done.
 */
public final class NativeMemory {
  /** The whole address space. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long ADDRESS_BITS = Long.MAX_VALUE >>> 1;

  private NativeMemory() {}

  /**
   * The same address, of which the compiler knows that it is in {@link #ALL}, as is what follows.
   *
   * @param address of memory of this process
   * @return the address
   */
  public static long at(long address) {
    return address & ADDRESS_BITS;
  }

  /**
   * A field of 32 bits.
   *
   * @param offset where in the structure
   * @param size the bytes of the structure
   * @return its handle, for {@code int}; coordinates are {@link #ALL} and the structure's address
   */
  public static VarHandle intAt(long offset, long size) {
    return field(JAVA_INT_UNALIGNED, offset, size);
  }

  /**
   * A field of 64 bits, or two of 32 that are read or written together.
   *
   * @param offset where in the structure
   * @param size the bytes of the structure
   * @return its handle, for {@code long}; coordinates are {@link #ALL} and the structure's address
   */
  public static VarHandle longAt(long offset, long size) {
    return field(JAVA_LONG_UNALIGNED, offset, size);
  }

  private static VarHandle field(ValueLayout field, long offset, long size) {
    MemoryLayout structure =
        MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(offset, JAVA_BYTE),
            field,
            MemoryLayout.sequenceLayout(size - offset - field.byteSize(), JAVA_BYTE));
    return structure.varHandle(PathElement.groupElement(1));
  }
}
