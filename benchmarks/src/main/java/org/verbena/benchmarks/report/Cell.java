package org.verbena.benchmarks.report;

/**
 * A figure in a table of the page.
 *
 * @param text empty if there is no figure
 * @param below smaller text below it, or empty
 */
record Cell(String text, String below) {
  static Cell of(String text) {
    return new Cell(text, "");
  }

  /** A figure with its unit and spread. */
  static Cell withUnit(JmhMetric metric) {
    return metric == JmhMetric.NONE
        ? of("")
        : new Cell(Format.withUnit(metric), Format.spread(metric));
  }

  /** A figure without its unit, and its spread. */
  static Cell plain(JmhMetric metric) {
    return new Cell(Format.number(metric.score()), Format.spread(metric));
  }
}
