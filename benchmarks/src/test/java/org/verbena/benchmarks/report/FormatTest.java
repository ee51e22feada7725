package org.verbena.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jfree.chart.ui.RectangleEdge;
import org.junit.jupiter.api.Test;

class FormatTest {
  @Test
  void numbersHaveThreeDigits() {
    assertEquals("0", Format.number(0));
    assertEquals("0.012", Format.number(0.0123));
    assertEquals("1.23", Format.number(1.2345));
    assertEquals("12.3", Format.number(12.345));
    assertEquals("123", Format.number(123.45));
    assertEquals("1,234,568", Format.number(1234567.8));
    assertEquals("–", Format.number(Double.NaN));
    assertEquals("–", Format.ratio(Double.POSITIVE_INFINITY));
  }

  @Test
  void sizesHaveTheirUnit() {
    assertEquals("2 B", Format.value("bytes", "2"));
    assertEquals("1000 B", Format.value("bytes", "1000"));
    assertEquals("4 KiB", Format.value("bytes", "4096"));
    assertEquals("1 MiB", Format.value("bytes", "1048576"));
    assertEquals("many", Format.value("bytes", "many"));
    assertEquals("64", Format.value("depth", "64"));
  }

  @Test
  void namesAreReadable() {
    assertEquals("SEND", Format.name("latency.send"));
    assertEquals("poll empty", Format.name("software.pollEmpty"));
    assertEquals("connect", Format.name("connect"));
    Map<String, String> params = new LinkedHashMap<>();
    params.put("bytes", "64");
    params.put("polling", "event");
    params.put("path", "wire");
    assertEquals("64 B, events, path wire", Format.params(params));
  }

  @Test
  void ticksOfAnAxisEncloseTheFigures() {
    assertTicks("10 100 1,000 10,000", 13, 9500);
    assertTicks("1 2 5 10 20", 1, 11);
    assertTicks("20 25", 20.9, 22.7);
    assertTicks("1 1.2", 1, 1);
    assertTicks("0.1 0.2 0.5 1", 0.1, 0.99);
  }

  private static void assertTicks(String expected, double min, double max) {
    List<String> ticks =
        LogTicks.around("", min, max).refreshTicks(null, null, null, RectangleEdge.LEFT).stream()
            .map(tick -> tick.getText())
            .toList();
    assertEquals(expected, String.join(" ", ticks));
  }
}
