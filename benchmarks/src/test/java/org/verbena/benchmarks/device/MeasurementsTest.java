package org.verbena.benchmarks.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasurementsTest {
  @Test
  void mediansOfTheRepeatsAreWrittenAsJmhDoes(@TempDir Path folder) throws Exception {
    Task task = Task.of("latency.send", 100, "bytes", "64");
    Measurements results = new Measurements();
    for (double score : new double[] {3, 1, 2, 9}) {
      results.add(task, "c", Map.of(Contender.SCORE, score, "p99", 2 * score));
    }
    Path file = folder.resolve("results.json");
    results.write(file);

    JsonObject row =
        JsonParser.parseString(Files.readString(file)).getAsJsonArray().get(0).getAsJsonObject();
    assertEquals("latency.send", row.get("benchmark").getAsString());
    assertEquals("sample", row.get("mode").getAsString());
    assertEquals("{\"program\":\"c\",\"bytes\":\"64\"}", row.get("params").toString());
    JsonObject primary = row.getAsJsonObject("primaryMetric");
    assertEquals(2.5, primary.get("score").getAsDouble());
    assertEquals("[1.0,9.0]", primary.get("scoreConfidence").toString());
    assertEquals("[[3.0,1.0,2.0,9.0]]", primary.get("rawData").toString());
    assertEquals("us/op", primary.get("scoreUnit").getAsString());
    JsonObject p99 = row.getAsJsonObject("secondaryMetrics").getAsJsonObject("p99");
    assertEquals(5, p99.get("score").getAsDouble());
  }
}
