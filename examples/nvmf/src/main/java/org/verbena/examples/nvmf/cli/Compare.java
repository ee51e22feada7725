package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NvmfHost;

/**
 * Measures this host and the kernel's own initiator on the same namespace, in turn, and prints both
 * beside each other: medians of the repeats. The last column is the spread of what counts in a row,
 * from one repeat to the next.
 */
final class Compare {
  /** What is measured: at depth 1 it is the latency that counts, else the throughput. */
  private record Row(Bench.Pattern pattern, int bytes, int depth) {
    boolean latency() {
      return depth == 1;
    }
  }

  private static final int BLOCK = 4 << 10;
  private static final int LARGE = 128 << 10;

  private static final List<Row> ROWS =
      List.of(
          new Row(Bench.Pattern.RANDREAD, BLOCK, 1),
          new Row(Bench.Pattern.RANDREAD, BLOCK, 8),
          new Row(Bench.Pattern.RANDREAD, BLOCK, 32),
          new Row(Bench.Pattern.RANDWRITE, BLOCK, 1),
          new Row(Bench.Pattern.RANDWRITE, BLOCK, 8),
          new Row(Bench.Pattern.RANDWRITE, BLOCK, 32),
          new Row(Bench.Pattern.SEQREAD, LARGE, 1),
          new Row(Bench.Pattern.SEQREAD, LARGE, 8),
          new Row(Bench.Pattern.SEQWRITE, LARGE, 1),
          new Row(Bench.Pattern.SEQWRITE, LARGE, 8));

  private static final Duration COMPILING = Duration.ofSeconds(8); // the JVM, on first use
  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private final NvmfHost host;
  private final Controller controller;
  private final Namespace namespace;
  private final Fio fio;
  private final Bench.Waiting waiting;
  private final int repeats;
  private final Duration measured;
  private final PrintStream out;
  private final List<String> json = new ArrayList<>();

  private Compare(
      NvmfHost host, Controller controller, Options options, int repeats, PrintStream out)
      throws UsageException, IOException {
    this.host = host;
    this.controller = controller;
    this.repeats = repeats;
    this.out = out;
    namespace = controller.namespace(options.number("namespace", 1, Integer.MAX_VALUE, 1));
    fio = new Fio(options.text("device"), options.text("engine", "libaio"));
    waiting = options.choice("wait", Bench.Waiting.class, Bench.Waiting.YIELD);
    measured = Duration.ofSeconds(options.number("seconds", 2, 3600, 3));
  }

  static void run(NvmfHost host, Options options, PrintStream out)
      throws UsageException, IOException, InterruptedException {
    int repeats = options.number("repeats", 1, 100, 5);
    String file = options.text("json", null);
    int deepest = ROWS.stream().mapToInt(Row::depth).max().orElseThrow();
    ConnectOptions how = ConnectOptions.DEFAULT.withQueues(1, deepest);
    try (Controller controller = Nvmf.connect(host, options, how)) {
      Compare compare = new Compare(host, controller, options, repeats, out);
      compare.table();
      if (file != null) {
        Files.writeString(Path.of(file), "[\n" + String.join(",\n", compare.json) + "\n]\n");
      }
    }
  }

  private void table() throws IOException, InterruptedException {
    out.printf(
        "%-10s %7s %5s | %-28s | %-28s | %s%n",
        "", "bytes", "depth", "verbena", "kernel", "verbena / kernel");
    out.printf(
        "%-10s %7s %5s | %7s %8s %5s %5s | %7s %8s %5s %5s | %5s %5s %5s | %5s | %s%n",
        "", "", "", "IOPS", "p50 us", "p99", "cpu", "IOPS", "p50 us", "p99", "cpu", "IOPS", "p50",
        "cpu", "heap", "spread");
    for (Row row : ROWS) {
      measure(row);
    }
  }

  private void measure(Row row) throws IOException, InterruptedException {
    List<Sample> ours = new ArrayList<>();
    List<Sample> kernels = new ArrayList<>();
    try (Bench bench =
        new Bench(host, controller, namespace, row.pattern(), row.bytes(), row.depth(), waiting)) {
      bench.run(Duration.ZERO, COMPILING);
      for (int repeat = 0; repeat < repeats; repeat++) {
        ours.add(Sample.of(bench.run(WARM_UP, measured)));
        kernels.add(fio.run(row.pattern(), row.bytes(), row.depth(), WARM_UP, measured));
      }
    }
    ToDoubleFunction<Sample> primary = row.latency() ? Sample::p50 : Sample::iops;
    double[] ratios =
        IntStream.range(0, repeats)
            .mapToDouble(
                i -> primary.applyAsDouble(ours.get(i)) / primary.applyAsDouble(kernels.get(i)))
            .sorted()
            .toArray();
    json.add(json("verbena", row, ours));
    json.add(json("kernel", row, kernels));
    out.printf(
        Locale.ROOT,
        "%-10s %7d %5d | %7.0f %8.1f %5.0f %5.0f | %7.0f %8.1f %5.0f %5.0f | %5.2f %5.2f %5.2f |"
            + " %5.1f | %s %.2f to %.2f%n",
        name(row),
        row.bytes(),
        row.depth(),
        median(ours, Sample::iops),
        median(ours, Sample::p50),
        median(ours, Sample::p99),
        median(ours, Sample::processor),
        median(kernels, Sample::iops),
        median(kernels, Sample::p50),
        median(kernels, Sample::p99),
        median(kernels, Sample::processor),
        median(ours, Sample::iops) / median(kernels, Sample::iops),
        median(ours, Sample::p50) / median(kernels, Sample::p50),
        median(ours, Sample::processor) / median(kernels, Sample::processor),
        median(ours, Sample::allocated),
        row.latency() ? "p50" : "IOPS",
        ratios[0],
        ratios[ratios.length - 1]);
    out.flush();
  }

  private static String name(Row row) {
    return row.pattern().name().toLowerCase(Locale.ROOT);
  }

  private static double[] sorted(List<Sample> samples, ToDoubleFunction<Sample> value) {
    return samples.stream().mapToDouble(value).sorted().toArray();
  }

  private static double median(List<Sample> samples, ToDoubleFunction<Sample> value) {
    double[] sorted = sorted(samples, value);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  // --- in the format of JMH

  private String json(String program, Row row, List<Sample> samples) {
    boolean latency = row.latency();
    String p50 = metric(samples, Sample::p50, "us/op");
    String iops = metric(samples, Sample::iops, "ops/s");
    return """
        {"benchmark": "nvmf.%s", "mode": "%s", "jdkVersion": "%s", "vmName": "%s",
         "vmVersion": "%s", "forks": 1, "measurementIterations": %d,
         "params": {"program": "%s", "depth": "%d", "bytes": "%d"},
         "primaryMetric": %s,
         "secondaryMetrics": {"%s": %s, "p99": %s, "cpu": %s,
          "gc.alloc.rate.norm": %s}}"""
        .formatted(
            name(row),
            latency ? "sample" : "thrpt",
            System.getProperty("java.version"),
            System.getProperty("java.vm.name"),
            System.getProperty("java.vm.version"),
            samples.size(),
            program,
            row.depth(),
            row.bytes(),
            latency ? p50 : iops,
            latency ? "iops" : "p50",
            latency ? iops : p50,
            metric(samples, Sample::p99, "us/op"),
            metric(samples, Sample::processor, "us/op"),
            metric(samples, Sample::allocated, "B/op"));
  }

  private static String metric(List<Sample> samples, ToDoubleFunction<Sample> value, String unit) {
    double[] sorted = sorted(samples, value);
    double least = sorted[0];
    double middle = median(samples, value);
    double most = sorted[sorted.length - 1];
    String raw = Arrays.toString(samples.stream().mapToDouble(value).toArray());
    return String.format(
        Locale.ROOT,
        """
        {"score": %f, "scoreError": "NaN", "scoreConfidence": [%f, %f], \
        "scorePercentiles": {"0.0": %f, "50.0": %f, "100.0": %f}, "scoreUnit": "%s", \
        "rawData": [%s]}""",
        middle,
        least,
        most,
        least,
        middle,
        most,
        unit,
        raw);
  }
}
