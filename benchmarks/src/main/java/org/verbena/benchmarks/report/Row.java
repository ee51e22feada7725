package org.verbena.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one program did in one benchmark: an object of results.json.
 *
 * @param benchmark dotted name, such as "latency.send"
 * @param params under which circumstances, and which program
 * @param primaryMetric the figure
 * @param secondaryMetrics more figures of the same run, by name
 */
record Row(
    String benchmark,
    Map<String, String> params,
    Metric primaryMetric,
    Map<String, Metric> secondaryMetrics) {

  /** The name of the primary metric, among the names of the secondary ones. */
  static final String PRIMARY = "";

  static final String VERBENA = "verbena";

  Row {
    params = params == null ? Map.of() : params;
    primaryMetric = primaryMetric == null ? Metric.NONE : primaryMetric;
    secondaryMetrics = secondaryMetrics == null ? Map.of() : secondaryMetrics;
  }

  String program() {
    return param("program");
  }

  /** The row as people call it. */
  String name() {
    String others = Format.params(paramsWithout("program"));
    return others.isEmpty() ? benchmark : benchmark + ", " + others;
  }

  /** The parameter's value, "" if the row has none of this name. */
  String param(String name) {
    return params.getOrDefault(name, "");
  }

  /** The parameters but these, in the order of the file. */
  Map<String, String> paramsWithout(String... names) {
    Map<String, String> rest = new LinkedHashMap<>(params);
    for (String name : names) {
      rest.remove(name);
    }
    return rest;
  }

  /** The parameters that rows have in common that stand in one line along this one. */
  Map<String, String> paramsBeside(String x) {
    // Of each connection; all of them together have the same.
    return x.equals("connections")
        ? paramsWithout("program", x, "depth")
        : paramsWithout("program", x);
  }

  /** The metric of this name, {@link Metric#NONE} if the row has none. */
  Metric metric(String name) {
    return name.equals(PRIMARY) ? primaryMetric : secondaryMetrics.getOrDefault(name, Metric.NONE);
  }

  /** Whether both are the same work under the same circumstances: such rows are compared. */
  boolean sameWork(Row other) {
    return benchmark.equals(other.benchmark)
        && paramsWithout("program").equals(other.paramsWithout("program"));
  }
}
