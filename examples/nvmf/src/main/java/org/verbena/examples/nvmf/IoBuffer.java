package org.verbena.examples.nvmf;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkPd;

/**
 * Memory for I/O, registered with the device once. Made by {@link NvmfHost#register} and {@link
 * NvmfHost#allocate}; all queues of that host may use it, on any thread.
 *
 * <p>Do not touch the bytes that an I/O reads into or writes from until it has completed.
 */
public final class IoBuffer implements AutoCloseable {
  private static final int PAGE = 4096;

  private final @Nullable Arena arena; // null if the memory is the caller's
  private final MemorySegment memory;
  private final NdkMr mr;
  private final int localToken;
  private final int remoteToken;
  private boolean closed;

  private IoBuffer(NdkPd pd, MemorySegment memory, @Nullable Arena arena) throws IOException {
    this.arena = arena;
    this.memory = memory;
    mr = pd.createMr();
    try {
      Blocking.await(
          mr.registerMr(memory, NDK_MR_FLAG_ALLOW_REMOTE_READ | NDK_MR_FLAG_ALLOW_REMOTE_WRITE));
    } catch (Throwable e) {
      mr.close();
      throw e;
    }
    localToken = mr.getLocalTokenFromMr();
    remoteToken = mr.getRemoteTokenFromMr();
  }

  static IoBuffer register(NdkPd pd, MemorySegment memory) throws IOException {
    return new IoBuffer(pd, memory, null);
  }

  @SuppressWarnings("MustBeClosed") // by the buffer
  static IoBuffer allocate(NdkPd pd, long bytes) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      return new IoBuffer(pd, arena.allocate(bytes, PAGE), arena);
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
  }

  /** {@return the memory, as it was registered} */
  public MemorySegment memory() {
    return memory;
  }

  NdkMr mr() {
    return mr;
  }

  int localToken() {
    return localToken;
  }

  int remoteToken() {
    return remoteToken;
  }

  /**
   * Deregisters the memory, waits until the device no longer accesses it, and frees it if it was
   * {@linkplain NvmfHost#allocate allocated} here. No I/O may still use it. A second close does
   * nothing.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    // Fails only if the host was closed before, and with it all its registrations.
    mr.closeAsync().exceptionally(_ -> null).toCompletableFuture().join();
    if (arena != null) {
      arena.close();
    }
  }
}
