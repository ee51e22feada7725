package org.verbena.benchmarks.report;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.RectangleEdge;

/** What a README shows of the results: a table of ratios, and one plot. */
final class Readme {
  private final Results results;

  Readme(Results results) {
    this.results = results;
  }

  /** A Markdown table with one row per goal. */
  String markdown() {
    String rows = Goals.of(results).stream().map(Readme::row).collect(Collectors.joining("\n"));
    return """
        | | Ratio | Goal | |
        |---|---:|---|---|
        %s

        Verbena's figure divided by C's, unless the goal says otherwise: median of all rows \
        (min–max); %s.
        """
        .formatted(rows, escape(origin("`")));
  }

  private static String row(Goal goal) {
    String spread = Format.ratioSpread(goal.ratios());
    String ratio =
        goal.ratios().isEmpty()
            ? goal.hardest().map(check -> Format.withUnit(check.figure())).orElse("–")
            : Format.ratio(goal.median()) + (spread.isEmpty() ? "" : " (" + spread + ")");
    return "| %s | %s | %s | %s |"
        .formatted(escape(goal.title()), escape(ratio), escape(goal.limit()), goal.verdict().text);
  }

  private static String escape(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }

  /** When it was measured, and with which command. */
  private String origin(String quote) {
    String date = results.machine().getOrDefault("date", "at an unknown time");
    String command = results.machine().get("command");
    return "measured " + date + (command == null ? "" : " with " + quote + command + quote);
  }

  /** Polling latencies by size, as ratios to C's; none without such rows. */
  Optional<String> svg() {
    List<Plots.Series> series = new ArrayList<>();
    for (String operation : List.of("send", "write", "read")) {
      add(series, operation, ProgramStyle.VERBENA, " " + operation.toUpperCase(Locale.ROOT));
    }
    if (series.isEmpty()) {
      return Optional.empty();
    }
    for (ProgramStyle program :
        List.of(
            ProgramStyle.C,
            ProgramStyle.SOCKETS,
            ProgramStyle.SOCKETS_SPINNING,
            ProgramStyle.UCX)) {
      add(series, "send", program, "");
    }
    JFreeChart chart =
        Plots.lines(
            "message size",
            bytes -> Format.value("bytes", String.valueOf((long) bytes)),
            "latency (p50) ÷ latency of C",
            series);
    chart.setBackgroundPaint(Colour.PAPER.light);
    TextTitle origin = new TextTitle(origin(""), Plots.FONT.deriveFont(10f));
    origin.setPaint(Colour.GREY.light);
    origin.setPosition(RectangleEdge.BOTTOM);
    chart.addSubtitle(origin);
    return Optional.of(
        new Svg()
            .of(
                chart,
                720,
                400,
                "Latency by message size, as a ratio to C (perftest); " + origin(""),
                """
                text { font-family: "DejaVu Sans", Verdana, sans-serif }
                @media (prefers-color-scheme: dark) {
                %s}
                """
                    .formatted(Colour.darkCss())));
  }

  private void add(
      List<Plots.Series> series, String operation, ProgramStyle program, String operationTitle) {
    List<Plots.Point> points = new ArrayList<>();
    for (Row row : results.of("latency." + operation)) {
      boolean drawn =
          row.program().equals(program.id)
              && !row.param("polling").equals("event")
              && !row.param("path").equals("looped");
      JmhMetric c = results.partner(row, "c").map(Row::primaryMetric).orElse(JmhMetric.NONE);
      JmhMetric metric = row.primaryMetric();
      if (drawn
          && Double.isFinite(metric.ratioTo(c))
          && row.param("bytes").matches("[1-9]\\d{0,15}")) {
        points.add(
            new Plots.Point(
                Long.parseLong(row.param("bytes")),
                metric.ratioTo(c),
                metric.min() / c.score(),
                metric.max() / c.score()));
      }
    }
    if (!points.isEmpty()) {
      series.add(
          new Plots.Series(
              program.title + operationTitle, program, shape(program, operation), points));
    }
  }

  /** Verbena's operations have its colour, and their own shapes. */
  private static Shape shape(ProgramStyle program, String operation) {
    return switch (operation) {
      case "write" ->
          AffineTransform.getRotateInstance(Math.PI / 4)
              .createTransformedShape(ProgramStyle.C.shape);
      case "read" -> ProgramStyle.UCX.shape;
      default -> program.shape;
    };
  }
}
