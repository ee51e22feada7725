package org.verbena.benchmarks.device;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.verbena.benchmarks.device.peer.PeerProcess;

/** Runs {@link DeviceCalls} and converts its results to the format of the others. */
final class JmhRun {
  private JmhRun() {}

  /** The rows for results.json. */
  static JsonArray run(Plan plan) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(DeviceCalls.class.getName())
        .param("path", plan.paths().toArray(String[]::new))
        .forks(1)
        .warmupIterations(2)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(plan.repeats())
        .measurementTime(TimeValue.seconds(3)) // long: JMH's own allocation is divided by the calls
        .addProfiler(GCProfiler.class)
        .jvmArgsAppend(PeerProcess.JVM_OPTIONS.toArray(String[]::new))
        .shouldFailOnError(true);
    return rows(new Runner(options.build()).run());
  }

  private static JsonArray rows(Collection<RunResult> results) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ResultFormatFactory.getInstance(
            ResultFormatType.JSON, new PrintStream(bytes, true, StandardCharsets.UTF_8))
        .writeOut(results);
    JsonArray rows =
        JsonParser.parseString(bytes.toString(StandardCharsets.UTF_8)).getAsJsonArray();
    rows.forEach(row -> rename(row.getAsJsonObject()));
    return rows;
  }

  private static void rename(JsonObject row) {
    String name = row.get("benchmark").getAsString();
    row.addProperty("benchmark", "jmh" + name.substring(name.lastIndexOf('.')));
    row.getAsJsonObject("params").addProperty("program", "verbena");
    row.add("primaryMetric", median(row.getAsJsonObject("primaryMetric")));
    // In some versions of JMH the names of the profiler's metrics start with a dot.
    JsonObject secondary = row.getAsJsonObject("secondaryMetrics");
    for (String figure : List.copyOf(secondary.keySet())) {
      JsonObject metric = secondary.remove(figure).getAsJsonObject();
      secondary.add(figure.replace("·", ""), median(metric));
    }
  }

  private static JsonObject median(JsonObject metric) {
    List<Double> values =
        metric.getAsJsonArray("rawData").asList().stream()
            .flatMap(fork -> fork.getAsJsonArray().asList().stream())
            .map(JsonElement::getAsDouble)
            .toList();
    return Measurements.metric(values, metric.get("scoreUnit").getAsString());
  }
}
