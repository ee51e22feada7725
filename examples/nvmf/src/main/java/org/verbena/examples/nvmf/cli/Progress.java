package org.verbena.examples.nvmf.cli;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/** Shows the progress of a copy: a bar, redrawn on a terminal, and one line at the end. */
final class Progress {
  private static final int WIDTH = 40;
  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(200);
  private static final double MIB = 1 << 20;

  private final PrintStream out;
  private final boolean redraw;
  private final long total;
  private final long start = System.nanoTime();
  private long drawn = start - INTERVAL;

  Progress(PrintStream out, boolean redraw, long total) {
    this.out = out;
    this.redraw = redraw;
    this.total = total;
  }

  void show(long done) {
    long now = System.nanoTime();
    if (redraw && now - drawn >= INTERVAL) {
      drawn = now;
      out.print("\r" + bar(done) + rate(done, now));
      out.flush();
    }
  }

  void end() {
    String line = bar(total) + rate(total, System.nanoTime());
    out.println(redraw ? "\r" + line : line);
  }

  private String bar(long done) {
    int filled = total == 0 ? WIDTH : (int) (done * WIDTH / total);
    long percent = total == 0 ? 100 : done * 100 / total;
    return "[%s%s] %3d %%".formatted("#".repeat(filled), ".".repeat(WIDTH - filled), percent);
  }

  private String rate(long done, long now) {
    double seconds = Math.max(1, now - start) / 1e9;
    return "  %.1f MiB  %.1f MiB/s".formatted(done / MIB, done / MIB / seconds);
  }
}
