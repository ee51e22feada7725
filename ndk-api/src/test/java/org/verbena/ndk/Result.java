package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.verbena.binding.rdma.RdmaCore;

/** A result polled from a completion queue. */
record Result(
    NdkStatus status,
    long bytes,
    long qpContext,
    long requestContext,
    NdkOperationType type,
    int providerErrorCode,
    long output) {

  /** Waits for this many results and returns them. */
  static List<Result> take(NdkCq cq, int count) {
    List<Result> taken = new ArrayList<>();
    Await.until(
        () -> count + " results; there are " + taken,
        () -> {
          if (taken.size() < count) {
            takeUpTo(cq, count - taken.size(), taken);
          }
          return taken.size() == count;
        });
    return taken;
  }

  /** Waits for one result and returns it. */
  static Result take(NdkCq cq) {
    return take(cq, 1).getFirst();
  }

  /** Returns the results that are there now. */
  static List<Result> takeAll(NdkCq cq) {
    List<Result> taken = new ArrayList<>();
    while (takeUpTo(cq, 64, taken) > 0) {}
    return taken;
  }

  /** Waits for a result and checks that this request succeeded. */
  static void success(NdkCq cq, long requestContext) {
    Result result = take(cq);
    assertEquals(NdkStatus.SUCCESS, result.status, result::toString);
    assertEquals(requestContext, result.requestContext, result::toString);
  }

  static void assertNone(NdkCq cq) {
    assertEquals(List.of(), takeAll(cq));
  }

  static List<NdkStatus> statuses(List<Result> results) {
    return results.stream().map(Result::status).toList();
  }

  static List<Long> contexts(List<Result> results) {
    return results.stream().map(Result::requestContext).toList();
  }

  /**
   * The expected status of the request that failed first on this side. Soft-RoCE in newer kernels
   * reports it as flushed, like those behind it, so that only its position identifies it.
   */
  NdkStatus unlessHidden(NdkStatus expected) {
    boolean hidden = providerErrorCode >>> 24 == RdmaCore.IBV_WC_WR_FLUSH_ERR();
    return hidden ? NdkStatus.INTERNAL_ERROR : expected;
  }

  private static int takeUpTo(NdkCq cq, int count, List<Result> taken) {
    NdkResultsEx results = new NdkResultsEx(count);
    int n = cq.getCqResultsEx(results);
    for (int i = 0; i < n; i++) {
      taken.add(
          new Result(
              results.status(i),
              results.bytesTransferred(i),
              results.qpContext(i),
              results.requestContext(i),
              results.type(i),
              results.providerErrorCode(i),
              results.typeSpecificCompletionOutput(i)));
    }
    return n;
  }
}
