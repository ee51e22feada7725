package org.verbena.ndk;

/**
 * NDK_PD: a protection domain, the scope within which queue pairs may use memory ({@code ibv_pd}).
 */
public interface NdkPd extends NdkObject {
  /**
   * Creates a memory region object, which holds no memory yet (NdkCreateMr with FastRegister =
   * FALSE).
   *
   * @return the memory region
   * @throws NdkException {@link NdkStatus#INVALID_HANDLE} after close
   */
  NdkMr createMr() throws NdkException;

  /**
   * Creates a queue pair (NdkCreateQp; {@code ibv_create_qp} of type RC, then to INIT, so that
   * receives can be posted before connecting).
   *
   * @param receiveCq takes the results of receives; of the same adapter
   * @param initiatorCq takes the results of everything else; may be the same
   * @param qpContext given back in every result of this queue pair
   * @param receiveQueueDepth the most outstanding receives, from 1 to {@link
   *     NdkAdapterInfo#maxReceiveQueueDepth}
   * @param initiatorQueueDepth the most outstanding other requests, from 1 to {@link
   *     NdkAdapterInfo#maxInitiatorQueueDepth}
   * @param maxReceiveRequestSge elements of a receive, from 0 to {@link
   *     NdkAdapterInfo#maxReceiveRequestSge}
   * @param maxInitiatorRequestSge elements of another request, from 0 to {@link
   *     NdkAdapterInfo#maxInitiatorRequestSge}
   * @param inlineDataSize bytes of an inline request, from 0 to {@link
   *     NdkAdapterInfo#maxInlineDataSize}
   * @return the queue pair
   * @throws NdkException {@link NdkStatus#INVALID_PARAMETER} for a size out of range, {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#INVALID_HANDLE} if this or a queue has
   *     been closed
   */
  NdkQp createQp(
      NdkCq receiveCq,
      NdkCq initiatorCq,
      long qpContext,
      int receiveQueueDepth,
      int initiatorQueueDepth,
      int maxReceiveRequestSge,
      int maxInitiatorRequestSge,
      int inlineDataSize)
      throws NdkException;
}
