package org.verbena.demo;

import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkStatus;

/**
 * A completion queue and the two ways to wait for its results: sleeping, which costs no processor
 * time, and spinning, which has the lowest latency. For one thread; any thread may call {@link
 * #stop}.
 */
final class Completions {
  /** A peer without a result for this long has failed. */
  static final Duration TIMEOUT = Duration.ofMinutes(2);

  private static final int BATCH = 16;
  private static final int SPINS_PER_CHECK = 1024;

  private final NdkCq cq;
  private final NdkResultsEx results = new NdkResultsEx(BATCH);
  private final Semaphore wakeUp = new Semaphore(0);
  private volatile boolean stopped;

  Completions(NdkAdapter adapter, int depth) throws NdkException {
    // The status is ignored: if the queue has failed, its results show that.
    cq = adapter.createCq(depth, _ -> wakeUp.release());
  }

  NdkCq cq() {
    return cq;
  }

  /** The results of the last wait; all have succeeded. */
  NdkResultsEx results() {
    return results;
  }

  /** Ends the current wait and all later ones, as no more results will come. */
  void stop() {
    stopped = true;
    wakeUp.release();
  }

  /**
   * Sleeps until there are results, and polls them.
   *
   * @return how many there are, at least 1
   */
  int await() throws DemoException, InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      // Read before the poll, so that results from before the stop are still polled.
      boolean last = stopped;
      int count = poll();
      if (count > 0) {
        return count;
      }
      checkPeer(last, deadline);
      // No result is missed: if one has come since the poll, the arm fires at once.
      cq.armCq(NDK_CQ_NOTIFY_ANY);
      if (!wakeUp.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        checkPeer(stopped, deadline);
      }
    }
  }

  /**
   * Spins until there are results, and polls them.
   *
   * @return how many there are, at least 1
   */
  int spin() throws DemoException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      boolean last = stopped;
      for (int spins = 0; spins < SPINS_PER_CHECK; spins++) {
        int count = poll();
        if (count > 0) {
          return count;
        }
        Thread.onSpinWait();
      }
      checkPeer(last, deadline);
    }
  }

  private int poll() throws DemoException {
    int count = cq.getCqResultsEx(results);
    for (int i = 0; i < count; i++) {
      NdkStatus status = results.status(i);
      if (status != NdkStatus.SUCCESS) {
        // A queue's results come in order, so this is the failure itself, not a flushed request.
        throw new DemoException(
            "%s failed: %s (provider error 0x%08x)"
                .formatted(results.type(i), status, results.providerErrorCode(i)));
      }
    }
    return count;
  }

  private static void checkPeer(boolean stopped, long deadline) throws DemoException {
    if (stopped) {
      throw new DemoException("the peer disconnected too early");
    }
    if (System.nanoTime() - deadline >= 0) {
      throw new DemoException("no result from the peer for %d s".formatted(TIMEOUT.toSeconds()));
    }
  }
}
