package org.verbena.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
            goals(),
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

  private String goals() {
    List<Goal> goals = Goals.of(results);
    Map<Verdict, Long> counted =
        goals.stream().collect(Collectors.groupingBy(Goal::verdict, Collectors.counting()));
    String counts =
        Stream.of(
                Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.NOT_MEASURED, Verdict.DOES_NOT_APPLY)
            .filter(counted::containsKey)
            .map(verdict -> verdict.text + ": " + counted.get(verdict))
            .collect(Collectors.joining(", "));
    return """
        <section id="goals">
        <h2>Goals</h2>
        <p>%d goals; %s. A goal is checked by ratios within one run, Verbena's figure by the other's \
        (C is perftest, or the same loop in C where no network is involved). It holds if it does for \
        every row that has a partner; the row shown is the furthest beyond its limit, or nearest. \
        Every figure is the median of the repeats, in small below it the least and the most; below \
        a goal's median ratio, those of all its rows.</p>
        <div class="scroll"><table>
        <thead><tr><th>Goal</th><th>Limit</th><th>Verdict</th><th class="n">Rows</th>\
        <th class="n">Ratio, median</th><th>Hardest row</th><th class="n">Verbena</th>\
        <th class="n">Compared with</th><th class="n">Ratio</th></tr></thead>
        <tbody>
        %s
        </tbody></table></div>
        </section>"""
        .formatted(
            goals.size(), counts, goals.stream().map(Page::goal).collect(Collectors.joining("\n")));
  }

  private static String goal(Goal goal) {
    Verdict verdict = goal.verdict();
    String hardest =
        goal.hardest()
            .map(
                check ->
                    cell(name(check.row()))
                        + number(check.figure())
                        + number(check.against())
                        + figureCell(Figures.ratio(check.ratio()), ""))
            .orElse("<td></td><td></td><td></td><td></td>");
    return "<tr>%s%s<td class=\"verdict %s\">%s</td>%s%s%s</tr>"
        .formatted(
            "<th scope=\"row\">" + escape(goal.title()) + "</th>",
            cell(goal.limit()),
            verdict.name().toLowerCase(Locale.ROOT),
            verdict.text,
            figureCell(goal.holding() + " of " + goal.asked().size(), notCompared(goal)),
            figureCell(Figures.ratio(goal.median()), Figures.ratioSpread(goal.ratios())),
            hardest);
  }

  private static String notCompared(Goal goal) {
    int rows = goal.rows() - goal.asked().size();
    return rows > 0 ? rows + " not compared" : "";
  }

  private static String name(Row row) {
    String params = Figures.params(row.paramsWithout("program"));
    return params.isEmpty() ? row.benchmark() : row.benchmark() + ", " + params;
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
        .formatted(plot, table(section, figure, caption));
  }

  private static int height(Section section, Figure figure) {
    return section.x().isEmpty() ? 90 + 40 * figure.table().size() : 340;
  }

  private static String table(Section section, Figure figure, String caption) {
    List<String> programs = figure.programs();
    List<String> others =
        programs.contains(Row.VERBENA)
            ? programs.stream().filter(program -> !program.equals(Row.VERBENA)).toList()
            : List.of();
    // Scaling is the cost compared with that of the first row.
    boolean scaling = section.x().equals("connections") && programs.contains(Row.VERBENA);
    Metric first = figure.table().firstEntry().getValue().getOrDefault(Row.VERBENA, Metric.NONE);
    StringBuilder head = new StringBuilder();
    head.append("<th>").append(section.x().equals("bytes") ? "size" : section.x()).append("</th>");
    programs.forEach(program -> head.append(headCell(Program.title(program))));
    others.forEach(program -> head.append(headCell("÷ " + Program.title(program))));
    if (scaling) {
      head.append(headCell("÷ first"));
    }
    StringBuilder body = new StringBuilder();
    figure
        .table()
        .forEach(
            (position, byProgram) -> {
              body.append("<tr><th scope=\"row\">")
                  .append(escape(section.positionText(position)))
                  .append("</th>");
              for (String program : programs) {
                Metric metric = byProgram.getOrDefault(program, Metric.NONE);
                body.append(figureCell(Figures.number(metric.score()), Figures.spread(metric)));
              }
              Metric verbena = byProgram.getOrDefault(Row.VERBENA, Metric.NONE);
              for (String program : others) {
                Metric other = byProgram.getOrDefault(program, Metric.NONE);
                body.append(figureCell(Figures.ratio(verbena.ratioTo(other)), ""));
              }
              if (scaling) {
                body.append(figureCell(Figures.ratio(verbena.ratioTo(first)), ""));
              }
              body.append("</tr>\n");
            });
    return """
        <table>
        <caption>%s</caption>
        <thead><tr>%s</tr></thead>
        <tbody>
        %s</tbody></table>"""
        .formatted(escape(figure.label()), head, body);
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
              .map(metric -> metric.getKey() + " " + Figures.withUnit(metric.getValue()))
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

  private static String headCell(String text) {
    return "<th class=\"n\">" + escape(text) + "</th>";
  }

  private static String cell(String text) {
    return "<td>" + escape(text) + "</td>";
  }

  private static String number(Metric metric) {
    if (metric == Metric.NONE) {
      return "<td></td>";
    }
    return figureCell(Figures.withUnit(metric), Figures.spread(metric));
  }

  private static String figureCell(String text, String below) {
    String small = below.isEmpty() ? "" : "<small>" + escape(below) + "</small>";
    return "<td class=\"n\">" + escape(text) + small + "</td>";
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
