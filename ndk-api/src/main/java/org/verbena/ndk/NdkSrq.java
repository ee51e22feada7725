package org.verbena.ndk;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * NDK_SRQ: a receive queue that many queue pairs share ({@code ibv_srq}).
 *
 * <p>A receive's result goes to the receive completion queue of the queue pair that consumes it,
 * with that queue pair's context. While the queue is empty senders wait (RNR); no connection is
 * lost. A receive that is still posted when the queue is closed has no result; on Soft-RoCE of
 * newer kernels neither has one that is being filled when its queue pair is flushed: the driver
 * drops it silently, and its place is lost until the shared queue is closed. Several threads may
 * post; they wait for each other.
 */
public interface NdkSrq extends NdkObject {
  /**
   * Changes the depth, or arms one notification (NdkModifySrq; {@code ibv_modify_srq}).
   *
   * @param srqDepth the most outstanding receives, from 1 to {@link NdkAdapterInfo#maxSrqDepth}; 0
   *     keeps it
   * @param notifyThreshold notify once when fewer receives than this are queued, at once if so
   *     already; from 1 to the depth; 0 keeps threshold and arm. A consumed receive may count as
   *     queued until its result is polled
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#INVALID_PARAMETER}
   *     (more receives are queued than the new depth allows, or the threshold is above it), {@link
   *     NdkStatus#NOT_SUPPORTED} (the device cannot change a depth), {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_PARAMETER} (out of range, or a
   *     threshold on a queue created without a notification), {@link NdkStatus#INVALID_HANDLE}
   */
  NdkStatus modifySrq(int srqDepth, int notifyThreshold, NdkRequestCompletion completion);

  /**
   * Changes the depth, or arms one notification; see {@link #modifySrq(int, int,
   * NdkRequestCompletion)}.
   *
   * @param srqDepth the new depth; 0 keeps it
   * @param notifyThreshold the new threshold; 0 keeps it
   * @return completes when both are in effect
   */
  default CompletionStage<Void> modifySrq(int srqDepth, int notifyThreshold) {
    return NdkStages.of(
        "modify SRQ", completion -> modifySrq(srqDepth, notifyThreshold, completion));
  }

  /**
   * Receives one message, on whichever queue pair it arrives (NdkSrqReceive; {@code
   * ibv_post_srq_recv}).
   *
   * @param requestContext returned in the result
   * @param sgl where the message goes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @return {@link NdkStatus#SUCCESS}, {@link NdkStatus#NO_MORE_ENTRIES}, {@link
   *     NdkStatus#DATA_OVERRUN}, {@link NdkStatus#BUFFER_OVERFLOW}, {@link
   *     NdkStatus#INVALID_PARAMETER}, {@link NdkStatus#ACCESS_VIOLATION}, {@link
   *     NdkStatus#INVALID_HANDLE}, {@link NdkStatus#DEVICE_REMOVED}; as {@link NdkQp#receive}
   */
  NdkStatus srqReceive(long requestContext, @Nullable NdkSgl sgl, int nSge);
}
