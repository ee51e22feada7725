package org.verbena.ndk.verbs.queue;

import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;

/**
 * A request that returned SUCCESS and that the device then refused: its result is synthesized,
 * after those of all requests before it.
 *
 * @param position its position in the queue
 * @param providerError the provider error code of its result
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
