package org.verbena.ndk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Memory that is registered as long as it exists: closing the arena deregisters it before it is
 * freed, so that the device cannot access what the JVM has freed.
 *
 * <p>An {@link Arena} of the JVM knows nothing of the device. If it is closed while its memory is
 * registered, the device still accesses the pages, which may by then belong to something else in
 * this process. With this arena that cannot happen.
 *
 * <p>Memory is registered in parts of at least 1 MiB; small allocations share a part. All methods
 * may be called on any thread; so may the memory be accessed on any.
 */
public final class NdkArena implements Arena {
  private static final long PAGE = 4096;
  private static final long MIN_PART = 1 << 20;

  private final NdkPd pd;
  private final int flags;
  private final Arena memory = Arena.ofShared();

  // Guarded by this.
  private final List<Part> parts = new ArrayList<>();
  private MemorySegment free = MemorySegment.NULL; // the rest of the last part
  private boolean isClosed;

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
   * MiB takes tens of microseconds; more takes longer, in proportion.
   *
   * @param byteSize at least 1
   * @param byteAlignment a power of 2, at most 4096
   * @return the memory, valid until the arena is closed
   * @throws OutOfMemoryError if there is no more memory, or the limit of locked memory is reached
   *     ({@link NdkStatus#INSUFFICIENT_RESOURCES})
   * @throws IllegalArgumentException if the size, the alignment or the flags are wrong
   * @throws IllegalStateException if the arena or its domain is closed, or the device is gone
   */
  @Override
  public synchronized MemorySegment allocate(long byteSize, long byteAlignment) {
    if (byteSize < 1 || Long.bitCount(byteAlignment) != 1 || byteAlignment > PAGE) {
      throw new IllegalArgumentException(
          byteSize
              + " bytes aligned to "
              + byteAlignment
              + ": at least 1, aligned to at most 4096");
    }
    if (isClosed) {
      throw new IllegalStateException("the arena is closed");
    }
    long padding = -free.address() & (byteAlignment - 1);
    if (free.byteSize() - padding < byteSize) {
      free = addPart(Math.max(byteSize, MIN_PART));
      padding = 0;
    }
    MemorySegment allocated = free.asSlice(padding, byteSize);
    free = free.asSlice(padding + byteSize);
    return allocated;
  }

  private MemorySegment addPart(long bytes) {
    NdkMr mr;
    try {
      mr = pd.createMr();
    } catch (NdkException e) {
      throw failure(e);
    }
    try {
      MemorySegment added = memory.allocate(bytes, PAGE);
      mr.registerMr(added, flags).toCompletableFuture().join();
      parts.add(new Part(added, mr));
      return added;
    } catch (CompletionException e) {
      mr.close();
      throw e.getCause() instanceof NdkException failure ? failure(failure) : e;
    } catch (RuntimeException | Error e) {
      mr.close();
      throw e;
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
   * Returns the region that memory is registered with, for its tokens.
   *
   * @param segment allocated in this arena, or a slice of that
   * @return the region; do not close it
   * @throws IllegalArgumentException if the memory is not of this arena
   */
  public synchronized NdkMr mr(MemorySegment segment) {
    for (Part part : parts) {
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
   * @throws IllegalStateException if memory could not be deregistered; then nothing is freed
   */
  @Override
  public void close() {
    List<CompletableFuture<Void>> closed;
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      parts.forEach(part -> part.mr.close());
      closed = parts.stream().map(part -> part.mr.whenClosed().toCompletableFuture()).toList();
    }
    try {
      closed.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      throw new IllegalStateException("memory is still registered, and is not freed", e);
    }
    memory.close();
  }
}
