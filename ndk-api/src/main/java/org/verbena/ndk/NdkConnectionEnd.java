package org.verbena.ndk;

import java.util.Objects;
import java.util.Optional;

/**
 * How a connection ended; see {@link NdkConnector#whenEnded}. Ours: NDKPI has a disconnect event, a
 * disconnect's completion and failed results, each of which tells of some ends only.
 *
 * @param cause who knows of the end
 * @param providerDisconnectReason as in {@link NdkDisconnectEventEx}; 0 if there was no such event
 * @param firstFailure the request that failed first, if its result had been polled by then
 */
public record NdkConnectionEnd(
    Cause cause, int providerDisconnectReason, Optional<NdkFailure> firstFailure) {
  /** Who knows of the end. */
  public enum Cause {
    /** The peer has disconnected, or has answered this side's disconnect. */
    PEER_CONFIRMED,

    /** This side has ended it or found it broken; the peer may not know, or may be gone. */
    PEER_UNKNOWN,

    /** The device has been removed or has failed. */
    DEVICE_REMOVED
  }

  /** Checks the arguments. */
  public NdkConnectionEnd {
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(firstFailure, "firstFailure");
  }
}
