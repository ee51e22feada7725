package org.verbena.benchmarks.report;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.axis.TickType;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;

/** A logarithmic axis with ticks at given values; JFreeChart's has them only at powers. */
final class LogTicks extends LogAxis {
  private static final long serialVersionUID = 1;

  private final double[] values;
  private final transient DoubleFunction<String> text;

  private LogTicks(String label, double[] values, DoubleFunction<String> text) {
    super(label);
    this.values = values;
    this.text = text;
  }

  /** Ticks at the values themselves, for the sizes and counts that were measured. */
  static LogTicks at(String label, double[] values, DoubleFunction<String> text) {
    LogTicks axis = new LogTicks(label, values, text);
    axis.setRange(values[0] / 1.35, values[values.length - 1] * 1.35);
    return axis;
  }

  /** Ticks at round values that enclose the points; the more decades, the rounder. */
  static LogTicks around(String label, double min, double max) {
    double[] ticks = decades(min, max, 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8);
    if (ticks.length > 6) {
      ticks = decades(min, max, 1, 2, 5);
    }
    if (ticks.length > 9) {
      ticks = decades(min, max, 1);
    }
    LogTicks axis = new LogTicks(label, ticks, Format::tick);
    axis.setRange(Math.min(ticks[0], min / 1.03), Math.max(ticks[ticks.length - 1], max * 1.03));
    return axis;
  }

  /** Multiples of powers of 10, from the last at or below min to the first at or above max. */
  private static double[] decades(double min, double max, double... multiples) {
    List<Double> all = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(min)); power <= Math.log10(max) + 1; power++) {
      for (double multiple : multiples) {
        all.add(multiple * Math.pow(10, power));
      }
    }
    int from = (int) all.stream().filter(tick -> tick <= min * 1.0001).count() - 1;
    int to = all.size() - (int) all.stream().filter(tick -> tick >= max * 0.9999).count();
    return all.subList(from, Math.max(to, from + 1) + 1).stream().mapToDouble(x -> x).toArray();
  }

  @Override
  public List<NumberTick> refreshTicks(
      Graphics2D g2, AxisState state, Rectangle2D area, RectangleEdge edge) {
    TextAnchor anchor =
        RectangleEdge.isTopOrBottom(edge) ? TextAnchor.TOP_CENTER : TextAnchor.CENTER_RIGHT;
    return DoubleStream.of(values)
        .mapToObj(
            value ->
                new NumberTick(
                    TickType.MAJOR, value, text.apply(value), anchor, TextAnchor.CENTER, 0))
        .toList();
  }
}
