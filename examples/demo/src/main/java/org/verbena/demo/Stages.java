package org.verbena.demo;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.verbena.ndk.NdkException;

/** Waits for the asynchronous requests of the API. */
final class Stages {
  private Stages() {}

  /** Waits without a limit of its own, as every request of the API ends by itself. */
  static void await(CompletionStage<Void> stage) throws NdkException, InterruptedException {
    try {
      stage.toCompletableFuture().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NdkException failure) {
        throw failure;
      }
      throw new AssertionError("requests fail with NdkException", e);
    }
  }
}
