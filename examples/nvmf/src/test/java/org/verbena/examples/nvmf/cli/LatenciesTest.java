package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The histogram. */
class LatenciesTest {
  @Test
  void percentilesAreWithinTwoPercent() {
    Latencies latencies = new Latencies();
    for (int nanos = 1; nanos <= 1_000_000; nanos++) {
      latencies.add(nanos);
    }
    assertEquals(1_000_000, latencies.count());
    for (double percent : new double[] {0.01, 1, 50, 90, 99, 99.99, 100}) {
      double expected = percent * 10_000;
      assertEquals(expected, (double) latencies.percentile(percent), expected * 0.016);
    }
  }

  @Test
  void anyDurationFits() {
    Latencies latencies = new Latencies();
    latencies.add(Long.MAX_VALUE);
    latencies.add(-1);
    assertEquals(0, latencies.percentile(50));
    assertEquals(0x1p63, (double) latencies.percentile(100), 0x1p63 * 0.016);
  }

  @Test
  void aClearedOneIsEmpty() {
    Latencies latencies = new Latencies();
    latencies.add(5);
    latencies.clear();
    assertEquals(0, latencies.count());
    assertEquals(0, latencies.percentile(99));
  }
}
