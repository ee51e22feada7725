package org.verbena.ndk.verbs;

import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkStatus;

/** What rdma_cm's events are in NDKPI. */
final class CmStatuses {
  /** IB_CM_REJ_TIMEOUT, which no header for user space names. */
  private static final int REJECT_TIMEOUT = 4;

  private CmStatuses() {}

  /** The status of a connect that an event has ended. */
  static NdkStatus ofConnect(CmEvent event) {
    int type = event.type();
    int status = event.status();
    if (type == RdmaCore.RDMA_CM_EVENT_ADDR_ERROR()) {
      if (status == -RdmaCore.ENETUNREACH()) {
        return NdkStatus.NETWORK_UNREACHABLE;
      }
      boolean own = status == -RdmaCore.ENODEV() || status == -RdmaCore.EADDRNOTAVAIL();
      return own ? NdkStatus.INVALID_ADDRESS : NdkStatus.HOST_UNREACHABLE;
    }
    if (type == RdmaCore.RDMA_CM_EVENT_ROUTE_ERROR()) {
      return status == -RdmaCore.ENETUNREACH()
          ? NdkStatus.NETWORK_UNREACHABLE
          : NdkStatus.HOST_UNREACHABLE;
    }
    if (type == RdmaCore.RDMA_CM_EVENT_REJECTED()) {
      // The one reject reason that is none: the peer's connection manager timed out.
      return status == REJECT_TIMEOUT ? NdkStatus.IO_TIMEOUT : NdkStatus.CONNECTION_REFUSED;
    }
    if (type == RdmaCore.RDMA_CM_EVENT_UNREACHABLE()) {
      return NdkStatus.IO_TIMEOUT;
    }
    if (type == RdmaCore.RDMA_CM_EVENT_DEVICE_REMOVAL()) {
      return NdkStatus.DEVICE_REMOVED;
    }
    return NdkStatus.CONNECTION_ABORTED;
  }

  /** The status of a connection that an event has ended while it was made, on either side. */
  static NdkStatus ofEstablish(CmEvent event) {
    if (event.type() == RdmaCore.RDMA_CM_EVENT_UNREACHABLE()) {
      return NdkStatus.IO_TIMEOUT;
    }
    return event.type() == RdmaCore.RDMA_CM_EVENT_DEVICE_REMOVAL()
        ? NdkStatus.DEVICE_REMOVED
        : NdkStatus.CONNECTION_ABORTED;
  }

  /** A disconnect event's ProviderDisconnectReason. */
  static int disconnectReason(CmEvent event) {
    boolean plain = event.type() == RdmaCore.RDMA_CM_EVENT_DISCONNECTED() && event.status() == 0;
    return plain ? 0 : (event.type() << 16) | (-event.status() & 0xFFFF);
  }

  /** The same where a verbs event has told. */
  static int disconnectReason(int asyncEvent) {
    return Integer.MIN_VALUE | asyncEvent;
  }
}
