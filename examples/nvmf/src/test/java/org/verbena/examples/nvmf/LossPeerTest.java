package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;

/** The target goes away and comes back; controllers are reset and closed in the middle of I/O. */
@Tag("device")
@Tag("peer")
@Timeout(300)
@ExtendWith(KernelTarget.class)
class LossPeerTest {
  private static final int BLOCKS = 8;
  private static final int BYTES = 4096;
  private static final int PLACES = 2048;

  private static NvmfHost host;

  private boolean removed;

  @BeforeAll
  static void open() throws IOException {
    host = NvmfHost.open(KernelTarget.local());
  }

  @AfterAll
  static void close() {
    host.close();
  }

  @AfterEach
  void restore() {
    if (removed) {
      KernelTarget.restore();
    }
  }

  private static Controller connect(ConnectOptions options) throws IOException {
    return host.connect(KernelTarget.address(), KernelTarget.SUBSYSTEM, options);
  }

  private static ConnectOptions options(int queues, int depth, Exposure exposure) {
    return ConnectOptions.DEFAULT
        .withQueues(queues, depth)
        .withExposure(exposure, true)
        .withLoss(Duration.ofSeconds(15), Duration.ofMillis(100), Duration.ofMinutes(2));
  }

  /** Writes ever newer versions to all places, and knows the last acknowledged one of each. */
  private static final class Writer implements Runnable {
    private final IoQueue queue;
    private final Namespace namespace;
    private final IoBuffer buffer;
    private final long first;
    private final long[] acknowledged = new long[PLACES];
    private final boolean[] busy = new boolean[PLACES];
    private volatile boolean stopped;
    private volatile long count;
    private volatile Throwable failure;
    private int place;
    private long version;

    Writer(Controller controller, int queue) throws IOException {
      this.queue = controller.queue(queue);
      namespace = controller.namespace(KernelTarget.MEMORY);
      buffer = host.allocate((long) this.queue.depth() * BYTES);
      first = (long) queue * PLACES * BLOCKS;
    }

    @Override
    public void run() {
      try {
        for (int slot = 0; slot < queue.depth(); slot++) {
          write(slot);
        }
        while (queue.inFlight() > 0) {
          queue.await(Duration.ofSeconds(1));
        }
      } catch (Throwable e) {
        failure = e;
      }
    }

    private void write(int slot) {
      do {
        place = (place + 1) % PLACES;
      } while (busy[place]);
      busy[place] = true;
      int at = place;
      long content = ++version;
      MemorySegment memory = buffer.memory().asSlice((long) slot * BYTES, BYTES);
      for (long i = 0; i < BYTES; i += Long.BYTES) {
        memory.set(ValueLayout.JAVA_LONG, i, content);
      }
      queue.write(
          namespace,
          first + (long) at * BLOCKS,
          BLOCKS,
          buffer,
          (long) slot * BYTES,
          content,
          (written, status) -> {
            assertEquals(NvmeStatus.SUCCESS, status);
            busy[at] = false;
            acknowledged[at] = written;
            count++;
            if (!stopped) {
              write(slot);
            }
          });
    }

    void awaitCount(long wanted) throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      while (count < wanted && failure == null) {
        assertTrue(System.nanoTime() < deadline, "only " + count + " writes, not " + wanted);
        Thread.sleep(5);
      }
    }

    void check(Controller controller, int testQueue) throws Exception {
      if (failure != null) {
        throw new AssertionError(failure);
      }
      TestQueue test = new TestQueue(controller.queue(testQueue));
      for (int at = 0; at < PLACES; at++) {
        if (acknowledged[at] != 0) {
          test.read(namespace, first + (long) at * BLOCKS, BLOCKS, buffer, 0);
          for (long i = 0; i < BYTES; i += Long.BYTES) {
            assertEquals(acknowledged[at], buffer.memory().get(ValueLayout.JAVA_LONG, i));
          }
        }
      }
      buffer.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"REGION, 16", "WINDOW, 8"})
  void noAcknowledgedWriteIsLostWithTheTarget(Exposure exposure, int depth) throws Exception {
    try (Controller controller = connect(options(2, depth, exposure))) {
      Writer[] writers = {new Writer(controller, 0), new Writer(controller, 1)};
      Thread[] threads = new Thread[writers.length];
      for (int i = 0; i < writers.length; i++) {
        threads[i] = Thread.ofPlatform().start(writers[i]);
      }
      for (int loss = 0; loss < 3; loss++) {
        for (Writer writer : writers) {
          writer.awaitCount(writer.count + 200);
        }
        KernelTarget.remove();
        removed = true;
        KernelTarget.restore();
        removed = false;
      }
      for (Writer writer : writers) {
        writer.awaitCount(writer.count + 200);
        writer.stopped = true;
      }
      for (Thread thread : threads) {
        thread.join();
      }
      for (int i = 0; i < writers.length; i++) {
        writers[i].check(controller, i);
      }
    }
  }

  @Test
  void aResetInTheMiddleLosesNothing() throws Exception {
    try (Controller controller = connect(options(1, 16, Exposure.REGION))) {
      Writer writer = new Writer(controller, 0);
      Thread thread = Thread.ofPlatform().start(writer);
      for (int reset = 0; reset < 3; reset++) {
        writer.awaitCount(writer.count + 100);
        controller.reset();
      }
      writer.awaitCount(writer.count + 100);
      writer.stopped = true;
      thread.join();
      writer.check(controller, 0);
    }
  }

  @Test
  void aTargetThatStaysAwayEndsAllIo() throws Exception {
    ConnectOptions options =
        ConnectOptions.DEFAULT.withLoss(
            Duration.ofSeconds(15), Duration.ofMillis(50), Duration.ofSeconds(1));
    try (Controller controller = connect(options);
        IoBuffer buffer = host.allocate(BYTES)) {
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      IoQueue queue = controller.queue(0);
      TestQueue test = new TestQueue(queue);
      test.read(namespace, 0, BLOCKS, buffer, 0);
      KernelTarget.remove();
      removed = true;
      assertTrue(queue.read(namespace, 0, BLOCKS, buffer, 0, 0, test.handler()));
      assertEquals(NvmeStatus.HOST_PATH_ERROR, test.ended());
      assertTrue(queue.read(namespace, 0, BLOCKS, buffer, 0, 0, test.handler()));
      assertEquals(NvmeStatus.HOST_PATH_ERROR, test.ended());
      assertThrows(IOException.class, controller::reset);
      assertThrows(IOException.class, controller::namespaces);
    }
  }

  @Test
  void aControllerIsKeptAlive() throws Exception {
    // Linux targets count in seconds; without a sign of life they would end this one.
    ConnectOptions options =
        ConnectOptions.DEFAULT.withLoss(
            Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ZERO);
    try (Controller controller = connect(options);
        IoBuffer buffer = host.allocate(BYTES)) {
      int id = controller.info().controllerId();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(7);
      IoQueue queue = controller.queue(0);
      while (System.nanoTime() < end) {
        assertEquals(0, queue.await(Duration.ofMillis(500)));
      }
      TestQueue test = new TestQueue(queue);
      test.read(controller.namespace(KernelTarget.MEMORY), 0, BLOCKS, buffer, 0);
      assertEquals(id, controller.info().controllerId());
    }
  }

  @Test
  void aCloseEndsWhatIsInFlight() throws Exception {
    int[] ended = new int[1];
    try (IoBuffer buffer = host.allocate(1 << 20)) {
      Controller controller = connect(ConnectOptions.DEFAULT);
      Namespace namespace = controller.namespace(KernelTarget.MEMORY);
      for (int i = 0; i < 32; i++) {
        assertTrue(
            controller.queue(0).read(namespace, 0, 2048, buffer, 0, i, (_, _) -> ended[0]++));
      }
      controller.close();
      assertEquals(32, ended[0]);
      controller.close(); // once more does nothing
    }
  }

  /** Nothing is left behind at the target or here: as often as you like. */
  @Test
  void controllersComeAndGo() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (Controller controller = connect(options(2, 4, Exposure.WINDOW))) {
        assertEquals(2, controller.queues().size());
      }
    }
  }
}
