package org.verbena.benchmarks.report;

import com.github.mustachejava.DefaultMustacheFactory;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The report as a self-contained HTML page, from the template {@code page.mustache}. */
final class Page {
  private static final int WIDTH = 560;

  /** A section; each of its articles has figures in comparable units. */
  private record Part(String id, String title, String text, List<Article> articles) {}

  /** Figures of one group of rows. */
  private record Article(String heading, List<Plot> figures) {}

  /**
   * A figure.
   *
   * @param plot an svg element, or empty
   */
  private record Plot(String plot, FigureTable table) {}

  /** A fact about the machine. */
  private record Fact(String key, String value) {}

  /** A row of the results, with all metrics. */
  private record Line(String name, String program, Cell median, String more) {}

  private final Results results;
  private final String css;
  private final Svg svg = new Svg();

  /** Creates a page with this style sheet. */
  Page(Results results, String css) {
    this.results = results;
    this.css = css;
  }

  String html() {
    Map<String, Object> view =
        Map.of(
            "css", css,
            "darkCss", Colour.darkCss(),
            "lead", lead(),
            "goals", GoalTable.of(Goals.of(results)),
            "sections", sections(),
            "machine", facts(),
            "commands", String.join("\n", results.commands()),
            "rowCount", results.rows().size(),
            "rows", results.rows().stream().map(Page::line).toList());
    StringWriter html = new StringWriter();
    new DefaultMustacheFactory(Page.class.getPackageName().replace('.', '/'))
        .compile("page.mustache")
        .execute(html, view);
    return html.toString();
  }

  private List<Fact> facts() {
    return results.machine().entrySet().stream()
        .map(entry -> new Fact(entry.getKey(), entry.getValue()))
        .toList();
  }

  private String lead() {
    return Stream.of("date", "command")
        .flatMap(fact -> Stream.ofNullable(results.machine().get(fact)))
        .collect(Collectors.joining(" · "));
  }

  private List<Part> sections() {
    List<Part> parts = new ArrayList<>();
    for (Section section : Section.ALL) {
      List<Article> articles =
          section.groups(results).stream()
              .map(group -> article(section, group))
              .flatMap(Optional::stream)
              .toList();
      if (!articles.isEmpty()) {
        parts.add(new Part(section.id(), section.title(), section.text(), articles));
      }
    }
    return parts;
  }

  private Optional<Article> article(Section section, Section.Group group) {
    List<Plot> figures =
        section.metrics().keySet().stream()
            .map(metric -> new Figure(section, group, metric))
            .filter(Figure::measured)
            .map(figure -> plot(section, group, figure))
            .toList();
    boolean plain = group.title().equalsIgnoreCase(section.title());
    return figures.isEmpty()
        ? Optional.empty()
        : Optional.of(new Article(plain ? "" : group.title(), figures));
  }

  private Plot plot(Section section, Section.Group group, Figure figure) {
    String caption = section.metrics().get(figure.metric());
    String description = section.title() + ", " + group.title() + ": " + caption;
    String plot =
        figure
            .plot()
            .map(chart -> svg.of(chart, WIDTH, height(section, figure), description, ""))
            .orElse("");
    return new Plot(plot, FigureTable.of(section, figure));
  }

  private static int height(Section section, Figure figure) {
    return section.x().isEmpty() ? 90 + 40 * figure.table().size() : 340;
  }

  private static Line line(Row row) {
    String more =
        row.secondaryMetrics().entrySet().stream()
            .map(metric -> metric.getKey() + " " + Format.withUnit(metric.getValue()))
            .collect(Collectors.joining(", "));
    return new Line(
        row.name(), ProgramStyle.title(row.program()), Cell.withUnit(row.primaryMetric()), more);
  }
}
