package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  private static final int COMPILING_SECONDS = 8; // the JVM, on first use
  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private final NvmfHost host;
  private final Controller controller;
  private final Namespace namespace;
  private final Fio fio;
  private final Bench.Pattern pattern; // null for all
  private final Bench.Waiting waiting;
  private final int repeats;
  private final Duration compiling;
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
    pattern = options.choice("pattern", Bench.Pattern.class, null);
    waiting = options.choice("wait", Bench.Waiting.class, Bench.Waiting.YIELD);
    compiling = Duration.ofSeconds(options.number("warm-up", 0, 3600, COMPILING_SECONDS));
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
      if (pattern == null || row.pattern() == pattern) {
        measure(row);
      }
    }
  }

  private void measure(Row row) throws IOException, InterruptedException {
    Samples ours = new Samples();
    Samples kernels = new Samples();
    try (Bench bench =
        new Bench(host, controller, namespace, row.pattern(), row.bytes(), row.depth(), waiting)) {
      bench.run(Duration.ZERO, compiling);
      for (int repeat = 0; repeat < repeats; repeat++) {
        ours.add(Sample.of(bench.run(WARM_UP, measured)));
        kernels.add(fio.run(row.pattern(), row.bytes(), row.depth(), WARM_UP, measured));
      }
    }
    double[] ratios = ours.ratios(kernels, row.latency() ? Sample::p50 : Sample::iops);
    json.add(JmhFormat.entry("verbena", row, ours));
    json.add(JmhFormat.entry("kernel", row, kernels));
    out.printf(
        Locale.ROOT,
        "%-10s %7d %5d | %7.0f %8.1f %5.0f %5.0f | %7.0f %8.1f %5.0f %5.0f | %5.2f %5.2f %5.2f |"
            + " %5.1f | %s %.2f to %.2f%n",
        row.name(),
        row.bytes(),
        row.depth(),
        ours.median(Sample::iops),
        ours.median(Sample::p50),
        ours.median(Sample::p99),
        ours.median(Sample::processor),
        kernels.median(Sample::iops),
        kernels.median(Sample::p50),
        kernels.median(Sample::p99),
        kernels.median(Sample::processor),
        ours.median(Sample::iops) / kernels.median(Sample::iops),
        ours.median(Sample::p50) / kernels.median(Sample::p50),
        ours.median(Sample::processor) / kernels.median(Sample::processor),
        ours.median(Sample::allocated),
        row.latency() ? "p50" : "IOPS",
        ratios[0],
        ratios[ratios.length - 1]);
    out.flush();
  }
}
