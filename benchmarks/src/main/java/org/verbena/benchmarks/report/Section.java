package org.verbena.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A part of the page: which rows it shows, and along which parameter.
 *
 * @param id its anchor
 * @param title its heading
 * @param text what was measured
 * @param x the parameter of the x axis; empty if each benchmark has one figure
 * @param metrics titles of the metrics shown, by name
 * @param shows whether it shows a row
 */
record Section(
    String id,
    String title,
    String text,
    String x,
    Map<String, String> metrics,
    Predicate<Row> shows) {

  private static final Map<String, String> LATENCY = metrics(Row.PRIMARY, "p50", "p99", "p99");

  static final List<Section> ALL =
      List.of(
          new Section(
              "latency",
              "Latency, polling",
              "Half a round trip (READ: the whole operation) by message size. Both ends poll.",
              "bytes",
              LATENCY,
              row -> row.benchmark().startsWith("latency.") && !event(row)),
          new Section(
              "events",
              "Latency, waiting for events",
              "The same, but both ends sleep until the completion queue notifies them.",
              "bytes",
              LATENCY,
              row -> row.benchmark().startsWith("latency.") && event(row)),
          new Section(
              "bandwidth",
              "Bandwidth",
              "Many requests at once, by message size.",
              "bytes",
              metrics(Row.PRIMARY, "bandwidth"),
              row -> row.benchmark().startsWith("bandwidth.")),
          new Section(
              "message-rate",
              "Message rate",
              "Small messages, by the number of requests posted in one chain.",
              "chain",
              metrics(Row.PRIMARY, "rate"),
              row -> row.benchmark().startsWith("messageRate.")),
          new Section(
              "software",
              "Software cost",
              "What the library itself costs: time of one request on a no-op device.",
              "",
              metrics(Row.PRIMARY, "time"),
              row -> row.benchmark().startsWith("software.")),
          new Section(
              "registration",
              "Registration",
              "Registering and deregistering memory, by size.",
              "bytes",
              metrics(Row.PRIMARY, "time"),
              row -> row.benchmark().startsWith("registration")),
          new Section(
              "connect",
              "Connecting",
              "From creating a queue pair to a connection that can carry data.",
              "",
              metrics(Row.PRIMARY, "connections", "connect", "time of one"),
              row -> row.benchmark().startsWith("connect")),
          new Section(
              "scaling",
              "Scaling",
              "Cost of one operation by the number of connections that share a queue.",
              "connections",
              metrics(Row.PRIMARY, "cost"),
              row -> row.benchmark().startsWith("scaling.")),
          new Section(
              "jmh",
              "Single calls on the device",
              "Measured with JMH.",
              "",
              metrics(Row.PRIMARY, "time"),
              row -> row.benchmark().startsWith("jmh.")),
          new Section(
              "nvmf",
              "NVMe over Fabrics",
              "Verbena as the initiator of a real storage target, against the kernel's own, by"
                  + " queue depth.",
              "depth",
              metrics(Row.PRIMARY, "rate", "p50", "p50", "p99", "p99", "cpu", "CPU per I/O"),
              row -> row.benchmark().startsWith("nvmf.")));

  /** Rows that are comparable along the section's parameter: one plot per metric. */
  record Group(String title, List<Row> rows) {}

  private static boolean event(Row row) {
    return row.param("polling").equals("event");
  }

  private static Map<String, String> metrics(String... namesAndTitles) {
    Map<String, String> metrics = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTitles.length; i += 2) {
      metrics.put(namesAndTitles[i], namesAndTitles[i + 1]);
    }
    return metrics;
  }

  /** The groups of these results, in the order of the file; each has figures of one unit. */
  List<Group> groups(Results results) {
    record Key(String title, String unit) {}
    Map<Key, List<Row>> groups = new LinkedHashMap<>();
    for (Row row : results.rows()) {
      if (shows.test(row)) {
        Key key = new Key(groupTitle(row), row.primaryMetric().unit());
        groups.computeIfAbsent(key, k -> new ArrayList<>()).add(row);
      }
    }
    return groups.entrySet().stream()
        .map(group -> new Group(group.getKey().title(), group.getValue()))
        .toList();
  }

  private String groupTitle(Row row) {
    String params = Format.params(row.paramsBeside(x));
    if (x.isEmpty()) {
      return params;
    }
    String name = Format.name(row.benchmark());
    return params.isEmpty() ? name : name + ", " + params;
  }

  /** The row's position on the x axis. */
  String position(Row row) {
    return x.isEmpty() ? row.benchmark() : row.param(x);
  }

  /** The position for display. */
  String positionText(String position) {
    return x.isEmpty() ? Format.name(position) : Format.value(x, position);
  }
}
