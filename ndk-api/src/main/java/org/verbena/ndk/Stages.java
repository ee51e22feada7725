package org.verbena.ndk;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Makes the {@link CompletionStage} form of a request from its callback form. */
final class Stages {
  private Stages() {}

  static CompletionStage<Void> of(String name, Function<NdkRequestCompletion, NdkStatus> request) {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    NdkRequestCompletion completion =
        (status, detail) -> {
          if (status == NdkStatus.SUCCESS) {
            stage.complete(null);
          } else {
            stage.completeExceptionally(
                new NdkException(status, detail == null ? name : name + ": " + detail));
          }
        };
    NdkStatus status = request.apply(completion);
    if (status != NdkStatus.PENDING) {
      completion.completed(status, null);
    }
    return stage;
  }
}
