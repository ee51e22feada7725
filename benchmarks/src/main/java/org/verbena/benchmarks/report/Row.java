package org.verbena.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One program's result of one benchmark: an object of results.json.
 *
 * @param benchmark dotted name, such as "latency.send"
 * @param params the benchmark's parameters, and the program
 * @param primaryMetric the figure
 * @param secondaryMetrics other figures of the same run, by name
 */
record Row(
    String benchmark,
    Map<String, String> params,
    JmhMetric primaryMetric,
    Map<String, JmhMetric> secondaryMetrics) {

  /** The name that selects the primary metric among the secondary ones. */
  static final String PRIMARY = "";

  static final String VERBENA = "verbena";

  Row {
    // Gson passes null for what the file does not have.
    params = params == null ? Map.of() : params;
    primaryMetric = primaryMetric == null ? JmhMetric.NONE : primaryMetric;
    secondaryMetrics = secondaryMetrics == null ? Map.of() : secondaryMetrics;
  }

  String program() {
    return param("program");
  }

  /** The row's display name. */
  String name() {
    String others = Format.params(paramsWithout("program"));
    return others.isEmpty() ? benchmark : benchmark + ", " + others;
  }

  /** The parameter's value; "" if the row has no such parameter. */
  String param(String name) {
    return params.getOrDefault(name, "");
  }

  /** All parameters except these, in the order of the file. */
  Map<String, String> paramsWithout(String... names) {
    Map<String, String> rest = new LinkedHashMap<>(params);
    for (String name : names) {
      rest.remove(name);
    }
    return rest;
  }

  /** The parameters that the rows of one line in a plot share, if this one is its x axis. */
  Map<String, String> paramsBeside(String x) {
    // The depth is per connection; all connections together have the same.
    return x.equals("connections")
        ? paramsWithout("program", x, "depth")
        : paramsWithout("program", x);
  }

  /** The metric of this name; {@link JmhMetric#NONE} if the row has none. */
  JmhMetric metric(String name) {
    return name.equals(PRIMARY)
        ? primaryMetric
        : secondaryMetrics.getOrDefault(name, JmhMetric.NONE);
  }

  /** Whether both did the same work with the same parameters: such rows are compared. */
  boolean sameWork(Row other) {
    return benchmark.equals(other.benchmark)
        && paramsWithout("program").equals(other.paramsWithout("program"));
  }
}
