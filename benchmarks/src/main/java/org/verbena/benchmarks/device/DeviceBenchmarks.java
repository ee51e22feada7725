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
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures Verbena against other programs on a device, interleaved, so that all see the same noise:
 * all programs run a task before the next task starts, and all tasks run before the next repeat.
 */
@Command(
    name = "device-benchmarks",
    description = "Measures Verbena against other programs on a device.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // by picocli
public final class DeviceBenchmarks implements Callable<Integer> {
  /**
   * UCX must not replace the JVM's signal handlers; and Soft-RoCE does not report the address type
   * of a datagram, without which UCX's check drops them all.
   */
  private static final Map<String, String> UCX_ENVIRONMENT =
      Map.of("UCX_ERROR_SIGNALS", "", "UCX_UD_VERBS_ETH_DGID_CHECK", "n");

  @Option(names = "--quick", description = "shorter measurements, and fewer repeats")
  private boolean quick;

  @Parameters(
      paramLabel = "FOLDER",
      description = "contains software.json; results.json and machine.json are written to it")
  private Path folder;

  @Parameters(paramLabel = "DEVICE_LOOPS", description = "the program in C")
  private String deviceLoops;

  @Option(names = "--command", required = true, description = "the user's command line")
  private String command;

  @Option(names = "--processor", required = true, description = "the host's processor")
  private String processor;

  @Option(names = "--commit", required = true, description = "the commit of the sources")
  private String commit;

  private Plan plan = Plan.full();
  private List<Contender> programs = List.of();
  private final Measurements results = new Measurements();
  private final long start = System.nanoTime();

  private DeviceBenchmarks() {}

  /**
   * Measures, and ends the JVM.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new DeviceBenchmarks()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    plan = quick ? Plan.quick() : Plan.full();
    Machine machine = new Machine(command, processor, commit);
    try (Perftest perftest = new Perftest();
        DeviceLoops loops = new DeviceLoops(deviceLoops);
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
      programs = List.of(perftest, loops, verbena, sockets, spinning, ucx);
      warmUp();
      measure();
      results.addAll(JmhRun.run(plan));
      String software = Files.readString(folder.resolve("software.json"));
      results.addAll(JsonParser.parseString(software).getAsJsonArray());
      results.write(folder.resolve("results.json"));
      Set<String> commands = new TreeSet<>(perftest.commands());
      commands.addAll(loops.commands());
      machine.write(folder.resolve("machine.json"), commands);
    }
    return 0;
  }

  private static boolean overSockets(Task task) {
    return task.operation().equals("send") && task.param("path").equals("wire");
  }

  /** Warms up the JVMs, twice: a later task may cause code to be recompiled. */
  private void warmUp() throws IOException, InterruptedException {
    for (Contender program : programs) {
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
        for (Contender program : programs) {
          if (program.supports(task)) {
            Map<String, Double> figures = program.measure(task);
            results.add(task, program.name(), figures);
            line.append("  %s %.1f".formatted(program.name(), figures.get(Contender.SCORE)));
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
