package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The {@code CompletionStage} form of a request, and waiting for it. */
class NdkStagesTest {
  private static NdkException failure(CompletableFuture<Void> future) {
    ExecutionException e = assertThrows(ExecutionException.class, future::get);
    return assertInstanceOf(NdkException.class, e.getCause());
  }

  @Test
  void aPendingRequestCompletesTheStageWhenItEnds() {
    AtomicReference<NdkRequestCompletion> completion = new AtomicReference<>();
    CompletableFuture<Void> future =
        NdkStages.of(
                "register",
                c -> {
                  completion.set(c);
                  return NdkStatus.PENDING;
                })
            .toCompletableFuture();
    assertFalse(future.isDone());
    completion.get().completed(NdkStatus.SUCCESS, null);
    assertTrue(future.isDone());
    future.join();
  }

  @Test
  void aPendingRequestThatFailsFailsTheStageWithItsStatusAndDetail() {
    CompletableFuture<Void> future =
        NdkStages.of(
                "connect",
                c -> {
                  c.completed(NdkStatus.CONNECTION_REFUSED, "nobody on 192.0.2.1:7");
                  return NdkStatus.PENDING;
                })
            .toCompletableFuture();
    NdkException e = failure(future);
    assertEquals(NdkStatus.CONNECTION_REFUSED, e.status());
    assertEquals("connect: nobody on 192.0.2.1:7: CONNECTION_REFUSED", e.getMessage());
  }

  @Test
  void aStatusReturnedAtOnceEndsTheStageAtOnce() {
    NdkStages.of("listen", _ -> NdkStatus.SUCCESS).toCompletableFuture().join();
    NdkException e =
        failure(NdkStages.of("listen", _ -> NdkStatus.INVALID_HANDLE).toCompletableFuture());
    assertEquals(NdkStatus.INVALID_HANDLE, e.status());
    assertEquals("listen: INVALID_HANDLE", e.getMessage());
  }

  @Test
  void awaitReturnsWhenTheRequestSucceeds() throws Exception {
    NdkStages.await(NdkStages.of("listen", _ -> NdkStatus.SUCCESS));
    NdkStages.await(NdkStages.of("listen", _ -> NdkStatus.SUCCESS), Duration.ofSeconds(1));
  }

  @Test
  void awaitThrowsTheStatusOfARequestThatFails() {
    CompletionStage<Void> failed = NdkStages.of("listen", _ -> NdkStatus.INVALID_HANDLE);
    for (Executable await :
        new Executable[] {
          () -> NdkStages.await(failed), () -> NdkStages.await(failed, Duration.ofSeconds(1))
        }) {
      NdkException e = assertThrows(NdkException.class, await);
      assertEquals(NdkStatus.INVALID_HANDLE, e.status());
      assertEquals("listen: INVALID_HANDLE", e.getMessage());
    }
  }

  @Test
  void awaitWithALimitTimesOutAndTheRequestGoesOn() {
    CompletableFuture<Void> pending = new CompletableFuture<>();
    NdkException e =
        assertThrows(NdkException.class, () -> NdkStages.await(pending, Duration.ofMillis(1)));
    assertEquals(NdkStatus.IO_TIMEOUT, e.status());
    assertFalse(pending.isDone());
  }

  @Test
  void awaitIsInterruptible() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> NdkStages.await(new CompletableFuture<>()));
    assertFalse(Thread.interrupted());
  }
}
