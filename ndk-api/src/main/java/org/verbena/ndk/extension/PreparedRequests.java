package org.verbena.ndk.extension;

import java.lang.foreign.MemorySegment;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/**
 * Requests that are built and validated once and posted again and again; an extension of every
 * {@link NdkQp}, for the thread that posts its initiator requests.
 *
 * <p>What a request needs each time is its context, its record and one word of the work request;
 * for the elements, the remote address and the flags nothing is checked or copied when it is
 * posted. A run of requests goes to the driver in one call. What changes from one post to the next
 * is changed by accessors, which check only that.
 */
public interface PreparedRequests {
  /** This extension, for {@link org.verbena.ndk.NdkObject#queryExtension}. */
  NdkExtension<PreparedRequests> EXTENSION =
      new NdkExtension<>(
          UUID.fromString("0f1d7a86-93c4-4f0b-8a5e-7d1b2c64e9a3"),
          new NdkVersion(1, 0),
          PreparedRequests.class);

  /**
   * Allocates requests, none of which is set yet.
   *
   * @param size how many, from 1 to the queue pair's initiator depth
   * @return the requests, of this queue pair. Their memory is their own, and is freed when they are
   *     no longer reachable, also after the queue pair was closed
   * @throws IllegalArgumentException if the size is out of range
   */
  Batch prepare(int size);

  /**
   * Some work requests ({@code ibv_send_wr}), one after the other. For one thread at a time, the
   * one that posts the queue pair's initiator requests.
   *
   * <p>A request stays as it was set, over any number of posts, until it is set again or changed;
   * both may be done as soon as {@link #post} has returned, also while it is outstanding. It may be
   * outstanding several times. The tokens of its elements, and the peer's, must be valid when it is
   * posted, or its result says so: nothing notices before that a region was deregistered.
   *
   * <p>The methods that set a request take what the method of {@link NdkQp} takes, any flag but
   * DEFER, and return {@link NdkStatus#SUCCESS}, or {@link NdkStatus#INVALID_PARAMETER}, {@link
   * NdkStatus#DATA_OVERRUN}, {@link NdkStatus#BUFFER_OVERFLOW}, {@link NdkStatus#ACCESS_VIOLATION}
   * as that does; the request is as it was then. All methods throw {@link
   * IndexOutOfBoundsException} for a request that there is not.
   */
  interface Batch {
    /** {@return how many requests there are} */
    int size();

    /**
     * Sets a request to a send; see {@link NdkQp#send}.
     *
     * @param index the request, from 0
     * @param requestContext returned in the result
     * @param sgl the bytes, read now; may be null if {@code nSge} is 0. The bytes of an inline
     *     request are copied now
     * @param nSge how many elements of the list to use, from 0
     * @param flags SILENT_SUCCESS, READ_FENCE, SEND_AND_SOLICIT_EVENT, INLINE
     * @return see {@link Batch}
     */
    NdkStatus setSend(int index, long requestContext, @Nullable NdkSgl sgl, int nSge, int flags);

    /**
     * Sets a request to a send that invalidates one of the peer's tokens; see {@link
     * NdkQp#sendAndInvalidate}.
     *
     * @param index the request, from 0
     * @param requestContext returned in the result
     * @param sgl as in {@link #setSend}
     * @param nSge how many elements of the list to use, from 0
     * @param flags as in {@link #setSend}
     * @param remoteToken the peer's token; {@link #remote} does not change it
     * @return see {@link Batch}; {@link NdkStatus#NOT_SUPPORTED} as there
     */
    NdkStatus setSendAndInvalidate(
        int index, long requestContext, @Nullable NdkSgl sgl, int nSge, int flags, int remoteToken);

    /**
     * Sets a request to a read; see {@link NdkQp#read}.
     *
     * @param index the request, from 0
     * @param requestContext returned in the result
     * @param sgl where the bytes go, read now; may be null if {@code nSge} is 0
     * @param nSge how many elements of the list to use, from 0
     * @param remoteAddress the virtual address in the peer's memory
     * @param remoteToken the peer's remote token
     * @param flags SILENT_SUCCESS, READ_FENCE, RDMA_READ_LOCAL_INVALIDATE (ignored)
     * @return see {@link Batch}
     */
    NdkStatus setRead(
        int index,
        long requestContext,
        @Nullable NdkSgl sgl,
        int nSge,
        long remoteAddress,
        int remoteToken,
        int flags);

    /**
     * Sets a request to a write; see {@link NdkQp#write}.
     *
     * @param index the request, from 0
     * @param requestContext returned in the result
     * @param sgl as in {@link #setSend}
     * @param nSge how many elements of the list to use, from 0
     * @param remoteAddress the virtual address in the peer's memory
     * @param remoteToken the peer's remote token
     * @param flags SILENT_SUCCESS, READ_FENCE, INLINE
     * @return see {@link Batch}
     */
    NdkStatus setWrite(
        int index,
        long requestContext,
        @Nullable NdkSgl sgl,
        int nSge,
        long remoteAddress,
        int remoteToken,
        int flags);

    /**
     * Changes a request's context. Checks the index only.
     *
     * @param index the request, from 0
     * @param requestContext returned in the results of its posts from now on
     */
    void requestContext(int index, long requestContext);

    /**
     * Changes the peer's address and token of a read or write; does nothing to a send. Checks the
     * index only.
     *
     * @param index the request, from 0
     * @param remoteAddress the virtual address in the peer's memory
     * @param remoteToken the peer's remote token
     */
    void remote(int index, long remoteAddress, int remoteToken);

    /**
     * Changes an element. Checks that there is such an element, that the memory is native and the
     * part within it, and the length of the request. Allocates nothing.
     *
     * @param index the request, from 0
     * @param element one of the elements that it was set with, from 0
     * @param buffer native memory
     * @param bufferOffset the offset of the part in the buffer, in bytes
     * @param length the length of the part in bytes, at most 4 GiB - 1
     * @param token the local token of the region they lie in, not the privileged one
     * @throws IllegalArgumentException if the buffer is on the heap, or the request would be longer
     *     than {@link org.verbena.ndk.NdkAdapterInfo#maxTransferLength}
     * @throws IndexOutOfBoundsException if the part is not in the buffer or there is no such
     *     element, as in an inline request
     */
    void element(
        int index, int element, MemorySegment buffer, long bufferOffset, long length, int token);

    /**
     * Returns the bytes of an inline request, which may be changed between two posts.
     *
     * @param index the request, from 0
     * @return the bytes, as many as it was set with; none if it is not inline. They may be kept,
     *     and are those of the request until it is set again
     */
    MemorySegment inlineBytes(int index);

    /**
     * Posts requests, one after the other, in one call of the driver ({@code ibv_post_send}), after
     * those that are deferred. Allocates nothing, and copies inline bytes only.
     *
     * <p>A flush, a close or the end of the connection that comes meanwhile takes place before or
     * after the whole run: none of it is posted then, or all of it is and is flushed.
     *
     * @param first the first request, from 0
     * @param count how many
     * @return {@link NdkStatus#SUCCESS}: all are posted, and each has a result as any request has
     *     (also one that the driver refuses, and those behind it). Otherwise none is posted: {@link
     *     NdkStatus#NO_MORE_ENTRIES}: the queue has no room for all of them; {@link
     *     NdkStatus#INVALID_PARAMETER}: one of them was never set; {@link
     *     NdkStatus#CONNECTION_INVALID}, {@link NdkStatus#INVALID_HANDLE}, {@link
     *     NdkStatus#DEVICE_REMOVED} as in {@link NdkQp}
     * @throws IndexOutOfBoundsException if there are not so many
     */
    NdkStatus post(int first, int count);
  }
}
