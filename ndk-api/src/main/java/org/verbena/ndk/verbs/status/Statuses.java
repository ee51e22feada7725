package org.verbena.ndk.verbs.status;

import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkStatus;

/** The NDK statuses of errno values and of completion statuses. */
public final class Statuses {
  private Statuses() {}

  /** The status of an errno value that has no special meaning for the call. */
  public static NdkStatus ofErrno(int errno) {
    if (errno == RdmaCore.ENOMEM()
        || errno == RdmaCore.EAGAIN()
        || errno == RdmaCore.ENOSPC()
        || errno == RdmaCore.EMFILE()
        || errno == RdmaCore.ENFILE()) {
      return NdkStatus.INSUFFICIENT_RESOURCES;
    }
    if (errno == RdmaCore.EINVAL()) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (errno == RdmaCore.E2BIG() || errno == RdmaCore.EMSGSIZE()) {
      return NdkStatus.DATA_OVERRUN;
    }
    if (errno == RdmaCore.EOPNOTSUPP()
        || errno == RdmaCore.ENOSYS()
        || errno == RdmaCore.EPROTONOSUPPORT()) {
      return NdkStatus.NOT_SUPPORTED;
    }
    if (errno == RdmaCore.EFAULT()) {
      return NdkStatus.ACCESS_VIOLATION;
    }
    if (errno == RdmaCore.EACCES() || errno == RdmaCore.EPERM()) {
      return NdkStatus.ACCESS_DENIED;
    }
    if (errno == RdmaCore.EADDRINUSE()) {
      return NdkStatus.SHARING_VIOLATION;
    }
    if (errno == RdmaCore.EADDRNOTAVAIL()) {
      return NdkStatus.INVALID_ADDRESS;
    }
    if (errno == RdmaCore.ENODEV() || errno == RdmaCore.ENXIO()) {
      return NdkStatus.DEVICE_REMOVED;
    }
    if (errno == RdmaCore.ENETUNREACH()) {
      return NdkStatus.NETWORK_UNREACHABLE;
    }
    if (errno == RdmaCore.EHOSTUNREACH() || errno == RdmaCore.EHOSTDOWN()) {
      return NdkStatus.HOST_UNREACHABLE;
    }
    if (errno == RdmaCore.ETIMEDOUT()) {
      return NdkStatus.IO_TIMEOUT;
    }
    if (errno == RdmaCore.ECONNREFUSED() || errno == RdmaCore.ECONNRESET()) {
      return NdkStatus.CONNECTION_REFUSED;
    }
    if (errno == RdmaCore.ENOTCONN()) {
      return NdkStatus.CONNECTION_INVALID;
    }
    if (errno == RdmaCore.EISCONN()) {
      return NdkStatus.CONNECTION_ACTIVE;
    }
    if (errno == RdmaCore.EBUSY()) {
      return NdkStatus.DEVICE_BUSY;
    }
    return NdkStatus.INTERNAL_ERROR;
  }

  /** The status of a post that the driver refused. */
  public static NdkStatus ofPost(int errno) {
    if (errno == RdmaCore.ENOMEM() || errno == RdmaCore.EAGAIN() || errno == RdmaCore.ENOSPC()) {
      return NdkStatus.NO_MORE_ENTRIES;
    }
    return ofErrno(errno);
  }

  public static NdkException exception(String what, ErrnoException e) {
    return new NdkException(ofErrno(e.errno()), what + ": " + e.getMessage(), e);
  }

  /**
   * The failure of a creation whose sizes are each within the adapter's limits: EINVAL then means
   * that the device cannot provide them together.
   *
   * @param reduce the sizes to reduce
   */
  public static NdkException creation(String what, String reduce, ErrnoException e) {
    if (e.errno() != RdmaCore.EINVAL()) {
      return exception(what, e);
    }
    String detail = what + ": more than the device can provide together; reduce " + reduce;
    return new NdkException(NdkStatus.INSUFFICIENT_RESOURCES, detail + ": " + e.getMessage(), e);
  }

  /**
   * The status of an {@code ibv_wc_status} for a request of a type.
   *
   * @param softRoce whether the device is Soft-RoCE, which has another status for a receive that is
   *     too short
   */
  public static NdkStatus ofWc(int status, NdkOperationType type, boolean softRoce) {
    boolean receive = type == NdkOperationType.RECEIVE;
    if (status == RdmaCore.IBV_WC_SUCCESS()) {
      return NdkStatus.SUCCESS;
    }
    if (status == RdmaCore.IBV_WC_WR_FLUSH_ERR()) {
      return NdkStatus.CANCELLED;
    }
    if (status == RdmaCore.IBV_WC_LOC_LEN_ERR()) {
      return receive ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.DATA_OVERRUN;
    }
    if (status == RdmaCore.IBV_WC_LOC_QP_OP_ERR()) {
      return receive && softRoce ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.INVALID_DEVICE_REQUEST;
    }
    if (status == RdmaCore.IBV_WC_LOC_PROT_ERR()
        || status == RdmaCore.IBV_WC_LOC_ACCESS_ERR()
        || status == RdmaCore.IBV_WC_MW_BIND_ERR()) {
      return NdkStatus.ACCESS_VIOLATION;
    }
    if (status == RdmaCore.IBV_WC_REM_INV_REQ_ERR()) {
      // For a receive only newer Soft-RoCE has it, when the message is too long.
      return receive ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.REMOTE_RESOURCES;
    }
    if (status == RdmaCore.IBV_WC_REM_ACCESS_ERR() || status == RdmaCore.IBV_WC_REM_OP_ERR()) {
      return NdkStatus.REMOTE_RESOURCES;
    }
    if (status == RdmaCore.IBV_WC_RETRY_EXC_ERR()
        || status == RdmaCore.IBV_WC_RNR_RETRY_EXC_ERR()
        || status == RdmaCore.IBV_WC_RESP_TIMEOUT_ERR()) {
      return NdkStatus.IO_TIMEOUT;
    }
    if (status == RdmaCore.IBV_WC_REM_ABORT_ERR()) {
      return NdkStatus.CONNECTION_ABORTED;
    }
    return NdkStatus.INTERNAL_ERROR;
  }

  /** The status of a request whose work has thrown. */
  public static NdkStatus ofThrowable(Throwable e) {
    return e instanceof OutOfMemoryError
        ? NdkStatus.INSUFFICIENT_RESOURCES
        : NdkStatus.INTERNAL_ERROR;
  }

  /** What was thrown, as text; null if there is no memory for it. */
  public static @Nullable String text(Throwable e) {
    try {
      return e.toString();
    } catch (OutOfMemoryError _) {
      return null;
    }
  }
}
