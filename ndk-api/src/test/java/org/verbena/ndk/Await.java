package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions, never longer than {@link #DEADLINE}. */
final class Await {
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final long SPIN_NANOS = 100_000;
  private static final long MAX_PAUSE_NANOS = 1_000_000;

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    until(() -> what, condition);
  }

  /** Spins at first, then pauses for an eighth of what it has waited so far. */
  static void until(Supplier<String> what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      long waited = System.nanoTime() - start;
      if (waited > DEADLINE.toNanos()) {
        fail("not within " + DEADLINE.toSeconds() + " s: " + what.get());
      } else if (waited < SPIN_NANOS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(Math.min(waited / 8, MAX_PAUSE_NANOS));
      }
    }
  }

  /** Retries a post, of a request that may find the queue full, until it is accepted. */
  static void posted(Supplier<NdkStatus> post) {
    NdkStatus[] status = new NdkStatus[1];
    until("room in the queue", () -> (status[0] = post.get()) != NdkStatus.NO_MORE_ENTRIES);
    assertEquals(NdkStatus.SUCCESS, status[0]);
  }

  /** Waits for a request to succeed. */
  static void done(CompletionStage<Void> stage) throws Exception {
    NdkStages.await(stage, DEADLINE);
  }

  /** Closes objects at once, as each may wait for others, and waits for all. */
  static void closed(NdkObject... objects) throws Exception {
    closed(List.of(objects));
  }

  static void closed(List<? extends NdkObject> objects) throws Exception {
    closed(objects, DEADLINE);
  }

  static void closed(List<? extends NdkObject> objects, Duration limit) throws Exception {
    List<CompletionStage<Void>> closes =
        objects.stream().<CompletionStage<Void>>map(NdkObject::closeAsync).toList();
    for (CompletionStage<Void> close : closes) {
      NdkStages.await(close, limit);
    }
  }

  /** Waits for a request to fail and returns its status. */
  static NdkStatus failure(CompletionStage<Void> stage) {
    ExecutionException e =
        assertThrows(
            ExecutionException.class,
            () -> stage.toCompletableFuture().get(DEADLINE.toSeconds(), TimeUnit.SECONDS));
    return assertInstanceOf(NdkException.class, e.getCause()).status();
  }

  static boolean isDone(CompletionStage<Void> stage) {
    return stage.toCompletableFuture().isDone();
  }
}
