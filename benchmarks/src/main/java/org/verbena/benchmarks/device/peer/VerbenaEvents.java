package org.verbena.benchmarks.device.peer;

import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkStatus;

/**
 * The loops of ib_send_lat -e and ib_read_lat -e: no spinning, each result is notified. As in NDK
 * consumers, the callback polls the result and posts the next request; it runs on the adapter's
 * dispatcher thread.
 */
final class VerbenaEvents implements VerbenaWork {
  private static final int TIMEOUT_SECONDS = 100;

  private final Task task;
  private final boolean server;
  private final boolean read;
  private final NdkResults result = new NdkResults(1);
  private PerftestLatencies latencies = new PerftestLatencies(0);
  private @Nullable Thread waiting;
  private volatile boolean finished;
  private int left;
  private int due;
  private boolean inFlight;

  @SuppressWarnings("NullAway.Init") // by use
  private VerbenaLink link;

  VerbenaEvents(Task task, boolean server) {
    this.task = task;
    this.server = server;
    read = task.operation().equals("read");
  }

  @Override
  public synchronized void use(VerbenaLink newLink) {
    link = newLink;
    link.sent.armCq(NDK_CQ_NOTIFY_ANY);
    link.received.armCq(NDK_CQ_NOTIFY_ANY);
    if (server) {
      // Messages may arrive before it runs.
      prepare(read ? 0 : warmUp() + task.iterations());
    }
  }

  private int warmUp() {
    return task.number("warmup", 0);
  }

  @Override
  public Figures run() throws InterruptedException {
    if (server) {
      go(0);
      return Figures.NONE;
    }
    prepare(warmUp());
    go(1);
    prepare(task.iterations());
    Costs costs = Costs.begin();
    go(1);
    costs.end();
    return costs.addTo(latencies.figures(read ? 1 : 2), task.iterations());
  }

  private synchronized void prepare(int operations) {
    latencies = new PerftestLatencies(operations);
    finished = false;
    left = operations;
  }

  /** Waits without a latch, as its allocation would show when there are few operations. */
  private void go(int first) throws InterruptedException {
    synchronized (this) {
      waiting = Thread.currentThread();
      due += first;
      proceed();
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!finished) {
      long nanos = deadline - System.nanoTime();
      if (nanos <= 0) {
        throw new IllegalStateException("a notification is missing");
      }
      LockSupport.parkNanos(this, nanos);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** The callback for results of sends and reads. */
  @Override
  public synchronized void sent(NdkStatus status) {
    Requests.succeeded(status);
    while (link.sent.getCqResults(result) == 1) {
      Requests.succeeded(result.status(0));
      inFlight = false;
      if (read) {
        ended();
      }
    }
    link.sent.armCq(NDK_CQ_NOTIFY_ANY);
    proceed();
  }

  /** The callback for results of receives. */
  @Override
  public synchronized void received(NdkStatus status) {
    Requests.succeeded(status);
    while (link.received.getCqResults(result) == 1) {
      if (result.status(0) != NdkStatus.SUCCESS) {
        return; // the connection has ended, and the queue may be closed
      }
      Requests.posted(link.qps[0].receive(0, link.incoming, 1));
      ended();
    }
    link.received.armCq(NDK_CQ_NOTIFY_ANY);
    proceed();
  }

  private void ended() {
    left--;
    if (server || left > 0) {
      due++;
    }
  }

  private void proceed() {
    if (inFlight) {
      return;
    }
    if (due > 0) {
      due--;
      inFlight = true;
      latencies.start();
      Requests.posted(
          read
              ? link.qps[0].read(
                  0, link.outgoing[0], 1, link.remoteAddresses[0], link.remoteTokens[0], 0)
              : link.qps[0].send(0, link.outgoing[0], 1, 0));
    } else if (left == 0) {
      finished = true;
      LockSupport.unpark(waiting);
    }
  }
}
