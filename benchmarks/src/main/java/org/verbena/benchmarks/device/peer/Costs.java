package org.verbena.benchmarks.device.peer;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/** What this JVM uses up while it measures. */
final class Costs {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final List<GarbageCollectorMXBean> COLLECTORS =
      ManagementFactory.getGarbageCollectorMXBeans();

  private long collections = collections();
  private long cpuNanos = SYSTEM.getProcessCpuTime();
  private long bytes = THREADS.getTotalThreadAllocatedBytes();

  /** Ends the measurement: what comes after is not counted. */
  Costs end() {
    bytes = THREADS.getTotalThreadAllocatedBytes() - bytes;
    cpuNanos = SYSTEM.getProcessCpuTime() - cpuNanos;
    collections = collections() - collections;
    return this;
  }

  /** Adds what was used from when this was made to its end. */
  Figures addTo(Figures figures, int operations) {
    return figures
        .with("gc.alloc.rate.norm", (double) bytes / operations)
        .with("gc.count", collections)
        .with("cpu", cpuNanos / 1e3 / operations);
  }

  private static long collections() {
    return COLLECTORS.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
  }
}
