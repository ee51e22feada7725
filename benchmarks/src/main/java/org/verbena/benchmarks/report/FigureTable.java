package org.verbena.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A plot's figures as a table of the page.
 *
 * @param x the heading of the column of positions
 * @param columns the headings of the columns of figures
 */
record FigureTable(String caption, String x, List<String> columns, List<Line> rows) {
  record Line(String position, List<Cell> cells) {}

  /** One row per position, one column per program and per ratio. */
  static FigureTable of(Section section, Figure figure) {
    List<String> programs = figure.programs();
    List<String> others =
        programs.contains(Row.VERBENA)
            ? programs.stream().filter(program -> !program.equals(Row.VERBENA)).toList()
            : List.of();
    // Scaling is the cost relative to that of the first row.
    boolean scaling = section.x().equals("connections") && programs.contains(Row.VERBENA);
    JmhMetric first =
        figure.table().firstEntry().getValue().getOrDefault(Row.VERBENA, JmhMetric.NONE);
    List<String> columns = new ArrayList<>();
    programs.forEach(program -> columns.add(ProgramStyle.title(program)));
    others.forEach(program -> columns.add("÷ " + ProgramStyle.title(program)));
    if (scaling) {
      columns.add("÷ first");
    }
    List<Line> rows = new ArrayList<>();
    figure
        .table()
        .forEach(
            (position, byProgram) -> {
              List<Cell> cells = new ArrayList<>();
              programs.forEach(program -> cells.add(Cell.plain(metric(byProgram, program))));
              JmhMetric verbena = metric(byProgram, Row.VERBENA);
              others.forEach(program -> cells.add(ratio(verbena, metric(byProgram, program))));
              if (scaling) {
                cells.add(ratio(verbena, first));
              }
              rows.add(new Line(section.positionText(position), cells));
            });
    String x = section.x().equals("bytes") ? "size" : section.x();
    return new FigureTable(figure.label(), x, columns, rows);
  }

  private static JmhMetric metric(Map<String, JmhMetric> byProgram, String program) {
    return byProgram.getOrDefault(program, JmhMetric.NONE);
  }

  private static Cell ratio(JmhMetric verbena, JmhMetric other) {
    return Cell.of(Format.ratio(verbena.ratioTo(other)));
  }
}
