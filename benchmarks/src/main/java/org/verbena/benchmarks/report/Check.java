package org.verbena.benchmarks.report;

/**
 * A goal, for one row.
 *
 * @param row Verbena's
 * @param figure Verbena's
 * @param against what it is compared with: the other program's figure, or its own elsewhere; NaN
 *     for a goal that compares with nothing
 * @param excess where the figure is, compared with the limit: above 1 is beyond it, NaN unknown
 * @param verdict for this row
 */
record Check(Row row, Metric figure, Metric against, double excess, Verdict verdict) {

  /** Compares a time with the most it may be, or a rate with the least. */
  static Check ofLimit(Row row, Metric figure, Metric against, double limit) {
    if (Double.isNaN(figure.ratioTo(against))) {
      return notMeasured(row, figure, against);
    }
    double excess = figure.higherIsBetter() ? limit / figure.score() : figure.score() / limit;
    return new Check(row, figure, against, excess, holds(excess <= 1));
  }

  /** Compares a count, of which zero is a good one, with what it must stay below. */
  static Check ofCount(Row row, Metric figure, double below) {
    return Double.isFinite(figure.score())
        ? new Check(row, figure, Metric.NONE, figure.score() / below, holds(figure.score() < below))
        : notMeasured(row, figure, Metric.NONE);
  }

  static Check notMeasured(Row row, Metric figure, Metric against) {
    return new Check(row, figure, against, Double.NaN, Verdict.NOT_MEASURED);
  }

  private static Verdict holds(boolean holds) {
    return holds ? Verdict.HOLDS : Verdict.DOES_NOT_HOLD;
  }

  /** NaN where there is none. */
  double ratio() {
    return figure.ratioTo(against);
  }
}
