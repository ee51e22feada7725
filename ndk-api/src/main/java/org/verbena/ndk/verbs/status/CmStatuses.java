package org.verbena.ndk.verbs.status;

import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkStatus;

/**
 * The NDK statuses of rdma_cm events, by their type (RDMA_CM_EVENT_*) and status (0, a negative
 * errno value or a reject reason).
 */
public final class CmStatuses {
  /** IB_CM_REJ_TIMEOUT, which no user-space header defines. */
  private static final int REJECT_TIMEOUT = 4;

  private CmStatuses() {}

  /** The status of a connect that an event ended. */
  public static NdkStatus ofConnect(int type, int status) {
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
      // Not a rejection: the peer's connection manager timed out.
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

  /** The status of a connection that an event ended during establishment, on either side. */
  public static NdkStatus ofEstablish(int type) {
    if (type == RdmaCore.RDMA_CM_EVENT_UNREACHABLE()) {
      return NdkStatus.IO_TIMEOUT;
    }
    return type == RdmaCore.RDMA_CM_EVENT_DEVICE_REMOVAL()
        ? NdkStatus.DEVICE_REMOVED
        : NdkStatus.CONNECTION_ABORTED;
  }

  /** A disconnect event's ProviderDisconnectReason. */
  public static int disconnectReason(int type, int status) {
    boolean plain = type == RdmaCore.RDMA_CM_EVENT_DISCONNECTED() && status == 0;
    return plain ? 0 : (type << 16) | (-status & 0xFFFF);
  }

  /**
   * The ProviderDisconnectReason where an asynchronous event, IBV_EVENT_*, ended the connection.
   */
  public static int asyncDisconnectReason(int asyncEvent) {
    return Integer.MIN_VALUE | asyncEvent;
  }
}
