package org.verbena.benchmarks.report;

import static org.verbena.benchmarks.report.Html.escape;
import static org.verbena.benchmarks.report.Html.figureCell;
import static org.verbena.benchmarks.report.Html.headCell;

import java.util.List;

/** The figures of a plot in HTML. */
final class FigureTable {
  private FigureTable() {}

  /** A row for each position, a column for each program and for each ratio. */
  static String of(Section section, Figure figure) {
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
                body.append(figureCell(Format.number(metric.score()), Format.spread(metric)));
              }
              Metric verbena = byProgram.getOrDefault(Row.VERBENA, Metric.NONE);
              for (String program : others) {
                Metric other = byProgram.getOrDefault(program, Metric.NONE);
                body.append(figureCell(Format.ratio(verbena.ratioTo(other)), ""));
              }
              if (scaling) {
                body.append(figureCell(Format.ratio(verbena.ratioTo(first)), ""));
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
}
