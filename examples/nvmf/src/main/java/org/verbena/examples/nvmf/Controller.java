package org.verbena.examples.nvmf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A controller of a subsystem, which this host is connected to. Made by {@link NvmfHost#connect}.
 * Thread-safe, but each of its queues is for one thread at a time.
 *
 * <p>A thread of its own keeps the controller alive and reconnects after a loss of the target.
 */
public final class Controller implements AutoCloseable {
  private static final int SIGNS_OF_LIFE = 3; // Keep Alive commands in a keep-alive time-out

  /** Keep-alive time-outs after which a target has certainly ended the association. */
  private static final int TARGETS_PATIENCE = 2;

  private final NvmfHost host;
  private final InetSocketAddress target;
  private final String subsystem;
  private final ConnectOptions options;
  private final List<IoQueue> queues;
  private final ControllerInfo info;
  private final Namespaces namespaces = new Namespaces();
  private final Thread keepAliveThread;
  private final Semaphore signal = new Semaphore(0);
  private final AtomicReference<@Nullable CompletableFuture<Void>> reset = new AtomicReference<>();
  private volatile Association association;
  private volatile int reconnects;
  private volatile boolean closing;
  private volatile boolean ended; // the keep-alive thread serves no more resets
  private volatile @Nullable IOException lastFailure;

  Controller(NvmfHost host, InetSocketAddress target, String subsystem, ConnectOptions options)
      throws IOException {
    this.host = host;
    this.target = target;
    this.subsystem = subsystem;
    this.options = options;
    association = associate();
    info = association.info();
    List<IoQueue> made = new ArrayList<>();
    try {
      int count = association.admin().queues(options.queues());
      for (int i = 0; i < count; i++) {
        made.add(new IoQueue(host, options, info, this::wakeUp));
      }
      association.connect(made);
      made.forEach(IoQueue::poll); // takes the connection, so that the first I/O is sent at once
    } catch (Throwable e) {
      association.disconnect();
      made.forEach(queue -> queue.close(NvmeStatus.ABORTED_BY_HOST));
      throw e;
    }
    queues = List.copyOf(made);
    keepAliveThread =
        Thread.ofPlatform().daemon().name("nvmf " + subsystem).start(this::runKeepAliveThread);
  }

  private Association associate() throws IOException {
    return new Association(host, target, subsystem, options, this::wakeUp);
  }

  /** {@return the controller's attributes at the first connect} */
  public ControllerInfo info() {
    return info;
  }

  /** {@return the I/O queues: as many as requested, or as the target granted} */
  public List<IoQueue> queues() {
    return queues;
  }

  /**
   * Returns an I/O queue.
   *
   * @param index from 0
   * @return the queue
   * @throws IndexOutOfBoundsException if the target did not grant that many
   */
  public IoQueue queue(int index) {
    return queues.get(index);
  }

  /**
   * Returns the active namespaces.
   *
   * @return their ids (NSID)
   * @throws IOException if the target cannot be reached now, or fails the command
   */
  public List<Integer> namespaceIds() throws IOException {
    return Namespaces.ids(association.admin()::identify);
  }

  /**
   * Returns the active namespaces that this host supports; {@link #namespace} reports why it does
   * not support another.
   *
   * @return the namespaces, in the order of their ids
   * @throws IOException if the target cannot be reached now, or fails the command
   */
  public List<Namespace> namespaces() throws IOException {
    return namespaces.usable(association.admin()::identify);
  }

  /**
   * Identifies a namespace.
   *
   * @param id its id, from 1
   * @return the namespace
   * @throws NvmeException if there is none, or this host does not support its LBA format
   * @throws IOException if the target cannot be reached now
   */
  public Namespace namespace(int id) throws IOException {
    return namespaces.get(association.admin()::identify, id);
  }

  /** {@return how often the controller has reconnected, after losses and resets} */
  public int reconnects() {
    return reconnects;
  }

  /**
   * Resets the controller and reconnects. I/O in flight is sent again.
   *
   * @throws IOException if the target is lost, the controller is closed meanwhile, or another reset
   *     is in progress
   */
  public void reset() throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!reset.compareAndSet(null, done)) {
      throw new IOException("another reset of the controller is in progress");
    }
    wakeUp();
    if (ended && reset.compareAndSet(done, null)) {
      throw new IOException("the controller is closed or lost", lastFailure);
    }
    Throwable failure = done.handle((_, e) -> e).join();
    if (failure != null) {
      throw new IOException("reset the controller: " + failure.getMessage(), failure);
    }
  }

  // --- the keep-alive thread

  private void wakeUp() {
    signal.release();
  }

  private void runKeepAliveThread() {
    boolean lost = false;
    long nextKeepAlive = System.nanoTime();
    long nextTick = nextKeepAlive;
    while (!closing && !lost) {
      long now = System.nanoTime();
      sleep(Math.min(nextKeepAlive - now, nextTick - now));
      CompletableFuture<Void> resetting = reset.get();
      if (closing) {
        break;
      } else if (resetting != null) {
        disable();
        lost = !reconnect();
        reset.set(null);
        complete(resetting, lost || closing);
      } else if (association.isLost()) {
        lost = !reconnect();
      } else {
        if (System.nanoTime() - nextTick >= 0) {
          queues.forEach(queue -> queue.recovery().timeoutTick());
          nextTick = System.nanoTime() + options.ioTimeout().toNanos() / IoSlots.TICKS_PER_TIMEOUT;
        }
        if (System.nanoTime() - nextKeepAlive >= 0) {
          keepAlive();
          nextKeepAlive = System.nanoTime() + options.keepAlive().toNanos() / SIGNS_OF_LIFE;
        }
      }
    }
    if (lost) {
      queues.forEach(queue -> queue.recovery().fail(NvmeStatus.HOST_PATH_ERROR));
    }
    ended = true;
    CompletableFuture<Void> resetting = reset.getAndSet(null);
    if (resetting != null) {
      complete(resetting, true);
    }
  }

  private void complete(CompletableFuture<Void> resetting, boolean failed) {
    if (failed) {
      IOException reason = lastFailure;
      resetting.completeExceptionally(
          reason == null ? new IOException("the controller was closed") : reason);
    } else {
      resetting.complete(null);
    }
  }

  /** Sleeps until woken up, or until the time is over. */
  private void sleep(long nanos) {
    try {
      boolean _ = signal.tryAcquire(nanos, TimeUnit.NANOSECONDS);
      signal.drainPermits();
    } catch (InterruptedException _) {
      throw new AssertionError("the keep-alive thread is never interrupted");
    }
  }

  /** Waits for a time, or until the controller is being closed. */
  private void rest(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    while (!closing && System.nanoTime() - end < 0) {
      sleep(end - System.nanoTime());
    }
  }

  private void keepAlive() {
    try {
      association.admin().keepAlive();
    } catch (IOException e) {
      lastFailure = e;
      wakeUp(); // to check for losses
    }
  }

  private void disable() {
    boolean works = !association.isLost();
    association.disconnectQueues(); // a disabled controller would abort their commands
    try {
      if (works) {
        ControllerState.disable(association.admin());
      }
    } catch (IOException e) {
      lastFailure = e; // the controller is replaced in any case
    }
  }

  /**
   * Reconnects with retries; returns false if that fails for good. The target must have ended the
   * old association before: a write that it still executes would undo a newer one.
   */
  private boolean reconnect() {
    long deadline = System.nanoTime() + options.reconnectLimit().toNanos();
    if (!association.disconnect()) {
      rest(options.keepAlive().multipliedBy(TARGETS_PATIENCE));
    }
    Duration quiesce = Duration.ofMillis(info.quiesceMillis());
    rest(quiesce.compareTo(options.reconnectDelay()) > 0 ? quiesce : options.reconnectDelay());
    while (!closing) {
      try {
        Association next = associate();
        try {
          checkSame(next);
          if (next.admin().queues(queues.size()) < queues.size()) {
            throw new IOException("the target grants fewer I/O queues than before");
          }
          next.connect(queues);
        } catch (Throwable e) {
          next.disconnect();
          throw e;
        }
        association = next;
        reconnects = reconnects + 1; // written by this thread only
        return true;
      } catch (IOException e) {
        lastFailure = e;
        if (isPermanent(e) || System.nanoTime() - deadline > 0) {
          return false;
        }
        rest(options.reconnectDelay());
      }
    }
    return true;
  }

  private static boolean isPermanent(IOException failure) {
    return failure instanceof NvmeException refusal && refusal.permanent();
  }

  /** Checks that commands in flight, made for the target as it was, are still right for it. */
  private void checkSame(Association next) throws IOException {
    if (next.info().maxTransferSize() < info.maxTransferSize()
        || next.info().maxInCapsuleData() < info.maxInCapsuleData()) {
      throw new NvmeException(
          "reconnect",
          NvmeStatus.INVALID_FIELD,
          "the target transfers less in one command than before",
          true);
    }
    namespaces.check(next.admin()::identify);
  }

  /**
   * Shuts the controller down and disconnects. Its queues must no longer be in use. I/O still in
   * flight ends with {@link NvmeStatus#ABORTED_BY_HOST}, in this call; its handlers cannot start
   * other I/O.
   *
   * @throws RuntimeException what a handler threw, once everything is closed
   */
  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    wakeUp();
    joinKeepAliveThread();
    boolean works = !association.isLost();
    association.disconnectQueues();
    try {
      if (works) {
        ControllerState.shutDown(association.admin());
      }
    } catch (IOException e) {
      lastFailure = e; // the connection ends without a shutdown then
    }
    association.disconnect();
    Failures failures = new Failures();
    for (IoQueue queue : queues) {
      try {
        queue.close(NvmeStatus.ABORTED_BY_HOST);
      } catch (RuntimeException | Error e) {
        failures.add(e);
      }
    }
    failures.rethrow();
  }

  private void joinKeepAliveThread() {
    boolean interrupted = false;
    while (true) {
      try {
        keepAliveThread.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
