package org.verbena.examples.nvmf.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Repeats of one measurement. */
final class Trials {
  private final List<Trial> samples = new ArrayList<>();

  void add(Trial sample) {
    samples.add(sample);
  }

  int count() {
    return samples.size();
  }

  /** Returns a value of each, in the order of measurement. */
  double[] values(ToDoubleFunction<Trial> value) {
    return samples.stream().mapToDouble(value).toArray();
  }

  double[] sorted(ToDoubleFunction<Trial> value) {
    return samples.stream().mapToDouble(value).sorted().toArray();
  }

  double median(ToDoubleFunction<Trial> value) {
    double[] sorted = sorted(value);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** Returns the sorted ratios of a value to that of others, measured interleaved with these. */
  double[] ratios(Trials others, ToDoubleFunction<Trial> value) {
    double[] ours = values(value);
    double[] theirs = others.values(value);
    return IntStream.range(0, ours.length).mapToDouble(i -> ours[i] / theirs[i]).sorted().toArray();
  }
}
