package org.verbena.examples.nvmf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** The bar of a copy. */
class ProgressTest {
  private static final int MIB = 1 << 20;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Progress progress(boolean redraw, long total) {
    return new Progress(new PrintStream(out), redraw, total);
  }

  @Test
  void aTerminalSeesItGrow() {
    Progress progress = progress(true, 4 * MIB);
    progress.show(MIB);
    assertTrue(
        out.toString().matches("\\r\\[#{10}\\.{30}]  25 %  1\\.0 MiB  \\d+\\.\\d MiB/s"),
        out::toString);
    int drawn = out.size();
    progress.show(2 * MIB);
    assertEquals(drawn, out.size(), "not so soon again");
    progress.end();
    assertTrue(
        out.toString()
            .substring(drawn)
            .matches("\\r\\[#{40}] 100 %  4\\.0 MiB  \\d+\\.\\d MiB/s\\R"),
        out::toString);
  }

  @Test
  void aFileGetsTheEndOnly() {
    Progress progress = progress(false, 4 * MIB);
    progress.show(MIB);
    assertEquals(0, out.size());
    progress.end();
    assertTrue(out.toString().startsWith("[" + "#".repeat(40) + "] 100 %  4.0 MiB"), out::toString);
  }

  @Test
  void nothingIsAllDone() {
    progress(true, 0).show(0);
    assertTrue(out.toString().startsWith("\r[" + "#".repeat(40) + "] 100 %  0.0 MiB"));
  }
}
