package org.verbena.benchmarks.device.peer;

import org.verbena.ndk.NdkStatus;

/** Checks that no request fails. */
final class Requests {
  private Requests() {}

  static void posted(NdkStatus status) {
    if (status != NdkStatus.SUCCESS) {
      throw new IllegalStateException("a request was not posted: " + status);
    }
  }

  static void succeeded(NdkStatus status) {
    if (status != NdkStatus.SUCCESS) {
      throw new IllegalStateException("a request failed: " + status);
    }
  }
}
