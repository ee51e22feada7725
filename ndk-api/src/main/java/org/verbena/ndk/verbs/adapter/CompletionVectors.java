package org.verbena.ndk.verbs.adapter;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkGroupAffinity;

/**
 * Spreads completion queues over a device's completion vectors, its interrupts, or over threads.
 * Drivers assign one vector to each processor, in order, as far as they go.
 */
public final class CompletionVectors {
  private final int count;

  /** A random start, so that programs with one queue each do not all use the same vector. */
  private final AtomicInteger turns =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));

  public CompletionVectors(int count) {
    this.count = Math.max(1, count);
  }

  /**
   * The vector for another queue.
   *
   * @param affinity the processors it should be one of, or null
   */
  public int next(@Nullable NdkGroupAffinity affinity) {
    int turn = turns.getAndIncrement() & Integer.MAX_VALUE;
    if (affinity == null || affinity.mask() == 0) {
      return turn % count;
    }
    return affinity.processor(turn % Long.bitCount(affinity.mask())) % count;
  }
}
