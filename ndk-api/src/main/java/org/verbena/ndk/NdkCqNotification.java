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
   *     queue overran or failed, which verbs does not distinguish; {@link
   *     NdkStatus#INTERNAL_ERROR}: the driver cannot say what is done, or could not arm; {@link
   *     NdkStatus#DEVICE_REMOVED}: the device is gone. After any of these the queue and every queue
   *     pair on it are dead: polling brings a result for what was outstanding
   */
  void notified(NdkStatus status);
}
