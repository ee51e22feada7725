package org.verbena.examples.nvmf;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletionStage;
import org.verbena.ndk.NdkStages;

/** Waits for asynchronous requests of the NDK API; an interrupt becomes an IOException. */
final class Blocking {
  private Blocking() {}

  static void await(CompletionStage<Void> request) throws IOException {
    try {
      NdkStages.await(request);
    } catch (InterruptedException _) {
      throw interrupted();
    }
  }

  /** Sets the thread's interrupt status again, for the caller, and returns the exception. */
  static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
