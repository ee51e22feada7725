package org.verbena.benchmarks.report;

import org.jspecify.annotations.Nullable;

/**
 * A metric as JMH writes it.
 *
 * @param score the median of the repeats; NaN if there is none
 * @param scoreConfidence the minimum and the maximum of the repeats; null if there was only one
 * @param scoreUnit the unit, such as "us/op" or "ops/s"
 */
record JmhMetric(Double score, double @Nullable [] scoreConfidence, String scoreUnit) {
  static final JmhMetric NONE = new JmhMetric(Double.NaN, null, "");

  JmhMetric {
    // Gson passes null for what the file does not have.
    score = score == null ? Double.NaN : score;
    scoreUnit = scoreUnit == null ? "" : scoreUnit;
  }

  /** Whether it can be part of a ratio: a time or a rate of zero was not measured. */
  boolean measured() {
    return Double.isFinite(score) && score > 0;
  }

  /** The ratio to the other; NaN if either was not measured, or the units differ. */
  double ratioTo(JmhMetric other) {
    boolean comparable = measured() && other.measured() && scoreUnit.equals(other.scoreUnit);
    return comparable ? score / other.score : Double.NaN;
  }

  double min() {
    return spread() && scoreConfidence != null ? scoreConfidence[0] : score;
  }

  double max() {
    return spread() && scoreConfidence != null ? scoreConfidence[1] : score;
  }

  /** Whether the minimum and the maximum of the repeats are known. */
  boolean spread() {
    return scoreConfidence != null
        && scoreConfidence.length == 2
        && Double.isFinite(scoreConfidence[0])
        && Double.isFinite(scoreConfidence[1]);
  }

  /** Higher is better for rates, lower for times. */
  boolean higherIsBetter() {
    return scoreUnit.startsWith("ops/") || scoreUnit.endsWith("/s") || scoreUnit.equals("IOPS");
  }

  /** The unit for display. */
  String unit() {
    return switch (scoreUnit) {
      case "us/op" -> "µs";
      case "ns/op" -> "ns";
      case "ms/op" -> "ms";
      case "counts" -> "";
      default -> scoreUnit;
    };
  }
}
