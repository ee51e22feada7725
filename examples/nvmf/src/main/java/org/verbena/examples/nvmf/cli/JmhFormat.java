package org.verbena.examples.nvmf.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Writes measurements as JMH does, so that what reads its results reads these too. */
final class JmhFormat {
  private JmhFormat() {}

  /** An object of the array that such a file is. */
  static String entry(String program, Row row, Samples samples) {
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
            row.name(),
            row.latency() ? "sample" : "thrpt",
            System.getProperty("java.version"),
            System.getProperty("java.vm.name"),
            System.getProperty("java.vm.version"),
            samples.count(),
            program,
            row.depth(),
            row.bytes(),
            row.latency() ? p50 : iops,
            row.latency() ? "iops" : "p50",
            row.latency() ? iops : p50,
            metric(samples, Sample::p99, "us/op"),
            metric(samples, Sample::processor, "us/op"),
            metric(samples, Sample::allocated, "B/op"));
  }

  private static String metric(Samples samples, ToDoubleFunction<Sample> value, String unit) {
    double[] sorted = samples.sorted(value);
    double least = sorted[0];
    double middle = samples.median(value);
    double most = sorted[sorted.length - 1];
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
        Arrays.toString(samples.values(value)));
  }
}
