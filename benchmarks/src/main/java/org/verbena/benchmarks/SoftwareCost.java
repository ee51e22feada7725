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
    final Map<Library, Repeats> java = new EnumMap<>(Library.class);
    final Repeats bytes = new Repeats(); // of Verbena

    Repeats java(Library library) {
      return java.computeIfAbsent(library, l -> new Repeats());
    }
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
        Task task = Task.of("software." + operation.id, 1);
        double c = runC(operation);
        of.c.add(c);
        measurements.add(task, "c", Map.of("score", c));
        StringBuilder line = new StringBuilder();
        for (Library library : Library.values()) {
          if (library.measures(operation)) {
            line.append(measure(library, operation, of, task));
          }
        }
        System.out.printf(
            Locale.ROOT,
            "%d/%d  %-36s c %.1f%s ns%n",
            repeat,
            settings.repeats,
            operation.title,
            c,
            line);
      }
    }
  }

  private String measure(Library library, Operation operation, Comparison of, Task task)
      throws RunnerException {
    RunResult result = runJava(library, operation);
    double score = result.getPrimaryResult().getScore();
    of.java(library).add(score);
    double bytes =
        Objects.requireNonNull(result.getSecondaryResults().get(ALLOCATION), ALLOCATION).getScore();
    if (library == Library.VERBENA) {
      of.bytes.add(bytes);
    }
    measurements.add(task, library.id, Map.of("score", score, ALLOCATION, bytes));
    return String.format(Locale.ROOT, "  %s %.1f", library.id, score);
  }

  private double runC(Operation operation) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(noopLoops, operation.counterpart, String.valueOf(settings.milliseconds))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(noopLoops + " " + operation.counterpart + " failed");
    }
    return Double.parseDouble(output.strip());
  }

  private RunResult runJava(Library library, Operation operation) throws RunnerException {
    TimeValue time = TimeValue.milliseconds(settings.milliseconds);
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(library.benchmarks.getName() + "\\." + library.method(operation) + "$")
            .forks(1)
            .warmupIterations(settings.warmups)
            .warmupTime(time)
            .measurementIterations(settings.iterations)
            .measurementTime(time)
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend("--enable-native-access=ALL-UNNAMED")
            .jvmArgsPrepend(library.jvmArguments.toArray(String[]::new))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    return new Runner(options.build()).runSingle();
  }

  private void print() {
    String format = "%-36s %20s %26s %26s %26s %7s%n";
    System.out.printf(
        "%nNanoseconds per request: median (min-max) of %d runs, and the ratio to C%n%n",
        settings.repeats);
    System.out.printf(format, "", "C", "FFM alone", "DiSNI", "Verbena", "bytes");
    comparisons.forEach(
        (operation, of) ->
            System.out.printf(
                format,
                operation.title,
                of.c,
                cell(of, Library.RAW),
                cell(of, Library.DISNI),
                cell(of, Library.VERBENA),
                String.format(Locale.ROOT, "%.2f", of.bytes.median())));
    System.out.println(
        """

        bytes: heap allocation per request of Verbena (gc.alloc.rate.norm), including the
        harness's own; an object would be 16 or more.""");
    if (comparisons.keySet().stream().noneMatch(Library.DISNI::measures)) {
      System.out.println("DiSNI was not measured: set DISNI_HOME to a folder with libdisni.so.");
    }
  }

  private static String cell(Comparison of, Library library) {
    Repeats repeats = of.java.get(library);
    return repeats == null
        ? "-"
        : String.format(Locale.ROOT, "%s %5.2f", repeats, repeats.median() / of.c.median());
  }
}
