package org.verbena.benchmarks.report;

import com.github.mustachejava.DefaultMustacheFactory;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.XYPlot;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * Draws the samples of {@code softroce/soak}, one plot for each column over time: the folder's
 * samples.csv becomes its index.html.
 */
public final class SoakReport {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 180;

  private SoakReport() {}

  /**
   * Writes the page.
   *
   * @param args the folder
   * @throws IOException if the samples cannot be read, or the page cannot be written
   */
  public static void main(String[] args) throws IOException {
    System.setProperty("java.awt.headless", "true");
    Path folder = Path.of(args[0]);
    Path page = folder.resolve("index.html");
    Files.writeString(page, html(Files.readAllLines(folder.resolve("samples.csv"))));
    System.out.println(page.toAbsolutePath().normalize());
  }

  /** The page for the lines of a CSV file, whose first column is seconds. */
  static String html(List<String> lines) {
    List<String> names = List.of(lines.getFirst().split(","));
    List<double[]> samples = lines.stream().skip(1).map(SoakReport::numbers).toList();
    Svg svg = new Svg();
    List<String> plots = new ArrayList<>();
    IntStream.range(1, names.size())
        .forEach(
            column ->
                plots.add(
                    svg.of(
                        plot(names.get(column), column, samples),
                        WIDTH,
                        HEIGHT,
                        names.get(column) + " over time",
                        "")));
    StringWriter page = new StringWriter();
    new DefaultMustacheFactory(SoakReport.class.getPackageName().replace('.', '/'))
        .compile("soak.mustache")
        .execute(page, Map.of("plots", plots));
    return page.toString();
  }

  private static double[] numbers(String line) {
    return Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray();
  }

  private static JFreeChart plot(String name, int column, List<double[]> samples) {
    XYSeries series = new XYSeries(name);
    samples.forEach(sample -> series.add(sample[0] / 60, sample[column]));
    JFreeChart chart =
        ChartFactory.createXYLineChart(null, "minutes", name, new XYSeriesCollection(series));
    chart.removeLegend();
    XYPlot plot = chart.getXYPlot();
    plot.setBackgroundPaint(null);
    plot.setRangeGridlinePaint(Colour.FAINT.light);
    plot.setDomainGridlinesVisible(false);
    plot.getRenderer().setSeriesPaint(0, Colour.BLUE.light);
    return chart;
  }
}
