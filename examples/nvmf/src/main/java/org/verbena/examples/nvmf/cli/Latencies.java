package org.verbena.examples.nvmf.cli;

import java.util.Arrays;

/**
 * A histogram of durations, from which percentiles are read. Adding allocates nothing. Durations
 * are kept to within 1.6 %: 64 buckets for each power of two.
 */
final class Latencies {
  private static final int SUB_BITS = 6;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  private final long[] counts = new long[(Long.SIZE - SUB_BITS + 1) * SUB_BUCKETS];
  private long total;

  void add(long nanos) {
    counts[bucket(Math.max(0, nanos))]++;
    total++;
  }

  void clear() {
    Arrays.fill(counts, 0);
    total = 0;
  }

  long count() {
    return total;
  }

  /** The duration in nanoseconds that a share of all does not exceed; 0 if there are none. */
  long percentile(double percent) {
    long wanted = Math.max(1, (long) Math.ceil(total * percent / 100));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return value(i);
      }
    }
    return 0;
  }

  private static int bucket(long nanos) {
    int exponent = Math.max(0, Long.SIZE - 1 - SUB_BITS - Long.numberOfLeadingZeros(nanos | 1));
    return exponent * SUB_BUCKETS + (int) (nanos >>> exponent);
  }

  /** The middle of a bucket. */
  private static long value(int bucket) {
    if (bucket < 2 * SUB_BUCKETS) {
      return bucket;
    }
    int exponent = bucket / SUB_BUCKETS - 1;
    long first = (long) (bucket - exponent * SUB_BUCKETS) << exponent;
    return first + (1L << exponent >>> 1);
  }
}
