package org.verbena.ndk;

/** The sizes of a queue pair. */
record QpSizes(
    int receiveDepth, int initiatorDepth, int receiveSge, int initiatorSge, int inlineSize) {
  static final QpSizes SMALL = new QpSizes(16, 16, 4, 4, 64);

  QpSizes withReceiveDepth(int depth) {
    return new QpSizes(depth, initiatorDepth, receiveSge, initiatorSge, inlineSize);
  }

  QpSizes withInitiatorDepth(int depth) {
    return new QpSizes(receiveDepth, depth, receiveSge, initiatorSge, inlineSize);
  }

  QpSizes withReceiveSge(int elements) {
    return new QpSizes(receiveDepth, initiatorDepth, elements, initiatorSge, inlineSize);
  }

  QpSizes withInitiatorSge(int elements) {
    return new QpSizes(receiveDepth, initiatorDepth, receiveSge, elements, inlineSize);
  }

  QpSizes withInlineSize(int bytes) {
    return new QpSizes(receiveDepth, initiatorDepth, receiveSge, initiatorSge, bytes);
  }

  NdkQp create(NdkPd pd, NdkCq receiveCq, NdkCq initiatorCq, long context) throws NdkException {
    return pd.createQp(
        receiveCq,
        initiatorCq,
        context,
        receiveDepth,
        initiatorDepth,
        receiveSge,
        initiatorSge,
        inlineSize);
  }

  /** The sizes of the receive queue are those of the shared one. */
  NdkQp createWithSrq(NdkPd pd, NdkCq receiveCq, NdkCq initiatorCq, NdkSrq srq, long context)
      throws NdkException {
    return pd.createQpWithSrq(
        receiveCq, initiatorCq, srq, context, initiatorDepth, initiatorSge, inlineSize);
  }
}
