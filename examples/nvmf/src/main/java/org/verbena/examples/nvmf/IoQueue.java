package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U32;
import static org.verbena.examples.nvmf.Layout.U64;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

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

  private static final int BATCH = 64;
  private static final int NONE = -1;

  /** How often the controller's thread lets a queue look for late I/O in an I/O's time-out. */
  static final int LOOKS = 8;

  private static final int MOST_RESENDS = 5;
  private static final int RANGE_SIZE = 16;
  private static final long DEALLOCATE = 1 << 2;

  // What a slot awaits.
  private static final byte RESPONSE = 1;
  private static final byte SENT = 2;
  private static final byte INVALIDATED = 4;

  private final Runnable trouble;
  private final int depth;
  private final IoBuffer slots;
  private final MemorySegment commands;
  private final IoBuffer ranges; // of deallocations; the target may read them
  private final NdkSgl[] capsules;
  private final boolean[] withData; // in the capsule
  private final byte[] awaited;
  private final byte[] resends;
  private final int[] since; // which look came before
  private final int[] statuses;
  private final long[] contexts;
  private final IoHandler[] handlers;
  private final int[] free;
  private int freeCount;
  private final Windows windows; // null where whole regions are exposed
  private final NdkResultsEx results = new NdkResultsEx(BATCH);
  private final Failures failures = new Failures();
  private final ControllerInfo info;
  private final boolean inCapsule;

  private RdmaConnection connection;
  private int looks;
  private boolean closed;
  private int invalidatedHere;
  private int invalidatedThere;
  private boolean delivering;
  private int held = NONE;

  // What the controller has to tell.
  private final AtomicReference<RdmaConnection> offered = new AtomicReference<>();
  private volatile int failure;
  private volatile boolean look;
  private volatile int resent;
  private volatile boolean news;
  private volatile boolean woken;
  private volatile Thread sleeper;

  /**
   * Makes a queue without a connection.
   *
   * @param trouble runs when the connection does not work
   */
  IoQueue(NvmfHost host, ConnectOptions options, ControllerInfo info, Runnable trouble)
      throws IOException {
    this.trouble = trouble;
    this.info = info;
    depth = options.depth();
    inCapsule = options.inCapsule();
    slots = host.allocate((long) depth * Command.SIZE);
    commands = slots.memory();
    try {
      ranges = host.allocate((long) depth * RANGE_SIZE);
    } catch (Throwable e) {
      slots.close();
      throw e;
    }
    capsules = new NdkSgl[depth];
    withData = new boolean[depth];
    awaited = new byte[depth];
    resends = new byte[depth];
    since = new int[depth];
    statuses = new int[depth];
    contexts = new long[depth];
    handlers = new IoHandler[depth];
    free = new int[depth];
    for (int slot = 0; slot < depth; slot++) {
      MemorySegment command = commands.asSlice(at(slot), Command.SIZE);
      capsules[slot] = new NdkSgl(2).set(0, command, slots.localToken());
      free[freeCount++] = depth - 1 - slot;
    }
    windows =
        options.exposure() == ConnectOptions.Exposure.WINDOW ? new Windows(host.pd(), depth) : null;
  }

  private static long at(int slot) {
    return (long) slot * Command.SIZE;
  }

  /** {@return the most I/O in flight} */
  public int depth() {
    return depth;
  }

  /** {@return how many I/O are in flight} */
  public int inFlight() {
    return depth - freeCount;
  }

  /** How often the target has left it to us to take a window back. */
  int invalidatedHere() {
    return invalidatedHere;
  }

  /** How often it has done so itself. */
  int invalidatedThere() {
    return invalidatedThere;
  }

  /** How much I/O has been sent again; for any thread. */
  int resent() {
    return resent;
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
    if (slot == NONE) {
      return false;
    }
    Command.operands(commands, at(slot), lba, blocks - 1, 0);
    if (opcode == Command.WRITE && fitsCapsule(length)) {
      putInCapsule(slot, buffer, offset, (int) length);
    } else {
      expose(slot, buffer, offset, (int) length, opcode == Command.READ);
    }
    submit(slot);
    return true;
  }

  private void expose(int slot, IoBuffer buffer, long offset, int length, boolean targetWrites) {
    if (windows == null) {
      long address = buffer.memory().address() + offset;
      Command.keyed(commands, at(slot), address, length, buffer.remoteToken());
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
    if (slot == NONE) {
      return false;
    }
    submit(slot);
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
    if (slot == NONE) {
      return false;
    }
    Command.operands(commands, at(slot), lba, blocks - 1, 0);
    submit(slot);
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
    if (slot == NONE) {
      return false;
    }
    Command.operands(commands, at(slot), DEALLOCATE << 32, 0, 0);
    long at = (long) slot * RANGE_SIZE;
    ranges.memory().set(U32, at, 0);
    ranges.memory().set(U32, at + 4, (int) blocks);
    ranges.memory().set(U64, at + 8, lba);
    if (fitsCapsule(RANGE_SIZE)) {
      putInCapsule(slot, ranges, at, RANGE_SIZE);
    } else {
      expose(slot, ranges, at, RANGE_SIZE, false);
    }
    submit(slot);
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
    if (freeCount == 0) {
      return NONE;
    }
    int slot = free[--freeCount];
    contexts[slot] = context;
    handlers[slot] = handler;
    withData[slot] = false;
    resends[slot] = 0;
    if (windows != null) {
      windows.clear(slot);
    }
    Command.begin(commands, at(slot), opcode, slot, namespace.id());
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

  private void putInCapsule(int slot, IoBuffer buffer, long offset, int length) {
    Command.inCapsule(commands, at(slot), 0, length);
    capsules[slot].set(1, buffer.memory(), offset, length, buffer.localToken());
    withData[slot] = true;
  }

  private void submit(int slot) {
    await(slot);
    if (!delivering) {
      post(slot, 0);
      return;
    }
    // What handlers start is handed to the device in one call: each waits for the next, so that
    // the last is known when all handlers have run.
    int last = held;
    held = slot;
    if (last != NONE) {
      post(last, NDK_OP_FLAG_DEFER);
    }
  }

  private void await(int slot) {
    // The memory of data in a capsule is the device's until that has been sent; of other data the
    // target has all when it responds.
    awaited[slot] = withData[slot] ? (byte) (RESPONSE | SENT) : RESPONSE;
    since[slot] = looks;
  }

  /** Sends a command. If that fails it is sent again on the next connection. */
  private void post(int slot, int flags) {
    if (connection == null || connection.isLost()) {
      return;
    }
    NdkStatus status = NdkStatus.SUCCESS;
    if (windows != null && windows.isSet(slot)) {
      status = windows.bind(connection.qp(), slot);
      if (status == NdkStatus.SUCCESS) {
        Command.keyedOnce(
            commands, at(slot), windows.address(slot), windows.length(slot), windows.token(slot));
      }
    }
    if (status == NdkStatus.SUCCESS) {
      status =
          withData[slot]
              ? connection.sendWithData(slot, capsules[slot], flags)
              : connection.send(slot, capsules[slot], flags | NDK_OP_FLAG_SILENT_SUCCESS);
    }
    if (status != NdkStatus.SUCCESS) {
      lose();
    }
  }

  private void lose() {
    connection.fail();
    trouble.run();
  }

  // --- ending I/O

  /**
   * Calls the handlers of I/O that has ended; never waits.
   *
   * @return how many there were
   */
  public int poll() {
    int done = news ? hearNews() : 0;
    if (connection != null) {
      int count = connection.poll(results);
      done += count == 0 ? 0 : deliver(count);
    }
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
      if (connection != null) {
        connection.arm(); // satisfied at once by what has come since the poll
      }
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

  private int deliver(int count) {
    int done = 0;
    delivering = true;
    for (int i = 0; i < count; i++) {
      done += deliverOne(i);
    }
    delivering = false;
    if (held != NONE) {
      int last = held;
      held = NONE;
      post(last, 0);
    }
    return done;
  }

  private int deliverOne(int i) {
    long context = results.requestContext(i);
    if (results.status(i) != NdkStatus.SUCCESS) {
      lose();
      return 0;
    }
    if ((context & Windows.INVALIDATED) != 0) {
      return arrived((int) context, INVALIDATED);
    }
    if ((context & RdmaConnection.RECEIVE) == 0) {
      return arrived((int) context, SENT);
    }
    int receive = (int) context;
    long head = connection.head(receive);
    connection.receive(receive);
    int slot = RdmaConnection.commandId(head);
    if (slot >= depth || (awaited[slot] & RESPONSE) == 0) { // the target is out of its mind
      lose();
      return 0;
    }
    statuses[slot] = RdmaConnection.status(head);
    if (results.type(i) == NdkOperationType.RECEIVE_AND_INVALIDATE) {
      invalidatedThere++;
    } else if (windows != null && windows.isSet(slot)) {
      // Until that is done the target could touch the memory.
      awaited[slot] |= INVALIDATED;
      invalidatedHere++;
      if (windows.invalidate(connection.qp(), slot) != NdkStatus.SUCCESS) {
        lose();
      }
    }
    return arrived(slot, RESPONSE);
  }

  private int arrived(int slot, byte what) {
    if ((awaited[slot] & what) == 0) {
      return 0;
    }
    awaited[slot] &= (byte) ~what;
    if (awaited[slot] != 0) {
      return 0;
    }
    finish(slot, statuses[slot]);
    return 1;
  }

  private void finish(int slot, int status) {
    IoHandler handler = handlers[slot];
    release(slot);
    try {
      handler.completed(contexts[slot], status);
    } catch (RuntimeException | Error e) { // thrown when the others have been called
      failures.add(e);
    }
  }

  private void release(int slot) {
    awaited[slot] = 0;
    handlers[slot] = null;
    free[freeCount++] = slot;
  }

  // --- from one connection to the next

  /** Gives the queue another connection; called by the controller's thread. */
  void offer(RdmaConnection next) {
    RdmaConnection untaken = offered.getAndSet(next);
    if (untaken != null) {
      untaken.close();
    }
    tell();
  }

  /** Ends all I/O, now and later, with a status; called by the controller's thread. */
  void fail(int status) {
    failure = status;
    tell();
  }

  /** Lets the queue look for I/O that is late; called by the controller's thread. */
  void look() {
    look = true;
    tell();
  }

  private void tell() {
    news = true;
    wakeUp();
  }

  void wakeUp() {
    woken = true;
    LockSupport.unpark(sleeper);
  }

  private int hearNews() {
    news = false;
    int done = 0;
    RdmaConnection next = offered.getAndSet(null);
    if (next != null) {
      done += leave();
      connection = next;
      done += sendAgain();
    }
    if (look) {
      look = false;
      lookForLateIo();
    }
    if (failure != 0) {
      news = true; // for good
      done += leave();
      for (int slot = 0; slot < depth; slot++) {
        if (awaited[slot] != 0) {
          // One whose response has come waits only for memory that the device has now let go of.
          finish(slot, (awaited[slot] & RESPONSE) == 0 ? statuses[slot] : failure);
          done++;
        }
      }
    }
    return done;
  }

  /**
   * Late is what was in flight at all the last looks. A thread that does not poll for long hears of
   * one only, so that it has time to poll what has come.
   */
  private void lookForLateIo() {
    looks++;
    for (int slot = 0; slot < depth && connection != null; slot++) {
      if (awaited[slot] != 0 && looks - since[slot] > LOOKS) {
        lose();
        return;
      }
    }
  }

  /** Leaves a connection that has ended, with all the responses that have come on it. */
  private int leave() {
    if (connection == null) {
      return 0;
    }
    int done = 0;
    int count = connection.poll(results);
    while (count > 0) {
      done += deliver(count);
      count = connection.poll(results);
    }
    connection.close();
    connection = null;
    return done;
  }

  private int sendAgain() {
    int done = 0;
    try {
      if (windows != null) {
        windows.renew();
      }
    } catch (NdkException _) {
      lose();
      return done;
    }
    for (int slot = 0; slot < depth; slot++) {
      if ((awaited[slot] & RESPONSE) != 0 && ++resends[slot] <= MOST_RESENDS) {
        resent = resent + 1; // by this thread only
        await(slot);
        post(slot, 0);
      }
    }
    // Only afterwards, as handlers start I/O that is sent at once.
    for (int slot = 0; slot < depth; slot++) {
      if (awaited[slot] != 0 && (awaited[slot] & RESPONSE) == 0) {
        finish(slot, statuses[slot]); // the rest is sure, as the connection has ended
        done++;
      } else if (awaited[slot] != 0 && resends[slot] > MOST_RESENDS) {
        finish(slot, NvmeStatus.HOST_PATH_ERROR);
        done++;
      }
    }
    return done;
  }

  /**
   * Ends all I/O on the caller's thread and frees everything; the connection has ended.
   *
   * @throws RuntimeException what a handler has thrown, when all that is done
   */
  void close(int status) {
    closed = true; // handlers can start no more
    fail(status);
    hearNews();
    RdmaConnection untaken = offered.getAndSet(null);
    if (untaken != null) {
      untaken.close();
    }
    if (windows != null) {
      windows.close();
    }
    slots.close();
    ranges.close();
    failures.rethrow();
  }
}
