package org.verbena.ndk.verbs.cm;

import java.util.Objects;
import org.verbena.ndk.NdkConnectOptions;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkRequestCompletion;

/** The consumer's arguments of a connect or an accept. */
record ConnectRequest(NdkQp qp, NdkConnectOptions options, NdkRequestCompletion completion) {
  ConnectRequest {
    Objects.requireNonNull(completion, "completion");
    Objects.requireNonNull(qp, "qp");
    Objects.requireNonNull(options, "options");
  }

  boolean hasNegativeLimit() {
    return options.inboundReadLimit() < 0 || options.outboundReadLimit() < 0;
  }
}
