package org.verbena.benchmarks.device.peer;

import java.util.Arrays;

/**
 * Start times of operations, evaluated as perftest does: an operation lasts until the next one
 * starts, and the two longest are discarded.
 */
final class PerftestLatencies {
  private static final int LONGEST_DISCARDED = 2;

  private final long[] starts;
  private int count;

  PerftestLatencies(int iterations) {
    starts = new long[iterations];
  }

  /** The capacity in operations. */
  int capacity() {
    return starts.length;
  }

  /** Records that an operation starts now. */
  void start() {
    start(System.nanoTime());
  }

  void start(long nanos) {
    starts[count++] = nanos;
  }

  /**
   * Returns the median and the 99th percentile in microseconds.
   *
   * @param parts the divisor of an iteration's time: 2 for half a round trip
   */
  Figures figures(int parts) {
    long[] times = new long[count - 1];
    for (int i = 0; i < times.length; i++) {
      times[i] = starts[i + 1] - starts[i];
    }
    Arrays.sort(times);
    int used = times.length - LONGEST_DISCARDED;
    double median = used % 2 == 1 ? times[used / 2] : (times[used / 2] + times[used / 2 - 1]) / 2.0;
    double p99 = times[(int) Math.ceil(used * 0.99)];
    return new Figures().with("score", median / parts / 1e3).with("p99", p99 / parts / 1e3);
  }
}
