package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Medians, spreads, and the file they are written to. */
class SamplesTest {
  private static Samples samples(double... p50) {
    Samples samples = new Samples();
    for (double value : p50) {
      samples.add(new Sample(1e6 / value, value, 2 * value, 3 * value, 0));
    }
    return samples;
  }

  @Test
  void theMedianIsTheMiddle() {
    assertEquals(20, samples(30, 10, 20).median(Sample::p50));
    assertEquals(25, samples(30, 10, 20, 40).median(Sample::p50));
    assertEquals(7, samples(7).median(Sample::p50));
  }

  @Test
  void ratiosAreOfWhatWasMeasuredInTurn() {
    assertArrayEquals(
        new double[] {0.25, 0.5, 1}, samples(10, 10, 10).ratios(samples(20, 10, 40), Sample::p50));
  }

  @Test
  void anEntryHasItsParametersAndThePrimaryValueOfItsDepth() {
    Samples samples = samples(10, 40, 20);
    String entry = JmhFormat.entry("kernel", new Row(Bench.Pattern.RANDREAD, 4096, 1), samples);
    assertTrue(
        entry.contains(
            "\"params\": {\"program\": \"kernel\", \"depth\": \"1\", \"bytes\": \"4096\"}"),
        entry);
    assertTrue(
        entry.contains(
            "\"primaryMetric\": {\"score\": 20.000000, \"scoreError\": \"NaN\","
                + " \"scoreConfidence\": [10.000000, 40.000000],"),
        entry);
    assertTrue(entry.contains("\"rawData\": [[10.0, 40.0, 20.0]]"), entry);
    entry = JmhFormat.entry("verbena", new Row(Bench.Pattern.SEQWRITE, 4096, 8), samples);
    assertTrue(entry.startsWith("{\"benchmark\": \"nvmf.seqwrite\", \"mode\": \"thrpt\","), entry);
    assertTrue(entry.contains("\"primaryMetric\": {\"score\": 50000.000000,"), entry);
  }
}
