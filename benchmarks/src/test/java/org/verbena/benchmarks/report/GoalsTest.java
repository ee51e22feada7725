package org.verbena.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoalsTest {
  private static JmhMetric metric(double score, String unit) {
    return new JmhMetric(score, new double[] {score, score}, unit);
  }

  private static Row row(String benchmark, String program, JmhMetric primary) {
    return new Row(benchmark, Map.of("program", program), primary, Map.of());
  }

  private static Row row(String benchmark, String program, double score, String unit) {
    return row(benchmark, program, metric(score, unit));
  }

  private static Row connections(String count, double score) {
    return new Row(
        "scaling.cq",
        Map.of(
            "program",
            "verbena",
            "connections",
            count,
            "depth",
            "" + 256 / Integer.parseInt(count)),
        metric(score, "us/op"),
        Map.of());
  }

  private static Goal goal(String title, Row... rows) {
    return Goals.of(new Results(List.of(rows), Map.of(), List.of())).stream()
        .filter(goal -> goal.title().equals(title))
        .findFirst()
        .orElseThrow();
  }

  private static Verdict verdict(String title, Row... rows) {
    return goal(title, rows).verdict();
  }

  @Test
  void withoutRowsNothingHolds() {
    List<Goal> goals = Goals.of(new Results(List.of(), Map.of(), List.of()));
    assertTrue(goals.size() > 10);
    goals.forEach(goal -> assertEquals(Verdict.NOT_MEASURED, goal.verdict(), goal.title()));
  }

  @Test
  void softwareCostIsLimitedByTheRatioToCAndToDisni() {
    String title = "Software cost, requests";
    assertEquals(Verdict.HOLDS, software(title, "software.writeOne", 20, 10));
    assertEquals(Verdict.DOES_NOT_HOLD, software(title, "software.writeOne", 20.1, 10));
    title = "Software cost, a chain of requests";
    assertEquals(Verdict.HOLDS, software(title, "software.writeChain", 16.9, 10));
    assertEquals(Verdict.DOES_NOT_HOLD, software(title, "software.writeChainPrepared", 17.1, 10));
    title = "Software cost, an empty poll";
    assertEquals(Verdict.HOLDS, software(title, "software.pollEmpty", 3.3, 2));
    assertEquals(Verdict.DOES_NOT_HOLD, software(title, "software.pollEmpty", 3.5, 2));
    title = "Software cost against DiSNI, a request";
    assertEquals(Verdict.HOLDS, disni(title, "software.writeOnePrepared", 5.9, 10));
    assertEquals(Verdict.DOES_NOT_HOLD, disni(title, "software.writeOnePrepared", 6.1, 10));
  }

  private static Verdict disni(String title, String benchmark, double verbena, double disni) {
    return verdict(
        title,
        row(benchmark, "verbena", verbena, "ns/op"),
        row(benchmark, "disni", disni, "ns/op"));
  }

  private static Verdict software(String title, String benchmark, double verbena, double c) {
    return verdict(
        title, row(benchmark, "verbena", verbena, "ns/op"), row(benchmark, "c", c, "ns/op"));
  }

  @Test
  void latencyMayBeWithinTheSpreadOfC() {
    JmhMetric narrow = new JmhMetric(100.0, new double[] {99, 101}, "us/op");
    JmhMetric wide = new JmhMetric(100.0, new double[] {95, 108}, "us/op");
    assertEquals(Verdict.HOLDS, latency(103, narrow));
    assertEquals(Verdict.DOES_NOT_HOLD, latency(103.1, narrow));
    assertEquals(Verdict.HOLDS, latency(108, wide));
    assertEquals(Verdict.DOES_NOT_HOLD, latency(108.1, wide));
    assertEquals(Verdict.HOLDS, latency(103, new JmhMetric(100.0, null, "us/op")));
  }

  private static Verdict latency(double verbena, JmhMetric c) {
    return verdict(
        "Latency of SEND, p50",
        row("latency.send", "verbena", verbena, "us/op"),
        row("latency.send", "c", c));
  }

  @Test
  void p99IsComparedWhereBothHaveIt() {
    String title = "Latency of READ, p99";
    assertEquals(Verdict.HOLDS, verdict(title, p99("verbena", 11), p99("c", 10)));
    assertEquals(Verdict.DOES_NOT_HOLD, verdict(title, p99("verbena", 11.1), p99("c", 10)));
    assertEquals(
        Verdict.NOT_MEASURED,
        verdict(title, p99("verbena", 11), row("latency.read", "c", 5, "us/op")));
  }

  private static Row p99(String program, double score) {
    return new Row(
        "latency.read",
        Map.of("program", program),
        metric(5, "us/op"),
        Map.of("p99", metric(score, "us/op")));
  }

  @Test
  void ratesAreBetterWhenHigher() {
    assertEquals(Verdict.HOLDS, bandwidth(120, 100));
    assertEquals(Verdict.HOLDS, bandwidth(97, 100));
    assertEquals(Verdict.DOES_NOT_HOLD, bandwidth(96.9, 100));
  }

  private static Verdict bandwidth(double verbena, double c) {
    return verdict(
        "Bandwidth of READ",
        row("bandwidth.read", "verbena", verbena, "MiB/s"),
        row("bandwidth.read", "c", c, "MiB/s"));
  }

  @Test
  void invalidFiguresNeverHold() {
    for (double none : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertEquals(Verdict.NOT_MEASURED, bandwidth(none, 100));
      assertEquals(Verdict.NOT_MEASURED, bandwidth(100, none));
      assertEquals(Verdict.NOT_MEASURED, latency(none, metric(100, "us/op")));
      assertEquals(Verdict.NOT_MEASURED, latency(100, metric(none, "us/op")));
    }
    assertEquals(Verdict.NOT_MEASURED, latency(100, new JmhMetric(null, null, null)));
    assertEquals(Verdict.NOT_MEASURED, latency(100, metric(100, "ns/op")));
  }

  @Test
  void aRowWithoutPartnerIsCountedAndNotCompared() {
    Row verbena = row("messageRate.write", "verbena", 100, "ops/s");
    Row elsewhere =
        new Row(
            "messageRate.write",
            Map.of("program", "c", "chain", "16"),
            metric(100, "ops/s"),
            Map.of());
    Goal goal = goal("Message rate", verbena, elsewhere);
    assertEquals(Verdict.NOT_MEASURED, goal.verdict());
    assertEquals(1, goal.rows());
    assertEquals(List.of(), goal.checks());
  }

  @Test
  void oneRowBeyondTheLimitIsEnough() {
    Goal goal =
        goal(
            "Software cost, requests",
            row("software.writeOne", "verbena", 10, "ns/op"),
            row("software.writeOne", "c", 10, "ns/op"),
            row("software.sendOne", "verbena", 30, "ns/op"),
            row("software.sendOne", "c", 10, "ns/op"),
            row("software.sendInline", "verbena", 10, "ns/op"),
            row("software.sendInline", "c", Double.NaN, "ns/op"));
    assertEquals(Verdict.DOES_NOT_HOLD, goal.verdict());
    assertEquals("software.sendOne", goal.hardest().orElseThrow().row().benchmark());
    assertEquals(List.of(1.0, 3.0), goal.ratios());
    assertEquals(1, goal.holding());
  }

  @Test
  void theWorstOfThoseThatHoldIsNearestToTheLimit() {
    Goal goal =
        goal(
            "Software cost, requests",
            row("software.writeOne", "verbena", 10, "ns/op"),
            row("software.writeOne", "c", 10, "ns/op"),
            row("software.sendOne", "verbena", 15, "ns/op"),
            row("software.sendOne", "c", 10, "ns/op"));
    assertEquals("software.sendOne", goal.hardest().orElseThrow().row().benchmark());
  }

  @Test
  void allocationMayOnlyBeRounding() {
    assertEquals(Verdict.HOLDS, allocation(0));
    assertEquals(Verdict.HOLDS, allocation(0.49));
    assertEquals(Verdict.DOES_NOT_HOLD, allocation(0.5));
    assertEquals(Verdict.DOES_NOT_HOLD, allocation(16));
    assertEquals(Verdict.NOT_MEASURED, allocation(Double.NaN));
    assertEquals(
        Verdict.NOT_MEASURED,
        verdict(
            "Heap allocation of the data path",
            row("latency.send", "verbena", 5, "us/op"),
            row("connect", "verbena", 5, "us/op")));
  }

  private static Verdict allocation(double bytes) {
    return verdict(
        "Heap allocation of the data path",
        new Row(
            "latency.send",
            Map.of("program", "verbena"),
            metric(5, "us/op"),
            Map.of("gc.alloc.rate.norm", metric(bytes, "B/op"))));
  }

  @Test
  void scalingIsFlatFromOneTo256() {
    String title = "Scaling, 1 to 256 connections";
    assertEquals(Verdict.HOLDS, verdict(title, connections("1", 10), connections("256", 11)));
    assertEquals(
        Verdict.DOES_NOT_HOLD, verdict(title, connections("1", 10), connections("256", 11.1)));
    assertEquals(
        Verdict.DOES_NOT_HOLD,
        verdict(title, connections("1", 10), connections("16", 12), connections("256", 10)));
    assertEquals(Verdict.NOT_MEASURED, verdict(title, connections("1", 10), connections("64", 10)));
    assertEquals(
        Verdict.NOT_MEASURED, verdict(title, connections("64", 10), connections("256", 10)));
    assertEquals(
        Verdict.NOT_MEASURED, verdict(title, connections("1", 10), connections("256", Double.NaN)));
  }

  @Test
  void socketsMustBeBeatenWhereCBeatsThem() {
    assertEquals(Verdict.HOLDS, sockets(10, 10, 20));
    assertEquals(Verdict.DOES_NOT_HOLD, sockets(21, 10, 20));
    assertEquals(Verdict.DOES_NOT_APPLY, sockets(21, 22, 20));
    assertEquals(Verdict.NOT_MEASURED, sockets(10, Double.NaN, 20));
    assertEquals(Verdict.NOT_MEASURED, sockets(10, 10, 0));
  }

  private static Verdict sockets(double verbena, double c, double sockets) {
    return verdict(
        "Latency against sockets",
        row("latency.send", "verbena", verbena, "us/op"),
        row("latency.send", "c", c, "us/op"),
        row("latency.send", "sockets-spinning", sockets, "us/op"));
  }

  @Test
  void storageIsComparedWithTheKernel() {
    String p50 = "NVMe over Fabrics, p50 at depth 1";
    assertEquals(Verdict.HOLDS, storage(p50, "randread", "1", 99, 100, "us/op"));
    assertEquals(Verdict.DOES_NOT_HOLD, storage(p50, "randwrite", "1", 101, 100, "us/op"));
    assertEquals(Verdict.NOT_MEASURED, storage(p50, "seqread", "1", 99, 100, "us/op"));
    String iops = "NVMe over Fabrics, IOPS at depth 32";
    assertEquals(Verdict.HOLDS, storage(iops, "randwrite", "32", 101, 100, "ops/s"));
    assertEquals(Verdict.DOES_NOT_HOLD, storage(iops, "randread", "32", 99, 100, "ops/s"));
    assertEquals(Verdict.NOT_MEASURED, storage(iops, "randread", "8", 101, 100, "ops/s"));
  }

  private static Verdict storage(
      String title, String pattern, String depth, double verbena, double kernel, String unit) {
    return verdict(
        title,
        new Row(
            "nvmf." + pattern,
            Map.of("program", "verbena", "depth", depth),
            metric(verbena, unit),
            Map.of()),
        new Row(
            "nvmf." + pattern,
            Map.of("program", "kernel", "depth", depth),
            metric(kernel, unit),
            Map.of()));
  }
}
