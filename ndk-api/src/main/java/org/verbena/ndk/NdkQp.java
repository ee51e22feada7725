package org.verbena.ndk;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * NDK_QP: a queue pair of type RC ({@code ibv_qp}): a receive queue and an initiator queue.
 *
 * <p>Nothing here allocates or copies, except what {@link NdkOpFlags#NDK_OP_FLAG_INLINE} asks for,
 * and posting is one call into the driver for each request or each chain of deferred ones. Each
 * queue is for one thread at a time; a receive and an initiator request may be posted at the same
 * time. Flushing and closing may happen at any time.
 *
 * <p>Initiator requests return
 *
 * <ul>
 *   <li>{@link NdkStatus#SUCCESS}: posted, one result will come (none if silent and successful);
 *   <li>{@link NdkStatus#CONNECTION_INVALID}: not connected, or no longer;
 *   <li>{@link NdkStatus#NO_MORE_ENTRIES}: the queue is full: take results, try again. A silent
 *       request has no result to take; its place is free some time after the device has done it.
 *       Until then poll, or arm the completion queue with NDK_CQ_NOTIFY_ANY, try again, and wait
 *       for the notification, which also covers silent requests;
 *   <li>{@link NdkStatus#DATA_OVERRUN}: more elements than the queue pair was made for;
 *   <li>{@link NdkStatus#BUFFER_OVERFLOW}: more bytes than {@link
 *       NdkAdapterInfo#maxTransferLength}, or than the inline size for an inline request;
 *   <li>{@link NdkStatus#INVALID_PARAMETER}: a flag that the request does not take, or more
 *       elements than the list has;
 *   <li>{@link NdkStatus#INVALID_HANDLE}: closed.
 * </ul>
 *
 * <p>On any of these but SUCCESS there is no result, the queue pair and connection stay usable, and
 * requests deferred before it are handed to the device. How a posted request ends is in its result:
 * SUCCESS; CANCELLED (flushed); ACCESS_VIOLATION (a local element outside its region);
 * BUFFER_OVERFLOW (a receive shorter than the message); REMOTE_RESOURCES (the peer refused);
 * IO_TIMEOUT (the peer did not answer); INVALID_DEVICE_REQUEST; INTERNAL_ERROR. After a failure the
 * requests behind it come back CANCELLED and the connection ends.
 *
 * <p>Some devices (Soft-RoCE in newer kernels) hide a failure on this side: the request that fails,
 * like those behind it, is only called flushed. The first initiator request that comes back flushed
 * from a queue pair that was neither flushed nor disconnected is therefore an INTERNAL_ERROR, with
 * IBV_WC_WR_FLUSH_ERR as its provider error code: it is the one that failed (check its local
 * elements first) unless a request of the peer made the device end the queue pair.
 */
public interface NdkQp extends NdkObject {
  /**
   * Sends a message into a receive of the peer (NdkSend; IBV_WR_SEND).
   *
   * @param requestContext given back in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param flags SILENT_SUCCESS, READ_FENCE, SEND_AND_SOLICIT_EVENT, INLINE, DEFER of {@link
   *     NdkOpFlags}
   * @return whether it was posted; see {@link NdkQp}
   */
  NdkStatus send(long requestContext, @Nullable NdkSgl sgl, int nSge, int flags);

  /**
   * Receives one message (NdkReceive; {@code ibv_post_recv}). Allowed before connecting.
   *
   * @param requestContext given back in the result
   * @param sgl where the message goes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @return {@link NdkStatus#SUCCESS}, {@link NdkStatus#NO_MORE_ENTRIES}, {@link
   *     NdkStatus#DATA_OVERRUN}, {@link NdkStatus#BUFFER_OVERFLOW}, {@link
   *     NdkStatus#INVALID_PARAMETER}, {@link NdkStatus#INVALID_HANDLE}; see {@link NdkQp}. A
   *     receive posted after a flush or disconnect comes back {@link NdkStatus#CANCELLED}
   */
  NdkStatus receive(long requestContext, @Nullable NdkSgl sgl, int nSge);

  /**
   * Reads memory of the peer (NdkRead; IBV_WR_RDMA_READ). A read beyond the connection's outbound
   * limit waits its turn.
   *
   * @param requestContext given back in the result
   * @param sgl where the bytes go; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param remoteAddress the address in the peer's memory
   * @param remoteToken the peer's remote token
   * @param flags SILENT_SUCCESS, READ_FENCE, RDMA_READ_LOCAL_INVALIDATE (ignored), DEFER of {@link
   *     NdkOpFlags}
   * @return whether it was posted; see {@link NdkQp}
   */
  NdkStatus read(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags);

  /**
   * Writes to memory of the peer, which takes no notice (NdkWrite; IBV_WR_RDMA_WRITE).
   *
   * @param requestContext given back in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param remoteAddress the address in the peer's memory
   * @param remoteToken the peer's remote token
   * @param flags SILENT_SUCCESS, READ_FENCE, INLINE, DEFER of {@link NdkOpFlags}
   * @return whether it was posted; see {@link NdkQp}
   */
  NdkStatus write(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags);

  /**
   * Sends a message and takes away one of the peer's tokens (NdkSendAndInvalidate;
   * IBV_WR_SEND_WITH_INV). The peer's result is of type {@link
   * NdkOperationType#RECEIVE_AND_INVALIDATE}, this side's of type {@link NdkOperationType#SEND}. A
   * token that is not valid there ends the connection (on Soft-RoCE the send succeeds, and the
   * peer's receive fails with {@link NdkStatus#BUFFER_OVERFLOW}); a peer on Soft-RoCE (kernel 6.1)
   * must not get the token of a window that has been invalidated before, as its kernel does not
   * survive that.
   *
   * @param requestContext given back in the result
   * @param sgl the bytes; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param flags as for {@link #send}
   * @param remoteToken the peer's token, of a memory window or a fast registration
   * @return whether it was posted; see {@link NdkQp}; {@link NdkStatus#NOT_SUPPORTED} on a device
   *     without windows
   */
  NdkStatus sendAndInvalidate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int flags, int remoteToken);

  /**
   * Lets the peer use a part of a memory region through a window (NdkBind; IBV_WR_BIND_MW). The
   * window's new token is known on return. In verbs a window must be invalidated before it is bound
   * again.
   *
   * @param requestContext given back in the result
   * @param mr the region, registered
   * @param mw the window, of the same protection domain and not bound
   * @param memory the part, at least 1 byte, inside the registered memory
   * @param flags SILENT_SUCCESS, READ_FENCE, ALLOW_REMOTE_READ, ALLOW_REMOTE_WRITE, DEFER of {@link
   *     NdkOpFlags}; a deferred bind is posted at once
   * @return as {@link NdkQp}; {@link NdkStatus#ACCESS_VIOLATION} if the part is outside the region,
   *     is to be written and the region has no {@link NdkMrFlags#NDK_MR_FLAG_ALLOW_LOCAL_WRITE}, or
   *     is of memory that cannot be written at all (see {@link NdkMr#registerMr(MemorySegment, int,
   *     NdkRequestCompletion)}); {@link NdkStatus#INVALID_DEVICE_REQUEST} if the window is bound or
   *     the region is not registered; {@link NdkStatus#INVALID_PARAMETER} for objects of another
   *     protection domain, and for no bytes or memory on the heap
   */
  default NdkStatus bind(long requestContext, NdkMr mr, NdkMw mw, MemorySegment memory, int flags) {
    return bind(requestContext, mr, mw, memory, 0, memory.byteSize(), flags);
  }

  /**
   * Lets the peer use a part of a memory region through a window, without a segment of its own for
   * the part; otherwise as {@link #bind(long, NdkMr, NdkMw, MemorySegment, int)}.
   *
   * @param requestContext given back in the result
   * @param mr the region, registered
   * @param mw the window, of the same protection domain and not bound
   * @param memory native memory
   * @param offset the first byte of the part
   * @param length bytes of the part, at least 1; it must lie inside the registered memory
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
   * Takes a window's right away from the peer (NdkInvalidate; IBV_WR_LOCAL_INV). Only after its
   * result may the window be closed or bound on another queue pair: sooner ends the connection. On
   * Soft-RoCE the peer must not send-and-invalidate the same token at the same time.
   *
   * @param requestContext given back in the result
   * @param mw the window, bound on this queue pair
   * @param flags SILENT_SUCCESS, READ_FENCE, DEFER of {@link NdkOpFlags}
   * @return as {@link NdkQp}; {@link NdkStatus#INVALID_DEVICE_REQUEST} if the window is not bound
   *     here
   */
  NdkStatus invalidate(long requestContext, NdkMw mw, int flags);

  /**
   * Ends a fast registration (NdkInvalidate; IBV_WR_LOCAL_INV). The region can then be
   * fast-registered again.
   *
   * @param requestContext given back in the result
   * @param mr the region, fast-registered on this queue pair
   * @param flags SILENT_SUCCESS, READ_FENCE, DEFER of {@link NdkOpFlags}
   * @return as {@link NdkQp}; {@link NdkStatus#INVALID_DEVICE_REQUEST} if the region is not
   *     fast-registered here
   */
  NdkStatus invalidate(long requestContext, NdkMr mr, int flags);

  /**
   * Registers pages of a {@link NdkAdapter#buildLam logical address mapping} in a request
   * (NdkFastRegister). User-space verbs has no such request; a window over the mapping is bound
   * instead (IBV_WR_BIND_MW). So the pages must follow each other within one live mapping, and the
   * base address must be the memory's own; and what {@link NdkMw} says of Soft-RoCE holds too.
   *
   * @param requestContext given back in the result
   * @param mr the region, created and initialised for it, and not registered
   * @param adapterPageCount how many pages, no more than the region was initialised for
   * @param adapterPageArray their logical addresses, longs; {@link
   *     NdkLogicalAddressMapping#adapterPageArray}
   * @param fbo where in the first page the region starts, in bytes
   * @param length its length in bytes, at least 1 and within the pages
   * @param baseVirtualAddress the address that the peer uses for its first byte: the first logical
   *     address plus {@code fbo}
   * @param flags SILENT_SUCCESS, READ_FENCE, ALLOW_REMOTE_READ, ALLOW_LOCAL_WRITE,
   *     ALLOW_REMOTE_WRITE, RDMA_READ_SINK, DEFER of {@link NdkOpFlags}; local rights are always
   *     granted, and a deferred registration is posted at once
   * @return as {@link NdkQp}; {@link NdkStatus#INVALID_PARAMETER} for pages, lengths or addresses
   *     that do not fit together; {@link NdkStatus#ACCESS_VIOLATION} for rights of the peer on a
   *     region initialised without; {@link NdkStatus#INVALID_DEVICE_REQUEST} for a region that is
   *     not ready or is registered
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
   * Cancels all pending requests of both queues (NdkFlush; {@code ibv_modify_qp} to ERR). Their
   * results come as {@link NdkStatus#CANCELLED}. In verbs this ends the connection: the queue pair
   * cannot be used again. Returns when the device has been put into the error state; does nothing
   * after close.
   */
  void flush();

  /**
   * Tells which request failed first, which the cancelled ones behind it would hide.
   *
   * @return the first result of this queue pair that was neither SUCCESS nor CANCELLED, if it has
   *     been taken from the completion queue or has been seen while flushing; what is known of it
   *     where the device hides it is said in {@link NdkQp}
   */
  Optional<NdkFailure> firstFailure();
}
