package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;

/** Medians, spreads, and the file they are written to. */
class TrialsTest {
  private static Trials samples(double... p50) {
    Trials samples = new Trials();
    for (double value : p50) {
      samples.add(new Trial(1e6 / value, value, 2 * value, 3 * value, 0));
    }
    return samples;
  }

  @Test
  void theMedianIsTheMiddle() {
    assertEquals(20, samples(30, 10, 20).median(Trial::p50));
    assertEquals(25, samples(30, 10, 20, 40).median(Trial::p50));
    assertEquals(7, samples(7).median(Trial::p50));
  }

  @Test
  void ratiosAreOfWhatWasMeasuredInTurn() {
    assertArrayEquals(
        new double[] {0.25, 0.5, 1}, samples(10, 10, 10).ratios(samples(20, 10, 40), Trial::p50));
  }

  @Test
  void anEntryHasItsParametersAndThePrimaryValueOfItsDepth() {
    Trials samples = samples(10, 40, 20);
    JsonObject entry =
        JmhFormat.entry("kernel", new Workload(Bench.Pattern.RANDREAD, 4096, 1), samples);
    JsonObject params = entry.getAsJsonObject("params");
    assertEquals("kernel", params.get("program").getAsString());
    assertEquals("1", params.get("depth").getAsString());
    assertEquals("4096", params.get("bytes").getAsString());
    JsonObject metric = entry.getAsJsonObject("primaryMetric");
    assertEquals(20, metric.get("score").getAsDouble());
    assertEquals("[10.0,40.0]", metric.get("scoreConfidence").toString());
    assertEquals("[[10.0,40.0,20.0]]", metric.get("rawData").toString());
    entry = JmhFormat.entry("verbena", new Workload(Bench.Pattern.SEQWRITE, 4096, 8), samples);
    assertEquals("nvmf.seqwrite", entry.get("benchmark").getAsString());
    assertEquals("thrpt", entry.get("mode").getAsString());
    assertEquals(50_000, entry.getAsJsonObject("primaryMetric").get("score").getAsDouble());
  }
}
