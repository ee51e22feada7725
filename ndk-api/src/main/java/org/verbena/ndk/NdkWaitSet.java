package org.verbena.ndk;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A set of completion queues on which one thread of the consumer sleeps, and that notify on that
 * thread instead of a dispatcher's ({@code ibv_comp_channel}). Verbena's own: NDKPI leaves the
 * thread of a notification to the provider.
 *
 * <p>A queue of the set is polled and armed like any other:
 *
 * <pre>{@code
 * private void notified(NdkStatus status) {
 *   for (int n; (n = cq.getCqResults(results)) > 0; ) {
 *     process(results, n);
 *   }
 *   cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY); // notifies again of what has come meanwhile
 * }
 *
 * cq = waitSet.createCq(256, this::notified, null);
 * cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
 * while (running) {
 *   waitSet.await(IDLE_LIMIT);
 * }
 * }</pre>
 *
 * <p>Closing it ends {@link #await}, so that its queues notify nobody any more; its close completes
 * after theirs.
 */
public interface NdkWaitSet extends NdkObject {
  /**
   * Creates a completion queue that belongs to this set (NdkCreateCq; {@code ibv_create_cq}).
   *
   * @param cqDepth how many results it must hold, from 1 to {@link NdkAdapterInfo#maxCqDepth}
   * @param notification called in {@link #await} when an arm of {@link NdkCq#armCq} is satisfied,
   *     never by two threads at once; unlike on a dispatcher it may block, and what it throws comes
   *     out of {@link #await}
   * @param affinity the processors that the device should interrupt for it, as in {@link
   *     NdkAdapter#createCq(int, NdkCqNotification, NdkGroupAffinity)}; may be null
   * @return the queue
   * @throws NdkException as {@link NdkAdapter#createCq(int, NdkCqNotification, NdkGroupAffinity)}
   */
  NdkCq createCq(int cqDepth, NdkCqNotification notification, @Nullable NdkGroupAffinity affinity)
      throws NdkException;

  /**
   * Sleeps until a queue of this set has what it is armed for, and runs the notifications of all
   * that have. Queues that they arm, and that have something at once, wait for the next call.
   *
   * <p>Allocates nothing, but for a virtual thread that sleeps: it parks, and the adapter's
   * dispatcher wakes it. An interrupt does not end the sleep, and stays set.
   *
   * @param limit how long it sleeps at most, in whole milliseconds, rounded up; zero to look only.
   *     A notification takes the time it takes
   * @return how many notifications ran; 0 after {@link #wakeup}, a close, or the limit
   * @throws IllegalArgumentException if the limit is negative
   * @throws IllegalStateException after close, or if a thread is in this method already (as it is
   *     when a notification calls it)
   */
  int await(Duration limit);

  /**
   * Ends {@link #await}, or the next one if none sleeps, without a notification ({@code
   * eventfd_write}). Any thread may call it, also a notification. Several calls may end one.
   *
   * @throws IllegalStateException after close
   */
  void wakeup();

  /**
   * Returns a file for other event loops ({@code epoll}): it is readable as long as {@link #await}
   * would not sleep. It may be so in vain.
   *
   * @return its descriptor, which this set closes; only to be polled for reading
   * @throws IllegalStateException after close
   */
  int fileDescriptor();
}
