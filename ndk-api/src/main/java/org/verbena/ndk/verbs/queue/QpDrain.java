package org.verbena.ndk.verbs.queue;

import java.time.Duration;
import org.verbena.binding.ErrnoException;

/**
 * Flushes a queue pair, and waits until every request has its result. For the control thread only.
 */
final class QpDrain {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(1);

  /** After this time, requests that are still outstanding count as lost in the device. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final QueuePair owner;
  private final NativeQp qp;
  private final SendQueue sendQueue;
  private final ReceiveQueue receiveQueue;
  private boolean flushed;
  private boolean lastWqeReached;

  QpDrain(QueuePair owner, NativeQp qp, SendQueue sendQueue, ReceiveQueue receiveQueue) {
    this.owner = owner;
    this.qp = qp;
    this.sendQueue = sendQueue;
    this.receiveQueue = receiveQueue;
  }

  /** Flushes the queue pair, and runs a task when every request has its result. */
  void flushThen(Runnable drained) {
    flush();
    awaitDrained(drained, System.nanoTime() + LIMIT.toNanos());
  }

  private void flush() {
    if (flushed) {
      return;
    }
    flushed = true;
    sendQueue.leaveOpenStates(QpState.FLUSHED);
    sendQueue.flushDeferred();
    receiveQueue.flush();
    try {
      qp.toError();
    } catch (ErrnoException e) {
      owner.adapter.log("a queue pair could not be flushed", e);
    }
    sendQueue.postDrainMarker();
  }

  private void awaitDrained(Runnable drained, long deadline) {
    drainCompletionQueues();
    if (!isDrained() && System.nanoTime() - deadline > 0) {
      // The device has lost them. Without the queue pair it can no longer access any buffer.
      qp.destroy();
      drainCompletionQueues();
      sendQueue.cq.cancelOutstanding(sendQueue);
      receiveQueue.cq.cancelOutstanding(receiveQueue);
    }
    if (isDrained()) {
      receiveQueue.drained();
      owner.pd.memory().windows().release(qp);
      drained.run();
    } else {
      var _ = owner.adapter.controlAfter(POLL_INTERVAL, () -> awaitDrained(drained, deadline));
    }
  }

  private void drainCompletionQueues() {
    sendQueue.cq.drain();
    receiveQueue.cq.drain();
  }

  private boolean isDrained() {
    return sendQueue.outstanding() == 0
        && receiveQueue.outstanding() == 0
        && !mayHoldSharedReceive();
  }

  /**
   * Whether the device may still have a receive of the SRQ for this queue pair, whose result would
   * be lost with it. Soft-RoCE returns it with the flush, and raises no event.
   */
  private boolean mayHoldSharedReceive() {
    return owner.srq != null
        && qp.wasReadyToReceive()
        && !lastWqeReached
        && !qp.isDestroyed()
        && !owner.adapter.traits().softRoce();
  }

  /** The last receive of the SRQ has been returned. */
  void lastWqeReached() {
    lastWqeReached = true;
  }
}
