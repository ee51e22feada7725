package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * NDK_QP: a queue pair of type RC ({@code ibv_qp}): a receive queue and an initiator queue.
 *
 * <p>Posting allocates nothing, copies only inline data, and is one call into the driver for each
 * request or chain of deferred ones. Each queue is for one thread at a time; a receive and an
 * initiator request may be posted at the same time. Any thread may flush or close at any time. A
 * request reads its list of elements during the call; the buffers belong to it until its result has
 * been polled (inline: until return).
 *
 * <p>Initiator requests return
 *
 * <ul>
 *   <li>{@link NdkStatus#SUCCESS}: posted; one result follows (none if silent and successful);
 *   <li>{@link NdkStatus#CONNECTION_INVALID}: not connected, or no longer;
 *   <li>{@link NdkStatus#NO_MORE_ENTRIES}: the queue is full: poll results and try again. A silent
 *       request has no result to poll; its place becomes free some time after it has completed. To
 *       wait for that, arm the completion queue with NDK_CQ_NOTIFY_ANY, try again, and wait for the
 *       notification, which silent requests cause too;
 *   <li>{@link NdkStatus#DATA_OVERRUN}: more elements than the queue pair was created for, or for a
 *       read than {@link NdkAdapterInfo#maxReadRequestSge};
 *   <li>{@link NdkStatus#BUFFER_OVERFLOW}: more bytes than {@link
 *       NdkAdapterInfo#maxTransferLength}, or than the inline size for an inline request;
 *   <li>{@link NdkStatus#INVALID_PARAMETER}: a flag that the request does not accept, or more
 *       elements than the list has;
 *   <li>{@link NdkStatus#ACCESS_VIOLATION}: an element with the privileged token lies in no
 *       mapping, or inline data in a closed arena;
 *   <li>{@link NdkStatus#INVALID_HANDLE}: closed;
 *   <li>{@link NdkStatus#DEVICE_REMOVED}: the device is gone.
 * </ul>
 *
 * <p>On any of these but SUCCESS there is no result, the queue pair and connection stay usable, and
 * requests deferred before it are posted. How a posted request ended is in its result: SUCCESS;
 * CANCELLED (flushed); ACCESS_VIOLATION (a local element outside its region); BUFFER_OVERFLOW (a
 * receive shorter than the message); REMOTE_RESOURCES (the peer refused); IO_TIMEOUT (the peer did
 * not answer); DATA_OVERRUN; INVALID_DEVICE_REQUEST; INTERNAL_ERROR; for a deferred request that
 * the driver refuses, the status of the refusal. After a failure in the device the requests behind
 * it end with CANCELLED, and the connection ends.
 *
 * <p>Some devices (Soft-RoCE in newer kernels) report a failure on this side as a flush, of the
 * failed request and of those behind it. The first flushed initiator request of a queue pair that
 * was neither flushed nor disconnected therefore ends with INTERNAL_ERROR, with IBV_WC_WR_FLUSH_ERR
 * in its provider error code: it is the one that failed (check its local elements first), unless a
 * request of the peer made the device end the queue pair.
 */
public interface NdkQp extends NdkObject {
  /**
   * Sends a message, which consumes a receive of the peer (NdkSend; IBV_WR_SEND).
   *
   * @param requestContext returned in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param flags SILENT_SUCCESS, READ_FENCE, SEND_AND_SOLICIT_EVENT, INLINE, DEFER of {@link
   *     NdkOpFlags}
   * @return the status of the post; see {@link NdkQp}
   */
  NdkStatus send(long requestContext, @Nullable NdkSgl sgl, int nSge, int flags);

  /**
   * Receives one message (NdkReceive; {@code ibv_post_recv}). Allowed before connecting.
   *
   * @param requestContext returned in the result
   * @param sgl where the message goes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @return {@link NdkStatus#SUCCESS}, {@link NdkStatus#NO_MORE_ENTRIES}, {@link
   *     NdkStatus#DATA_OVERRUN}, {@link NdkStatus#BUFFER_OVERFLOW}, {@link
   *     NdkStatus#INVALID_PARAMETER}, {@link NdkStatus#ACCESS_VIOLATION}, {@link
   *     NdkStatus#INVALID_HANDLE}, {@link NdkStatus#DEVICE_REMOVED}; see {@link NdkQp}. {@link
   *     NdkStatus#INVALID_DEVICE_REQUEST} with a shared receive queue. A receive posted after a
   *     flush or disconnect ends with {@link NdkStatus#CANCELLED}
   */
  NdkStatus receive(long requestContext, @Nullable NdkSgl sgl, int nSge);

  /**
   * Reads memory of the peer (NdkRead; IBV_WR_RDMA_READ). A read beyond the connection's outbound
   * limit waits in the queue.
   *
   * @param requestContext returned in the result
   * @param sgl where the bytes go; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param remoteAddress the virtual address in the peer's memory
   * @param remoteToken the peer's remote token
   * @param flags SILENT_SUCCESS, READ_FENCE, RDMA_READ_LOCAL_INVALIDATE (ignored), DEFER of {@link
   *     NdkOpFlags}
   * @return the status of the post; see {@link NdkQp}
   */
  NdkStatus read(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags);

  /**
   * Writes to memory of the peer, which has no completion for it (NdkWrite; IBV_WR_RDMA_WRITE).
   *
   * @param requestContext returned in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param remoteAddress the virtual address in the peer's memory
   * @param remoteToken the peer's remote token
   * @param flags SILENT_SUCCESS, READ_FENCE, INLINE, DEFER of {@link NdkOpFlags}
   * @return the status of the post; see {@link NdkQp}
   */
  NdkStatus write(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags);

  /**
   * Sends a message and invalidates one of the peer's tokens (NdkSendAndInvalidate;
   * IBV_WR_SEND_WITH_INV). The peer's result is of type {@link
   * NdkOperationType#RECEIVE_AND_INVALIDATE}, this side's of type {@link NdkOperationType#SEND}. A
   * token that is not valid there ends the connection (on Soft-RoCE the send succeeds, and the
   * peer's receive fails with {@link NdkStatus#BUFFER_OVERFLOW}); never send a peer on Soft-RoCE
   * (kernel 6.1) the token of a window that is invalidated already, which crashes its kernel.
   *
   * @param requestContext returned in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param flags as for {@link #send}
   * @param remoteToken the peer's token, of a memory window or a fast registration
   * @return the status of the post; see {@link NdkQp}; {@link NdkStatus#NOT_SUPPORTED} on a device
   *     without IBV_DEVICE_MEM_MGT_EXTENSIONS
   */
  NdkStatus sendAndInvalidate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int flags, int remoteToken);

  /**
   * Binds a window to a part of a memory region, through which the peer may access it (NdkBind;
   * IBV_WR_BIND_MW). The window's new token is valid on return. In verbs a window must be
   * invalidated before it is bound again.
   *
   * @param requestContext returned in the result
   * @param mr the region, registered
   * @param mw the window, of the same protection domain and not bound
   * @param memory the part, at least 1 byte, inside the registered memory
   * @param flags SILENT_SUCCESS, READ_FENCE, ALLOW_REMOTE_READ, ALLOW_REMOTE_WRITE, DEFER of {@link
   *     NdkOpFlags}; the token of a deferred bind can be read and sent at once, in a request behind
   *     it
   * @return as {@link NdkQp}; {@link NdkStatus#ACCESS_VIOLATION} if the part is outside the region,
   *     the right to write is missing in the region ({@link
   *     NdkMrFlags#NDK_MR_FLAG_ALLOW_LOCAL_WRITE}), or its memory is pinned for reading only (see
   *     {@link NdkMr#registerMr(MemorySegment, int, NdkRequestCompletion)}); {@link
   *     NdkStatus#INVALID_DEVICE_REQUEST} if the window is bound or the region is not registered;
   *     {@link NdkStatus#INVALID_PARAMETER} for objects of another protection domain, 0 bytes or
   *     memory on the heap; {@link NdkStatus#INVALID_HANDLE} also for a closed region or window
   */
  default NdkStatus bind(long requestContext, NdkMr mr, NdkMw mw, MemorySegment memory, int flags) {
    return bind(requestContext, mr, mw, memory, 0, memory.byteSize(), flags);
  }

  /**
   * Binds a window to a part of a memory region that needs no segment of its own; otherwise as
   * {@link #bind(long, NdkMr, NdkMw, MemorySegment, int)}.
   *
   * @param requestContext returned in the result
   * @param mr the region, registered
   * @param mw the window, of the same protection domain and not bound
   * @param memory native memory
   * @param offset the offset of the part in the memory, in bytes
   * @param length the length of the part in bytes, at least 1; it must lie inside the registered
   *     memory
   * @param flags as there
   * @return as there
   * @throws IndexOutOfBoundsException if the part is not in the memory
   */
  NdkStatus bind(
      long requestContext,
      NdkMr mr,
      NdkMw mw,
      MemorySegment memory,
      long offset,
      long length,
      int flags);

  /**
   * Invalidates a window's token, which ends the peer's access (NdkInvalidate; IBV_WR_LOCAL_INV).
   * Close the window, or bind it on another queue pair, only after the result; sooner ends the
   * connection. On Soft-RoCE the peer must not send-and-invalidate the same token at the same time.
   *
   * @param requestContext returned in the result
   * @param mw the window, bound on this queue pair
   * @param flags SILENT_SUCCESS, READ_FENCE, DEFER of {@link NdkOpFlags}
   * @return as {@link NdkQp}; {@link NdkStatus#INVALID_DEVICE_REQUEST} if the window is not bound
   *     on this queue pair; {@link NdkStatus#INVALID_PARAMETER} for one of another protection
   *     domain
   */
  NdkStatus invalidate(long requestContext, NdkMw mw, int flags);

  /**
   * Ends a fast registration (NdkInvalidate; IBV_WR_LOCAL_INV). The region can then be
   * fast-registered again.
   *
   * @param requestContext returned in the result
   * @param mr the region, fast-registered on this queue pair
   * @param flags SILENT_SUCCESS, READ_FENCE, DEFER of {@link NdkOpFlags}
   * @return as {@link NdkQp}; {@link NdkStatus#INVALID_DEVICE_REQUEST} if the region is not
   *     fast-registered on this queue pair; {@link NdkStatus#INVALID_PARAMETER} for one of another
   *     protection domain
   */
  NdkStatus invalidate(long requestContext, NdkMr mr, int flags);

  /**
   * Registers pages of a {@link NdkAdapter#buildLam logical address mapping} by a work request
   * (NdkFastRegister). User-space verbs has no such request; a window over the mapping is bound
   * instead (IBV_WR_BIND_MW), or a write of no bytes posted if the peer has no access. So the pages
   * must be contiguous within one live mapping, the base address must be the memory's own, and the
   * limitations of {@link NdkMw} apply.
   *
   * @param requestContext returned in the result
   * @param mr the region, created and initialised for it, and not registered
   * @param adapterPageCount how many pages, no more than the region was initialised for
   * @param adapterPageArray their logical addresses, longs, read during the call; {@link
   *     NdkLogicalAddressMapping#adapterPageArray}
   * @param fbo the offset of the region in the first page, in bytes, below {@link
   *     NdkLogicalAddressMapping#PAGE_SIZE}
   * @param length its length in bytes, at least 1 and within the pages
   * @param baseVirtualAddress the address of its first byte for the peer: the first logical address
   *     plus {@code fbo}
   * @param flags SILENT_SUCCESS, READ_FENCE, ALLOW_REMOTE_READ, ALLOW_LOCAL_WRITE,
   *     ALLOW_REMOTE_WRITE, RDMA_READ_SINK, DEFER of {@link NdkOpFlags}; local access is always
   *     granted
   * @return as {@link NdkQp}; {@link NdkStatus#INVALID_PARAMETER} for pages, lengths or addresses
   *     that do not match, or lie in no mapping; {@link NdkStatus#ACCESS_VIOLATION} for remote
   *     access to a region initialised without; {@link NdkStatus#INVALID_DEVICE_REQUEST} for a
   *     region that is not initialised, or is registered already
   */
  NdkStatus fastRegister(
      long requestContext,
      NdkMr mr,
      int adapterPageCount,
      MemorySegment adapterPageArray,
      int fbo,
      long length,
      long baseVirtualAddress,
      int flags);

  /**
   * Posts the initiator requests that are deferred, for who does not know which request is the last
   * when it posts it. Ours: in NDKPI a request without DEFER posts those before it, and does so
   * here too.
   *
   * @return {@link NdkStatus#SUCCESS}, also if none is deferred: what the driver refuses has a
   *     result. {@link NdkStatus#CONNECTION_INVALID}: not connected, or no longer; {@link
   *     NdkStatus#INVALID_HANDLE}: closed; {@link NdkStatus#DEVICE_REMOVED}: the device is gone.
   *     Requests that are deferred then have their results by the flush
   */
  NdkStatus submit();

  /**
   * Flushes all outstanding requests of both queues (NdkFlush; {@code ibv_modify_qp} to ERR), whose
   * results have {@link NdkStatus#CANCELLED}; poll until they have all come. In verbs this ends the
   * connection: the queue pair cannot be used again. Returns when the queue pair is in the error
   * state; does nothing after close.
   */
  void flush();

  /**
   * Returns the request that failed first, which the cancelled ones behind it could hide.
   *
   * @return the first result of this queue pair that was neither SUCCESS nor CANCELLED, once it has
   *     been polled, by the consumer or by a flush; where the device hides the failure, as
   *     described in {@link NdkQp}
   */
  Optional<NdkFailure> firstFailure();
}
