package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;

/** An I/O allocates nothing on the heap, on any thread. */
@Tag("device")
@Tag("long")
@Tag("peer")
@Timeout(600)
@ExtendWith(KernelTarget.class)
class AllocationPeerTest {
  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  /** Its threads allocate all the time, which adds up on a slow machine. */
  private static final String HARNESS = "surefire";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DEPTH = 8;
  private static final int BLOCKS = 8;
  private static final int BYTES = 4096;
  private static final int ROUND = 2_000;
  private static final int MOST_ROUNDS = 12;

  /** In a round, for keep-alives and the measurement itself; an object an I/O would be 32,000. */
  private static final int MOST_BYTES = 10_000;

  @ParameterizedTest
  @CsvSource({
    "REGION, true, false",
    "REGION, false, true",
    "WINDOW, true, true",
    "WINDOW, false, false"
  })
  void anIoAllocatesNothing(Exposure exposure, boolean inCapsule, boolean asleep) throws Exception {
    ConnectOptions options =
        ConnectOptions.DEFAULT
            .withQueues(1, DEPTH)
            .withExposure(exposure, inCapsule)
            .withIoTimeout(Duration.ofSeconds(5));
    try (NvmfHost host = NvmfHost.open(KernelTarget.local());
        Controller controller =
            host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options);
        IoBuffer buffer = host.allocate(DEPTH * BYTES)) {
      IoQueue queue = controller.queue(0);
      Load load = new Load(queue, controller.namespace(KernelTarget.MEMORY), buffer, asleep);
      Map<String, Long> bytes = measure(load);
      // What is not compiled yet allocates, and so does a reconnect.
      for (int round = 1; round < MOST_ROUNDS && sum(bytes) >= MOST_BYTES; round++) {
        bytes = measure(load);
      }
      assertTrue(sum(bytes) < MOST_BYTES, "bytes for %d I/O: %s".formatted(ROUND, bytes));
    }
  }

  /** Returns the bytes that each thread allocates in a round. */
  private static Map<String, Long> measure(Load load) throws InterruptedException {
    Map<String, Long> before = allocated();
    load.run(ROUND);
    Map<String, Long> bytes = allocated();
    bytes.replaceAll((thread, after) -> after - before.getOrDefault(thread, 0L));
    return bytes;
  }

  private static long sum(Map<String, Long> bytes) {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns the bytes that each thread has allocated so far, without the harness's. */
  private static Map<String, Long> allocated() {
    Map<String, Long> bytes = new TreeMap<>();
    for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread != null && !thread.getThreadName().startsWith(HARNESS)) {
        long id = thread.getThreadId();
        bytes.put(thread.getThreadName() + " " + id, THREADS.getThreadAllocatedBytes(id));
      }
    }
    return bytes;
  }

  /** Alternates reads and writes, in all slots. */
  private record Load(
      IoQueue queue, Namespace namespace, IoBuffer buffer, boolean asleep, int[] left)
      implements IoHandler {
    Load(IoQueue queue, Namespace namespace, IoBuffer buffer, boolean asleep) {
      this(queue, namespace, buffer, asleep, new int[1]);
    }

    void run(int count) throws InterruptedException {
      left[0] = count;
      for (int slot = 0; slot < DEPTH; slot++) {
        start(slot);
      }
      while (queue.inFlight() > 0) {
        if (asleep) {
          assertTrue(queue.await(PATIENCE) > 0);
        } else if (queue.poll() == 0) {
          Thread.yield();
        }
      }
    }

    private void start(long slot) {
      boolean write = --left[0] % 2 == 0;
      long lba = slot * BLOCKS;
      assertTrue(
          write
              ? queue.write(namespace, lba, BLOCKS, buffer, slot * BYTES, slot, this)
              : queue.read(namespace, lba, BLOCKS, buffer, slot * BYTES, slot, this));
    }

    @Override
    public void completed(long slot, int status) {
      assertTrue(status == NvmeStatus.SUCCESS);
      if (left[0] > 0) {
        start(slot);
      }
    }
  }
}
