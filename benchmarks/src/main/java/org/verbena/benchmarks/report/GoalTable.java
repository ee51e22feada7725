package org.verbena.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The goals as a table of the page.
 *
 * @param verdicts the number of goals with each verdict
 */
record GoalTable(int count, String verdicts, List<Line> rows) {
  /** A goal. */
  record Line(
      String title,
      String limit,
      String verdictClass,
      String verdict,
      Cell holding,
      Cell median,
      Optional<Hardest> hardest) {}

  /** The row that is furthest beyond the goal's limit, or nearest to it. */
  record Hardest(String name, Cell figure, Cell against, Cell ratio) {}

  static GoalTable of(List<Goal> goals) {
    Map<Verdict, Long> counted =
        goals.stream().collect(Collectors.groupingBy(Goal::verdict, Collectors.counting()));
    String verdicts =
        Stream.of(
                Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.NOT_MEASURED, Verdict.DOES_NOT_APPLY)
            .filter(counted::containsKey)
            .map(verdict -> verdict.text + ": " + counted.get(verdict))
            .collect(Collectors.joining(", "));
    return new GoalTable(goals.size(), verdicts, goals.stream().map(GoalTable::line).toList());
  }

  private static Line line(Goal goal) {
    Verdict verdict = goal.verdict();
    return new Line(
        goal.title(),
        goal.limit(),
        verdict.name().toLowerCase(Locale.ROOT),
        verdict.text,
        new Cell(goal.holding() + " of " + goal.applicable().size(), notCompared(goal)),
        new Cell(Format.ratio(goal.median()), Format.ratioSpread(goal.ratios())),
        goal.hardest().map(GoalTable::hardest));
  }

  private static Hardest hardest(Check check) {
    return new Hardest(
        check.row().name(),
        Cell.withUnit(check.figure()),
        Cell.withUnit(check.against()),
        Cell.of(Format.ratio(check.ratio())));
  }

  private static String notCompared(Goal goal) {
    int rows = goal.rows() - goal.applicable().size();
    return rows > 0 ? rows + " not compared" : "";
  }
}
