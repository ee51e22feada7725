package org.verbena.ndk.verbs.cm;

import java.util.Objects;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkRequestCompletion;

/**
 * The consumer's arguments of a connect or an accept.
 *
 * @param privateData a copy, empty if there is none
 */
record ConnectRequest(
    NdkQp qp,
    int inboundReadLimit,
    int outboundReadLimit,
    byte[] privateData,
    NdkRequestCompletion completion) {
  ConnectRequest {
    Objects.requireNonNull(completion, "completion");
    Objects.requireNonNull(qp, "qp");
    privateData = privateData == null ? CmId.NO_DATA : privateData.clone();
  }

  boolean hasNegativeLimit() {
    return inboundReadLimit < 0 || outboundReadLimit < 0;
  }
}
