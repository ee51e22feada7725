package org.verbena.ndk;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A call or a request failed, with an NTSTATUS. */
public final class NdkException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What failed. */
  private final String detail;

  /** The status, never SUCCESS or PENDING. */
  private final NdkStatus status;

  /**
   * Creates an exception without a cause.
   *
   * @param status the status
   * @param detail what failed, for a person
   */
  public NdkException(NdkStatus status, String detail) {
    this(status, detail, null);
  }

  /**
   * Creates an exception.
   *
   * @param status the status
   * @param detail what failed, for a person
   * @param cause the failure beneath, or null
   */
  public NdkException(NdkStatus status, String detail, @Nullable Throwable cause) {
    super(detail + ": " + status, cause);
    this.detail = detail;
    this.status = Objects.requireNonNull(status);
  }

  /** {@return what failed, for a person: the message without the status} */
  public String detail() {
    return detail;
  }

  /** {@return the status} */
  public NdkStatus status() {
    return status;
  }
}
