package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U64;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkConnectOptions;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkObject;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/**
 * One RDMA connection, which carries one queue: each command is a send, and each response comes in
 * a receive, posted in advance. A queue that reconnects gets a new connection.
 *
 * <pre>
 *   response (completion queue entry), 16 bytes
 *    0  result       64 bits
 *    8  queue head   16 bits
 *   10  queue id     16 bits
 *   12  command id   16 bits
 *   14  status       16 bits, without bit 0, which is reserved
 * </pre>
 *
 * <p>For one thread at a time; any thread may call {@link #disconnect}, {@link #close} and {@link
 * #isLost}.
 */
final class RdmaConnection {
  /** Marks the context of a receive, whose number is in the lower bits. */
  static final long RECEIVE = 1L << 32;

  private static final int RESPONSE_SIZE = 16;
  private static final int PLAIN_DISCONNECT = 0;

  /** The work requests of a command, all silent: bind, send, invalidate. */
  private static final int REQUESTS_PER_COMMAND = 3;

  private final int queueId;
  private final InetSocketAddress target;
  private final Arena arena = Arena.ofShared();
  private final int commandFlags;
  private final MemorySegment responses;
  private final NdkSgl[] receives;

  // In close(), null where a constructor that failed has not created them.
  private final NdkCq cq;
  private final NdkQp qp;
  private final NdkConnector connector;
  private final NdkMr mr;

  private @Nullable CompletableFuture<Boolean> end;
  private volatile boolean lost;
  private volatile boolean broken; // ended by anything but the peer's disconnect

  /**
   * Connects.
   *
   * @param queueId 0 for the admin queue
   * @param depth the most commands in flight
   * @param entries the size of the queue on the wire
   * @param wakeUp runs when an {@link #arm} fires
   * @param onLoss runs once, when the peer disconnects or is lost
   * @throws IOException if the target cannot be reached, or rejects the connection
   */
  RdmaConnection(
      NvmfHost host,
      InetSocketAddress target,
      int queueId,
      int depth,
      int entries,
      Runnable wakeUp,
      Runnable onLoss)
      throws IOException {
    this.queueId = queueId;
    this.target = target;
    NdkAdapter adapter = host.adapter();
    NdkPd pd = host.pd();
    responses = arena.allocate((long) depth * RESPONSE_SIZE, 64);
    receives = new NdkSgl[depth];
    int inline = Math.min(Command.SIZE, adapter.queryAdapterInfo().maxInlineDataSize());
    NdkQpSizes sizes =
        new NdkQpSizes(depth, depth, 1, 2, inline)
            .withInitiatorRequests(0, REQUESTS_PER_COMMAND * depth);
    // Inline data saves the device a DMA read; not every device supports it.
    commandFlags = inline == Command.SIZE ? NDK_OP_FLAG_INLINE : 0;
    try {
      cq = adapter.createCq(depth + sizes.initiatorDepth(), _ -> wakeUp.run());
      connector = adapter.createConnector();
      mr = pd.createMr();
      qp = pd.createQp(cq, cq, queueId, sizes);
      Blocking.await(
          mr.registerMr(responses, NDK_MR_FLAG_ALLOW_REMOTE_READ | NDK_MR_FLAG_ALLOW_REMOTE_WRITE));
      for (int i = 0; i < depth; i++) {
        MemorySegment response = responses.asSlice((long) i * RESPONSE_SIZE, RESPONSE_SIZE);
        receives[i] = NdkSgl.of(response, mr.getLocalTokenFromMr());
        receive(i);
      }
      connect(host, adapter.queryAdapterInfo(), entries);
      Blocking.await(
          connector.completeConnectEx(
              reason -> {
                broken = reason != PLAIN_DISCONNECT;
                lost = true;
                onLoss.run();
              }));
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private void connect(NvmfHost host, NdkAdapterInfo info, int entries) throws IOException {
    InetSocketAddress source = new InetSocketAddress(host.localAddress(), 0);
    try {
      // The target reads this host's memory; this host reads none of the target's.
      Blocking.await(
          connector.connect(
              qp,
              source,
              target,
              NdkConnectOptions.DEFAULT
                  .withReadLimits(info.maxInboundReadLimit(), 0)
                  .withPrivateData(ConnectData.request(queueId, entries))));
    } catch (NdkException e) {
      throw explain(e);
    }
  }

  private IOException explain(NdkException failure) {
    return switch (failure.status()) {
      case CONNECTION_REFUSED -> refusal();
      case IO_TIMEOUT -> new IOException(where() + " does not respond", failure);
      case HOST_UNREACHABLE, NETWORK_UNREACHABLE ->
          new IOException(where() + " cannot be reached", failure);
      default -> new IOException(where() + ": " + failure.getMessage(), failure);
    };
  }

  private IOException refusal() {
    try {
      return ConnectData.refusal(where(), connector.getConnectionData().privateData());
    } catch (NdkException _) {
      return ConnectData.refusal(where(), new byte[0]);
    }
  }

  private String where() {
    return "%s:%d".formatted(target.getAddress().getHostAddress(), target.getPort());
  }

  NdkQp qp() {
    return qp;
  }

  /**
   * Sends a command without data in its capsule.
   *
   * @param capsule a list whose first element is the command
   * @param flags SILENT_SUCCESS, DEFER
   */
  NdkStatus send(long context, NdkSgl capsule, int flags) {
    return qp.send(context, capsule, 1, flags | commandFlags);
  }

  /**
   * Sends a command with data in its capsule. The device owns the data until the result comes.
   *
   * @param capsule a list whose elements are the command and the data
   * @param flags DEFER
   */
  NdkStatus sendWithData(long context, NdkSgl capsule, int flags) {
    return qp.send(context, capsule, 2, flags);
  }

  /** Whether the connection has ended, or {@link #fail} was called. */
  boolean isLost() {
    return lost;
  }

  /** Polls results; {@link #head} and {@link #result} then read the responses received. */
  int poll(NdkResultsEx results) {
    return cq.getCqResultsEx(results);
  }

  /** Arms the completion queue for one wake-up: at once if a result has come since the last. */
  void arm() {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
  }

  /** Returns the queue head, queue id, command id and status of a received response. */
  long head(int receive) {
    return responses.get(U64, (long) receive * RESPONSE_SIZE + 8);
  }

  long result(int receive) {
    return responses.get(U64, (long) receive * RESPONSE_SIZE);
  }

  static int commandId(long head) {
    return (int) (head >>> 32) & 0xFFFF;
  }

  static int status(long head) {
    return NvmeStatus.ofField(statusField(head));
  }

  static int statusField(long head) {
    return (int) (head >>> 48);
  }

  /** Posts a receive; the response that it held has been read. */
  void receive(int receive) {
    // The queue has room for all of them: this fails only when the queue pair is in ERR or closed,
    // which the results show too.
    NdkStatus _ = qp.receive(RECEIVE | receive, receives[receive], 1);
  }

  /** Marks the connection as lost. */
  void fail() {
    lost = true;
  }

  /**
   * Disconnects.
   *
   * @return completes when the device no longer accesses memory for it, with whether the target has
   *     confirmed the disconnect
   */
  synchronized CompletableFuture<Boolean> disconnect() {
    lost = true;
    if (end == null) {
      end =
          connector
              .disconnect()
              .handle((_, failure) -> failure == null && !broken)
              .toCompletableFuture();
    }
    return end;
  }

  /** Disconnects if necessary and frees everything; the results can no longer be polled. */
  void close() {
    lost = true;
    close(connector);
    close(qp);
    close(cq);
    if (mr == null) {
      arena.close();
    } else {
      mr.close(arena::close);
    }
  }

  private static void close(@Nullable NdkObject object) {
    if (object != null) {
      object.close();
    }
  }
}
