package org.verbena.ndk.verbs.queue;

import org.verbena.ndk.NdkStatus;

/** The state of a queue pair as posting sees it; guarded by the lock of its {@link SendQueue}. */
enum QpState {
  INITIAL(NdkStatus.CONNECTION_INVALID),
  CONNECTED(NdkStatus.SUCCESS),
  /** The peer is gone; nothing has been flushed yet. */
  DISCONNECTED(NdkStatus.CONNECTION_INVALID),
  FLUSHED(NdkStatus.CONNECTION_INVALID),
  /** Its device has been removed. */
  REMOVED(NdkStatus.DEVICE_REMOVED),
  CLOSED(NdkStatus.INVALID_HANDLE);

  /** Whether initiator requests may be posted. */
  final NdkStatus initiatorStatus;

  QpState(NdkStatus initiatorStatus) {
    this.initiatorStatus = initiatorStatus;
  }

  /** Whether it was flushed or closed, and can never be connected again. */
  boolean isFlushed() {
    return compareTo(FLUSHED) >= 0;
  }
}
