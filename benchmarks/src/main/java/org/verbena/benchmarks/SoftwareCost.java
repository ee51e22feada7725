package org.verbena.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.verbena.benchmarks.device.Measurements;
import org.verbena.benchmarks.device.Task;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Runs the operations in C and in Java, interleaved, so that both see the same noise, prints one
 * table and writes the results to a file in JMH's format.
 */
@Command(
    name = "software-cost",
    description = "Measures the library against C on a no-op device.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // by picocli
public final class SoftwareCost implements Callable<Integer> {
  /** How long and how often to measure; each repeat restarts both programs. */
  private record Settings(int repeats, int warmups, int iterations, int milliseconds) {
    static final Settings QUICK = new Settings(5, 4, 3, 200);
    static final Settings FULL = new Settings(9, 4, 3, 300);
  }

  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private static final class Comparison {
    final Repeats c = new Repeats();
    final Repeats java = new Repeats();
    final Repeats bytes = new Repeats();
  }

  @Parameters(paramLabel = "NOOP_LOOPS", description = "the program in C")
  private String noopLoops;

  @Parameters(paramLabel = "FILE", description = "the file for the results, in JMH's format")
  private Path file;

  @Option(names = "--quick", description = "shorter measurements, and fewer repeats")
  private boolean quick;

  private Settings settings = Settings.FULL;
  private final Map<Operation, Comparison> comparisons = new EnumMap<>(Operation.class);
  private final Measurements measurements = new Measurements();

  private SoftwareCost() {}

  /**
   * Measures, and ends the JVM.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new SoftwareCost()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    settings = quick ? Settings.QUICK : Settings.FULL;
    measure();
    print();
    measurements.write(file);
    return 0;
  }

  private void measure() throws Exception {
    for (int repeat = 1; repeat <= settings.repeats; repeat++) {
      for (Operation operation : Operation.values()) {
        Comparison of = comparisons.computeIfAbsent(operation, o -> new Comparison());
        double c = runC(operation);
        of.c.add(c);
        RunResult java = runJava(operation);
        double score = java.getPrimaryResult().getScore();
        of.java.add(score);
        double bytes =
            Objects.requireNonNull(java.getSecondaryResults().get(ALLOCATION), ALLOCATION)
                .getScore();
        of.bytes.add(bytes);
        Task task = Task.of("software." + operation.id, 1);
        measurements.add(task, "c", Map.of("score", c));
        measurements.add(task, "verbena", Map.of("score", score, ALLOCATION, bytes));
        System.out.printf(
            Locale.ROOT,
            "%d/%d  %-36s C %6.1f ns  Java %6.1f ns%n",
            repeat,
            settings.repeats,
            operation.title,
            c,
            score);
      }
    }
  }

  private double runC(Operation operation) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(noopLoops, operation.id, String.valueOf(settings.milliseconds))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(noopLoops + " " + operation.id + " failed");
    }
    return Double.parseDouble(output.strip());
  }

  private RunResult runJava(Operation operation) throws RunnerException {
    TimeValue time = TimeValue.milliseconds(settings.milliseconds);
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(DataPath.class.getName() + "\\." + operation.id + "$")
            .forks(1)
            .warmupIterations(settings.warmups)
            .warmupTime(time)
            .measurementIterations(settings.iterations)
            .measurementTime(time)
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend("--enable-native-access=ALL-UNNAMED")
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    return new Runner(options.build()).runSingle();
  }

  private void print() {
    String format = "%-36s %20s %20s %7s %9s %7s%n";
    System.out.printf(
        "%nNanoseconds per request: median (min-max) of %d runs%n%n", settings.repeats);
    System.out.printf(format, "", "C", "Java", "ratio", "extra", "bytes");
    comparisons.forEach(
        (operation, of) -> {
          double c = of.c.median();
          double java = of.java.median();
          System.out.printf(
              format,
              operation.title,
              of.c,
              of.java,
              String.format(Locale.ROOT, "%.2f", java / c),
              String.format(Locale.ROOT, "%.1f ns", java - c),
              String.format(Locale.ROOT, "%.2f", of.bytes.median()));
        });
    System.out.println(
        """

        bytes: heap allocation per request (gc.alloc.rate.norm), including the harness's own;
        an object would be 16 or more.""");
  }
}
