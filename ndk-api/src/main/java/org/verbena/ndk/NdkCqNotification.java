package org.verbena.ndk;

/**
 * NDK_FN_CQ_NOTIFICATION_CALLBACK: the arm of a completion queue has been satisfied.
 *
 * <p>Runs on the adapter's dispatcher thread, where no other callback of the adapter runs
 * meanwhile, or on a {@linkplain NdkOpenOptions#notificationThreads notification thread}: it must
 * not block, and what it throws is logged. For a queue of a wait set see {@link NdkWaitSet}.
 */
@FunctionalInterface
public interface NdkCqNotification {
  /**
   * The queue has what it was armed for, and is no longer armed.
   *
   * @param status {@link NdkStatus#SUCCESS}: poll results; {@link NdkStatus#BUFFER_OVERFLOW}: the
   *     queue overran or failed, which verbs does not distinguish; {@link
   *     NdkStatus#INTERNAL_ERROR}: the driver could not poll the queue, or not arm it; {@link
   *     NdkStatus#DEVICE_REMOVED}: the device is gone. After any of these but SUCCESS treat the
   *     queue and every queue pair on it as dead: polling returns a result for every outstanding
   *     request
   */
  void notified(NdkStatus status);
}
