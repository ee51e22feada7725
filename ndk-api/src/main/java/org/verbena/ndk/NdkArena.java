package org.verbena.ndk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Memory that is registered as long as it exists: closing the arena deregisters it before it is
 * freed, so that the device cannot access what the JVM has freed.
 *
 * <p>An {@link Arena} of the JVM knows nothing of the device. If it is closed while its memory is
 * registered, the device still accesses the pages, which may by then belong to something else in
 * this process. With this arena that cannot happen.
 *
 * <p>Memory is registered in parts of at least 1 MiB; small allocations share a part. All methods
 * may be called on any thread, those that wait not in a callback; so may the memory be accessed on
 * any.
 */
public final class NdkArena implements Arena {
  private static final long PAGE = 4096;

  /**
   * The most that is registered on the calling thread, so that sharing a part waits for nothing.
   */
  private static final long SHARED_PART = 1 << 20;

  private final NdkPd pd;
  private final int flags;
  private final Arena memory = Arena.ofShared();
  private final List<Part> parts = new CopyOnWriteArrayList<>();

  // Guarded by this.
  private MemorySegment free = MemorySegment.NULL; // the rest of the last shared part
  private boolean closed;

  private record Part(MemorySegment memory, NdkMr mr) {
    boolean contains(MemorySegment segment) {
      long offset = segment.address() - memory.address();
      return offset >= 0 && segment.byteSize() <= memory.byteSize() - offset;
    }
  }

  /**
   * Creates an arena without memory.
   *
   * @param pd the domain that the memory is registered in; close the arena first
   * @param flags {@link NdkMrFlags}, combined: the rights to all memory of the arena
   */
  public NdkArena(NdkPd pd, int flags) {
    this.pd = pd;
    this.flags = flags;
  }

  /**
   * Allocates memory, filled with zeros, and registers it if no part has room. That of a part of 1
   * MiB takes tens of microseconds; more takes longer, in proportion, and must not be allocated in
   * a callback, during which its registration does not complete.
   *
   * @param byteSize at least 1
   * @param byteAlignment a power of 2, at most 4096
   * @return the memory, valid until the arena is closed
   * @throws OutOfMemoryError if there is no more memory, or the limit of locked memory is reached
   *     ({@link NdkStatus#INSUFFICIENT_RESOURCES}); what could not be registered is freed when the
   *     arena is closed
   * @throws IllegalArgumentException if the size, the alignment or the flags are wrong
   * @throws IllegalStateException if the arena or its domain is closed, or the device is gone
   */
  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    if (byteSize < 1 || Long.bitCount(byteAlignment) != 1 || byteAlignment > PAGE) {
      throw new IllegalArgumentException(
          byteSize
              + " bytes aligned to "
              + byteAlignment
              + ": at least 1, aligned to at most 4096");
    }
    return byteSize > SHARED_PART
        ? register(addPart(byteSize))
        : allocateShared(byteSize, byteAlignment);
  }

  private synchronized MemorySegment allocateShared(long byteSize, long byteAlignment) {
    requireOpen();
    long padding = -free.address() & (byteAlignment - 1);
    if (free.byteSize() - padding < byteSize) {
      free = register(addPart(SHARED_PART));
      padding = 0;
    }
    MemorySegment allocated = free.asSlice(padding, byteSize);
    free = free.asSlice(padding + byteSize);
    return allocated;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the arena is closed");
    }
  }

  /** Adds a part before it is registered, so that a close waits for it in any case. */
  private synchronized Part addPart(long bytes) {
    requireOpen();
    try {
      Part part = new Part(memory.allocate(bytes, PAGE), pd.createMr());
      parts.add(part);
      return part;
    } catch (NdkException e) {
      throw failure(e);
    }
  }

  private MemorySegment register(Part part) {
    try {
      part.mr.registerMr(part.memory, flags).toCompletableFuture().join();
      return part.memory;
    } catch (CompletionException e) {
      throw e.getCause() instanceof NdkException failure ? failure(failure) : e;
    }
  }

  private static RuntimeException failure(NdkException e) {
    return switch (e.status()) {
      case INSUFFICIENT_RESOURCES ->
          throw (Error) new OutOfMemoryError(e.getMessage()).initCause(e);
      case INVALID_PARAMETER -> new IllegalArgumentException(e.getMessage(), e);
      default -> new IllegalStateException(e.getMessage(), e);
    };
  }

  /**
   * Returns the region that memory is registered with, for its tokens; see {@link NdkSgl#set(int,
   * MemorySegment, NdkArena)} for a list of elements. Allocates nothing.
   *
   * @param segment allocated in this arena, or a slice of that
   * @return the region; do not close it
   * @throws IllegalArgumentException if the memory is not of this arena
   */
  public NdkMr mr(MemorySegment segment) {
    for (int i = 0; i < parts.size(); i++) { // an iterator would be allocated
      Part part = parts.get(i);
      if (part.contains(segment)) {
        return part.mr;
      }
    }
    throw new IllegalArgumentException("not memory of this arena: " + segment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return memory.scope();
  }

  /**
   * Deregisters all memory, waits for that, and frees the memory. Requests that still use it fail.
   * Must not be called in a callback, during which no close completes. A second close does nothing.
   *
   * @throws IllegalStateException if memory could not be deregistered, or is accessed by a native
   *     call at the moment; then nothing is freed, and the close may be tried again
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true; // no more parts
    }
    parts.forEach(part -> part.mr.close());
    try {
      parts.forEach(part -> part.mr.whenClosed().toCompletableFuture().join());
    } catch (CompletionException e) {
      throw new IllegalStateException("memory is still registered, and is not freed", e);
    }
    synchronized (this) {
      if (memory.scope().isAlive()) {
        memory.close();
      }
    }
  }
}
