package org.verbena.ndk;

import java.util.Optional;

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
 *   <li>{@link NdkStatus#NO_MORE_ENTRIES}: the queue is full: take results, try again;
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
  NdkStatus send(long requestContext, NdkSgl sgl, int nSge, int flags);

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
  NdkStatus receive(long requestContext, NdkSgl sgl, int nSge);

  /**
   * Reads memory of the peer (NdkRead; IBV_WR_RDMA_READ). A read beyond the connection's outbound
   * limit waits its turn.
   *
   * @param requestContext given back in the result
   * @param sgl where the bytes go; may be null if {@code nSge} is 0
   * @param nSge how many elements of the list to use, from 0
   * @param remoteAddress the address in the peer's memory
   * @param remoteToken the peer's remote token
   * @param flags SILENT_SUCCESS, READ_FENCE, DEFER of {@link NdkOpFlags}
   * @return whether it was posted; see {@link NdkQp}
   */
  NdkStatus read(
      long requestContext, NdkSgl sgl, int nSge, long remoteAddress, int remoteToken, int flags);

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
      long requestContext, NdkSgl sgl, int nSge, long remoteAddress, int remoteToken, int flags);

  /**
   * Cancels all pending requests of both queues (NdkFlush; {@code ibv_modify_qp} to ERR). Their
   * results come as {@link NdkStatus#CANCELLED}. In verbs this ends the connection: the queue pair
   * cannot be used again. Returns when the device has been told; does nothing after close.
   */
  void flush();

  /**
   * Tells which request failed first, which the cancelled ones behind it would hide.
   *
   * @return the first result of this queue pair that was neither SUCCESS nor CANCELLED, if it has
   *     been taken from the completion queue or has been seen while flushing
   */
  Optional<NdkFailure> firstFailure();
}
