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

  private final long collections = collections();
  private final long cpuNanos = SYSTEM.getProcessCpuTime();
  private final long bytes = THREADS.getTotalThreadAllocatedBytes();

  /** Adds what was used since this was made. */
  Figures addTo(Figures figures, int operations) {
    long allocated = THREADS.getTotalThreadAllocatedBytes() - bytes;
    return figures
        .with("gc.alloc.rate.norm", (double) allocated / operations)
        .with("gc.count", collections() - collections)
        .with("cpu", (SYSTEM.getProcessCpuTime() - cpuNanos) / 1e3 / operations);
  }

  private static long collections() {
    return COLLECTORS.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
  }
}
