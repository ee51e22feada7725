package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** The completion of a request: records how often it is called, and with what. */
final class Completion implements NdkRequestCompletion {
  private final AtomicInteger calls = new AtomicInteger();
  private volatile NdkStatus status;
  private volatile String detail;

  @Override
  public void completed(NdkStatus status, String detail) {
    this.status = status;
    this.detail = detail;
    calls.incrementAndGet();
  }

  /** Starts a request that must be pending, and returns its completion. */
  static Completion pending(Function<NdkRequestCompletion, NdkStatus> request) {
    Completion completion = new Completion();
    assertEquals(NdkStatus.PENDING, request.apply(completion));
    return completion;
  }

  /** Runs a request to its end, whether that comes at once or later. */
  static NdkStatus of(Function<NdkRequestCompletion, NdkStatus> request) {
    Completion completion = new Completion();
    NdkStatus status = request.apply(completion);
    if (status == NdkStatus.PENDING) {
      return completion.await();
    }
    assertEquals(0, completion.calls(), "completions after " + status + " was returned");
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
