package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;

/** The initiator queue that regions and windows post their requests to. */
public interface MemoryQueue {
  /** Whether initiator requests may be posted now. */
  NdkStatus initiatorStatus();

  /** Whether it was flushed, which ends the registrations that exist on it alone. */
  boolean isFlushed();

  /**
   * Binds a window to a range of a region that has been checked.
   *
   * @param type BIND or FAST_REGISTER
   * @param owner what the window is bound to: a memory region or a mapping's region
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

  /**
   * Posts a request that transfers nothing: a registration without remote access needs no other.
   */
  NdkStatus noOperation(NdkOperationType type, long requestContext, int flags);
}
