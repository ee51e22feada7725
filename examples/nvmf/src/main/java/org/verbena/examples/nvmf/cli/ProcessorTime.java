package org.verbena.examples.nvmf.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Processor time used so far. */
final class ProcessorTime {
  private static final long NANOS_PER_TICK = TimeUnit.SECONDS.toNanos(1) / 100; // USER_HZ

  private ProcessorTime() {}

  /** In nanoseconds, by this process. */
  static long ofProcess() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  /** In nanoseconds, by everything on this machine, including the kernel. */
  static long ofMachine() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/stat"))) {
      String[] fields = lines.findFirst().orElseThrow().split(" +");
      // cpu user nice system idle iowait irq softirq steal
      long busy = 0;
      for (int i = 1; i < fields.length && i <= 8; i++) {
        busy += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]);
      }
      return busy * NANOS_PER_TICK;
    }
  }
}
