package org.verbena.benchmarks.device;

import java.util.ArrayList;
import java.util.List;

/**
 * What is measured how often.
 *
 * @param repeats how many times everything is measured
 * @param tasks what is measured in each repeat
 */
record Plan(int repeats, List<Task> tasks) {
  private static final int[] SIZES = {2, 64, 4 << 10, 64 << 10, 1 << 20};

  static Plan quick() {
    return new Plan(5, tasks(1));
  }

  static Plan full() {
    return new Plan(7, tasks(4));
  }

  private static List<Task> tasks(int length) {
    List<Task> tasks = new ArrayList<>();
    for (String operation : List.of("send", "write", "read")) {
      for (int bytes : SIZES) {
        // Enough for a median, and at small sizes for a 99th percentile, within about a second.
        int iterations = length * Math.clamp(20_000_000L / (20_000 + 25L * bytes), 20, 1000);
        tasks.add(
            Task.of(
                "latency." + operation,
                iterations,
                "bytes",
                "" + bytes,
                "polling",
                "poll",
                "path",
                "wire"));
      }
    }
    return tasks;
  }

  /** Each kind of task, long enough for the compiler and at a small and a large size. */
  List<Task> warmUps() {
    return tasks.stream()
        .filter(task -> task.bytes() == 64 || task.bytes() == 64 << 10)
        .map(task -> task.withIterations(task.bytes() == 64 ? 20_000 : 500))
        .toList();
  }
}
