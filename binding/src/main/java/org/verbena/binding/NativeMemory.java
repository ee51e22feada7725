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
 * Access to native structures by address, for the data path: {@code FIELD.get(ALL, at(address))}.
 * Unlike the segment of an object, a constant segment of the whole address space needs no liveness
 * or bounds check at each access, and {@link #at} removes the comparisons that are left. So nothing
 * is checked: the caller checks its indices, and keeps the segment that owns the memory reachable
 * until the access is done.
 */
public final class NativeMemory {
  /** The whole address space. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long ADDRESS_BITS = Long.MAX_VALUE >>> 1;

  private NativeMemory() {}

  /**
   * Returns an address in a form that shows the compiler that it, and a structure there, lie in
   * {@link #ALL}.
   *
   * @param address an address of memory of this process
   * @return the same address
   */
  public static long at(long address) {
    return address & ADDRESS_BITS;
  }

  /**
   * Returns a handle of a 32-bit field.
   *
   * @param offset the field's offset in the structure, in bytes
   * @param size the size of the structure, in bytes
   * @return the handle, for {@code int}; coordinates are {@link #ALL} and the structure's address
   */
  public static VarHandle intAt(long offset, long size) {
    return field(JAVA_INT_UNALIGNED, offset, size);
  }

  /**
   * Returns a handle of a 64-bit field, or of two 32-bit ones that are read or written together.
   *
   * @param offset the field's offset in the structure, in bytes
   * @param size the size of the structure, in bytes
   * @return the handle, for {@code long}; coordinates are {@link #ALL} and the structure's address
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
