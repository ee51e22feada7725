package org.verbena.benchmarks.device.peer;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** This JVM's compiler, which shares the processor with the measured code. */
final class Compiler {
  private static final Duration STEP = Duration.ofMillis(20);
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private Compiler() {}

  /** Waits until nothing is being compiled or queued for compilation. */
  static void awaitIdle() throws InterruptedException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!isIdle()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("the compiler is still busy after " + TIMEOUT);
      }
      Thread.sleep(STEP);
    }
  }

  /** Whether jcmd's Compiler.queue lists no method. */
  private static boolean isIdle() {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    try {
      String queues =
          (String)
              beans.invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "compilerQueue",
                  new Object[0],
                  new String[0]);
      return !queues.contains("::");
    } catch (JMException e) {
      throw new IllegalStateException("the JVM does not report what it compiles", e);
    }
  }
}
