package org.verbena.benchmarks.report;

/** Pieces of HTML. */
final class Html {
  private Html() {}

  /** The row as people call it. */
  static String name(Row row) {
    String params = Format.params(row.paramsWithout("program"));
    return params.isEmpty() ? row.benchmark() : row.benchmark() + ", " + params;
  }

  /** The heading of a column of figures. */
  static String headCell(String text) {
    return "<th class=\"n\">" + escape(text) + "</th>";
  }

  static String cell(String text) {
    return "<td>" + escape(text) + "</td>";
  }

  /** A figure with its unit and spread. */
  static String number(Metric metric) {
    if (metric == Metric.NONE) {
      return "<td></td>";
    }
    return figureCell(Format.withUnit(metric), Format.spread(metric));
  }

  /** A figure, and in small below it what belongs to it. */
  static String figureCell(String text, String below) {
    String small = below.isEmpty() ? "" : "<small>" + escape(below) + "</small>";
    return "<td class=\"n\">" + escape(text) + small + "</td>";
  }

  /** Text that is no markup, whatever it holds. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
