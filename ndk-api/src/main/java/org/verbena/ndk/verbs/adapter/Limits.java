package org.verbena.ndk.verbs.adapter;

import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;

/** Checks sizes against the adapter's limits. */
public final class Limits {
  private Limits() {}

  public static void check(String what, int value, int min, int max) throws NdkException {
    if (value < min || value > max) {
      throw new NdkException(
          NdkStatus.INVALID_PARAMETER,
          "%s must be from %d to %d, not %d".formatted(what, min, max, value));
    }
  }
}
