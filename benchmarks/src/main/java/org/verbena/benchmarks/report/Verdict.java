package org.verbena.benchmarks.report;

/** What became of a goal; the worse, the earlier. */
enum Verdict {
  DOES_NOT_HOLD("does not hold"),
  NOT_MEASURED("not measured"),
  HOLDS("holds"),
  /** There were rows, and the goal asks nothing of any of them. */
  DOES_NOT_APPLY("does not apply");

  final String text;

  Verdict(String text) {
    this.text = text;
  }
}
