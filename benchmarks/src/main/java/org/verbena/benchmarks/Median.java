package org.verbena.benchmarks;

import java.util.stream.DoubleStream;

/** The median of repeated measurements. */
public final class Median {
  private Median() {}

  /**
   * Returns the middle value, or the mean of the middle two.
   *
   * @param values in any order
   * @return their median; NaN if there are none
   */
  public static double of(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    return sorted.length == 0
        ? Double.NaN
        : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
