package org.verbena.ndk;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * An off-heap array of NDK_RESULT for {@link NdkCq#getCqResults}, allocated once and filled by
 * every poll.
 *
 * <pre>
 *   NDK_RESULT, 24 bytes
 *    0  Status            int    NTSTATUS
 *    4  BytesTransferred  int    unsigned; receives only
 *    8  QPContext         long
 *   16  RequestContext    long
 * </pre>
 *
 * <p>An entry keeps its value until the next poll into the same array; an index out of the capacity
 * throws {@link IndexOutOfBoundsException}. The memory is freed when the array is no longer
 * reachable. For one thread at a time.
 */
public sealed class NdkResults permits NdkResultsEx {
  /** Bytes of one NDK_RESULT. */
  public static final int SIZE = 24;

  private static final VarHandle STATUS = intAt(0, SIZE);
  private static final VarHandle BYTES_TRANSFERRED = intAt(4, SIZE);
  private static final VarHandle QP_CONTEXT = longAt(8, SIZE);
  private static final VarHandle REQUEST_CONTEXT = longAt(16, SIZE);

  private final MemorySegment segment;
  private final long address;
  private final int capacity;
  private final int stride;

  /**
   * Allocates an array.
   *
   * @param capacity the most results of one poll, at least 1
   * @throws IllegalArgumentException if it is less than 1
   */
  public NdkResults(int capacity) {
    this(capacity, SIZE);
  }

  NdkResults(int capacity, int stride) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, not " + capacity);
    }
    this.capacity = capacity;
    this.stride = stride;
    this.segment = Arena.ofAuto().allocate((long) capacity * stride, 64);
    this.address = segment.address();
  }

  /** {@return the most results of one poll} */
  public final int capacity() {
    return capacity;
  }

  /** {@return the memory of the array, entry after entry} */
  public final MemorySegment segment() {
    return segment;
  }

  /** {@return the address of the memory, which is valid while the array is reachable} */
  public final long address() {
    return address;
  }

  /**
   * Returns how a request ended.
   *
   * @param index the entry, from 0
   * @return its status
   */
  public final NdkStatus status(int index) {
    int status = (int) STATUS.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return NdkStatus.of(status);
  }

  /**
   * Returns the length of a received message.
   *
   * @param index the entry, from 0
   * @return its length in bytes; defined for successful receives only
   */
  public final long bytesTransferred(int index) {
    int bytes = (int) BYTES_TRANSFERRED.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return Integer.toUnsignedLong(bytes);
  }

  /**
   * Returns the queue pair's context.
   *
   * @param index the entry, from 0
   * @return the context its queue pair was created with
   */
  public final long qpContext(int index) {
    long context = (long) QP_CONTEXT.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return context;
  }

  /**
   * Returns the request's context.
   *
   * @param index the entry, from 0
   * @return the context the request was posted with
   */
  public final long requestContext(int index) {
    long context = (long) REQUEST_CONTEXT.get(ALL, entry(index));
    Reference.reachabilityFence(this);
    return context;
  }

  /** The address of an entry. Its accessors do not share more, as a handle must be a constant. */
  final long entry(int index) {
    return at(address + (long) Objects.checkIndex(index, capacity) * stride);
  }
}
