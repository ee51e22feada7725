package org.verbena.ndk.verbs.queue;

import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.MemoryShortage;

/**
 * Flushes a queue pair, and waits until every request has its result. For the control thread only.
 */
final class QpDrain {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(1);

  /** After this time, requests that are still outstanding count as lost in the device. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final Duration RETRY = Duration.ofMillis(100);

  private final QueuePair owner;
  private final NativeQp qp;
  private final SendQueue sendQueue;
  private final ReceiveQueue receiveQueue;
  private final MemoryShortage.Step<Runnable, RuntimeException> starting =
      this::start; // created early
  private boolean flushed;
  private boolean givenUp; // the device keeps the queue pair
  private boolean lastWqeReached;

  QpDrain(QueuePair owner, NativeQp qp, SendQueue sendQueue, ReceiveQueue receiveQueue) {
    this.owner = owner;
    this.qp = qp;
    this.sendQueue = sendQueue;
    this.receiveQueue = receiveQueue;
  }

  /**
   * Flushes the queue pair, and runs a task when every request has its result. What fails is logged
   * and tried again.
   *
   * @throws OutOfMemoryError if there is no memory to wait for that; then it has not begun
   */
  void flushThen(Runnable drained) {
    MemoryShortage.outlast(starting, drained);
  }

  private void start(Runnable drained) {
    Wait wait = new Wait(drained);
    try {
      wait.run();
    } catch (RuntimeException | Error e) {
      owner.adapter.log("a queue pair could not be flushed at once", e);
    }
    MemoryShortage.outlast(Wait::goOn, wait);
  }

  private void flush() {
    if (flushed) {
      return;
    }
    sendQueue.leaveOpenStates(QpState.FLUSHED);
    sendQueue.flushDeferred();
    receiveQueue.flush();
    try {
      qp.toError();
    } catch (ErrnoException e) {
      owner.adapter.log("a queue pair could not be flushed", e);
    }
    sendQueue.postDrainMarker();
    flushed = true; // last, so that what has thrown is done again
  }

  /** A step that throws is logged and tried again. */
  private final class Wait implements Runnable {
    private final Runnable drained;
    private final long end = System.nanoTime() + 2 * LIMIT.toNanos();
    private long deadline = System.nanoTime() + LIMIT.toNanos();
    private boolean ended;
    private @Nullable Future<?> task;

    Wait(Runnable drained) {
      this.drained = drained;
    }

    /** Takes further steps, unless it has ended. */
    void goOn() {
      if (!ended) {
        task = owner.adapter.controlEvery(POLL_INTERVAL, this);
      }
    }

    @Override
    public void run() {
      flush();
      drainCompletionQueues();
      if (!isDrained() && System.nanoTime() - deadline > 0) {
        endLost();
        deadline += RETRY.toNanos();
      }
      if (isDrained()) {
        receiveQueue.drained();
        qp.releaseWindows();
        ended = true;
        if (task != null) {
          task.cancel(false);
        }
        drained.run();
      }
    }

    /**
     * The device has lost the requests. Without the queue pair it can no longer access a buffer; if
     * it does not give up the queue pair either, the results say so.
     */
    private void endLost() {
      try {
        qp.destroy();
        drainCompletionQueues();
        cancelOutstanding(NdkStatus.CANCELLED);
      } catch (ErrnoException e) {
        if (System.nanoTime() - end > 0) {
          givenUp = true;
          owner.adapter.log(
              "a queue pair could not be destroyed; the device may still access its buffers", e);
          cancelOutstanding(NdkStatus.INTERNAL_ERROR);
        }
      }
    }
  }

  private void cancelOutstanding(NdkStatus status) {
    sendQueue.cq.cancelOutstanding(sendQueue, status);
    receiveQueue.cq.cancelOutstanding(receiveQueue, status);
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
        && !givenUp
        && !owner.adapter.traits().softRoce();
  }

  /** The last receive of the SRQ has been returned. */
  void lastWqeReached() {
    lastWqeReached = true;
  }
}
