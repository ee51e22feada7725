package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;

/** The initiator queue to which regions and windows post their requests. */
public interface MemoryQueue {
  /** Whether initiator requests may be posted now. */
  NdkStatus initiatorStatus();

  /** Whether it was flushed, and with it what is registered on it alone. */
  boolean isFlushed();

  /**
   * Binds a window to bytes of a region, which have been checked.
   *
   * @param type BIND or FAST_REGISTER
   * @param owner what the window is bound to: a memory region or a mapping's
   */
  NdkStatus bind(
      NdkOperationType type,
      long requestContext,
      Window window,
      Object owner,
      MemorySegment mr,
      long address,
      long length,
      int flags);

  /** Invalidates what a window is bound to. */
  NdkStatus invalidate(long requestContext, Window window, int flags);

  /** A request that does nothing, in its turn: what a registration for this side alone needs. */
  NdkStatus noOperation(NdkOperationType type, long requestContext, int flags);
}
