package org.verbena.binding;

/** A call into rdma-core or the C library failed. */
public class ErrnoException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The C function. */
  private final String call;

  /** The errno value, always positive. */
  private final int errno;

  /**
   * Creates an exception.
   *
   * @param call the C function, for example {@code rdma_bind_addr}
   * @param errno its errno value, positive
   */
  public ErrnoException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.call = call;
    this.errno = errno;
  }

  /** {@return the C function that failed} */
  public String call() {
    return call;
  }

  /** {@return the errno value, a positive number} */
  public int errno() {
    return errno;
  }
}
