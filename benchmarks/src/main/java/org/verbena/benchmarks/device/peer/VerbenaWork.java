package org.verbena.benchmarks.device.peer;

import org.verbena.ndk.NdkStatus;

/** What one side does over a link. */
interface VerbenaWork {
  /** Sets the link, which is not connected yet. */
  void use(VerbenaLink link);

  /** Runs the work over the connected link. */
  Figures run() throws Exception;

  /** The notification of the initiator's completion queue, if that was armed. */
  default void sent(NdkStatus status) {
    // The loop polls.
  }

  /** The notification of the receives' completion queue, if that was armed. */
  default void received(NdkStatus status) {
    // The loop polls.
  }
}
