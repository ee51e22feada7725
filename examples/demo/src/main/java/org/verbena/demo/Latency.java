package org.verbena.demo;

import java.util.Arrays;

/** Latencies of ping-pong rounds. */
final class Latency {
  private final long[] nanos;
  private int count;

  Latency(int rounds) {
    nanos = new long[rounds];
  }

  void add(long roundTripNanos) {
    nanos[count++] = roundTripNanos;
  }

  /** A percentile of half the round-trip times (nearest rank). */
  long percentile(int percent) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    int rank = (int) ((percent * (long) count + 99) / 100);
    return sorted[Math.max(rank, 1) - 1] / 2;
  }
}
