package org.verbena.benchmarks.report;

/** The outcome of a goal, worst first. */
enum Verdict {
  DOES_NOT_HOLD("does not hold"),
  NOT_MEASURED("not measured"),
  HOLDS("holds"),
  /** There were rows, but the goal applies to none of them. */
  DOES_NOT_APPLY("does not apply");

  final String text;

  Verdict(String text) {
    this.text = text;
  }
}
