package org.verbena.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Shape;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.Axis;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;

/** Draws series of figures in a common style. */
final class Plots {
  static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  private static final BasicStroke HAIRLINE = new BasicStroke(1);

  private Plots() {}

  /** A figure and the spread of its repeats. */
  record Point(double x, double y, double min, double max) {
    Point {
      // A logarithmic axis cannot show zero.
      min = min > 0 ? min : y;
    }
  }

  /** One program's points, drawn in the program's style, or with their own shape. */
  record Series(String title, ProgramStyle look, Shape shape, List<Point> points) {}

  /** A program's figure for one bar. */
  record Bar(String program, String name, double value) {}

  /** Lines with error bars on logarithmic axes. There must be at least one point. */
  static JFreeChart lines(
      String xLabel, DoubleFunction<String> xText, String yLabel, List<Series> series) {
    YIntervalSeriesCollection data = new YIntervalSeriesCollection();
    XYErrorRenderer renderer = new XYErrorRenderer();
    renderer.setDefaultLinesVisible(true);
    renderer.setDrawOutlines(false);
    renderer.setDrawXError(false);
    renderer.setCapLength(5);
    renderer.setErrorStroke(HAIRLINE);
    for (Series one : series) {
      int index = data.getSeriesCount();
      YIntervalSeries points = new YIntervalSeries(one.title());
      one.points().forEach(p -> points.add(p.x(), p.y(), p.min(), p.max()));
      data.addSeries(points);
      renderer.setSeriesPaint(index, one.look().colour.light);
      renderer.setSeriesStroke(index, one.look().stroke);
      renderer.setSeriesShape(index, one.shape());
    }
    double[] x = points(series).mapToDouble(Point::x).sorted().distinct().toArray();
    LogTicks xAxis = LogTicks.at(xLabel, x, xText);
    LogTicks yAxis =
        LogTicks.around(
            yLabel,
            points(series).mapToDouble(Point::min).min().orElseThrow(),
            points(series).mapToDouble(Point::max).max().orElseThrow());
    style(xAxis);
    style(yAxis);
    XYPlot plot = new XYPlot(data, xAxis, yAxis, renderer);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinePaint(Colour.FAINT.light);
    plot.setRangeGridlineStroke(HAIRLINE);
    return chart(plot);
  }

  private static Stream<Point> points(List<Series> series) {
    return series.stream().flatMap(one -> one.points().stream());
  }

  /** Horizontal bars from zero, grouped by name. */
  static JFreeChart bars(String label, List<Bar> bars) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    bars.forEach(bar -> data.addValue(bar.value(), ProgramStyle.title(bar.program()), bar.name()));
    BarRenderer renderer = new BarRenderer();
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setItemMargin(0.05);
    for (Bar bar : bars) {
      ProgramStyle.of(bar.program())
          .ifPresent(
              program ->
                  renderer.setSeriesPaint(data.getRowIndex(program.title), program.colour.light));
    }
    CategoryAxis names = new CategoryAxis();
    names.setCategoryMargin(0.3);
    names.setMaximumCategoryLabelWidthRatio(0.5f);
    NumberAxis values = new NumberAxis(label);
    style(names);
    style(values);
    CategoryPlot plot = new CategoryPlot(data, names, values, renderer);
    plot.setOrientation(PlotOrientation.HORIZONTAL);
    plot.setRangeAxisLocation(AxisLocation.BOTTOM_OR_LEFT);
    plot.setRangeGridlinePaint(Colour.FAINT.light);
    plot.setRangeGridlineStroke(HAIRLINE);
    return chart(plot);
  }

  private static void style(Axis axis) {
    axis.setLabelFont(FONT);
    axis.setTickLabelFont(FONT);
    axis.setLabelPaint(Colour.INK.light);
    axis.setTickLabelPaint(Colour.INK.light);
    axis.setAxisLinePaint(Colour.GREY.light);
    axis.setTickMarkPaint(Colour.GREY.light);
  }

  private static JFreeChart chart(Plot plot) {
    plot.setBackgroundPaint(null);
    plot.setOutlineVisible(false);
    plot.setInsets(new RectangleInsets(8, 0, 0, 16));
    JFreeChart chart = new JFreeChart(null, FONT, plot, true);
    chart.setBackgroundPaint(null);
    LegendTitle legend = chart.getLegend();
    legend.setPosition(RectangleEdge.TOP);
    legend.setItemFont(FONT);
    legend.setItemPaint(Colour.INK.light);
    legend.setBackgroundPaint(null);
    legend.setFrame(BlockBorder.NONE);
    return chart;
  }
}
