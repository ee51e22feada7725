package org.verbena.examples.nvmf;

import java.io.IOException;

/** The target rejected the host, or completed a command with an error. */
public final class NvmeException extends IOException {
  private static final long serialVersionUID = 1L;

  /** See {@link NvmeStatus}. */
  private final int status;

  /** See {@link #permanent}. */
  private final boolean permanent;

  /**
   * Creates an exception.
   *
   * @param what what failed, in words
   * @param status one of {@link NvmeStatus}, or another status of the specification
   */
  public NvmeException(String what, int status) {
    this(what, status, NvmeStatus.text(status), false);
  }

  NvmeException(String what, int status, String why, boolean permanent) {
    super(what + ": " + why);
    this.status = status;
    this.permanent = permanent;
  }

  /** {@return the status, see {@link NvmeStatus}} */
  public int status() {
    return status;
  }

  /** {@return whether a retry would fail too, as the target reports (DNR) or this host knows} */
  public boolean permanent() {
    return permanent;
  }
}
