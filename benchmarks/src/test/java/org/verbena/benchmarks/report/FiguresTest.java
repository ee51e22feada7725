package org.verbena.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jfree.chart.ui.RectangleEdge;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void numbersHaveThreeDigits() {
    assertEquals("0", Figures.number(0));
    assertEquals("0.012", Figures.number(0.0123));
    assertEquals("1.23", Figures.number(1.2345));
    assertEquals("12.3", Figures.number(12.345));
    assertEquals("123", Figures.number(123.45));
    assertEquals("1,234,568", Figures.number(1234567.8));
    assertEquals("–", Figures.number(Double.NaN));
    assertEquals("–", Figures.ratio(Double.POSITIVE_INFINITY));
  }

  @Test
  void sizesHaveTheirUnit() {
    assertEquals("2 B", Figures.value("bytes", "2"));
    assertEquals("1000 B", Figures.value("bytes", "1000"));
    assertEquals("4 KiB", Figures.value("bytes", "4096"));
    assertEquals("1 MiB", Figures.value("bytes", "1048576"));
    assertEquals("many", Figures.value("bytes", "many"));
    assertEquals("64", Figures.value("depth", "64"));
  }

  @Test
  void namesAreForReading() {
    assertEquals("SEND", Figures.name("latency.send"));
    assertEquals("poll empty", Figures.name("software.pollEmpty"));
    assertEquals("connect", Figures.name("connect"));
    Map<String, String> params = new LinkedHashMap<>();
    params.put("bytes", "64");
    params.put("polling", "event");
    params.put("path", "wire");
    assertEquals("64 B, events, path wire", Figures.params(params));
  }

  @Test
  void ticksOfAnAxisEncloseTheFigures() {
    assertTicks("10 100 1,000 10,000", 13, 9500);
    assertTicks("1 2 5 10 20", 1, 11);
    assertTicks("20 25", 20.9, 22.7);
    assertTicks("1 1.2", 1, 1);
    assertTicks("0.1 0.2 0.5 1", 0.1, 0.99);
  }

  private static void assertTicks(String expected, double least, double most) {
    List<String> ticks =
        LogTicks.around("", least, most).refreshTicks(null, null, null, RectangleEdge.LEFT).stream()
            .map(tick -> tick.getText())
            .toList();
    assertEquals(expected, String.join(" ", ticks));
  }
}
