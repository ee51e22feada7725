package org.verbena.examples.nvmf;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletionStage;
import org.verbena.ndk.NdkStages;

/** Waits for asynchronous requests of the NDK API, all of which end by themselves. */
final class Blocking {
  private Blocking() {}

  static void await(CompletionStage<Void> request) throws IOException {
    try {
      NdkStages.await(request);
    } catch (InterruptedException _) {
      throw interrupted();
    }
  }

  /** Keeps the interrupt for who is above. */
  static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
