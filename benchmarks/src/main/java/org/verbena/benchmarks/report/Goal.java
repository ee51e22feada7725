package org.verbena.benchmarks.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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
    return worst().map(Check::verdict).orElse(Verdict.NOT_MEASURED);
  }

  /** The check furthest beyond the limit, or nearest to it. */
  Optional<Check> worst() {
    return checks.stream()
        .min(
            Comparator.comparing(Check::verdict)
                .thenComparing(Comparator.comparingDouble(Check::excess).reversed()));
  }

  long count(Verdict verdict) {
    return checks.stream().filter(check -> check.verdict() == verdict).count();
  }

  /** The known ratios of the rows that the goal asks something of, least first. */
  List<Double> ratios() {
    return checks.stream()
        .filter(check -> check.verdict() != Verdict.DOES_NOT_APPLY)
        .map(Check::ratio)
        .filter(Double::isFinite)
        .sorted()
        .toList();
  }

  /** The median ratio, NaN if none is known. */
  double median() {
    List<Double> ratios = ratios();
    int middle = ratios.size() / 2;
    if (ratios.isEmpty()) {
      return Double.NaN;
    }
    return ratios.size() % 2 == 1
        ? ratios.get(middle)
        : (ratios.get(middle - 1) + ratios.get(middle)) / 2;
  }
}
