package org.verbena.ndk.verbs.queue;

import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;

/**
 * A request that was answered SUCCESS and that the device then did not take: its result is made,
 * when those of all requests before it have come.
 *
 * @param position its position in the queue
 * @param providerError what its result carries as the provider's error code
 */
record LostRequest(
    WorkQueue queue,
    int position,
    long context,
    NdkOperationType type,
    NdkStatus status,
    int providerError) {
  /** Whether nothing before it is outstanding. */
  boolean isNext() {
    return queue.tail() - position >= 0;
  }

  /** Whether it lies before another request of its queue. */
  boolean isBefore(WorkQueue other, int otherPosition) {
    return queue == other && otherPosition - position > 0;
  }
}
