package org.verbena.benchmarks.device.peer;

import java.util.Arrays;

/**
 * Start times of operations, evaluated as perftest does: an operation lasts until the start of the
 * next, and the two longest are left out.
 */
final class PerftestLatencies {
  private static final int LONGEST_LEFT_OUT = 2;

  private final long[] starts;
  private int count;

  PerftestLatencies(int iterations) {
    starts = new long[iterations];
  }

  /** The capacity in operations. */
  int capacity() {
    return starts.length;
  }

  /** An operation starts now. */
  void start() {
    start(System.nanoTime());
  }

  void start(long nanos) {
    starts[count++] = nanos;
  }

  /**
   * Median and 99th percentile in microseconds.
   *
   * @param parts what one iteration is divided by: 2 for half a round trip
   */
  Figures figures(int parts) {
    long[] times = new long[count - 1];
    for (int i = 0; i < times.length; i++) {
      times[i] = starts[i + 1] - starts[i];
    }
    Arrays.sort(times);
    int used = times.length - LONGEST_LEFT_OUT;
    double median = used % 2 == 1 ? times[used / 2] : (times[used / 2] + times[used / 2 - 1]) / 2.0;
    double p99 = times[(int) Math.ceil(used * 0.99)];
    return new Figures().with("score", median / parts / 1e3).with("p99", p99 / parts / 1e3);
  }
}
