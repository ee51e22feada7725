package org.verbena.ndk;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * NTSTATUS: how a call or a request ended.
 *
 * <p>The names are NDKPI's without {@code STATUS_}, the values are its values. Success and {@link
 * #PENDING} are not negative; everything else is, warnings (0x8…) included.
 */
public enum NdkStatus {
  /** The request succeeded. */
  SUCCESS(0x00000000),

  /** The request goes on; its completion callback runs exactly once, later. */
  PENDING(0x00000103),

  /**
   * A message was longer than the posted buffer, a request was too long, or a completion queue
   * overran.
   */
  BUFFER_OVERFLOW(0x80000005),

  /** The object is in use, for example a region with a bound window. */
  DEVICE_BUSY(0x80000011),

  /** The queue is full; poll results and try again. */
  NO_MORE_ENTRIES(0x8000001A),

  /** The request failed. */
  UNSUCCESSFUL(0xC0000001),

  /** Local memory lies outside its region, or lacks the right. */
  ACCESS_VIOLATION(0xC0000005),

  /** The object has been closed. */
  INVALID_HANDLE(0xC0000008),

  /** An argument is out of range. */
  INVALID_PARAMETER(0xC000000D),

  /** The request is illegal in the state of its object. */
  INVALID_DEVICE_REQUEST(0xC0000010),

  /** There is not enough memory. */
  NO_MEMORY(0xC0000017),

  /** The operating system refused access. */
  ACCESS_DENIED(0xC0000022),

  /** The buffer is smaller than the data to return. */
  BUFFER_TOO_SMALL(0xC0000023),

  /** The arguments exclude each other. */
  INVALID_PARAMETER_MIX(0xC0000030),

  /** More scatter/gather elements or bytes than allowed. */
  DATA_OVERRUN(0xC000003C),

  /** The local address and port are in use. */
  SHARING_VIOLATION(0xC0000043),

  /** The device or the system has run out of a resource, such as locked memory. */
  INSUFFICIENT_RESOURCES(0xC000009A),

  /** There is no such device, or it cannot be used now. */
  DEVICE_NOT_READY(0xC00000A3),

  /** The peer did not answer in time. */
  IO_TIMEOUT(0xC00000B5),

  /** The device or the library does not support the call. */
  NOT_SUPPORTED(0xC00000BB),

  /** Hardware or software failed. */
  INTERNAL_ERROR(0xC00000E5),

  /** The request was flushed, or its connection or object was closed. */
  CANCELLED(0xC0000120),

  /** The peer refused: bad token, range or right, or an error of its own. */
  REMOTE_RESOURCES(0xC000013D),

  /** The address is not one of this adapter. */
  INVALID_ADDRESS(0xC0000141),

  /** The object is not in a state for this call. */
  INVALID_DEVICE_STATE(0xC0000184),

  /** Private data is longer than allowed. */
  INVALID_BUFFER_SIZE(0xC0000206),

  /** No free port is left. */
  TOO_MANY_ADDRESSES(0xC0000209),

  /** The same pair of addresses and ports is already connected. */
  ADDRESS_ALREADY_EXISTS(0xC000020A),

  /** The connection has been disconnected. */
  CONNECTION_DISCONNECTED(0xC000020C),

  /** There is no listener, or the peer rejected the request. */
  CONNECTION_REFUSED(0xC0000236),

  /** There is no connection, or it is not in a state for this call. */
  CONNECTION_INVALID(0xC000023A),

  /** The queue pair or connector already has a connection. */
  CONNECTION_ACTIVE(0xC000023B),

  /** There is no route to the network. */
  NETWORK_UNREACHABLE(0xC000023C),

  /** The host does not answer. */
  HOST_UNREACHABLE(0xC000023D),

  /** The peer gave the connection up. */
  CONNECTION_ABORTED(0xC0000241),

  /** The device is gone. */
  DEVICE_REMOVED(0xC00002B6),

  /** The argument exceeds a limit of the implementation. */
  IMPLEMENTATION_LIMIT(0xC000042B),

  /** The requested version is not available. */
  BAD_VERSION(0xC0010004),

  /** RDMA is disabled on the adapter. */
  ADAPTER_NOT_READY(0xC0010011);

  private static final Map<Integer, NdkStatus> BY_CODE =
      Stream.of(values()).collect(Collectors.toMap(NdkStatus::code, Function.identity()));

  private final int code;

  NdkStatus(int code) {
    this.code = code;
  }

  /** {@return the NTSTATUS value} */
  public int code() {
    return code;
  }

  /**
   * Returns the status with an NTSTATUS value.
   *
   * @param code a value that {@link #code} returns for one of the constants
   * @return that constant
   * @throws IllegalArgumentException if there is none
   */
  public static NdkStatus of(int code) {
    if (code == 0) {
      return SUCCESS;
    }
    NdkStatus status = BY_CODE.get(code);
    if (status == null) {
      throw new IllegalArgumentException("no status has the value 0x%08X".formatted(code));
    }
    return status;
  }
}
