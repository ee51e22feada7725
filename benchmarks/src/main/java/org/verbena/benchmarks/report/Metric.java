package org.verbena.benchmarks.report;

/**
 * One figure as JMH writes it.
 *
 * @param score the median of the repeats, NaN where there is none
 * @param scoreConfidence the least and the most of the repeats, null where there was one
 * @param scoreUnit "us/op", "ops/s" and so on
 */
record Metric(Double score, double[] scoreConfidence, String scoreUnit) {
  static final Metric NONE = new Metric(null, null, null);

  Metric {
    score = score == null ? Double.NaN : score;
    scoreUnit = scoreUnit == null ? "" : scoreUnit;
  }

  /** Whether a ratio can be made with it: a time or a rate of zero was not measured. */
  boolean measured() {
    return Double.isFinite(score) && score > 0;
  }

  /** How many times the other it is; NaN if one was not measured, or in another unit. */
  double ratioTo(Metric other) {
    boolean comparable = measured() && other.measured() && scoreUnit.equals(other.scoreUnit);
    return comparable ? score / other.score : Double.NaN;
  }

  double least() {
    return spread() ? scoreConfidence[0] : score;
  }

  double most() {
    return spread() ? scoreConfidence[1] : score;
  }

  /** Whether least and most are known. */
  boolean spread() {
    return scoreConfidence != null
        && scoreConfidence.length == 2
        && Double.isFinite(scoreConfidence[0])
        && Double.isFinite(scoreConfidence[1]);
  }

  /** Rates are better when higher, times when lower. */
  boolean higherIsBetter() {
    return scoreUnit.startsWith("ops/") || scoreUnit.endsWith("/s") || scoreUnit.equals("IOPS");
  }

  /** The unit as people write it. */
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
