package org.verbena.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Repeated measurements of one quantity. */
final class Repeats {
  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
    Collections.sort(values);
  }

  double median() {
    return Median.of(values.stream().mapToDouble(value -> value));
  }

  /** The median, the minimum and the maximum. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%.1f (%.1f-%.1f)", median(), values.getFirst(), values.getLast());
  }
}
