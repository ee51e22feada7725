package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The {@code CompletionStage} form of a request. */
class StagesTest {
  private static NdkException failure(CompletableFuture<Void> future) {
    ExecutionException e = assertThrows(ExecutionException.class, future::get);
    return assertInstanceOf(NdkException.class, e.getCause());
  }

  @Test
  void aPendingRequestCompletesTheStageWhenItEnds() {
    AtomicReference<NdkRequestCompletion> completion = new AtomicReference<>();
    CompletableFuture<Void> future =
        Stages.of(
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
        Stages.of(
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
    Stages.of("listen", _ -> NdkStatus.SUCCESS).toCompletableFuture().join();
    NdkException e =
        failure(Stages.of("listen", _ -> NdkStatus.INVALID_HANDLE).toCompletableFuture());
    assertEquals(NdkStatus.INVALID_HANDLE, e.status());
    assertEquals("listen: INVALID_HANDLE", e.getMessage());
  }
}
