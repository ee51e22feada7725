package org.verbena.benchmarks.report;

import static org.verbena.benchmarks.report.Html.cell;
import static org.verbena.benchmarks.report.Html.escape;
import static org.verbena.benchmarks.report.Html.figureCell;
import static org.verbena.benchmarks.report.Html.name;
import static org.verbena.benchmarks.report.Html.number;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The goals in HTML. */
final class GoalTable {
  private GoalTable() {}

  /** A section of the page. */
  static String of(List<Goal> goals) {
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
            goals.size(),
            counts,
            goals.stream().map(GoalTable::goal).collect(Collectors.joining("\n")));
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
                        + figureCell(Format.ratio(check.ratio()), ""))
            .orElse("<td></td><td></td><td></td><td></td>");
    return "<tr>%s%s<td class=\"verdict %s\">%s</td>%s%s%s</tr>"
        .formatted(
            "<th scope=\"row\">" + escape(goal.title()) + "</th>",
            cell(goal.limit()),
            verdict.name().toLowerCase(Locale.ROOT),
            verdict.text,
            figureCell(goal.holding() + " of " + goal.asked().size(), notCompared(goal)),
            figureCell(Format.ratio(goal.median()), Format.ratioSpread(goal.ratios())),
            hardest);
  }

  private static String notCompared(Goal goal) {
    int rows = goal.rows() - goal.asked().size();
    return rows > 0 ? rows + " not compared" : "";
  }
}
