package org.verbena.examples.nvmf.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The same measurement, again and again. */
final class Samples {
  private final List<Sample> samples = new ArrayList<>();

  void add(Sample sample) {
    samples.add(sample);
  }

  int count() {
    return samples.size();
  }

  /** A value of each, in the order in which they were measured. */
  double[] values(ToDoubleFunction<Sample> value) {
    return samples.stream().mapToDouble(value).toArray();
  }

  double[] sorted(ToDoubleFunction<Sample> value) {
    return samples.stream().mapToDouble(value).sorted().toArray();
  }

  double median(ToDoubleFunction<Sample> value) {
    double[] sorted = sorted(value);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** How a value compares with that of others measured in turn with these, from least to most. */
  double[] ratios(Samples others, ToDoubleFunction<Sample> value) {
    double[] ours = values(value);
    double[] theirs = others.values(value);
    return IntStream.range(0, ours.length).mapToDouble(i -> ours[i] / theirs[i]).sorted().toArray();
  }
}
