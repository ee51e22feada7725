package org.verbena.benchmarks.device.peer;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.verbena.benchmarks.device.Task;

/** This JVM's heap allocation, collections, safepoints and CPU time during a measurement. */
final class Costs {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final List<GarbageCollectorMXBean> COLLECTORS =
      ManagementFactory.getGarbageCollectorMXBeans();

  private static final Path SAFEPOINTS =
      Path.of(PeerProcess.safepointLog(String.valueOf(ProcessHandle.current().pid())));

  /**
   * Operations per call of a loop: a method that is rarely called starts in the interpreter,
   * however long it then loops.
   */
  private static final int TURN = 20;

  /** What the measuring itself allocates. */
  private static final long OWN_BYTES = ownBytes();

  private long safepoints = safepoints();
  private long collections = collections();
  private long cpuNanos = SYSTEM.getProcessCpuTime();
  private long bytes = THREADS.getTotalThreadAllocatedBytes();

  private Costs() {}

  /** Runs operations one after the other, and records when each starts. */
  @FunctionalInterface
  interface Loop {
    void run(PerftestLatencies latencies, int operations) throws Exception;
  }

  /**
   * Runs a loop for a task's warm-up, then one for its iterations, which is measured.
   *
   * @param parts the divisor of an iteration's time: 2 for half a round trip
   * @return the client's figures; the server has none
   */
  static Figures ofLatency(Task task, boolean server, int parts, Loop loop) throws Exception {
    run(loop, new PerftestLatencies(task.number("warmup", 0)));
    PerftestLatencies latencies = new PerftestLatencies(task.iterations());
    Costs costs = begin();
    run(loop, latencies);
    costs.end();
    return server ? Figures.NONE : costs.addTo(latencies.figures(parts), task.iterations());
  }

  private static void run(Loop loop, PerftestLatencies latencies) throws Exception {
    for (int left = latencies.capacity(); left > 0; left -= TURN) {
      loop.run(latencies, Math.min(left, TURN));
    }
  }

  /** Begins a measurement, once the compiler is idle. */
  static Costs begin() throws InterruptedException {
    Compiler.awaitIdle();
    return new Costs();
  }

  /** Ends the measurement: nothing later is counted. */
  Costs end() {
    bytes = THREADS.getTotalThreadAllocatedBytes() - bytes;
    cpuNanos = SYSTEM.getProcessCpuTime() - cpuNanos;
    collections = collections() - collections;
    safepoints = safepoints() - safepoints;
    return this;
  }

  /** Adds the costs between begin and end. */
  Figures addTo(Figures figures, int operations) {
    return figures
        .with("gc.alloc.rate.norm", (double) (bytes - OWN_BYTES) / operations)
        .with("gc.count", (double) collections)
        .with("safepoints", (double) safepoints)
        .with("cpu", cpuNanos / 1e3 / operations);
  }

  private static long ownBytes() {
    new Costs().end(); // what is allocated only once
    return new Costs().end().bytes;
  }

  private static long safepoints() {
    try (Stream<String> lines = Files.lines(SAFEPOINTS)) {
      return lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long collections() {
    return COLLECTORS.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
  }
}
