package org.verbena.binding;

import org.verbena.binding.rdma.RdmaCore;

/** errno values for people. */
public final class Errno {
  private Errno() {}

  /**
   * Describes an errno value in the C library's words.
   *
   * @param errno an errno value
   * @return for example {@code Address already in use (errno 98)}
   */
  public static String describe(int errno) {
    return RdmaCore.strerror(errno).getString(0) + " (errno " + errno + ")";
  }
}
