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
 * Native structures by their address, for the data path: {@code FIELD.get(ALL, address)}. A
 * constant segment of the whole address space has neither a life nor bounds to look up at every
 * access, as the segment of an object has, and the one comparison that is left is made once for all
 * fields of a structure. Nothing is checked. The caller has checked its indices, and keeps the
 * segment that owns the memory reachable until the access is done.
 */
public final class NativeMemory {
  /** The whole address space. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}

  /**
   * A field of 32 bits.
   *
   * @param offset where in the structure
   * @param size the bytes of the structure
   * @return its handle, for {@code int}; coordinates are {@link #ALL} and the structure's address
   */
  public static VarHandle intAt(long offset, long size) {
    return at(JAVA_INT_UNALIGNED, offset, size);
  }

  /**
   * A field of 64 bits, or two of 32 that are read or written together.
   *
   * @param offset where in the structure
   * @param size the bytes of the structure
   * @return its handle, for {@code long}; coordinates are {@link #ALL} and the structure's address
   */
  public static VarHandle longAt(long offset, long size) {
    return at(JAVA_LONG_UNALIGNED, offset, size);
  }

  private static VarHandle at(ValueLayout field, long offset, long size) {
    MemoryLayout structure =
        MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(offset, JAVA_BYTE),
            field,
            MemoryLayout.sequenceLayout(size - offset - field.byteSize(), JAVA_BYTE));
    return structure.varHandle(PathElement.groupElement(1)).withInvokeExactBehavior();
  }
}
