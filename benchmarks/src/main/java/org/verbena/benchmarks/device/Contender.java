package org.verbena.benchmarks.device;

import java.io.IOException;
import java.util.Map;

/** A program that is measured against others. */
interface Contender extends AutoCloseable {
  /** The name of a task's primary figure. */
  String SCORE = "score";

  /** Its name in the results. */
  String name();

  boolean supports(Task task);

  /**
   * Runs the task once.
   *
   * @return {@link #SCORE} and more figures by name; units are those of {@link Measurements}
   */
  Map<String, Double> measure(Task task) throws IOException, InterruptedException;

  @Override
  void close();
}
