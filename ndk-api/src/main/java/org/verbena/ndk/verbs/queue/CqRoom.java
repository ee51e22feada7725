package org.verbena.ndk.verbs.queue;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.ndk.NdkAdapterFlags;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.SpareEntries;

/**
 * The number of entries of a native completion queue: the consumer's depth, and spare ones for
 * completions that the provider hides.
 *
 * <p>A resize takes milliseconds, so the spare entries grow by doubling. It runs under this
 * object's monitor, not under the lock of the completion queue, which pollers take: drivers that
 * can resize lock against pollers themselves.
 */
final class CqRoom {
  /** How many one initiator queue may use: two hidden signals and a marker, rounded up. */
  private static final int SPARE_ENTRIES_PER_QUEUE = 4;

  private final int most;
  private final boolean resizes;

  private volatile int depth; // changed under the monitor, which guards the rest
  private int spare;
  private int initiators;

  @SuppressWarnings("NullAway.Init") // by made
  private MemorySegment cq;

  CqRoom(NdkAdapterInfo info, int depth) {
    most = info.maxCqDepth() + SpareEntries.CQ;
    int flag = NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED;
    resizes = (info.adapterFlags() & flag) != 0;
    this.depth = depth;
    // Without resizing, one for each queue from the start: each queue has a result in the depth.
    spare = resizes ? SpareEntries.CQ : Math.clamp(depth, SpareEntries.CQ, most - depth);
  }

  /** The most results that may wait for the consumer. */
  int depth() {
    return depth;
  }

  /** The number of entries to create the native queue with. */
  synchronized int entries() {
    return depth + spare;
  }

  /** Sets the native queue, once it has been created. */
  synchronized void made(MemorySegment nativeCq) {
    cq = nativeCq;
  }

  /** Makes room for the hidden completions of one more initiator queue. */
  synchronized void addInitiator() throws NdkException {
    int wanted = spareFor(initiators + 1, depth);
    if (resizes && wanted > spare) {
      try {
        VerbsControl.ibv_resize_cq(cq, depth + wanted);
      } catch (ErrnoException e) {
        throw new NdkException(
            NdkStatus.INSUFFICIENT_RESOURCES,
            "the initiator completion queue cannot be enlarged for another queue pair: "
                + e.getMessage(),
            e);
      }
      spare = wanted;
    }
    requireMarkers(initiators + 1, spare, depth);
    initiators++;
  }

  /** Removes an initiator queue. */
  synchronized void removeInitiator() {
    initiators--;
  }

  /** Changes the consumer's depth. */
  synchronized void resize(int newDepth) throws ErrnoException, NdkException {
    int wanted = spareFor(initiators, newDepth);
    requireMarkers(initiators, wanted, newDepth);
    VerbsControl.ibv_resize_cq(cq, newDepth + wanted);
    depth = newDepth;
    spare = wanted;
  }

  private int spareFor(int queues, int forDepth) {
    int full = SPARE_ENTRIES_PER_QUEUE * queues;
    int doubled = full <= SpareEntries.CQ ? SpareEntries.CQ : Integer.highestOneBit(full - 1) << 1;
    return Math.min(doubled, most - forDepth);
  }

  /**
   * With fewer than one for each queue, drain markers may overrun the queue. Forced signals need
   * none: each is of a silent request, for whose failure the consumer has left room.
   */
  private static void requireMarkers(int queues, int spare, int depth) throws NdkException {
    if (queues > spare) {
      throw new NdkException(
          NdkStatus.INSUFFICIENT_RESOURCES,
          "a completion queue of %d has no room for %d initiator queues".formatted(depth, queues));
    }
  }
}
