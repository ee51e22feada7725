package org.verbena.benchmarks.device;

import java.io.IOException;
import java.util.Map;

/** What is measured beside others. */
interface Contender extends AutoCloseable {
  /** The name of the one figure that a task is about. */
  String SCORE = "score";

  /** As the results call it. */
  String name();

  boolean supports(Task task);

  /**
   * Does the task once.
   *
   * @return {@link #SCORE} and more figures by name; units are those of {@link Measurements}
   */
  Map<String, Double> measure(Task task) throws IOException, InterruptedException;

  @Override
  void close();
}
