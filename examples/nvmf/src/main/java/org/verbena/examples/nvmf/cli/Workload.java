package org.verbena.examples.nvmf.cli;

import java.util.Locale;

/** What is measured. */
record Workload(Bench.Pattern pattern, int bytes, int depth) {
  String name() {
    return pattern.name().toLowerCase(Locale.ROOT);
  }

  /** Whether its latency is compared, else its throughput. */
  boolean latency() {
    return depth == 1;
  }
}
