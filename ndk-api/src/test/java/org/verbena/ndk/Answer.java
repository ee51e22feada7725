package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A completion that keeps what it was told. */
final class Answer implements NdkRequestCompletion {
  private final AtomicInteger calls = new AtomicInteger();
  private volatile NdkStatus status;
  private volatile String detail;

  @Override
  public void completed(NdkStatus status, String detail) {
    this.status = status;
    this.detail = detail;
    calls.incrementAndGet();
  }

  /** Starts a request that must be pending, and answers its completion. */
  static Answer pending(Function<NdkRequestCompletion, NdkStatus> request) {
    Answer answer = new Answer();
    assertEquals(NdkStatus.PENDING, request.apply(answer));
    return answer;
  }

  /** Runs a request to its end, whether that comes at once or later. */
  static NdkStatus of(Function<NdkRequestCompletion, NdkStatus> request) {
    Answer answer = new Answer();
    NdkStatus status = request.apply(answer);
    if (status == NdkStatus.PENDING) {
      return answer.await();
    }
    assertEquals(0, answer.calls(), "completions after " + status + " was returned");
    return status;
  }

  NdkStatus await() {
    Await.until("the completion of a request", () -> calls() > 0);
    return status;
  }

  int calls() {
    return calls.get();
  }

  String detail() {
    return detail;
  }
}
