package org.verbena.ndk;

/**
 * NDK_FN_SRQ_NOTIFICATION_CALLBACK: a shared receive queue runs low.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged.
 */
@FunctionalInterface
public interface NdkSrqNotification {
  /**
   * The threshold has been passed, and is off until {@link NdkSrq#modifySrq} sets it again.
   *
   * @param status {@link NdkStatus#SUCCESS}: post more receives; {@link NdkStatus#INTERNAL_ERROR}:
   *     the queue and every queue pair on it are dead
   */
  void notified(NdkStatus status);
}
