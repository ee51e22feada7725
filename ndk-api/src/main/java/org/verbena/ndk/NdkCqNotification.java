package org.verbena.ndk;

/**
 * NDK_FN_CQ_NOTIFICATION_CALLBACK: an armed completion queue has something to say.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged.
 */
@FunctionalInterface
public interface NdkCqNotification {
  /**
   * The arm has been satisfied and is now off.
   *
   * @param status {@link NdkStatus#SUCCESS}: take results; {@link NdkStatus#BUFFER_OVERFLOW}: the
   *     queue overran or failed, which verbs does not tell apart; {@link NdkStatus#INTERNAL_ERROR}:
   *     the device failed; after either the queue and every queue pair on it are dead
   */
  void notified(NdkStatus status);
}
