package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U32;
import static org.verbena.examples.nvmf.Layout.U64;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/**
 * An I/O queue of a controller: starts I/O and tells of its end. For one thread at a time.
 *
 * <p>An I/O is started by {@link #read}, {@link #write} and the like, which return at once, and
 * ends in a later {@link #poll} or {@link #await} of the same thread, which calls its handler.
 * Nothing is allocated for it, and no data is copied. I/O in flight at the same time is done in any
 * order.
 *
 * <p>When the target is lost, or an I/O takes longer than {@link ConnectOptions#ioTimeout}, which
 * counts as a loss, I/O in flight waits until the target is back and is then sent again. It ends
 * with {@link NvmeStatus#HOST_PATH_ERROR} if that takes longer than {@link
 * ConnectOptions#reconnectLimit}, or if it has been sent again 5 times. What has ended with {@link
 * NvmeStatus#SUCCESS} is not sent again.
 *
 * <p>I/O is sent again only when the target has let go of the lost association: it has confirmed
 * the end of its connections, or twice the {@link ConnectOptions#keepAlive} has passed without a
 * sign of life. After that {@link ConnectOptions#reconnectDelay} passes, or what the target says
 * its commands need to come to rest (CQT), if that is longer. A target whose storage holds a write
 * back for longer still may store it after newer ones: NVMe over Fabrics gives a host no way to
 * know. Where that can be, choose a longer delay.
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
  private final SlotWindows windows; // null where whole regions are exposed
  private final Failures failures = new Failures();
  private final IoPump pump;
  private final IoRecovery recovery;
  private boolean closed;

  private volatile boolean woken;
  private volatile Thread sleeper;

  /**
   * Makes a queue without a connection.
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

  /** Where the controller's thread says what the queue is to do. */
  IoRecovery recovery() {
    return recovery;
  }

  // --- starting I/O

  /**
   * Reads blocks into memory.
   *
   * @param namespace a namespace of this controller
   * @param lba the first block
   * @param blocks how many, from 1 to {@link #MAX_BLOCKS}, and no more bytes than {@link
   *     ControllerInfo#maxTransferSize}
   * @param buffer where to
   * @param offset the first byte in the buffer
   * @param context given to the handler
   * @param handler hears of the end
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if the blocks are not all in the namespace, or the bytes not
   *     in the buffer
   * @throws IllegalArgumentException if it is too much for one command
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
   * @param buffer where from
   * @param offset the first byte in the buffer
   * @param context given to the handler
   * @param handler hears of the end
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if the blocks are not all in the namespace, or the bytes not
   *     in the buffer
   * @throws IllegalArgumentException if it is too much for one command
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
          "the target moves at most %d bytes at once, not %d: split it"
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
   * Makes what was acknowledged before safe from a loss of power.
   *
   * @param namespace a namespace of this controller
   * @param context given to the handler
   * @param handler hears of the end
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
   * @param blocks how many, from 1 to {@link #MAX_BLOCKS}
   * @param context given to the handler
   * @param handler hears of the end
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if the blocks are not all in the namespace
   * @throws UnsupportedOperationException without {@link ControllerInfo#writeZeroes}
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
   * Says that blocks are no longer needed (Dataset Management, deallocate): what they hold
   * afterwards is up to the target.
   *
   * @param namespace a namespace of this controller
   * @param lba the first block
   * @param blocks how many, from 1 to 2<sup>32</sup> - 1
   * @param context given to the handler
   * @param handler hears of the end
   * @return false if {@link #depth} I/O are in flight already: poll first
   * @throws IndexOutOfBoundsException if the blocks are not all in the namespace
   * @throws UnsupportedOperationException without {@link ControllerInfo#datasetManagement}
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

  private static void require(boolean offered, String command) {
    if (!offered) {
      throw new UnsupportedOperationException("the target does not offer " + command);
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

  /** Not left to the target: those of Linux say no more than that they have failed. */
  private static void check(Namespace namespace, long lba, long blocks, long most) {
    if (blocks < 1 || blocks > most) {
      throw new IllegalArgumentException(
          "blocks must be from 1 to %d, not %d".formatted(most, blocks));
    }
    if (lba < 0 || lba > namespace.blocks() - blocks) {
      throw new IndexOutOfBoundsException(
          "%d blocks from block %d on are not all in namespace %d, which has %d blocks"
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
   * @return how many there were
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
   * @param limit how long to wait at most
   * @return how many there were; 0 if none has ended in time
   * @throws InterruptedException if the thread is interrupted while waiting
   */
  public int await(Duration limit) throws InterruptedException {
    return await(Duration.ZERO, limit);
  }

  /**
   * Polls for a while and then sleeps until I/O has ended, and calls its handlers: I/O that ends
   * soon is heard of at once, and a longer wait costs no processor time.
   *
   * @param polling how long to poll; the processor is yielded in between, as others may need it
   * @param limit how long to wait at most
   * @return how many there were; 0 if none has ended in time
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
      pump.arm(); // satisfied at once by what has come since the poll
      if (!sleep(start, limit.toNanos())) {
        return poll();
      }
      done = poll();
    }
    return done;
  }

  /** Sleeps until woken up; false if that was not in time. A semaphore would allocate. */
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
   * Ends all I/O on the caller's thread and frees everything; the connection has ended.
   *
   * @throws RuntimeException what a handler has thrown, when all that is done
   */
  void close(int status) {
    closed = true; // handlers can start no more
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
