package org.verbena.ndk;

import org.jspecify.annotations.Nullable;

/**
 * NDK_PD: a protection domain, the scope within which queue pairs may use memory ({@code ibv_pd}).
 */
public interface NdkPd extends NdkObject {
  /**
   * Creates a memory region object, which holds no memory yet (NdkCreateMr).
   *
   * @param fastRegister whether it is for {@link NdkMr#initializeFastRegisterMr} and {@link
   *     NdkQp#fastRegister}, and not for {@link NdkMr#registerMr}
   * @return the memory region
   * @throws NdkException {@link NdkStatus#INVALID_HANDLE} after close; for fast registration also
   *     {@link NdkStatus#NOT_SUPPORTED} without {@link NdkAdapterInfo#frmrPageCount}, {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES}
   */
  NdkMr createMr(boolean fastRegister) throws NdkException;

  /**
   * Creates a memory region object for {@link NdkMr#registerMr}; see {@link #createMr(boolean)}.
   *
   * @return the memory region
   * @throws NdkException {@link NdkStatus#INVALID_HANDLE} after close
   */
  default NdkMr createMr() throws NdkException {
    return createMr(false);
  }

  /**
   * Creates a memory region object for {@link NdkMr#initializeFastRegisterMr} and {@link
   * NdkQp#fastRegister}; see {@link #createMr(boolean)}.
   *
   * @return the memory region
   * @throws NdkException as there
   */
  default NdkMr createFastRegisterMr() throws NdkException {
    return createMr(true);
  }

  /**
   * Creates a memory window, which grants nothing yet (NdkCreateMw; {@code ibv_alloc_mw}, type 2).
   *
   * @return the memory window
   * @throws NdkException {@link NdkStatus#NOT_SUPPORTED} if {@link NdkAdapterInfo#maxWindowSize} is
   *     0, {@link NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#INVALID_HANDLE} after close
   */
  NdkMw createMw() throws NdkException;

  /**
   * Creates a shared receive queue (NdkCreateSrq; {@code ibv_create_srq}). The queue is empty, and
   * so below any threshold: the notification is armed when it has reached the threshold for the
   * first time.
   *
   * @param srqDepth the most outstanding receives, from 1 to {@link NdkAdapterInfo#maxSrqDepth}
   * @param maxReceiveRequestSge the most scatter elements of a receive, from 0 to {@link
   *     NdkAdapterInfo#maxReceiveRequestSge}
   * @param notifyThreshold notify once when fewer receives than this are queued, from 1 to {@code
   *     srqDepth}; 0 for never
   * @param notification called then, on the adapter's dispatcher thread; null if there will never
   *     be a threshold
   * @return the queue
   * @throws NdkException {@link NdkStatus#INVALID_PARAMETER} for a size out of range, or a
   *     threshold without a notification; {@link NdkStatus#NOT_SUPPORTED} if {@link
   *     NdkAdapterInfo#maxSrqDepth} is 0; {@link NdkStatus#INSUFFICIENT_RESOURCES}, also where the
   *     device cannot combine this depth with so many elements; {@link NdkStatus#INVALID_HANDLE}
   *     after close
   */
  NdkSrq createSrq(
      int srqDepth,
      int maxReceiveRequestSge,
      int notifyThreshold,
      @Nullable NdkSrqNotification notification)
      throws NdkException;

  /**
   * Creates a queue pair (NdkCreateQp; {@code ibv_create_qp} of type RC, then to INIT, so that
   * receives can be posted before connecting).
   *
   * @param receiveCq receives the results of receives; of the same adapter
   * @param initiatorCq receives the results of all other requests; of the same adapter, may be the
   *     same
   * @param qpContext returned in every result of this queue pair
   * @param receiveQueueDepth the most outstanding receives, from 1 to {@link
   *     NdkAdapterInfo#maxReceiveQueueDepth}
   * @param initiatorQueueDepth the most outstanding other requests, from 1 to {@link
   *     NdkAdapterInfo#maxInitiatorQueueDepth}
   * @param maxReceiveRequestSge the most scatter elements of a receive, from 0 to {@link
   *     NdkAdapterInfo#maxReceiveRequestSge}
   * @param maxInitiatorRequestSge the most scatter/gather elements of another request, from 0 to
   *     {@link NdkAdapterInfo#maxInitiatorRequestSge}
   * @param inlineDataSize the most bytes of an inline request, from 0 to {@link
   *     NdkAdapterInfo#maxInlineDataSize}
   * @return the queue pair
   * @throws NdkException {@link NdkStatus#INVALID_PARAMETER} for a size out of range, or a queue of
   *     another adapter; {@link NdkStatus#INSUFFICIENT_RESOURCES}, also where the device cannot
   *     combine these sizes (reduce the initiator queue depth, its elements or the inline data), or
   *     the initiator completion queue has no room for another queue pair (use another, or a
   *     shorter one); {@link NdkStatus#INVALID_HANDLE} if this or a queue has been closed
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

  /**
   * Creates a queue pair; see {@link #createQp(NdkCq, NdkCq, long, int, int, int, int, int)}.
   *
   * @param receiveCq receives the results of receives; of the same adapter
   * @param initiatorCq receives the results of all other requests; of the same adapter, may be the
   *     same
   * @param qpContext returned in every result of this queue pair
   * @param sizes its depths, elements and inline data
   * @return the queue pair
   * @throws NdkException as there
   */
  default NdkQp createQp(NdkCq receiveCq, NdkCq initiatorCq, long qpContext, NdkQpSizes sizes)
      throws NdkException {
    return createQp(
        receiveCq,
        initiatorCq,
        qpContext,
        sizes.receiveDepth(),
        sizes.initiatorDepth(),
        sizes.receiveSge(),
        sizes.initiatorSge(),
        sizes.inlineSize());
  }

  /**
   * Creates a queue pair that receives from a shared receive queue (NdkCreateQpWithSrq; {@code
   * ibv_create_qp}). {@link NdkQp#receive} then returns {@link NdkStatus#INVALID_DEVICE_REQUEST},
   * and a flush leaves the shared queue alone.
   *
   * @param receiveCq receives the results of receives; of the same adapter
   * @param initiatorCq receives the results of all other requests; of the same adapter, may be the
   *     same
   * @param srq the shared receive queue, of this protection domain
   * @param qpContext returned in every result of this queue pair
   * @param initiatorQueueDepth as in {@link #createQp}
   * @param maxInitiatorRequestSge as in {@link #createQp}
   * @param inlineDataSize as in {@link #createQp}
   * @return the queue pair
   * @throws NdkException as {@link #createQp}; {@link NdkStatus#INVALID_PARAMETER} also for a
   *     shared queue of another protection domain
   */
  NdkQp createQpWithSrq(
      NdkCq receiveCq,
      NdkCq initiatorCq,
      NdkSrq srq,
      long qpContext,
      int initiatorQueueDepth,
      int maxInitiatorRequestSge,
      int inlineDataSize)
      throws NdkException;

  /**
   * Creates a queue pair that receives from a shared receive queue; see {@link
   * #createQpWithSrq(NdkCq, NdkCq, NdkSrq, long, int, int, int)}.
   *
   * @param receiveCq receives the results of receives; of the same adapter
   * @param initiatorCq receives the results of all other requests; of the same adapter, may be the
   *     same
   * @param srq the shared receive queue, of this protection domain
   * @param qpContext returned in every result of this queue pair
   * @param sizes its initiator depth, elements and inline data; those of receives are ignored, as
   *     the shared queue has its own
   * @return the queue pair
   * @throws NdkException as there
   */
  default NdkQp createQpWithSrq(
      NdkCq receiveCq, NdkCq initiatorCq, NdkSrq srq, long qpContext, NdkQpSizes sizes)
      throws NdkException {
    return createQpWithSrq(
        receiveCq,
        initiatorCq,
        srq,
        qpContext,
        sizes.initiatorDepth(),
        sizes.initiatorSge(),
        sizes.inlineSize());
  }

  /**
   * Returns the token with which scatter/gather elements name memory of a {@link
   * NdkAdapter#buildLam logical address mapping} that is in no region
   * (NdkGetPrivilegedMemoryRegionToken). It grants requests of this side read and write access, and
   * the peer none. Verbs has no such token: the library replaces it by the {@code lkey} of the
   * mapping. An element that carries it must lie in one live mapping of this adapter, else the
   * request is not posted and returns {@link NdkStatus#ACCESS_VIOLATION}.
   *
   * @return the token, opaque
   * @throws NdkException {@link NdkStatus#INVALID_HANDLE} after close, {@link
   *     NdkStatus#INSUFFICIENT_RESOURCES} if the existing mappings could not be registered in this
   *     protection domain
   */
  int getPrivilegedMemoryRegionToken() throws NdkException;
}
