package org.verbena.ndk;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Waits for the {@link CompletionStage} form of requests, on any thread but a dispatcher's. */
public final class NdkStages {
  private NdkStages() {}

  /**
   * Waits until a request has ended. Every request of the API ends; a connection request within its
   * time-out.
   *
   * <p>Must not be called in a callback, during which no stage completes that waits for anything.
   *
   * @param stage the stage that a request returned
   * @throws NdkException if the request failed, with its status
   * @throws InterruptedException if the thread is interrupted; the request goes on
   */
  public static void await(CompletionStage<Void> stage) throws NdkException, InterruptedException {
    try {
      stage.toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /**
   * Waits until a request has ended, but not longer than a limit; otherwise as {@link
   * #await(CompletionStage)}.
   *
   * @param stage the stage that a request returned
   * @param limit how long to wait at most
   * @throws NdkException if the request failed, with its status; {@link NdkStatus#IO_TIMEOUT} if it
   *     has not ended within the limit, in which case it goes on
   * @throws InterruptedException if the thread is interrupted; the request goes on
   */
  public static void await(CompletionStage<Void> stage, Duration limit)
      throws NdkException, InterruptedException {
    try {
      stage.toCompletableFuture().get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (TimeoutException e) {
      throw new NdkException(
          NdkStatus.IO_TIMEOUT, "the request has not ended within " + limit.toMillis() + " ms", e);
    }
  }

  /** Tries again while there is no memory: whoever waits would wait for ever. */
  private static void fail(CompletableFuture<Void> stage, Throwable failure) {
    while (!stage.isDone()) {
      try {
        stage.completeExceptionally(failure);
      } catch (OutOfMemoryError _) {
        Thread.yield();
      }
    }
  }

  private static Throwable failure(NdkStatus status, String name, @Nullable String detail) {
    try {
      return new NdkException(status, detail == null ? name : name + ": " + detail);
    } catch (OutOfMemoryError e) {
      return e; // the stage must complete all the same
    }
  }

  /** A copy, whose stack trace shows the waiting thread too. */
  private static NdkException failure(ExecutionException e) {
    if (e.getCause() instanceof NdkException failure) {
      return new NdkException(failure.status(), failure.detail(), failure);
    }
    if (e.getCause() instanceof OutOfMemoryError shortage) {
      return new NdkException(
          NdkStatus.INSUFFICIENT_RESOURCES, "there is no memory for the status", shortage);
    }
    throw new IllegalArgumentException("not a stage of a request", e.getCause());
  }

  /**
   * Turns the callback form of a request into its stage form. For providers and extensions.
   *
   * @param name what the request does, for the message of its failure
   * @param request makes the request with the completion that it is given
   * @return completes as the request does, at once if it returned another status than {@link
   *     NdkStatus#PENDING}
   */
  public static CompletionStage<Void> of(
      String name, Function<NdkRequestCompletion, NdkStatus> request) {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    NdkRequestCompletion completion =
        (status, detail) -> {
          if (status == NdkStatus.SUCCESS) {
            stage.complete(null);
          } else {
            fail(stage, failure(status, name, detail));
          }
        };
    NdkStatus status = request.apply(completion);
    if (status != NdkStatus.PENDING) {
      completion.completed(status, null);
    }
    return stage;
  }
}
