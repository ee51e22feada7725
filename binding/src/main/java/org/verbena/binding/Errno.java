package org.verbena.binding;

import org.verbena.binding.rdma.RdmaCore;

/** errno values as text. */
public final class Errno {
  private Errno() {}

  /**
   * Returns the C library's text for an errno value ({@code strerror}).
   *
   * @param errno a positive errno value
   * @return for example {@code Address already in use (errno 98)}
   */
  public static String describe(int errno) {
    return RdmaCore.strerror(errno).getString(0) + " (errno " + errno + ")";
  }
}
