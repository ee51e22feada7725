package org.verbena.examples.nvmf.cli;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Bytes allocated on the Java heap so far. */
final class Allocation {
  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  private Allocation() {}

  /** By the calling thread. */
  static long ofThread() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
