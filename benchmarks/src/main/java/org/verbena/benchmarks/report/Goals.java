package org.verbena.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** What Verbena promises, and a check of each promise. */
final class Goals {
  private static final String ALLOCATION = "gc.alloc.rate.norm";
  private static final String COLLECTIONS = "gc.count";
  private static final String SAFEPOINTS = "safepoints";
  private static final List<String> DATA_PATH =
      List.of(
          "software.",
          "latency.",
          "bandwidth.",
          "messageRate.",
          "scaling.",
          "jmh.write",
          "jmh.read",
          "jmh.sendAndReceive",
          "jmh.pollEmpty",
          "jmh.arm");

  private final Results results;

  private Goals(Results results) {
    this.results = results;
  }

  /** Every goal, including those without rows. */
  static List<Goal> of(Results results) {
    return new Goals(results).all();
  }

  private List<Goal> all() {
    List<Goal> goals = new ArrayList<>();
    goals.add(
        againstC(
            "Software cost, requests",
            "at most 2 × C",
            row -> row.benchmark().startsWith("software.") && !chain(row) && !pollEmpty(row),
            Row.PRIMARY,
            c -> 2 * c.score()));
    goals.add(
        againstC(
            "Software cost, a chain of requests",
            "at most 1.7 × C",
            Goals::chain,
            Row.PRIMARY,
            c -> 1.7 * c.score()));
    goals.add(
        againstC(
            "Software cost, an empty poll",
            "at most 1.7 × C",
            Goals::pollEmpty,
            Row.PRIMARY,
            c -> 1.7 * c.score()));
    goals.add(againstDisni("a request", "at most 0.6 × DiSNI", "software.writeOnePrepared", 0.6));
    goals.add(
        againstDisni(
            "a chain of requests", "at most 0.5 × DiSNI", "software.writeChainPrepared", 0.5));
    goals.add(againstDisni("an empty poll", "below DiSNI", "software.pollEmpty", 1));
    for (String operation : List.of("SEND", "WRITE", "READ")) {
      Predicate<Row> latency = named("latency." + operation.toLowerCase(Locale.ROOT));
      String title = "Latency of " + operation + ", ";
      goals.add(
          againstC(
              title + "p50",
              "at most 1.03 × C, or the maximum of C's repeats",
              latency,
              Row.PRIMARY,
              c -> Math.max(1.03 * c.score(), c.max())));
      goals.add(againstC(title + "p99", "at most 1.1 × C", latency, "p99", c -> 1.1 * c.score()));
    }
    for (String operation : List.of("SEND", "WRITE", "READ")) {
      goals.add(
          againstC(
              "Bandwidth of " + operation,
              "at least 0.97 × C",
              named("bandwidth." + operation.toLowerCase(Locale.ROOT)),
              Row.PRIMARY,
              c -> 0.97 * c.score()));
    }
    goals.add(
        againstC(
            "Message rate",
            "at least 0.97 × C",
            row -> row.benchmark().startsWith("messageRate."),
            Row.PRIMARY,
            c -> 0.97 * c.score()));
    goals.add(
        count("Heap allocation of the data path", "0 B/op (below 0.5: rounding)", ALLOCATION, 0.5));
    goals.add(count("Garbage collections on the data path", "0", COLLECTIONS, 1));
    goals.add(count("Safepoints on the data path", "0", SAFEPOINTS, 1));
    goals.add(scaling());
    goals.add(sockets("Latency", "latency."));
    goals.add(sockets("Bandwidth", "bandwidth."));
    goals.add(
        against(
            "kernel",
            "NVMe over Fabrics, p50 at depth 1",
            "below that of the kernel's initiator",
            row -> randomAtDepth(row, "1"),
            Row.PRIMARY,
            JmhMetric::score));
    goals.add(
        against(
            "kernel",
            "NVMe over Fabrics, IOPS at depth 32",
            "at least those of the kernel's initiator",
            row -> randomAtDepth(row, "32"),
            Row.PRIMARY,
            JmhMetric::score));
    return goals;
  }

  private static boolean chain(Row row) {
    return row.benchmark().startsWith("software.writeChain");
  }

  private static boolean pollEmpty(Row row) {
    return row.benchmark().equals("software.pollEmpty");
  }

  private static boolean randomAtDepth(Row row, String depth) {
    return row.benchmark().startsWith("nvmf.rand") && row.param("depth").equals(depth);
  }

  private static Predicate<Row> named(String benchmark) {
    return row -> row.benchmark().equals(benchmark);
  }

  private List<Row> verbena(Predicate<Row> which) {
    return results.rows().stream()
        .filter(row -> row.program().equals(Row.VERBENA))
        .filter(which)
        .toList();
  }

  private Goal againstC(
      String title,
      String limit,
      Predicate<Row> which,
      String metric,
      ToDoubleFunction<JmhMetric> limitFromC) {
    return against("c", title, limit, which, metric, limitFromC);
  }

  private Goal againstDisni(String what, String limit, String benchmark, double ratio) {
    return against(
        "disni",
        "Software cost against DiSNI, " + what,
        limit,
        named(benchmark),
        Row.PRIMARY,
        disni -> ratio * disni.score());
  }

  private Goal against(
      String program,
      String title,
      String limit,
      Predicate<Row> which,
      String metric,
      ToDoubleFunction<JmhMetric> limitFromTheirs) {
    List<Row> rows = verbena(which);
    List<Check> checks = new ArrayList<>();
    for (Row row : rows) {
      results
          .partner(row, program)
          .map(partner -> partner.metric(metric))
          .filter(theirs -> theirs != JmhMetric.NONE)
          .ifPresent(
              theirs ->
                  checks.add(
                      Check.ofLimit(
                          row, row.metric(metric), theirs, limitFromTheirs.applyAsDouble(theirs))));
    }
    return new Goal(title, limit, checks, rows.size());
  }

  private Goal count(String title, String limit, String metric, double below) {
    List<Row> rows = verbena(row -> DATA_PATH.stream().anyMatch(row.benchmark()::startsWith));
    List<Check> checks =
        rows.stream()
            .filter(row -> row.secondaryMetrics().containsKey(metric))
            .map(row -> Check.ofCount(row, row.metric(metric), below))
            .toList();
    return new Goal(title, limit, checks, rows.size());
  }

  /** Compares Verbena with itself at one connection. */
  private Goal scaling() {
    List<Row> rows = verbena(row -> row.benchmark().startsWith("scaling."));
    List<Check> checks = new ArrayList<>();
    for (Row row : rows) {
      JmhMetric one = atConnections("1", row, rows);
      boolean last = atConnections("256", row, rows).measured();
      if (!row.param("connections").equals("1")) {
        JmhMetric figure = row.primaryMetric();
        double limit = figure.higherIsBetter() ? one.score() / 1.1 : one.score() * 1.1;
        checks.add(Check.ofLimit(row, figure, one, limit));
      } else if (!last) {
        // The promise is flat scaling up to 256 connections, not fewer.
        checks.add(Check.notMeasured(row, JmhMetric.NONE, one));
      }
    }
    return new Goal(
        "Scaling, 1 to 256 connections",
        "at most 1.1 × the cost at 1 connection",
        checks,
        rows.size());
  }

  private static JmhMetric atConnections(String count, Row row, List<Row> rows) {
    return rows.stream()
        .filter(other -> other.benchmark().equals(row.benchmark()))
        .filter(other -> other.param("connections").equals(count))
        .filter(other -> other.paramsBeside("connections").equals(row.paramsBeside("connections")))
        .map(Row::primaryMetric)
        .findFirst()
        .orElse(JmhMetric.NONE);
  }

  private Goal sockets(String title, String benchmark) {
    List<Check> checks = new ArrayList<>();
    List<Row> rows =
        results.of(benchmark).stream().filter(row -> row.program().startsWith("sockets")).toList();
    for (Row row : rows) {
      JmhMetric sockets = row.primaryMetric();
      results
          .partner(row, "c")
          .flatMap(
              c ->
                  results
                      .partner(row, Row.VERBENA)
                      .map(verbena -> aheadOfSockets(verbena, c.primaryMetric(), sockets)))
          .ifPresent(checks::add);
    }
    return new Goal(title + " against sockets", "ahead of them wherever C is", checks, rows.size());
  }

  private static Check aheadOfSockets(Row verbena, JmhMetric c, JmhMetric sockets) {
    JmhMetric figure = verbena.primaryMetric();
    if (!c.measured()) {
      return Check.notMeasured(verbena, figure, sockets);
    }
    Check check = Check.ofLimit(verbena, figure, sockets, sockets.score());
    boolean ahead = c.higherIsBetter() ? c.score() > sockets.score() : c.score() < sockets.score();
    return ahead || check.verdict() == Verdict.NOT_MEASURED
        ? check
        : new Check(verbena, figure, sockets, check.excess(), Verdict.DOES_NOT_APPLY);
  }
}
