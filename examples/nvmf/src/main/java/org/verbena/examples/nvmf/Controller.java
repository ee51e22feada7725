package org.verbena.examples.nvmf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A controller: this host's connection to a subsystem. Made by {@link NvmfHost#connect}. For any
 * thread; its queues are for one each.
 *
 * <p>It has a thread of its own, which keeps the controller alive and connects again when the
 * target was lost.
 */
public final class Controller implements AutoCloseable {
  private static final int SIGNS_OF_LIFE = 3; // in a keep-alive time

  private final NvmfHost host;
  private final InetSocketAddress target;
  private final String subsystem;
  private final ConnectOptions options;
  private final List<IoQueue> queues;
  private final ControllerInfo info;
  private final Thread keeper;
  private final Semaphore signal = new Semaphore(0);
  private final AtomicReference<CompletableFuture<Void>> reset = new AtomicReference<>();
  private volatile Association association;
  private volatile boolean closing;
  private volatile boolean ended; // the keeper hears of nothing any more
  private volatile IOException lastFailure;

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
    } catch (Throwable e) {
      association.disconnect();
      made.forEach(queue -> queue.close(NvmeStatus.ABORTED_BY_HOST));
      throw e;
    }
    queues = List.copyOf(made);
    keeper = Thread.ofPlatform().daemon().name("nvmf " + subsystem).start(this::keep);
  }

  private Association associate() throws IOException {
    return new Association(host, target, subsystem, options, this::wakeUp);
  }

  /** {@return what the controller said of itself when it was first connected} */
  public ControllerInfo info() {
    return info;
  }

  /** {@return the I/O queues: as many as were asked for, or as the target has granted} */
  public List<IoQueue> queues() {
    return queues;
  }

  /**
   * Gets an I/O queue.
   *
   * @param index from 0
   * @return the queue
   * @throws IndexOutOfBoundsException if the target has not granted so many
   */
  public IoQueue queue(int index) {
    return queues.get(index);
  }

  /**
   * Asks for the active namespaces.
   *
   * @return the namespaces, by their number
   * @throws IOException if the target cannot be asked now, or says no
   */
  public List<Namespace> namespaces() throws IOException {
    AdminQueue admin = association.admin();
    List<Namespace> namespaces = new ArrayList<>();
    int last = 0;
    while (true) {
      var list = admin.identify(AdminQueue.IDENTIFY_ACTIVE_NAMESPACES, last);
      for (long at = 0; at < AdminQueue.DATA_SIZE; at += Integer.BYTES) {
        int id = list.get(Layout.U32, at);
        if (id == 0) {
          return namespaces;
        }
        namespaces.add(namespace(id));
        last = id;
      }
    }
  }

  /**
   * Asks for a namespace.
   *
   * @param id its number, from 1
   * @return the namespace
   * @throws NvmeException if there is none
   * @throws IOException if the target cannot be asked now
   */
  public Namespace namespace(int id) throws IOException {
    AdminQueue admin = association.admin();
    Namespace namespace = Namespace.of(id, admin.identify(AdminQueue.IDENTIFY_NAMESPACE, id));
    if (namespace.blocks() == 0) { // that is how an inactive one is told
      throw new NvmeException("identify namespace " + id, NvmeStatus.INVALID_NAMESPACE);
    }
    return namespace;
  }

  /**
   * Resets the controller and connects again. I/O in flight is sent again.
   *
   * @throws IOException if the target is lost, or closed meanwhile
   */
  public void reset() throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!reset.compareAndSet(null, done)) {
      throw new IOException("the controller is being reset already");
    }
    wakeUp();
    if (ended && reset.compareAndSet(done, null)) {
      throw new IOException("the controller is closed or lost", lastFailure);
    }
    try {
      done.join();
    } catch (CompletionException e) {
      throw new IOException("reset the controller: " + e.getCause().getMessage(), e.getCause());
    }
  }

  // --- the keeper's thread

  private void wakeUp() {
    signal.release();
  }

  private void keep() {
    boolean lost = false;
    while (!closing && !lost) {
      boolean signalled = sleep(pause());
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
      } else if (!signalled) {
        keepAlive();
      }
    }
    if (lost) {
      queues.forEach(queue -> queue.fail(NvmeStatus.HOST_PATH_ERROR));
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

  private Duration pause() {
    return options.keepAlive().isZero()
        ? Duration.ofDays(1)
        : options.keepAlive().dividedBy(SIGNS_OF_LIFE);
  }

  /** Sleeps until woken up; false if that was not so. */
  private boolean sleep(Duration limit) {
    try {
      boolean woken = signal.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS);
      signal.drainPermits();
      return woken;
    } catch (InterruptedException _) {
      throw new AssertionError("nobody interrupts the keeper");
    }
  }

  private void keepAlive() {
    if (options.keepAlive().isZero()) {
      return;
    }
    try {
      association.admin().keepAlive();
    } catch (IOException e) {
      lastFailure = e;
      wakeUp(); // to see what is lost
    }
  }

  private void disable() {
    boolean works = !association.isLost();
    association.disconnectQueues(); // a disabled controller would end their commands with errors
    try {
      if (works) {
        ControllerState.disable(association.admin());
      }
    } catch (IOException e) {
      lastFailure = e; // it will be a new controller in any case
    }
  }

  /** Connects again, as often as it takes; false if that was too often, or we are closing. */
  private boolean reconnect() {
    association.disconnect();
    long deadline = System.nanoTime() + options.reconnectLimit().toNanos();
    while (!closing) {
      try {
        Association next = associate();
        try {
          checkSame(next.info());
          if (next.admin().queues(queues.size()) < queues.size()) {
            throw new IOException("the target grants fewer I/O queues than before");
          }
          next.connect(queues);
        } catch (Throwable e) {
          next.disconnect();
          throw e;
        }
        association = next;
        return true;
      } catch (IOException e) {
        lastFailure = e;
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        sleep(options.reconnectDelay());
      }
    }
    return true;
  }

  /** Commands in flight were made for what the target could do when they were. */
  private void checkSame(ControllerInfo now) throws IOException {
    if (now.maxTransferSize() < info.maxTransferSize()
        || now.maxInCapsuleData() < info.maxInCapsuleData()) {
      throw new IOException("the target takes less at once than before");
    }
  }

  /**
   * Shuts the controller down and disconnects. No thread may use its queues any more. I/O still in
   * flight ends with {@link NvmeStatus#ABORTED_BY_HOST}, in this call.
   */
  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    wakeUp();
    joinKeeper();
    boolean works = !association.isLost();
    association.disconnectQueues();
    try {
      if (works) {
        ControllerState.shutDown(association.admin());
      }
    } catch (IOException e) {
      lastFailure = e; // then it ends without
    }
    association.disconnect();
    queues.forEach(queue -> queue.close(NvmeStatus.ABORTED_BY_HOST));
  }

  private void joinKeeper() {
    boolean interrupted = false;
    while (true) {
      try {
        keeper.join();
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
