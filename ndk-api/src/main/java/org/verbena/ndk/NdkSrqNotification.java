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
   * Fewer receives than the threshold are queued, or the queue has failed. The threshold is off
   * until {@link NdkSrq#modifySrq} sets it again.
   *
   * @param status {@link NdkStatus#SUCCESS}: post more receives; {@link NdkStatus#INTERNAL_ERROR}:
   *     the queue and every queue pair on it are dead (IBV_EVENT_SRQ_ERR, or the device is gone);
   *     comes whether or not a threshold is set
   */
  void notified(NdkStatus status);
}
