package org.verbena.benchmarks.report;

import static org.verbena.benchmarks.report.Html.cell;
import static org.verbena.benchmarks.report.Html.escape;
import static org.verbena.benchmarks.report.Html.name;
import static org.verbena.benchmarks.report.Html.number;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The report as one HTML page that needs no other file. */
final class Page {
  private static final int WIDTH = 560;

  private final Results results;
  private final String css;
  private final Svg svg = new Svg();

  /** A page with this style. */
  Page(Results results, String css) {
    this.results = results;
    this.css = css;
  }

  String html() {
    Map<String, String> sections = new LinkedHashMap<>();
    for (Section section : Section.ALL) {
      String html = section(section);
      if (!html.isEmpty()) {
        sections.put(contentsLine(section.id(), section.title()), html);
      }
    }
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Verbena benchmarks</title>
        <style>
        %s
        @media screen and (prefers-color-scheme: dark) {
        %s}
        </style>
        </head>
        <body>
        <header>
        <h1>Verbena benchmarks</h1>
        <p class="lead">%s</p>
        </header>
        <main>
        %s
        <nav aria-label="Contents"><ul>
        %s
        <li><a href="#machine">Machine</a></li>
        <li><a href="#everything">Everything measured</a></li>
        </ul></nav>
        %s
        %s
        %s
        </main>
        </body>
        </html>
        """
        .formatted(
            css,
            Colour.darkCss(),
            escape(lead()),
            GoalTable.of(Goals.of(results)),
            String.join("\n", sections.keySet()),
            String.join("\n", sections.values()),
            machine(),
            everything());
  }

  private String lead() {
    List<String> words = new ArrayList<>();
    for (String key : List.of("date", "command")) {
      if (results.machine().containsKey(key)) {
        words.add(results.machine().get(key));
      }
    }
    return String.join(" · ", words);
  }

  private static String contentsLine(String id, String title) {
    return "<li><a href=\"#%s\">%s</a></li>".formatted(id, escape(title));
  }

  private String section(Section section) {
    StringBuilder html = new StringBuilder();
    for (Section.Group group : section.groups(results)) {
      String figures =
          section.metrics().keySet().stream()
              .map(metric -> new Figure(section, group, metric))
              .filter(Figure::measured)
              .map(figure -> figure(section, group, figure))
              .collect(Collectors.joining("\n"));
      if (!figures.isEmpty()) {
        String heading =
            group.title().isEmpty() || group.title().equalsIgnoreCase(section.title())
                ? ""
                : "<h3>" + escape(group.title()) + "</h3>\n";
        html.append("<article>\n" + heading + figures + "\n</article>\n");
      }
    }
    return html.isEmpty()
        ? ""
        : """
        <section id="%s">
        <h2>%s</h2>
        <p>%s</p>
        %s</section>"""
            .formatted(section.id(), escape(section.title()), escape(section.text()), html);
  }

  private String figure(Section section, Section.Group group, Figure figure) {
    String caption = section.metrics().get(figure.metric());
    String description = section.title() + ", " + group.title() + ": " + caption;
    String plot =
        figure
            .plot()
            .map(chart -> svg.of(chart, WIDTH, height(section, figure), description, ""))
            .orElse("");
    return """
        <figure>
        <div class="plot">%s</div>
        <div class="scroll">%s</div>
        </figure>"""
        .formatted(plot, FigureTable.of(section, figure));
  }

  private static int height(Section section, Figure figure) {
    return section.x().isEmpty() ? 90 + 40 * figure.table().size() : 340;
  }

  private String machine() {
    String facts =
        results.machine().entrySet().stream()
            .map(
                fact ->
                    "<tr><th scope=\"row\">%s</th>%s</tr>"
                        .formatted(escape(fact.getKey()), cell(fact.getValue())))
            .collect(Collectors.joining("\n"));
    return """
        <section id="machine">
        <h2>Machine</h2>
        <table class="facts"><tbody>
        %s
        </tbody></table>
        <h3>Commands</h3>
        <pre>%s</pre>
        </section>"""
        .formatted(facts, escape(String.join("\n", results.commands())));
  }

  /** Every row with every metric: what no section shows is here too. */
  private String everything() {
    StringBuilder body = new StringBuilder();
    for (Row row : results.rows()) {
      String more =
          row.secondaryMetrics().entrySet().stream()
              .map(metric -> metric.getKey() + " " + Format.withUnit(metric.getValue()))
              .collect(Collectors.joining(", "));
      body.append("<tr><th scope=\"row\">")
          .append(escape(name(row)))
          .append("</th>")
          .append(cell(Program.title(row.program())))
          .append(number(row.primaryMetric()))
          .append(cell(more))
          .append("</tr>\n");
    }
    return """
        <section id="everything">
        <h2>Everything measured</h2>
        <details>
        <summary>%d rows</summary>
        <div class="scroll"><table>
        <thead><tr><th>Benchmark</th><th>Program</th><th class="n">Median</th><th>More</th></tr>\
        </thead>
        <tbody>
        %s</tbody></table></div>
        </details>
        </section>"""
        .formatted(results.rows().size(), body);
  }
}
