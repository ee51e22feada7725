package org.verbena.ndk;

import java.util.concurrent.CompletionStage;

/**
 * NDK_CQ: a completion queue ({@code ibv_cq}), polled or armed for one notification.
 *
 * <p>The results of one queue of a queue pair come in the order of its requests.
 */
public interface NdkCq extends NdkObject {
  /**
   * Polls results (NdkGetCqResults; {@code ibv_poll_cq}). One call into the driver polls up to 128
   * completions; nothing is allocated.
   *
   * @param results receives them, from index 0
   * @return how many were polled, from 0 (the queue is empty) to {@link NdkResults#capacity}
   * @throws IllegalStateException after close
   */
  int getCqResults(NdkResults results);

  /**
   * Polls results with type, provider error code and type-specific output (NdkGetCqResultsEx;
   * {@code ibv_poll_cq}); otherwise as {@link #getCqResults}.
   *
   * @param results receives them, from index 0
   * @return how many were polled, from 0 (the queue is empty) to {@link NdkResults#capacity}
   * @throws IllegalStateException after close
   */
  int getCqResultsEx(NdkResultsEx results);

  /**
   * Arms the queue for one notification (NdkArmCq; {@code ibv_req_notify_cq}). If results have
   * arrived since the last notification it comes at once. Arming again before it has come can only
   * widen the type: NDK_CQ_NOTIFY_ERRORS to NDK_CQ_NOTIFY_SOLICITED to NDK_CQ_NOTIFY_ANY. A failure
   * of the queue satisfies any arm.
   *
   * <p>On Soft-RoCE {@link NdkCqNotifyTypes#NDK_CQ_NOTIFY_SOLICITED} acts like {@link
   * NdkCqNotifyTypes#NDK_CQ_NOTIFY_ANY}, as its driver would miss failed requests; on any device it
   * may fire for an unsolicited result as well. {@link NdkCqNotifyTypes#NDK_CQ_NOTIFY_ERRORS} fires
   * for a failure of the queue only, never for a failed request.
   *
   * @param type one of {@link NdkCqNotifyTypes}
   * @throws IllegalArgumentException for any other type
   * @throws IllegalStateException after close, or if the queue was created without a notification
   */
  void armCq(int type);

  /**
   * Changes the depth (NdkResizeCq; {@code ibv_resize_cq}). No result is lost; polling may go on
   * meanwhile.
   *
   * @param cqDepth how many results it must hold, from 1 to {@link NdkAdapterInfo#maxCqDepth}
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#BUFFER_OVERFLOW} (more
   *     results are waiting: nothing has changed), {@link NdkStatus#INSUFFICIENT_RESOURCES} (also
   *     if the device has no room for this depth and one entry more for each queue pair; at the
   *     greatest depth there is room for 256), {@link NdkStatus#NOT_SUPPORTED} (without {@link
   *     NdkAdapterFlags#NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED})
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_PARAMETER} (out of range), {@link
   *     NdkStatus#INVALID_HANDLE}
   */
  NdkStatus resizeCq(int cqDepth, NdkRequestCompletion completion);

  /**
   * Changes the depth; see {@link #resizeCq(int, NdkRequestCompletion)}.
   *
   * @param cqDepth how many results it must hold, from 1 to {@link NdkAdapterInfo#maxCqDepth}
   * @return completes when the queue has the new depth
   */
  default CompletionStage<Void> resizeCq(int cqDepth) {
    return NdkStages.of("resize CQ", completion -> resizeCq(cqDepth, completion));
  }

  /**
   * Moderates interrupts: the device coalesces completions before it notifies
   * (NdkControlCqInterruptModeration; {@code ibv_modify_cq}). The default is no moderation. The
   * device's rounding and limits apply silently.
   *
   * @param moderationInterval the longest delay in microseconds, unsigned; 0 for no moderation, -1
   *     (MAXULONG) for no limit
   * @param moderationCount the most completions coalesced, unsigned; 0 or 1 for no moderation, more
   *     than the queue's depth for no limit
   * @return {@link NdkStatus#SUCCESS}; {@link NdkStatus#NOT_SUPPORTED} without {@link
   *     NdkAdapterFlags#NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED}, as on Soft-RoCE;
   *     {@link NdkStatus#INVALID_PARAMETER_MIX} (neither is limited); {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}; {@link NdkStatus#DEVICE_REMOVED}; {@link
   *     NdkStatus#INVALID_HANDLE}
   */
  NdkStatus controlCqInterruptModeration(int moderationInterval, int moderationCount);
}
