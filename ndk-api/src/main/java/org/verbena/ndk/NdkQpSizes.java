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
