package org.verbena.ndk;

/**
 * The sizes of a queue pair, for {@link NdkPd#createQp(NdkCq, NdkCq, long, NdkQpSizes)}. Creating
 * the queue pair checks them against the adapter's limits.
 *
 * @param receiveDepth the most outstanding receives, from 1 to {@link
 *     NdkAdapterInfo#maxReceiveQueueDepth}
 * @param initiatorDepth the most outstanding other requests, from 1 to {@link
 *     NdkAdapterInfo#maxInitiatorQueueDepth}
 * @param receiveSge the most scatter elements of a receive, from 0 to {@link
 *     NdkAdapterInfo#maxReceiveRequestSge}
 * @param initiatorSge the most scatter/gather elements of another request, from 0 to {@link
 *     NdkAdapterInfo#maxInitiatorRequestSge}
 * @param inlineSize the most bytes of an inline request, from 0 to {@link
 *     NdkAdapterInfo#maxInlineDataSize}
 */
public record NdkQpSizes(
    int receiveDepth, int initiatorDepth, int receiveSge, int initiatorSge, int inlineSize) {
  /** 64 receives, 64 other requests, one element each, nothing inline. */
  public static final NdkQpSizes DEFAULT = new NdkQpSizes(64, 64, 1, 1, 0);

  /**
   * Returns these sizes with another receive depth.
   *
   * @param depth the most outstanding requests
   * @return a copy with it
   */
  public NdkQpSizes withReceiveDepth(int depth) {
    return new NdkQpSizes(depth, initiatorDepth, receiveSge, initiatorSge, inlineSize);
  }

  /**
   * Returns these sizes with another initiator depth.
   *
   * @param depth the most outstanding requests
   * @return a copy with it
   */
  public NdkQpSizes withInitiatorDepth(int depth) {
    return new NdkQpSizes(receiveDepth, depth, receiveSge, initiatorSge, inlineSize);
  }

  /**
   * Returns these sizes with an initiator queue in which there is always room for so many requests
   * at once (ours). A request with a result occupies its place until that has been polled. A silent
   * one does so until a completion behind it shows that it is done; the provider asks for one in
   * every half queue. So a queue that takes silent requests needs twice as many places as there are
   * requests under way, and another the same number. The completion queue needs an entry for each
   * request and each receive.
   *
   * @param visible the most requests with results under way at once, from their post to the poll of
   *     the result
   * @param silent the most silent requests under way at once, from their post until they are done
   *     at the device, however the program knows that
   * @return a copy with that initiator depth
   * @throws IllegalArgumentException if a number is negative, or both are 0 or too great
   */
  public NdkQpSizes withInitiatorRequests(int visible, int silent) {
    long requests = (long) visible + silent;
    long depth = silent == 0 ? requests : 2 * requests;
    if (visible < 0 || silent < 0 || depth < 1 || depth > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "no queue has room for " + visible + " requests and " + silent + " silent ones");
    }
    return withInitiatorDepth((int) depth);
  }

  /**
   * Returns these sizes with another number of elements of a receive.
   *
   * @param elements the most scatter elements
   * @return a copy with it
   */
  public NdkQpSizes withReceiveSge(int elements) {
    return new NdkQpSizes(receiveDepth, initiatorDepth, elements, initiatorSge, inlineSize);
  }

  /**
   * Returns these sizes with another number of elements of an initiator request.
   *
   * @param elements the most scatter/gather elements
   * @return a copy with it
   */
  public NdkQpSizes withInitiatorSge(int elements) {
    return new NdkQpSizes(receiveDepth, initiatorDepth, receiveSge, elements, inlineSize);
  }

  /**
   * Returns these sizes with another inline size.
   *
   * @param bytes the most bytes
   * @return a copy with it
   */
  public NdkQpSizes withInlineSize(int bytes) {
    return new NdkQpSizes(receiveDepth, initiatorDepth, receiveSge, initiatorSge, bytes);
  }
}
