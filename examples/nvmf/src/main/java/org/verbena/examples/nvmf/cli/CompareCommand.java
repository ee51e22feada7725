package org.verbena.examples.nvmf.cli;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures this host and the kernel's own initiator on the same namespace, interleaved, and prints
 * both side by side: medians of the repeats. The last column is the range of the row's main ratio
 * over the repeats.
 */
@Command(
    name = "compare",
    description = "Measures this host beside the kernel's initiator, which fio drives.")
final class CompareCommand extends NamespaceCommand {
  private static final int BLOCK = 4 << 10;
  private static final int LARGE = 128 << 10;

  private static final List<Workload> ROWS =
      List.of(
          new Workload(Bench.Pattern.RANDREAD, BLOCK, 1),
          new Workload(Bench.Pattern.RANDREAD, BLOCK, 8),
          new Workload(Bench.Pattern.RANDREAD, BLOCK, 32),
          new Workload(Bench.Pattern.RANDWRITE, BLOCK, 1),
          new Workload(Bench.Pattern.RANDWRITE, BLOCK, 8),
          new Workload(Bench.Pattern.RANDWRITE, BLOCK, 32),
          new Workload(Bench.Pattern.SEQREAD, LARGE, 1),
          new Workload(Bench.Pattern.SEQREAD, LARGE, 8),
          new Workload(Bench.Pattern.SEQWRITE, LARGE, 1),
          new Workload(Bench.Pattern.SEQWRITE, LARGE, 8));

  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private final PrintStream out;
  private final JsonArray json = new JsonArray();

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--device",
      required = true,
      paramLabel = "DEVICE",
      description = "the kernel's block device for the namespace; fio writes to it")
  private String device;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--engine",
      defaultValue = "libaio",
      paramLabel = "ENGINE",
      description = "the I/O engine of fio, such as io_uring; default: ${DEFAULT-VALUE}")
  private String engine;

  @Option(names = "--pattern", description = "one of ${COMPLETION-CANDIDATES}; default: all")
  private Bench.@Nullable Pattern pattern;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--wait",
      defaultValue = "yield",
      description = "one of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
  private Bench.Waiting wait;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "also write the results in JMH's format")
  private @Nullable Path file;

  private int repeats;
  private Duration compiling = Duration.ZERO;
  private Duration measured = Duration.ZERO;

  CompareCommand(PrintStream out) {
    this.out = out;
  }

  @Option(
      names = "--repeats",
      defaultValue = "5",
      paramLabel = "N",
      description = "measurements of each workload; default: ${DEFAULT-VALUE}")
  void setRepeats(int value) {
    repeats = (int) range("--repeats", value, 1, 100);
  }

  @Option(
      names = "--seconds",
      defaultValue = "3",
      paramLabel = "N",
      description = "seconds of one measurement; default: ${DEFAULT-VALUE}")
  void setSeconds(int value) {
    measured = Duration.ofSeconds(range("--seconds", value, 2, 3600));
  }

  @Option(
      names = "--warm-up",
      defaultValue = "8",
      paramLabel = "N",
      description = "seconds of warm-up for the JVM to compile; default: ${DEFAULT-VALUE}")
  void setWarmUp(int value) {
    compiling = Duration.ofSeconds(range("--warm-up", value, 0, 3600));
  }

  @Override
  void run(NvmfHost host) throws IOException, InterruptedException {
    int deepest = ROWS.stream().mapToInt(Workload::depth).max().orElseThrow();
    ConnectOptions options = ConnectOptions.DEFAULT.withQueues(1, deepest);
    try (Controller controller = connect(host, options)) {
      table(host, controller);
    }
    if (file != null) {
      Files.writeString(file, JmhFormat.GSON.toJson(json) + "\n");
    }
  }

  private void table(NvmfHost host, Controller controller)
      throws IOException, InterruptedException {
    out.printf(
        "%-10s %7s %5s | %-28s | %-28s | %s%n",
        "", "bytes", "depth", "verbena", "kernel", "verbena / kernel");
    out.printf(
        "%-10s %7s %5s | %7s %8s %5s %5s | %7s %8s %5s %5s | %5s %5s %5s | %5s | %s%n",
        "", "", "", "IOPS", "p50 us", "p99", "cpu", "IOPS", "p50 us", "p99", "cpu", "IOPS", "p50",
        "cpu", "heap", "spread");
    Namespace namespace = namespace(controller);
    for (Workload row : ROWS) {
      if (pattern == null || row.pattern() == pattern) {
        measure(host, controller, namespace, row);
      }
    }
  }

  private void measure(NvmfHost host, Controller controller, Namespace namespace, Workload row)
      throws IOException, InterruptedException {
    Fio fio = new Fio(device, engine);
    Trials ours = new Trials();
    Trials kernels = new Trials();
    try (Bench bench =
        new Bench(host, controller, namespace, row.pattern(), row.bytes(), row.depth(), wait)) {
      bench.run(Duration.ZERO, compiling);
      for (int repeat = 0; repeat < repeats; repeat++) {
        ours.add(Trial.of(bench.run(WARM_UP, measured)));
        kernels.add(fio.run(row.pattern(), row.bytes(), row.depth(), WARM_UP, measured));
      }
    }
    double[] ratios = ours.ratios(kernels, row.latency() ? Trial::p50 : Trial::iops);
    json.add(JmhFormat.entry("verbena", row, ours));
    json.add(JmhFormat.entry("kernel", row, kernels));
    out.printf(
        Locale.ROOT,
        "%-10s %7d %5d | %7.0f %8.1f %5.0f %5.0f | %7.0f %8.1f %5.0f %5.0f | %5.2f %5.2f %5.2f |"
            + " %5.1f | %s %.2f to %.2f%n",
        row.name(),
        row.bytes(),
        row.depth(),
        ours.median(Trial::iops),
        ours.median(Trial::p50),
        ours.median(Trial::p99),
        ours.median(Trial::processor),
        kernels.median(Trial::iops),
        kernels.median(Trial::p50),
        kernels.median(Trial::p99),
        kernels.median(Trial::processor),
        ours.median(Trial::iops) / kernels.median(Trial::iops),
        ours.median(Trial::p50) / kernels.median(Trial::p50),
        ours.median(Trial::processor) / kernels.median(Trial::processor),
        ours.median(Trial::allocated),
        row.latency() ? "p50" : "IOPS",
        ratios[0],
        ratios[ratios.length - 1]);
    out.flush();
  }
}
