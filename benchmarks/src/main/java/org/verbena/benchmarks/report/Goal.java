package org.verbena.benchmarks.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.verbena.benchmarks.Median;

/**
 * What Verbena promises for a group of rows, and whether it holds.
 *
 * @param title what is promised
 * @param limit the promise
 * @param checks one per row that can be checked
 * @param rows the number of rows, including those without a counterpart
 */
record Goal(String title, String limit, List<Check> checks, int rows) {

  /** Holds only if there are rows that can be checked, and it holds for each of them. */
  Verdict verdict() {
    return hardest()
        .map(Check::verdict)
        .orElse(checks.isEmpty() ? Verdict.NOT_MEASURED : Verdict.DOES_NOT_APPLY);
  }

  /** Of the rows that it applies to, the one furthest beyond the limit, or nearest to it. */
  Optional<Check> hardest() {
    return applicable().stream()
        .min(
            Comparator.comparing(Check::verdict)
                .thenComparing(Comparator.comparingDouble(Check::excess).reversed()));
  }

  /** The number of rows for which it holds. */
  long holding() {
    return checks.stream().filter(check -> check.verdict() == Verdict.HOLDS).count();
  }

  /** The checks of the rows that it applies to. */
  List<Check> applicable() {
    return checks.stream().filter(check -> check.verdict() != Verdict.DOES_NOT_APPLY).toList();
  }

  /** The known ratios of these rows, lowest first. */
  List<Double> ratios() {
    return applicable().stream().map(Check::ratio).filter(Double::isFinite).sorted().toList();
  }

  /** The median ratio; NaN if none is known. */
  double median() {
    return Median.of(ratios().stream().mapToDouble(ratio -> ratio));
  }
}
