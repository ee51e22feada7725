package org.verbena.benchmarks.report;

/**
 * A goal's check of one row.
 *
 * @param row Verbena's row
 * @param figure Verbena's figure
 * @param against what it is compared with: another program's figure, or Verbena's own in another
 *     row; {@link JmhMetric#NONE} for a goal without a comparison
 * @param excess the figure relative to the limit: above 1 is beyond it, NaN is unknown
 * @param verdict for this row
 */
record Check(Row row, JmhMetric figure, JmhMetric against, double excess, Verdict verdict) {

  /** Compares a time with its upper limit, or a rate with its lower limit. */
  static Check ofLimit(Row row, JmhMetric figure, JmhMetric against, double limit) {
    if (Double.isNaN(figure.ratioTo(against))) {
      return notMeasured(row, figure, against);
    }
    double excess = figure.higherIsBetter() ? limit / figure.score() : figure.score() / limit;
    return new Check(row, figure, against, excess, holds(excess <= 1));
  }

  /** Compares a count, which may be zero, with what it must stay below. */
  static Check ofCount(Row row, JmhMetric figure, double below) {
    return Double.isFinite(figure.score())
        ? new Check(
            row, figure, JmhMetric.NONE, figure.score() / below, holds(figure.score() < below))
        : notMeasured(row, figure, JmhMetric.NONE);
  }

  static Check notMeasured(Row row, JmhMetric figure, JmhMetric against) {
    return new Check(row, figure, against, Double.NaN, Verdict.NOT_MEASURED);
  }

  private static Verdict holds(boolean holds) {
    return holds ? Verdict.HOLDS : Verdict.DOES_NOT_HOLD;
  }

  /** The figure relative to the other; NaN if there is none. */
  double ratio() {
    return figure.ratioTo(against);
  }
}
