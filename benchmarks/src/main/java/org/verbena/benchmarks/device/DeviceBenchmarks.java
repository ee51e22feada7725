package org.verbena.benchmarks.device;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures Verbena beside other programs on a device: all programs do a task by turns before the
 * next task, and all tasks are done before the next repeat, so that all see the same moods of the
 * machine.
 *
 * <pre>DeviceBenchmarks quick|full FOLDER DEVICE_LOOPS COMMAND PROCESSOR COMMIT</pre>
 */
public final class DeviceBenchmarks {
  /**
   * The JVM needs its own signal handlers; and Soft-RoCE does not tell with a datagram what kind of
   * address it came with, without which the check drops all.
   */
  private static final Map<String, String> UCX_ENVIRONMENT =
      Map.of("UCX_ERROR_SIGNALS", "", "UCX_UD_VERBS_ETH_DGID_CHECK", "n");

  private final Plan plan;
  private final List<Program> programs;
  private final Measurements results = new Measurements();
  private final long start = System.nanoTime();

  private DeviceBenchmarks(Plan plan, List<Program> programs) {
    this.plan = plan;
    this.programs = programs;
  }

  /**
   * Runs all and writes results.json, together with what is in software.json, and machine.json.
   *
   * @param args "quick" or "full", the folder of these files, the path of device_loops, and what
   *     machine.json is to say of the command that people type, the host's processor and the
   *     sources
   * @throws Exception if a program fails
   */
  public static void main(String[] args) throws Exception {
    Plan plan = args[0].equals("quick") ? Plan.quick() : Plan.full();
    Path folder = Path.of(args[1]);
    Machine machine = new Machine(args[3], args[4], args[5]);
    try (Perftest perftest = new Perftest();
        DeviceLoops loops = new DeviceLoops(args[2]);
        JavaProgram verbena = new JavaProgram("verbena", _ -> true, Map.of());
        JavaProgram sockets = new JavaProgram("sockets", DeviceBenchmarks::overSockets, Map.of());
        JavaProgram spinning =
            new JavaProgram(
                "sockets-spinning", task -> overSockets(task) && !task.events(), Map.of());
        JavaProgram ucx =
            new JavaProgram(
                "ucx",
                task -> task.benchmark().equals("latency.send") && !task.events(),
                UCX_ENVIRONMENT)) {
      DeviceBenchmarks benchmarks =
          new DeviceBenchmarks(plan, List.of(perftest, loops, verbena, sockets, spinning, ucx));
      benchmarks.warmUp();
      benchmarks.measure();
      benchmarks.results.addAll(JmhRun.run(plan));
      String software = Files.readString(folder.resolve("software.json"));
      benchmarks.results.addAll(JsonParser.parseString(software).getAsJsonArray());
      benchmarks.results.write(folder.resolve("results.json"));
      Set<String> commands = new TreeSet<>(perftest.commands());
      commands.addAll(loops.commands());
      machine.write(folder.resolve("machine.json"), commands);
    }
  }

  private static boolean overSockets(Task task) {
    return task.operation().equals("send") && task.param("path").equals("wire");
  }

  /**
   * Lets the JVMs compile what they will run, twice: what was compiled for one task may be compiled
   * anew when another has come.
   */
  private void warmUp() throws IOException, InterruptedException {
    for (Program program : programs) {
      if (program instanceof JavaProgram java) {
        warmUp(java);
        java.bind();
      }
    }
  }

  private void warmUp(JavaProgram program) throws IOException, InterruptedException {
    for (int pass = 1; pass <= 2; pass++) {
      for (Task task : plan.warmUps().filter(program::supports).toList()) {
        program.measure(task);
        System.out.printf("%s  warm-up: %s %s%n", elapsed(), program.name(), task);
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
