package org.verbena.ndk.verbs;

import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;

/** Checks sizes against those of the adapter. */
final class Limits {
  private Limits() {}

  static void check(String what, int value, int min, int max) throws NdkException {
    if (value < min || value > max) {
      throw new NdkException(
          NdkStatus.INVALID_PARAMETER,
          "%s must be from %d to %d, not %d".formatted(what, min, max, value));
    }
  }
}
