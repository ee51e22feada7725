package org.verbena.benchmarks.device.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PerftestLatenciesTest {
  @Test
  void percentilesArePerftests() {
    // 102 starts make 101 times, of which the shortest 99 count: 1 to 99 us.
    PerftestLatencies latencies = new PerftestLatencies(102);
    long at = 0;
    latencies.start(at);
    for (int micros = 101; micros > 0; micros--) {
      at += micros * 1000L;
      latencies.start(at);
    }
    assertEquals("score=50.0 p99=100.0", latencies.figures(1).toString());
    assertEquals("score=25.0 p99=50.0", latencies.figures(2).toString());
  }
}
