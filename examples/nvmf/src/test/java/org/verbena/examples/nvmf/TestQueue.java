package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;

/** Runs one I/O after the other on a queue. */
final class TestQueue {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final IoQueue queue;
  private final IoHandler handler = (_, ended) -> status = ended;
  private int status;

  TestQueue(IoQueue queue) {
    this.queue = queue;
  }

  void write(Namespace namespace, long lba, int blocks, IoBuffer buffer, long offset)
      throws InterruptedException {
    assertTrue(queue.write(namespace, lba, blocks, buffer, offset, 0, handler));
    assertEquals("success (status 0x000)", NvmeStatus.text(ended()));
  }

  void read(Namespace namespace, long lba, int blocks, IoBuffer buffer, long offset)
      throws InterruptedException {
    assertTrue(queue.read(namespace, lba, blocks, buffer, offset, 0, handler));
    assertEquals("success (status 0x000)", NvmeStatus.text(ended()));
  }

  static void awaitReconnects(Controller controller, int wanted) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (controller.reconnects() < wanted) {
      assertTrue(System.nanoTime() < deadline, "not reconnected");
      Thread.sleep(5);
    }
  }

  IoHandler handler() {
    return handler;
  }

  /** Waits for the I/O that was started with the handler. */
  int ended() throws InterruptedException {
    assertEquals(1, queue.await(LIMIT));
    return status;
  }
}
