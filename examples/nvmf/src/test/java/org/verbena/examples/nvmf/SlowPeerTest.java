package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.verbena.examples.nvmf.ConnectOptions.Exposure;

/** A target that responds slowly. */
@Tag("device")
@Tag("peer")
@Timeout(300)
class SlowPeerTest extends HostFixture {
  private static final int BLOCKS = 8;
  private static final int BYTES = 4096;

  private static Controller connect(ConnectOptions options) throws IOException {
    return host.connect(KernelTarget.address(), KernelTarget.DELAYED_SUBSYSTEM, options);
  }

  @Test
  void anIoThatIsNotAnsweredInTimeIsSentAgainAndThenGivenUp() throws Exception {
    ConnectOptions options =
        ConnectOptions.DEFAULT
            .withQueues(2, 8)
            .withIoTimeout(KernelTarget.SLOW_ANSWER.dividedBy(3))
            .withLoss(Duration.ofSeconds(15), Duration.ofMillis(50), Duration.ofMinutes(2));
    try (Controller controller = connect(options);
        Writer writer = new Writer(host, controller, 1);
        IoBuffer buffer = host.allocate(BYTES)) {
      IoQueue queue = controller.queue(0);
      TestQueue test = new TestQueue(queue);
      Namespace slow = controller.namespace(KernelTarget.SLOW);
      assertTrue(queue.read(slow, 0, BLOCKS, buffer, 0, 0, test.handler()));
      assertEquals(NvmeStatus.HOST_PATH_ERROR, test.ended());
      assertEquals(5, queue.recovery().resent());
      TestQueue.awaitReconnects(controller, 6);
      // Other I/O has lost nothing.
      test.read(controller.namespace(KernelTarget.MEMORY), 0, BLOCKS, buffer, 0);
      writer.finish();
    }
  }

  /** Also by a thread that polls its queue only after the time-out. */
  @Test
  void anIoThatIsAnsweredInTimeIsWaitedFor() throws Exception {
    Duration late = KernelTarget.SLOW_ANSWER.multipliedBy(2);
    try (Controller controller = connect(ConnectOptions.DEFAULT.withIoTimeout(late));
        IoBuffer buffer = host.allocate(BYTES)) {
      TestQueue test = new TestQueue(controller.queue(0));
      Namespace slow = controller.namespace(KernelTarget.SLOW);
      test.read(slow, 0, BLOCKS, buffer, 0);
      assertTrue(controller.queue(0).read(slow, 0, BLOCKS, buffer, 0, 0, test.handler()));
      Thread.sleep(late.multipliedBy(3).dividedBy(2));
      assertEquals(NvmeStatus.SUCCESS, test.ended());
      assertEquals(0, controller.reconnects());
    }
  }

  /** The deepest queue: the target executes all its commands at the same time. */
  @ParameterizedTest
  @EnumSource
  void theTargetTakesAFullQueue(Exposure exposure) throws Exception {
    int depth = ConnectOptions.MAX_DEPTH;
    ConnectOptions options =
        ConnectOptions.DEFAULT.withQueues(1, depth).withExposure(exposure, true);
    int[] ended = new int[depth];
    IoHandler handler =
        (i, status) -> {
          assertEquals(NvmeStatus.SUCCESS, status);
          ended[(int) i]++;
        };
    try (Controller controller = connect(options);
        IoBuffer buffer = host.allocate((long) depth * BYTES)) {
      IoQueue queue = controller.queue(0);
      Namespace slow = controller.namespace(KernelTarget.SLOW);
      long start = System.nanoTime();
      for (int i = 0; i < depth; i++) {
        long at = (long) i * BYTES;
        assertTrue(
            i % 2 == 0
                ? queue.read(slow, (long) i * BLOCKS, BLOCKS, buffer, at, i, handler)
                : queue.write(slow, (long) i * BLOCKS, BLOCKS, buffer, at, i, handler));
      }
      assertFalse(queue.flush(slow, 0, handler), "the queue is full");
      int first = queue.await(Duration.ofSeconds(60));
      assertTrue(first > 0);
      while (queue.inFlight() > 0) {
        assertTrue(queue.await(Duration.ofSeconds(60)) > 0);
      }
      // One after the other, or in two batches, they would have taken at least twice as long.
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(took.compareTo(KernelTarget.SLOW_ANSWER.multipliedBy(2)) < 0, "took " + took);
      for (int times : ended) {
        assertEquals(1, times);
      }
      assertEquals(0, controller.reconnects());
    }
  }
}
