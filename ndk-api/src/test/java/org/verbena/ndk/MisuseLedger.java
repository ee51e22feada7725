package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** What has been started and must end, once. For all threads. */
final class MisuseLedger {
  private final AtomicInteger closes = new AtomicInteger();
  private final AtomicLong contexts = new AtomicLong();
  private final LongAdder results = new LongAdder();
  private final LongAdder successes = new LongAdder();
  private final Map<Long, Posted> posted = new ConcurrentHashMap<>();
  private final Queue<Completion> pending = new ConcurrentLinkedQueue<>();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>(); // also found in callbacks
  private final Queue<Completion> refused = new ConcurrentLinkedQueue<>();

  /** A work request: whose result comes to this completion queue, unless it is silent. */
  private record Posted(NdkCq cq, boolean silent) {}

  /** Posts a work request with a context of its own. */
  void post(NdkCq cq, boolean silent, LongFunction<NdkStatus> call) {
    long context = contexts.incrementAndGet();
    posted.put(context, new Posted(cq, silent));
    try {
      if (call.apply(context) != NdkStatus.SUCCESS) {
        removeRefused(context);
      }
    } catch (RuntimeException e) {
      removeRefused(context);
      throw e;
    }
  }

  private void removeRefused(long context) {
    if (posted.remove(context) == null) {
      wrong.add("a result of a request that was refused");
    }
  }

  /** Polls some results; returns how many. */
  int poll(NdkCq cq, int most) {
    NdkResults polled = new NdkResults(most);
    int count = cq.getCqResults(polled);
    results.add(count);
    for (int i = 0; i < count; i++) {
      if (polled.status(i) == NdkStatus.SUCCESS) {
        successes.increment();
      }
      Posted request = posted.remove(polled.requestContext(i));
      if (request == null || request.cq != cq) {
        wrong.add("a result that nobody awaits, or the second: " + request);
      }
    }
    return count;
  }

  /** Makes a request; what it completes with is counted, and sometimes followed by an exception. */
  void request(boolean throwing, Function<NdkRequestCompletion, NdkStatus> request) {
    Completion completion = new Completion();
    NdkStatus status =
        request.apply(
            (result, detail) -> {
              completion.completed(result, detail);
              if (throwing) {
                throw new IllegalStateException("thrown by a callback");
              }
            });
    (status == NdkStatus.PENDING ? pending : refused).add(completion);
  }

  /** Makes a request whose end a stage tells. */
  void request(Supplier<CompletionStage<Void>> request) {
    CompletionStage<Void> stage = request.get();
    Completion completion = new Completion();
    pending.add(completion);
    stage.whenComplete((_, _) -> completion.completed(null, null));
  }

  /** Closes an object, by a callback or by a stage in turn. */
  void close(NdkObject object) {
    if (closes.getAndIncrement() % 2 == 0) {
      request(false, c -> object.close(() -> c.completed(NdkStatus.SUCCESS, null)));
    } else {
      request(object::closeAsync);
    }
  }

  /** Waits for the results on a completion queue whose queue pairs have been closed. */
  void awaitResults(NdkCq cq) {
    Await.until(
        () -> "all results; awaited are " + awaited(cq),
        () -> {
          while (poll(cq, 16) > 0) {}
          return awaited(cq).isEmpty();
        });
  }

  private List<Posted> awaited(NdkCq cq) {
    return posted.values().stream().filter(p -> p.cq == cq && !p.silent).toList();
  }

  /** Waits until everything pending has completed. */
  void awaitCompletions() {
    pending.forEach(Completion::await);
  }

  /** Checks that nothing has come twice, or after it was refused; nothing more may come. */
  void assertBalanced() {
    assertEquals(List.of(), List.copyOf(wrong));
    pending.forEach(completion -> assertEquals(1, completion.calls(), "completions"));
    refused.forEach(completion -> assertEquals(0, completion.calls(), "completions when refused"));
  }

  /** The results polled so far. */
  long results() {
    return results.sum();
  }

  /** Those of them that are SUCCESS. */
  long successes() {
    return successes.sum();
  }
}
