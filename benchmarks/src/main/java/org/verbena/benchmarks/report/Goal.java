package org.verbena.benchmarks.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.verbena.benchmarks.Median;

/**
 * What Verbena promises of a group of rows, and whether it holds.
 *
 * @param title of what
 * @param limit the promise
 * @param checks one for each row that can be compared
 * @param rows how many rows there are, with those that have nothing to be compared with
 */
record Goal(String title, String limit, List<Check> checks, int rows) {

  /** Holds only if it holds for every row that can be compared, and there is one. */
  Verdict verdict() {
    return hardest()
        .map(Check::verdict)
        .orElse(checks.isEmpty() ? Verdict.NOT_MEASURED : Verdict.DOES_NOT_APPLY);
  }

  /** Of the rows that the goal asks something of, the one furthest beyond the limit or nearest. */
  Optional<Check> hardest() {
    return asked().stream()
        .min(
            Comparator.comparing(Check::verdict)
                .thenComparing(Comparator.comparingDouble(Check::excess).reversed()));
  }

  /** For how many rows it holds. */
  long holding() {
    return checks.stream().filter(check -> check.verdict() == Verdict.HOLDS).count();
  }

  /** The rows that it asks something of. */
  List<Check> asked() {
    return checks.stream().filter(check -> check.verdict() != Verdict.DOES_NOT_APPLY).toList();
  }

  /** The known ratios of these rows, least first. */
  List<Double> ratios() {
    return asked().stream().map(Check::ratio).filter(Double::isFinite).sorted().toList();
  }

  /** The median ratio, NaN if none is known. */
  double median() {
    return Median.of(ratios().stream().mapToDouble(ratio -> ratio));
  }
}
