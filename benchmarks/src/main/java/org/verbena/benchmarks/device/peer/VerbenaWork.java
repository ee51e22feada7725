package org.verbena.benchmarks.device.peer;

import org.verbena.ndk.NdkStatus;

/** What one side does over a link. */
interface VerbenaWork {
  /** The link exists and is not connected yet. */
  void use(VerbenaLink link);

  /** Runs it, connected. */
  Figures run() throws Exception;

  /** Called when the queue of what was sent has been armed, and has results. */
  default void sent(NdkStatus status) {
    // Polled.
  }

  /** Called when the queue of what was received has been armed, and has results. */
  default void received(NdkStatus status) {
    // Polled.
  }
}
