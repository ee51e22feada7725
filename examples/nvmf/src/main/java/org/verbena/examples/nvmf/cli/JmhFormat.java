package org.verbena.examples.nvmf.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Writes measurements in JMH's format, so that programs for its results read these too. */
final class JmhFormat {
  static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  private record Metric(
      double score,
      String scoreError,
      List<Double> scoreConfidence,
      Map<String, Double> scorePercentiles,
      String scoreUnit,
      double[][] rawData) {}

  private JmhFormat() {}

  /** Returns one element of the array in such a file. */
  static JsonObject entry(String program, Workload row, Trials samples) {
    Metric p50 = metric(samples, Trial::p50, "us/op");
    Metric iops = metric(samples, Trial::iops, "ops/s");
    JsonObject entry = new JsonObject();
    entry.addProperty("benchmark", "nvmf." + row.name());
    entry.addProperty("mode", row.latency() ? "sample" : "thrpt");
    entry.addProperty("jdkVersion", System.getProperty("java.version"));
    entry.addProperty("vmName", System.getProperty("java.vm.name"));
    entry.addProperty("vmVersion", System.getProperty("java.vm.version"));
    entry.addProperty("forks", 1);
    entry.addProperty("measurementIterations", samples.count());
    entry.add(
        "params",
        GSON.toJsonTree(
            Map.of(
                "program", program,
                "depth", String.valueOf(row.depth()),
                "bytes", String.valueOf(row.bytes()))));
    entry.add("primaryMetric", GSON.toJsonTree(row.latency() ? p50 : iops));
    entry.add(
        "secondaryMetrics",
        GSON.toJsonTree(
            Map.of(
                row.latency() ? "iops" : "p50",
                row.latency() ? iops : p50,
                "p99",
                metric(samples, Trial::p99, "us/op"),
                "cpu",
                metric(samples, Trial::processor, "us/op"),
                "gc.alloc.rate.norm",
                metric(samples, Trial::allocated, "B/op"))));
    return entry;
  }

  private static Metric metric(Trials samples, ToDoubleFunction<Trial> value, String unit) {
    double[] sorted = samples.sorted(value);
    double least = sorted[0];
    double middle = samples.median(value);
    double most = sorted[sorted.length - 1];
    return new Metric(
        middle,
        "NaN",
        List.of(least, most),
        Map.of("0.0", least, "50.0", middle, "100.0", most),
        unit,
        new double[][] {samples.values(value)});
  }
}
