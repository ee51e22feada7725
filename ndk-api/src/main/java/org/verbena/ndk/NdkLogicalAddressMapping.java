package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * NDK_LOGICAL_ADDRESS_MAPPING: the logical page addresses that {@link NdkAdapter#buildLam} assigns
 * to memory.
 *
 * <pre>
 *   16 + 8 n bytes
 *    0  AdapterContext     long   the provider's
 *    8  AdapterPageCount   int
 *   16  AdapterPageArray   long each
 * </pre>
 *
 * <p>The provider writes the structure; its memory is freed when the mapping is no longer
 * reachable. A mapping is in use from the call that builds it until that fails or {@link
 * NdkAdapter#releaseLam} returns; then it may be built again. For one thread at a time.
 */
public final class NdkLogicalAddressMapping {
  /** Bytes of one page; every page address is a multiple of it. */
  public static final int PAGE_SIZE = 4096;

  private static final long ADAPTER_CONTEXT = 0;
  private static final long ADAPTER_PAGE_COUNT = 8;
  private static final long ADAPTER_PAGE_ARRAY = 16;

  private final MemorySegment segment;
  private final int capacity;

  /**
   * Allocates an empty mapping.
   *
   * @param capacity the most pages, at least 1
   * @throws IllegalArgumentException if it is less than 1
   */
  public NdkLogicalAddressMapping(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, not " + capacity);
    }
    this.capacity = capacity;
    segment = Arena.ofAuto().allocate(ADAPTER_PAGE_ARRAY + 8L * capacity, 8);
  }

  /**
   * Allocates an empty mapping with as many pages as some memory needs.
   *
   * @param memory native memory
   * @return an empty mapping
   */
  public static NdkLogicalAddressMapping forMemory(MemorySegment memory) {
    return new NdkLogicalAddressMapping(Math.toIntExact(pages(memory)));
  }

  /**
   * Counts the pages of some memory.
   *
   * @param memory native memory
   * @return how many pages it lies in, at least 1
   */
  public static long pages(MemorySegment memory) {
    long offset = memory.address() % PAGE_SIZE;
    return Math.max(1, (offset + memory.byteSize() + PAGE_SIZE - 1) / PAGE_SIZE);
  }

  /** {@return the most pages} */
  public int capacity() {
    return capacity;
  }

  /** {@return the whole structure} */
  public MemorySegment segment() {
    return segment;
  }

  /** {@return the number of pages of the last build; 0 before the first} */
  public int adapterPageCount() {
    return segment.get(JAVA_INT, ADAPTER_PAGE_COUNT);
  }

  /** {@return AdapterPageArray, {@link #adapterPageCount} longs, for {@link NdkQp#fastRegister}} */
  public MemorySegment adapterPageArray() {
    return segment.asSlice(ADAPTER_PAGE_ARRAY, 8L * adapterPageCount());
  }

  /**
   * Returns a page's logical address.
   *
   * @param index the page, from 0
   * @return its logical address
   * @throws IndexOutOfBoundsException if there is no such page
   */
  public long adapterPage(int index) {
    Objects.checkIndex(index, adapterPageCount());
    return segment.get(JAVA_LONG, ADAPTER_PAGE_ARRAY + 8L * index);
  }

  /** {@return FBO: where in the first page the memory starts, in bytes} */
  public int firstByteOffset() {
    return (int) (segment.get(JAVA_LONG, ADAPTER_CONTEXT) % PAGE_SIZE);
  }
}
