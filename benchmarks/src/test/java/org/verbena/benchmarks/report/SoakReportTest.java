package org.verbena.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SoakReportTest {
  @Test
  void eachColumnHasAPlot() {
    String html =
        SoakReport.html(List.of("seconds,connections,files", "10,1,7", "20,5,7", "30,9,8"));
    assertEquals(3, html.split("<svg", -1).length);
    assertTrue(html.contains("connections over time"));
    assertTrue(html.contains("files over time"));
  }
}
