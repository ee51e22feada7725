package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U16;
import static org.verbena.examples.nvmf.Layout.U64;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/**
 * The admin queue of a controller: synchronous, one command at a time. Thread-safe.
 *
 * <pre>
 *   Connect data, 1024 bytes
 *     0  host id             128 bits
 *    16  controller id        16 bits, 0xFFFF for any
 *   256  subsystem NQN       256 bytes
 *   512  host NQN            256 bytes
 * </pre>
 */
final class AdminQueue {
  /** What Identify returns (CNS): a namespace, the controller, active namespaces, descriptors. */
  static final int IDENTIFY_NAMESPACE = 0;

  static final int IDENTIFY_CONTROLLER = 1;
  static final int IDENTIFY_ACTIVE_NAMESPACES = 2;
  static final int IDENTIFY_DESCRIPTORS = 3;

  /** The most data that a command returns, in bytes. */
  static final int DATA_SIZE = 4096;

  private static final int ENTRIES = 32; // the minimum for an admin queue on fabrics
  private static final int ANY_CONTROLLER = 0xFFFF;
  private static final int CONNECT_DATA_SIZE = 1024;
  private static final int SUBSYSTEM_AT = 256;
  private static final int HOST_AT = 512;
  private static final int NAME_SIZE = 256;
  private static final int FEATURE_QUEUES = 7;
  private static final int ALL_NAMESPACES = 0xFFFF_FFFF;

  private static final Duration TIME_LIMIT = Duration.ofSeconds(10);
  private static final Duration POLL_INTERVAL = Duration.ofNanos(50_000);

  private final NvmfHost host;
  private final String subsystem;
  private final RdmaConnection connection;
  private final IoBuffer buffer;
  private final MemorySegment memory; // a command, then data
  private final MemorySegment data;
  private final NdkSgl capsule;
  private final NdkResultsEx results = new NdkResultsEx(1);
  private int controllerId = ANY_CONTROLLER;

  AdminQueue(NvmfHost host, InetSocketAddress target, String subsystem, Runnable onLoss)
      throws IOException {
    this.host = host;
    this.subsystem = subsystem;
    buffer = host.allocate(Command.SIZE + DATA_SIZE);
    memory = buffer.memory();
    data = memory.asSlice(Command.SIZE);
    capsule = NdkSgl.of(memory.asSlice(0, Command.SIZE), buffer.localToken());
    try {
      connection = new RdmaConnection(host, target, 0, 1, ENTRIES, () -> {}, onLoss);
    } catch (Throwable e) {
      buffer.close();
      throw e;
    }
  }

  /** Connects the queue to a new controller, which the target creates for it. */
  synchronized void connect(Duration keepAlive) throws IOException {
    controllerId = (int) connect(connection, 0, ENTRIES, keepAlive) & 0xFFFF;
  }

  /** Connects an I/O queue to the same controller. */
  synchronized void connectQueue(RdmaConnection queue, int queueId, int entries)
      throws IOException {
    checkConnected();
    connect(queue, queueId, entries, Duration.ZERO);
  }

  private long connect(RdmaConnection queue, int queueId, int entries, Duration keepAlive)
      throws IOException {
    Command.connect(memory, 0, queueId, entries, Math.toIntExact(keepAlive.toMillis()));
    data.asSlice(0, CONNECT_DATA_SIZE).fill((byte) 0);
    data.set(U64, 0, Long.reverseBytes(host.id().getMostSignificantBits()));
    data.set(U64, 8, Long.reverseBytes(host.id().getLeastSignificantBits()));
    data.set(U16, 16, (short) controllerId);
    Layout.putText(data, SUBSYSTEM_AT, NAME_SIZE, subsystem);
    Layout.putText(data, HOST_AT, NAME_SIZE, host.name());
    withData(CONNECT_DATA_SIZE);
    String what = "connect to " + subsystem;
    try {
      return execute(queue, queueId == 0 ? what : "%s, queue %d".formatted(what, queueId));
    } catch (NvmeException e) {
      if (queueId > 0) {
        throw e;
      }
      throw switch (e.status()) {
        case NvmeStatus.CONNECT_INVALID_PARAMETERS ->
            new NvmeException(what, e.status(), "the target has no such subsystem", e.permanent());
        case NvmeStatus.CONNECT_INVALID_HOST ->
            new NvmeException(
                what,
                e.status(),
                "the target does not allow the host " + host.name(),
                e.permanent());
        default -> e;
      };
    }
  }

  synchronized long get(Property property) throws IOException {
    checkConnected();
    Command.getProperty(memory, 0, property);
    return execute(connection, "get property " + property);
  }

  synchronized void set(Property property, long value) throws IOException {
    checkConnected();
    Command.setProperty(memory, 0, property, value);
    execute(connection, "set property " + property);
  }

  /**
   * Executes Identify.
   *
   * @param kind one of IDENTIFY_*
   * @param namespace the namespace, or 0; of a list, the id after which it starts
   * @return a copy of the data, 4096 bytes
   */
  synchronized MemorySegment identify(int kind, int namespace) throws IOException {
    checkConnected();
    Command.begin(memory, 0, Command.IDENTIFY, 0, namespace);
    Command.operands(memory, 0, kind, 0, 0);
    withData(DATA_SIZE);
    execute(
        connection, namespace == 0 ? "identify the controller" : "identify namespace " + namespace);
    return copy(DATA_SIZE);
  }

  /**
   * Reads part of a log page.
   *
   * @param length a multiple of 4, at most {@link #DATA_SIZE}
   * @return a copy
   */
  synchronized MemorySegment log(int page, long offset, int length) throws IOException {
    checkConnected();
    Command.begin(memory, 0, Command.GET_LOG_PAGE, 0, ALL_NAMESPACES);
    long dwords = length / 4L - 1;
    Command.operands(memory, 0, page | dwords << 16, offset, 0);
    // Dwords 12 and 13 are the lower and the upper half of the offset (LPOL, LPOU).
    withData(length);
    execute(connection, "read log page " + page);
    return copy(length);
  }

  /** Requests a number of I/O queues; the target may grant fewer. */
  synchronized int queues(int wanted) throws IOException {
    checkConnected();
    Command.begin(memory, 0, Command.SET_FEATURES, 0, 0);
    long count = wanted - 1L;
    Command.operands(memory, 0, FEATURE_QUEUES | (count | count << 16) << 32, 0, 0);
    long granted = execute(connection, "request I/O queues");
    int submission = (int) granted & 0xFFFF;
    int completion = (int) granted >>> 16;
    return Math.min(wanted, 1 + Math.min(submission, completion));
  }

  synchronized void keepAlive() throws IOException {
    checkConnected();
    Command.begin(memory, 0, Command.KEEP_ALIVE, 0, 0);
    execute(connection, "keep alive");
  }

  /** Each command calls this before it accesses the memory, which {@link #close} frees. */
  private void checkConnected() throws IOException {
    if (connection.isLost()) {
      throw new IOException("not connected to the target");
    }
  }

  private void withData(int length) {
    Command.keyed(memory, 0, data.address(), length, buffer.remoteToken());
  }

  private MemorySegment copy(int length) {
    byte[] bytes = new byte[length];
    MemorySegment copy = MemorySegment.ofArray(bytes);
    copy.copyFrom(data.asSlice(0, length));
    return copy;
  }

  /** Sends the command and waits for its response. */
  private long execute(RdmaConnection queue, String what) throws IOException {
    long deadline = System.nanoTime() + TIME_LIMIT.toNanos();
    // Silent: the send of an I/O queue's Connect must leave no result for that queue to poll.
    boolean sent = queue.send(0, capsule, NDK_OP_FLAG_SILENT_SUCCESS) == NdkStatus.SUCCESS;
    while (sent && !queue.isLost()) {
      if (queue.poll(results) == 0) {
        if (System.nanoTime() - deadline > 0) {
          queue.fail(); // a late response must not be taken for another command's
          throw new IOException(
              "%s: no response within %d s".formatted(what, TIME_LIMIT.toSeconds()));
        }
        LockSupport.parkNanos(POLL_INTERVAL.toNanos());
      } else if (results.status(0) != NdkStatus.SUCCESS) {
        queue.fail();
      } else if ((results.requestContext(0) & RdmaConnection.RECEIVE) != 0) {
        return response(queue, (int) results.requestContext(0), what);
      }
    }
    queue.fail();
    throw new IOException(what + ": the connection to the target is lost");
  }

  private long response(RdmaConnection queue, int receive, String what) throws NvmeException {
    long head = queue.head(receive);
    long result = queue.result(receive);
    queue.receive(receive);
    int status = RdmaConnection.status(head);
    if (status == NvmeStatus.SUCCESS) {
      return result;
    }
    boolean permanent = NvmeStatus.doNotRetry(RdmaConnection.statusField(head));
    throw new NvmeException(what, status, NvmeStatus.text(status), permanent);
  }

  boolean isLost() {
    return connection.isLost();
  }

  CompletableFuture<Boolean> disconnect() {
    return connection.disconnect();
  }

  synchronized void close() {
    connection.close();
    buffer.close();
  }
}
