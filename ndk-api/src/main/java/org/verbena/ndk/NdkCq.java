package org.verbena.ndk;

/**
 * NDK_CQ: a completion queue ({@code ibv_cq}), polled or armed for one notification.
 *
 * <p>The results of one queue of a queue pair come in the order of its requests.
 */
public interface NdkCq extends NdkObject {
  /**
   * Takes results (NdkGetCqResults; {@code ibv_poll_cq}). One call into the driver takes up to 128
   * results; nothing is allocated.
   *
   * @param results receives them, from index 0
   * @return how many were taken, from 0 to {@link NdkResults#capacity}
   * @throws IllegalStateException after close
   */
  int getCqResults(NdkResults results);

  /**
   * Takes results with type and provider error code (NdkGetCqResultsEx; {@code ibv_poll_cq}). One
   * call into the driver takes up to 128 results; nothing is allocated.
   *
   * @param results receives them, from index 0
   * @return how many were taken, from 0 to {@link NdkResults#capacity}
   * @throws IllegalStateException after close
   */
  int getCqResultsEx(NdkResultsEx results);

  /**
   * Asks for one notification (NdkArmCq; {@code ibv_req_notify_cq}). If results have arrived since
   * the last notification it comes at once. Arming again before it has come can only widen what is
   * waited for. A failure of the queue satisfies any arm.
   *
   * <p>{@link NdkCqNotifyTypes#NDK_CQ_NOTIFY_SOLICITED} acts like {@link
   * NdkCqNotifyTypes#NDK_CQ_NOTIFY_ANY}, as Soft-RoCE's driver would miss failed requests.
   *
   * @param type one of {@link NdkCqNotifyTypes}
   * @throws IllegalArgumentException for any other type
   * @throws IllegalStateException after close, or if the queue was created without a notification
   */
  void armCq(int type);
}
