package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U32;
import static org.verbena.examples.nvmf.Layout.U64;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An I/O queue of a controller: starts I/O and reports its completion. For one thread at a time.
 *
 * <p>{@link #read}, {@link #write} and the like start an I/O and return at once; a later {@link
 * #poll} or {@link #await} ends it and calls its handler. An I/O allocates nothing and copies no
 * data. The target may execute the I/O in flight in any order.
 *
 * <p>When the target is lost, I/O in flight waits until the host has reconnected and is then sent
 * again; an I/O that takes longer than {@link ConnectOptions#ioTimeout} counts as a loss. I/O in
 * flight ends with {@link NvmeStatus#HOST_PATH_ERROR} if the reconnect takes longer than {@link
 * ConnectOptions#reconnectLimit}, or after it has been sent again 5 times. An I/O that has ended is
 * not sent again.
 *
 * <p>I/O is sent again only after the target has ended the lost association: it has confirmed the
 * disconnect of every connection, or twice the {@link ConnectOptions#keepAlive} has passed without
 * a command. The host then waits for {@link ConnectOptions#reconnectDelay}, or for the target's
 * command quiesce time (CQT) if that is longer. A target whose storage delays a write even longer
 * may store it after newer ones, which a host cannot detect over NVMe over Fabrics: for such
 * storage choose a longer delay.
 */
public final class IoQueue {
  /** The most blocks of one command. */
  public static final int MAX_BLOCKS = 1 << 16;

  private static final int RANGE_SIZE = 16;
  private static final long DEALLOCATE = 1 << 2;

  private final ControllerInfo info;
  private final boolean inCapsule;
  private final IoSlots slots;
  private final IoBuffer ranges; // of deallocations; the target may read them
  private final @Nullable SlotWindows windows; // null where whole regions are exposed
  private final Failures failures = new Failures();
  private final IoPump pump;
  private final IoRecovery recovery;
  private boolean closed;

  private volatile boolean woken;
  private volatile @Nullable Thread sleeper;

  /**
   * Creates a queue without a connection.
   *
   * @param onFailure runs when the connection fails
   */
  IoQueue(NvmfHost host, ConnectOptions options, ControllerInfo info, Runnable onFailure)
      throws IOException {
    this.info = info;
    inCapsule = options.inCapsule();
    slots = new IoSlots(host, options.depth());
    try {
      ranges = host.allocate((long) slots.depth * RANGE_SIZE);
    } catch (Throwable e) {
      slots.close();
      throw e;
    }
    windows =
        options.exposure() == ConnectOptions.Exposure.WINDOW
            ? new SlotWindows(host.pd(), slots.depth)
            : null;
    pump = new IoPump(slots, windows, failures, onFailure);
    recovery = new IoRecovery(slots, pump, this::wakeUp);
  }

  /** {@return the most I/O in flight} */
  public int depth() {
    return slots.depth;
  }

  /** {@return how many I/O are in flight} */
  public int inFlight() {
    return slots.inFlight();
  }

  IoPump pump() {
    return pump;
  }

  /** Returns the part that the controller's thread posts its decisions to. */
  IoRecovery recovery() {
    return recovery;
  }

  // --- starting I/O

  /**
   * Reads blocks into memory.
   *
   * @param namespace a namespace of this controller
   * @param lba the first block
   * @param blocks the number of blocks, from 1 to {@link #MAX_BLOCKS}; at most {@link
   *     ControllerInfo#maxTransferSize} bytes
   * @param buffer the buffer to read into
   * @param offset the first byte in the buffer
   * @param context passed to the handler
   * @param handler called when the I/O has ended
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if not all blocks are in the namespace, or not all bytes in
   *     the buffer
   * @throws IllegalArgumentException if the number of blocks is out of range
   */
  public boolean read(
      Namespace namespace,
      long lba,
      int blocks,
      IoBuffer buffer,
      long offset,
      long context,
      IoHandler handler) {
    return move(Command.READ, namespace, lba, blocks, buffer, offset, context, handler);
  }

  /**
   * Writes blocks from memory.
   *
   * @param namespace a namespace of this controller
   * @param lba the first block
   * @param blocks as for {@link #read}
   * @param buffer the buffer to write from
   * @param offset the first byte in the buffer
   * @param context passed to the handler
   * @param handler called when the I/O has ended
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if not all blocks are in the namespace, or not all bytes in
   *     the buffer
   * @throws IllegalArgumentException if the number of blocks is out of range
   */
  public boolean write(
      Namespace namespace,
      long lba,
      int blocks,
      IoBuffer buffer,
      long offset,
      long context,
      IoHandler handler) {
    return move(Command.WRITE, namespace, lba, blocks, buffer, offset, context, handler);
  }

  private boolean move(
      int opcode,
      Namespace namespace,
      long lba,
      int blocks,
      IoBuffer buffer,
      long offset,
      long context,
      IoHandler handler) {
    check(namespace, lba, blocks, MAX_BLOCKS);
    long length = (long) blocks * namespace.blockSize();
    Objects.checkFromIndexSize(offset, length, buffer.memory().byteSize());
    if (length > info.maxTransferSize()) {
      throw new IllegalArgumentException(
          "the target transfers at most %d bytes in one command, not %d: split the I/O"
              .formatted(info.maxTransferSize(), length));
    }
    int slot = begin(opcode, namespace, context, handler);
    if (slot == IoSlots.NONE) {
      return false;
    }
    Command.operands(slots.commands, IoSlots.at(slot), lba, blocks - 1, 0);
    if (opcode == Command.WRITE && fitsCapsule(length)) {
      slots.putInCapsule(slot, buffer, offset, (int) length);
    } else {
      expose(slot, buffer, offset, (int) length, opcode == Command.READ);
    }
    pump.submit(slot);
    return true;
  }

  private void expose(int slot, IoBuffer buffer, long offset, int length, boolean targetWrites) {
    if (windows == null) {
      long address = buffer.memory().address() + offset;
      Command.keyed(slots.commands, IoSlots.at(slot), address, length, buffer.remoteToken());
    } else {
      windows.set(slot, buffer, offset, length, targetWrites);
    }
  }

  /**
   * Flushes: makes all writes acknowledged before survive a loss of power.
   *
   * @param namespace a namespace of this controller
   * @param context passed to the handler
   * @param handler called when the I/O has ended
   * @return false if {@link #depth} I/O are in flight already: poll first
   */
  public boolean flush(Namespace namespace, long context, IoHandler handler) {
    int slot = begin(Command.FLUSH, namespace, context, handler);
    if (slot == IoSlots.NONE) {
      return false;
    }
    pump.submit(slot);
    return true;
  }

  /**
   * Writes zeros.
   *
   * @param namespace a namespace of this controller
   * @param lba the first block
   * @param blocks the number of blocks, from 1 to {@link #MAX_BLOCKS}
   * @param context passed to the handler
   * @param handler called when the I/O has ended
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if not all blocks are in the namespace
   * @throws IllegalArgumentException if the number of blocks is out of range
   * @throws UnsupportedOperationException if the target does not support it, see {@link
   *     ControllerInfo#writeZeroes}
   */
  public boolean writeZeroes(
      Namespace namespace, long lba, int blocks, long context, IoHandler handler) {
    require(info.writeZeroes(), "Write Zeroes");
    check(namespace, lba, blocks, MAX_BLOCKS);
    int slot = begin(Command.WRITE_ZEROES, namespace, context, handler);
    if (slot == IoSlots.NONE) {
      return false;
    }
    Command.operands(slots.commands, IoSlots.at(slot), lba, blocks - 1, 0);
    pump.submit(slot);
    return true;
  }

  /**
   * Deallocates blocks (Dataset Management): the target decides what they read as afterwards.
   *
   * @param namespace a namespace of this controller
   * @param lba the first block
   * @param blocks the number of blocks, from 1 to 2<sup>32</sup> - 1
   * @param context passed to the handler
   * @param handler called when the I/O has ended
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if not all blocks are in the namespace
   * @throws IllegalArgumentException if the number of blocks is out of range
   * @throws UnsupportedOperationException if the target does not support it, see {@link
   *     ControllerInfo#datasetManagement}
   */
  public boolean deallocate(
      Namespace namespace, long lba, long blocks, long context, IoHandler handler) {
    require(info.datasetManagement(), "Dataset Management");
    check(namespace, lba, blocks, 0xFFFF_FFFFL);
    int slot = begin(Command.DATASET_MANAGEMENT, namespace, context, handler);
    if (slot == IoSlots.NONE) {
      return false;
    }
    Command.operands(slots.commands, IoSlots.at(slot), DEALLOCATE << 32, 0, 0);
    long at = (long) slot * RANGE_SIZE;
    ranges.memory().set(U32, at, 0);
    ranges.memory().set(U32, at + 4, (int) blocks);
    ranges.memory().set(U64, at + 8, lba);
    if (fitsCapsule(RANGE_SIZE)) {
      slots.putInCapsule(slot, ranges, at, RANGE_SIZE);
    } else {
      expose(slot, ranges, at, RANGE_SIZE, false);
    }
    pump.submit(slot);
    return true;
  }

  private static void require(boolean supported, String command) {
    if (!supported) {
      throw new UnsupportedOperationException("the target does not support " + command);
    }
  }

  private int begin(int opcode, Namespace namespace, long context, IoHandler handler) {
    Objects.requireNonNull(handler, "handler");
    if (closed) {
      throw new IllegalStateException("the controller is closed");
    }
    int slot = slots.begin(opcode, namespace, context, handler);
    if (slot != IoSlots.NONE && windows != null) {
      windows.clear(slot);
    }
    return slot;
  }

  /** Checked here, as Linux targets report only that the command failed. */
  private static void check(Namespace namespace, long lba, long blocks, long most) {
    if (blocks < 1 || blocks > most) {
      throw new IllegalArgumentException(
          "blocks must be from 1 to %d, not %d".formatted(most, blocks));
    }
    if (lba < 0 || lba > namespace.blocks() - blocks) {
      throw new IndexOutOfBoundsException(
          "%d blocks at block %d do not fit in namespace %d, which has %d blocks"
              .formatted(blocks, lba, namespace.id(), namespace.blocks()));
    }
  }

  private boolean fitsCapsule(long length) {
    return inCapsule && length <= info.maxInCapsuleData();
  }

  // --- ending I/O

  /**
   * Calls the handlers of I/O that has ended; never waits.
   *
   * @return how many I/O ended
   */
  public int poll() {
    int done = recovery.hasMail() ? recovery.readMail() : 0;
    done += pump.poll();
    failures.rethrow();
    return done;
  }

  /**
   * Sleeps until I/O has ended, and calls its handlers.
   *
   * @param limit the longest wait
   * @return how many I/O ended; 0 if none ended in time
   * @throws InterruptedException if the thread is interrupted while waiting
   */
  public int await(Duration limit) throws InterruptedException {
    return await(Duration.ZERO, limit);
  }

  /**
   * Polls for a while, then sleeps until I/O has ended, and calls its handlers: I/O that ends soon
   * is reported at once, and a longer wait takes no processor time.
   *
   * @param polling how long to poll; yields the processor in between, as others may need it
   * @param limit the longest wait
   * @return how many I/O ended; 0 if none ended in time
   * @throws InterruptedException if the thread is interrupted while waiting
   */
  public int await(Duration polling, Duration limit) throws InterruptedException {
    long start = System.nanoTime();
    int done = poll();
    while (done == 0 && System.nanoTime() - start < polling.toNanos()) {
      Thread.yield();
      done = poll();
    }
    while (done == 0) {
      woken = false;
      done = poll();
      if (done > 0) {
        return done;
      }
      pump.arm(); // fires at once for what has come since the poll
      if (!sleep(start, limit.toNanos())) {
        return poll();
      }
      done = poll();
    }
    return done;
  }

  /** Sleeps until woken up; returns false after the time limit. A semaphore would allocate. */
  private boolean sleep(long start, long limit) throws InterruptedException {
    sleeper = Thread.currentThread();
    try {
      while (!woken) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        long left = limit - (System.nanoTime() - start);
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, left);
      }
      return true;
    } finally {
      sleeper = null;
    }
  }

  void wakeUp() {
    woken = true;
    LockSupport.unpark(sleeper);
  }

  /**
   * Ends all I/O on the caller's thread and frees everything; the connection must have ended.
   *
   * @throws RuntimeException what a handler threw, once all that is done
   */
  void close(int status) {
    closed = true; // handlers can start no more I/O
    recovery.fail(status);
    recovery.readMail();
    recovery.close();
    if (windows != null) {
      windows.close();
    }
    slots.close();
    ranges.close();
    failures.rethrow();
  }
}
