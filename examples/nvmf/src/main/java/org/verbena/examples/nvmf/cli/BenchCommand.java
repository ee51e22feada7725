package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import org.verbena.examples.nvmf.ConnectOptions;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;
import org.verbena.examples.nvmf.Controller;
import org.verbena.examples.nvmf.Namespace;
import org.verbena.examples.nvmf.NvmfHost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "bench", description = "Measures I/O on a namespace.")
final class BenchCommand extends NamespaceCommand {
  private static final double MICROS = 1e3;

  private final PrintStream out;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--pattern",
      defaultValue = "randread",
      description = "one of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
  private Bench.Pattern pattern;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--wait",
      defaultValue = "yield",
      description = {
        "one of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE};",
        "spin and yield poll, hybrid polls and then sleeps"
      })
  private Bench.Waiting wait;

  @SuppressWarnings("NullAway.Init") // by picocli
  @Option(
      names = "--exposure",
      defaultValue = "region",
      description = {
        "how the target accesses memory:",
        "one of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}"
      })
  private Exposure exposure;

  private int size;
  private int depth;
  private Duration warmUp = Duration.ZERO;
  private Duration measured = Duration.ZERO;

  BenchCommand(PrintStream out) {
    this.out = out;
  }

  @Option(
      names = "--size",
      defaultValue = "4k",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "bytes of one I/O; default: ${DEFAULT-VALUE}")
  void setSize(long value) {
    size = (int) range("--size", value, 1, Integer.MAX_VALUE);
  }

  @Option(
      names = "--depth",
      defaultValue = "1",
      paramLabel = "N",
      description = "I/O in flight; default: ${DEFAULT-VALUE}")
  void setDepth(int value) {
    depth = (int) range("--depth", value, 1, ConnectOptions.MAX_DEPTH);
  }

  @Option(
      names = "--seconds",
      defaultValue = "5",
      paramLabel = "N",
      description = "seconds to measure; default: ${DEFAULT-VALUE}")
  void setSeconds(int value) {
    measured = Duration.ofSeconds(range("--seconds", value, 1, 3600));
  }

  @Option(
      names = "--warm-up",
      defaultValue = "2",
      paramLabel = "N",
      description = "seconds of warm-up; default: ${DEFAULT-VALUE}")
  void setWarmUp(int value) {
    warmUp = Duration.ofSeconds(range("--warm-up", value, 0, 3600));
  }

  @Override
  void run(NvmfHost host) throws IOException, InterruptedException {
    ConnectOptions options =
        ConnectOptions.DEFAULT.withQueues(1, depth).withExposure(exposure, true);
    try (Controller controller = connect(host, options)) {
      Namespace namespace = namespace(controller);
      if (size % namespace.blockSize() != 0 || size > namespace.bytes()) {
        throw wrong("--size must be a multiple of %d".formatted(namespace.blockSize()));
      }
      checkSize(size, controller);
      Bench.Outcome outcome;
      try (Bench bench = new Bench(host, controller, namespace, pattern, size, depth, wait)) {
        outcome = bench.run(warmUp, measured);
      }
      double count = outcome.count();
      out.printf(
          Locale.ROOT,
          "%s %d bytes depth %d: IOPS %.0f, p50 %.1f us, p99 %.1f us,"
              + " processor time per I/O: process %.1f us, machine %.1f us%n",
          pattern,
          size,
          depth,
          count * 1e9 / outcome.nanos(),
          outcome.latencies().getValueAtPercentile(50) / MICROS,
          outcome.latencies().getValueAtPercentile(99) / MICROS,
          outcome.processNanos() / MICROS / count,
          outcome.machineNanos() / MICROS / count);
    }
  }
}
