package org.verbena.benchmarks.device;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Measures Verbena beside other programs on a device: all programs do a task by turns before the
 * next task, and all tasks are done before the next repeat, so that all see the same moods of the
 * machine.
 *
 * <pre>DeviceBenchmarks quick|full FOLDER</pre>
 */
public final class DeviceBenchmarks {
  private final Plan plan;
  private final List<Program> programs;
  private final Results results = new Results();
  private final long start = System.nanoTime();

  private DeviceBenchmarks(Plan plan, List<Program> programs) {
    this.plan = plan;
    this.programs = programs;
  }

  /**
   * Runs all and writes results.json.
   *
   * @param args "quick" or "full", and the folder to write to
   * @throws Exception if a program fails
   */
  public static void main(String[] args) throws Exception {
    Plan plan = args[0].equals("quick") ? Plan.quick() : Plan.full();
    try (Perftest perftest = new Perftest();
        JavaProgram verbena = new JavaProgram("verbena", _ -> true)) {
      DeviceBenchmarks benchmarks = new DeviceBenchmarks(plan, List.of(perftest, verbena));
      benchmarks.warmUp();
      benchmarks.measure();
      benchmarks.results.write(Path.of(args[1], "results.json"));
    }
  }

  /** Lets the JVMs compile what they will run. */
  private void warmUp() throws IOException, InterruptedException {
    for (Program program : programs) {
      for (Task task : plan.warmUps().toList()) {
        if (program.supports(task) && program instanceof JavaProgram) {
          program.measure(task);
          System.out.printf("%s  warm-up: %s %s%n", elapsed(), program.name(), task);
        }
      }
    }
  }

  private void measure() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    int turn = 0;
    int turns = plan.repeats() * plan.tasks().size();
    for (int repeat = 1; repeat <= plan.repeats(); repeat++) {
      for (Task task : plan.tasks()) {
        StringBuilder line = new StringBuilder();
        for (Program program : programs) {
          if (program.supports(task)) {
            Map<String, Double> figures = program.measure(task);
            results.add(task, program.name(), figures);
            line.append("  %s %.1f".formatted(program.name(), figures.get(Program.SCORE)));
          }
        }
        turn++;
        long left = (System.nanoTime() - begin) / turn * (turns - turn);
        System.out.printf(
            "%s  %d/%d  %s %s%s %s; about %s left%n",
            elapsed(),
            repeat,
            plan.repeats(),
            task.benchmark(),
            String.join(" ", task.params().values()),
            line,
            Unit.of(task).text,
            time(left));
      }
    }
  }

  private String elapsed() {
    return time(System.nanoTime() - start);
  }

  private static String time(long nanos) {
    Duration duration = Duration.ofNanos(nanos);
    return "%d:%02d".formatted(duration.toMinutes(), duration.toSecondsPart());
  }
}
