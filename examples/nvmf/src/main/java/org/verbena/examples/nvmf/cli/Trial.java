package org.verbena.examples.nvmf.cli;

/**
 * One measurement.
 *
 * @param iops I/O per second
 * @param p50 median latency in microseconds
 * @param p99 99th percentile of the latency in microseconds
 * @param processor processor time of the whole machine per I/O, in microseconds, including the
 *     target, the software device and the waiting
 * @param allocated bytes allocated on the Java heap per I/O
 */
record Trial(double iops, double p50, double p99, double processor, double allocated) {
  static Trial of(Bench.Outcome outcome) {
    double count = outcome.count();
    return new Trial(
        count * 1e9 / outcome.nanos(),
        outcome.latencies().getValueAtPercentile(50) / 1e3,
        outcome.latencies().getValueAtPercentile(99) / 1e3,
        outcome.machineNanos() / 1e3 / count,
        outcome.allocatedBytes() / count);
  }
}
