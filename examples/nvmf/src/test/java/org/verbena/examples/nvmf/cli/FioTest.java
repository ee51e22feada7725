package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Reports of fio 3.33, shortened. */
class FioTest {
  private static String report(String name) throws IOException {
    try (InputStream report = FioTest.class.getResourceAsStream(name)) {
      return new String(report.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aReportTellsOfReads() throws Exception {
    Trial sample = Fio.sample(report("fio-randread.json"), Bench.Pattern.RANDREAD, 0.5);
    assertEquals(1409.590410, sample.iops());
    assertEquals(509.952, sample.p50(), 1e-9);
    assertEquals(2932.736, sample.p99(), 1e-9);
    assertEquals(0.5e6 / 1409.590410, sample.processor(), 1e-9);
  }

  @Test
  void aReportTellsOfWrites() throws Exception {
    Trial sample = Fio.sample(report("fio-randwrite.json"), Bench.Pattern.SEQWRITE, 1);
    assertEquals(2642.178911, sample.iops());
    assertEquals(2179.072, sample.p50(), 1e-9);
    assertEquals(9240.576, sample.p99(), 1e-9);
  }

  /** The part without I/O must not be taken for the other. */
  @Test
  void whatAReportDoesNotTellIsAFailure() throws Exception {
    String reads = report("fio-randread.json");
    assertThrows(IOException.class, () -> Fio.sample(reads, Bench.Pattern.RANDWRITE, 1));
    String writes = report("fio-randwrite.json");
    assertThrows(IOException.class, () -> Fio.sample(writes, Bench.Pattern.RANDREAD, 1));
    IOException e =
        assertThrows(IOException.class, () -> Fio.sample("fio: failed", Bench.Pattern.RANDREAD, 1));
    assertTrue(e.getMessage().endsWith("fio: failed"), e.getMessage());
  }
}
