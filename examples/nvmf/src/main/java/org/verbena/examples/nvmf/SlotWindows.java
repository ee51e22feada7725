package org.verbena.examples.nvmf;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkStatus;

/** A memory window for each slot of a queue, and the memory that it exposes to the target. */
final class SlotWindows {
  /** Marks the context of an invalidation, whose slot is in the lower bits. */
  static final long INVALIDATED = 1L << 33;

  private static final long BOUND = 1L << 34;

  private final NdkPd pd;
  private final NdkMw[] windows;
  private final @Nullable IoBuffer[] buffers; // of the slots whose command has a window
  private final long[] offsets;
  private final int[] lengths;
  private final int[] rights;

  SlotWindows(NdkPd pd, int count) {
    this.pd = pd;
    windows = new NdkMw[count];
    buffers = new IoBuffer[count];
    offsets = new long[count];
    lengths = new int[count];
    rights = new int[count];
  }

  /** Creates windows for a new queue pair: the old ones may still be bound to the last. */
  void renew() throws NdkException {
    close();
    for (int i = 0; i < windows.length; i++) {
      windows[i] = pd.createMw();
    }
  }

  void close() {
    for (NdkMw window : windows) {
      if (window != null) {
        window.close();
      }
    }
  }

  /** Sets the memory that the window of a slot exposes. */
  void set(int slot, IoBuffer buffer, long offset, int length, boolean targetWrites) {
    buffers[slot] = buffer;
    offsets[slot] = offset;
    lengths[slot] = length;
    rights[slot] = targetWrites ? NDK_OP_FLAG_ALLOW_REMOTE_WRITE : NDK_OP_FLAG_ALLOW_REMOTE_READ;
  }

  /** Marks the command of the slot as one without a window. */
  void clear(int slot) {
    buffers[slot] = null;
  }

  boolean isSet(int slot) {
    return buffers[slot] != null;
  }

  /** Binds the window, in one call with the command that is posted next. */
  NdkStatus bind(NdkQp qp, int slot) {
    IoBuffer buffer = buffer(slot);
    return qp.bind(
        BOUND,
        buffer.mr(),
        windows[slot],
        buffer.memory(),
        offsets[slot],
        lengths[slot],
        rights[slot] | NDK_OP_FLAG_SILENT_SUCCESS | NDK_OP_FLAG_DEFER);
  }

  private IoBuffer buffer(int slot) {
    return Objects.requireNonNull(buffers[slot], "the command has no window");
  }

  int token(int slot) {
    return windows[slot].lastRemoteToken();
  }

  long address(int slot) {
    return buffer(slot).memory().address() + offsets[slot];
  }

  int length(int slot) {
    return lengths[slot];
  }

  /** Invalidates a window that the target has not invalidated; a result reports it. */
  NdkStatus invalidate(NdkQp qp, int slot) {
    return qp.invalidate(INVALIDATED | slot, windows[slot], 0);
  }
}
