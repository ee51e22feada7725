package org.verbena.ndk;

/**
 * The sizes of a queue pair, for {@link NdkPd#createQp(NdkCq, NdkCq, long, NdkQpSizes)}. Their
 * limits are the adapter's, and are checked when the queue pair is created.
 *
 * @param receiveDepth the most outstanding receives, from 1 to {@link
 *     NdkAdapterInfo#maxReceiveQueueDepth}
 * @param initiatorDepth the most outstanding other requests, from 1 to {@link
 *     NdkAdapterInfo#maxInitiatorQueueDepth}
 * @param receiveSge elements of a receive, from 0 to {@link NdkAdapterInfo#maxReceiveRequestSge}
 * @param initiatorSge elements of another request, from 0 to {@link
 *     NdkAdapterInfo#maxInitiatorRequestSge}
 * @param inlineSize bytes of an inline request, from 0 to {@link NdkAdapterInfo#maxInlineDataSize}
 */
public record NdkQpSizes(
    int receiveDepth, int initiatorDepth, int receiveSge, int initiatorSge, int inlineSize) {
  /** 64 receives, 64 other requests, one element each, nothing inline. */
  public static final NdkQpSizes DEFAULT = new NdkQpSizes(64, 64, 1, 1, 0);

  /**
   * Changes the most outstanding receives.
   *
   * @param depth requests
   * @return the other sizes with this one
   */
  public NdkQpSizes withReceiveDepth(int depth) {
    return new NdkQpSizes(depth, initiatorDepth, receiveSge, initiatorSge, inlineSize);
  }

  /**
   * Changes the most outstanding requests other than receives.
   *
   * @param depth requests
   * @return the other sizes with this one
   */
  public NdkQpSizes withInitiatorDepth(int depth) {
    return new NdkQpSizes(receiveDepth, depth, receiveSge, initiatorSge, inlineSize);
  }

  /**
   * Changes the elements of a receive.
   *
   * @param elements scatter elements
   * @return the other sizes with this one
   */
  public NdkQpSizes withReceiveSge(int elements) {
    return new NdkQpSizes(receiveDepth, initiatorDepth, elements, initiatorSge, inlineSize);
  }

  /**
   * Changes the elements of a request other than a receive.
   *
   * @param elements gather elements
   * @return the other sizes with this one
   */
  public NdkQpSizes withInitiatorSge(int elements) {
    return new NdkQpSizes(receiveDepth, initiatorDepth, receiveSge, elements, inlineSize);
  }

  /**
   * Changes the length of an inline request.
   *
   * @param bytes the most bytes
   * @return the other sizes with this one
   */
  public NdkQpSizes withInlineSize(int bytes) {
    return new NdkQpSizes(receiveDepth, initiatorDepth, receiveSge, initiatorSge, bytes);
  }
}
