package org.verbena.benchmarks.device;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.verbena.benchmarks.Median;

/** The results, in JMH's JSON format: each figure is the median of the repeats. */
public final class Measurements {
  private record Key(Task task, String program) {}

  /** For each task and program: figures by name, one value per repeat. */
  private final Map<Key, Map<String, List<Double>>> figures = new LinkedHashMap<>();

  private final JsonArray others = new JsonArray();

  /**
   * Adds a repeat.
   *
   * @param task what was measured
   * @param program the program that was measured
   * @param repeat "score" and other figures by name, in the units of {@link Unit}
   */
  public void add(Task task, String program, Map<String, Double> repeat) {
    Map<String, List<Double>> of =
        figures.computeIfAbsent(new Key(task, program), k -> new LinkedHashMap<>());
    repeat.forEach((name, value) -> of.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
  }

  /** Adds rows that are already in this format. */
  void addAll(JsonArray rows) {
    others.addAll(rows);
  }

  /**
   * Writes all results.
   *
   * @param file the file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    JsonArray rows = new JsonArray();
    figures.forEach((key, of) -> rows.add(row(key, of)));
    rows.addAll(others);
    Files.writeString(
        file,
        new GsonBuilder()
            .setPrettyPrinting()
            .serializeSpecialFloatingPointValues()
            .disableHtmlEscaping()
            .create()
            .toJson(rows));
  }

  private static JsonObject row(Key key, Map<String, List<Double>> of) {
    JsonObject row = new JsonObject();
    row.addProperty("benchmark", key.task.benchmark());
    row.addProperty("mode", Unit.of(key.task).mode);
    row.addProperty("threads", 1);
    row.addProperty("forks", 1);
    row.addProperty("jdkVersion", System.getProperty("java.version"));
    row.addProperty("vmName", System.getProperty("java.vm.name"));
    row.addProperty("vmVersion", System.getProperty("java.vm.version"));
    row.addProperty("measurementIterations", of.getOrDefault(Contender.SCORE, List.of()).size());
    JsonObject params = new JsonObject();
    params.addProperty("program", key.program);
    key.task.params().forEach(params::addProperty);
    row.add("params", params);
    JsonObject secondary = new JsonObject();
    of.forEach(
        (name, values) -> {
          if (name.equals(Contender.SCORE)) {
            row.add("primaryMetric", metric(values, Unit.of(key.task).text));
          } else {
            secondary.add(name, metric(values, Unit.of(key.task, name)));
          }
        });
    row.add("secondaryMetrics", secondary);
    return row;
  }

  /** A figure with several values. */
  static JsonObject metric(List<Double> values, String unit) {
    double[] sorted = sorted(values);
    JsonObject metric = new JsonObject();
    metric.addProperty("score", Median.of(Arrays.stream(sorted)));
    metric.add("scoreError", new JsonPrimitive("NaN"));
    double min = sorted[0];
    double max = sorted[sorted.length - 1];
    metric.add("scoreConfidence", array(min, max));
    JsonObject percentiles = new JsonObject();
    percentiles.addProperty("0.0", min);
    percentiles.addProperty("50.0", Median.of(Arrays.stream(sorted)));
    percentiles.addProperty("100.0", max);
    metric.add("scorePercentiles", percentiles);
    metric.addProperty("scoreUnit", unit);
    JsonArray raw = new JsonArray();
    raw.add(array(values.stream().mapToDouble(d -> d).toArray()));
    metric.add("rawData", raw);
    return metric;
  }

  private static JsonArray array(double... values) {
    JsonArray array = new JsonArray();
    Arrays.stream(values).forEach(array::add);
    return array;
  }

  private static double[] sorted(List<Double> values) {
    return values.stream().mapToDouble(d -> d).sorted().toArray();
  }
}
