package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A scatter/gather list: an off-heap array of NDK_SGE, allocated once and used for many requests.
 *
 * <pre>
 *   NDK_SGE, 16 bytes (byte for byte an ibv_sge)
 *    0  VirtualAddress     long
 *    8  Length             int   unsigned
 *   12  MemoryRegionToken  int
 * </pre>
 *
 * <p>A request reads the list during its call; then the list may be changed, while the buffers
 * belong to the request until its result has been polled. The list keeps its buffers reachable; its
 * own memory is freed when it is no longer reachable. For one thread at a time.
 */
public final class NdkSgl {
  /** Bytes of one NDK_SGE. */
  public static final int SIZE = 16;

  private static final int LENGTH = 8;
  private static final int TOKEN = 12;
  private static final long MAX_LENGTH = 0xFFFF_FFFFL;

  private final MemorySegment segment;
  private final long address;
  private final MemorySegment[] buffers;
  private final long[] offsets; // of the element's first byte in its buffer

  /**
   * Allocates a list of empty elements.
   *
   * @param capacity the most elements, at least 1
   * @throws IllegalArgumentException if it is less than 1
   */
  public NdkSgl(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, not " + capacity);
    }
    segment = Arena.ofAuto().allocate((long) capacity * SIZE, SIZE);
    address = segment.address();
    buffers = new MemorySegment[capacity];
    offsets = new long[capacity];
  }

  /**
   * Creates a list of one element.
   *
   * @param buffer the bytes, native memory of at most 4 GiB - 1
   * @param token the local token of the region they lie in
   * @return a new list
   * @throws IllegalArgumentException if the buffer is on the heap or too long
   */
  public static NdkSgl of(MemorySegment buffer, int token) {
    return new NdkSgl(1).set(0, buffer, token);
  }

  /**
   * Creates a list of one element of an arena.
   *
   * @param buffer the bytes, at most 4 GiB - 1, allocated in the arena, or a slice of that
   * @param arena the arena
   * @return a new list
   * @throws IllegalArgumentException if the buffer is not of the arena or too long
   */
  public static NdkSgl of(MemorySegment buffer, NdkArena arena) {
    return new NdkSgl(1).set(0, buffer, arena);
  }

  /**
   * Sets an element to memory of an arena, which knows its token. Allocates nothing; the time grows
   * with the number of parts that the arena has registered.
   *
   * @param index the element, from 0
   * @param buffer the bytes, at most 4 GiB - 1, allocated in the arena, or a slice of that
   * @param arena the arena
   * @return this list
   * @throws IllegalArgumentException if the buffer is not of the arena or too long
   * @throws IllegalStateException if the arena is closed
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public NdkSgl set(int index, MemorySegment buffer, NdkArena arena) {
    return set(index, buffer, arena.mr(buffer).getLocalTokenFromMr());
  }

  /**
   * Sets an element.
   *
   * @param index the element, from 0
   * @param buffer the bytes, native memory of at most 4 GiB - 1
   * @param token the local token of the region they lie in; ignored for inline requests
   * @return this list
   * @throws IllegalArgumentException if the buffer is on the heap or too long
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public NdkSgl set(int index, MemorySegment buffer, int token) {
    return set(index, buffer, 0, buffer.byteSize(), token);
  }

  /**
   * Sets an element to a part of a buffer, without a segment for the part (except for an inline
   * request): a program that sends other bytes each time allocates nothing.
   *
   * @param index the element, from 0
   * @param buffer native memory
   * @param bufferOffset the offset of the part in the buffer, in bytes
   * @param length the length of the part in bytes, at most 4 GiB - 1
   * @param token the local token of the region they lie in; ignored for inline requests
   * @return this list
   * @throws IllegalArgumentException if the buffer is on the heap or the part too long
   * @throws IndexOutOfBoundsException if there is no such element, or the part is not in the buffer
   */
  public NdkSgl set(int index, MemorySegment buffer, long bufferOffset, long length, int token) {
    if (!buffer.isNative()) {
      throw new IllegalArgumentException(
          "the buffer is on the heap; RDMA needs native memory, for example Arena.allocate");
    }
    Objects.checkFromIndexSize(bufferOffset, length, buffer.byteSize());
    if (length > MAX_LENGTH) {
      throw new IllegalArgumentException("the buffer is longer than 4 GiB - 1: " + length);
    }
    buffers[index] = buffer;
    offsets[index] = bufferOffset;
    long offset = (long) index * SIZE;
    segment.set(JAVA_LONG, offset, buffer.address() + bufferOffset);
    segment.set(JAVA_INT, offset + LENGTH, (int) length);
    segment.set(JAVA_INT, offset + TOKEN, token);
    return this;
  }

  /** {@return the number of elements the list can hold} */
  public int capacity() {
    return buffers.length;
  }

  /** {@return the memory of the list, element after element} */
  public MemorySegment segment() {
    return segment;
  }

  /** {@return the address of the memory, which is valid while the list is reachable} */
  public long address() {
    return address;
  }

  /**
   * Returns the buffer of an element, which an inline request copies.
   *
   * @param index the element, from 0
   * @return the buffer, or the part of it, that the element was set to
   * @throws IllegalStateException if it was never set
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public MemorySegment buffer(int index) {
    MemorySegment buffer = buffers[Objects.checkIndex(index, buffers.length)];
    if (buffer == null) {
      throw new IllegalStateException("element " + index + " was never set");
    }
    long length = Integer.toUnsignedLong(segment.get(JAVA_INT, (long) index * SIZE + LENGTH));
    return length == buffer.byteSize() ? buffer : buffer.asSlice(offsets[index], length);
  }
}
