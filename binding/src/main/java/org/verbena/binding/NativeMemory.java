package org.verbena.binding;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Native memory by its address, for the data path: a constant segment of the whole address space
 * has neither a life nor bounds to look up at every access, as the segment of an object has.
 * Nothing is checked. The caller has checked its indices, and keeps the segment that owns the
 * memory reachable until the access is done.
 */
public final class NativeMemory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}

  /**
   * Reads an {@code int}.
   *
   * @param address where
   * @return its value
   */
  public static int getInt(long address) {
    return ALL.get(JAVA_INT_UNALIGNED, address);
  }

  /**
   * Reads a {@code long}.
   *
   * @param address where
   * @return its value
   */
  public static long getLong(long address) {
    return ALL.get(JAVA_LONG_UNALIGNED, address);
  }

  /**
   * Writes an {@code int}.
   *
   * @param address where
   * @param value its value
   */
  public static void putInt(long address, int value) {
    ALL.set(JAVA_INT_UNALIGNED, address, value);
  }

  /**
   * Writes a {@code long}.
   *
   * @param address where
   * @param value its value
   */
  public static void putLong(long address, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, address, value);
  }
}
