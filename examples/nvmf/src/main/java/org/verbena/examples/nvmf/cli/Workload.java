package org.verbena.examples.nvmf.cli;

/** What one row of the comparison measures. */
record Workload(Bench.Pattern pattern, int bytes, int depth) {
  String name() {
    return pattern.toString();
  }

  /** Whether its latency is compared, not its throughput. */
  boolean latency() {
    return depth == 1;
  }
}
