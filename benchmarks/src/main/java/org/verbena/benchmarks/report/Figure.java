package org.verbena.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jfree.chart.JFreeChart;

/** One metric of one group: as a plot and as the rows of a table. */
final class Figure {
  private final Section section;
  private final Section.Group group;
  private final String metric;

  Figure(Section section, Section.Group group, String metric) {
    this.section = section;
    this.group = group;
    this.metric = metric;
  }

  String metric() {
    return metric;
  }

  /** Whether there is anything to show. */
  boolean measured() {
    return group.rows().stream().anyMatch(row -> row.metric(metric).measured());
  }

  private String unit() {
    return group.rows().stream()
        .map(row -> row.metric(metric).unit())
        .filter(unit -> !unit.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** The programs of the group, Verbena first. */
  List<String> programs() {
    return group.rows().stream()
        .filter(row -> row.metric(metric) != JmhMetric.NONE)
        .map(Row::program)
        .distinct()
        .sorted(ProgramStyle.ORDER)
        .toList();
  }

  /** The metric by position and program, in the order of the file. */
  SequencedMap<String, Map<String, JmhMetric>> table() {
    SequencedMap<String, Map<String, JmhMetric>> table = new LinkedHashMap<>();
    for (Row row : group.rows()) {
      table
          .computeIfAbsent(section.position(row), position -> new LinkedHashMap<>())
          .put(row.program(), row.metric(metric));
    }
    return table;
  }

  /** The plot; none if no position can be drawn. */
  Optional<JFreeChart> plot() {
    return section.x().isEmpty() ? bars() : lines();
  }

  /** The metric and its unit. */
  String label() {
    String title = section.metrics().getOrDefault(metric, metric);
    return unit().isEmpty() ? title : title + ", " + unit();
  }

  private Optional<JFreeChart> lines() {
    List<Plots.Series> series =
        programs().stream().map(this::series).filter(one -> !one.points().isEmpty()).toList();
    if (series.isEmpty()) {
      return Optional.empty();
    }
    String xLabel = section.x().equals("bytes") ? "size" : section.x();
    return Optional.of(
        Plots.lines(xLabel, x -> section.positionText(String.valueOf((long) x)), label(), series));
  }

  private Plots.Series series(String program) {
    List<Plots.Point> points =
        group.rows().stream()
            .filter(row -> row.program().equals(program) && row.metric(metric).measured())
            .filter(row -> section.position(row).matches("[1-9][0-9]{0,15}"))
            .map(row -> point(Double.parseDouble(section.position(row)), row.metric(metric)))
            .toList();
    ProgramStyle look = ProgramStyle.look(program);
    return new Plots.Series(ProgramStyle.title(program), look, look.shape, points);
  }

  private static Plots.Point point(double x, JmhMetric metric) {
    return new Plots.Point(x, metric.score(), metric.min(), metric.max());
  }

  private Optional<JFreeChart> bars() {
    List<Plots.Bar> bars =
        group.rows().stream()
            .filter(row -> row.metric(metric).measured())
            .map(
                row ->
                    new Plots.Bar(
                        row.program(),
                        section.positionText(section.position(row)),
                        row.metric(metric).score()))
            .toList();
    return bars.isEmpty() ? Optional.empty() : Optional.of(Plots.bars(label(), bars));
  }
}
