package org.verbena.benchmarks.device.peer;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkSrq;

/**
 * One side's resources for one task: queue pairs on one pair of completion queues, connected to
 * those of the other side, and memory laid out as in perftest: outgoing bytes, then incoming bytes;
 * small messages go out from each part of a page in turn.
 */
final class VerbenaLink implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 60;
  private static final int PAGE = 4096;
  private static final int CACHE_LINE = 64;

  final NdkCq sent;
  final NdkCq received;
  final NdkQp[] qps;
  final @Nullable NdkSrq srq; // null without shared receives
  final MemorySegment out;
  final MemorySegment in;
  final NdkSgl[] outgoing;
  final NdkSgl incoming;
  final long[] remoteAddresses;
  final int[] remoteTokens;

  /** The distance from one outgoing element to the next. */
  final int step;

  private final NdkAdapter adapter;
  private final NdkPd pd;
  private final Arena arena = Arena.ofShared();
  private final NdkMr mr;
  private final List<NdkConnector> connectors = new ArrayList<>();
  private final CountDownLatch accepted;
  private final CountDownLatch disconnected;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private @Nullable NdkListener listener; // the passive side's

  /**
   * The sizes; 0 creates nothing. Receives are posted at once: a message that finds none is
   * retransmitted.
   */
  record Shape(int bytes, int connections, int sends, int receives, int sharedReceives) {}

  VerbenaLink(NdkAdapter adapter, Shape shape, VerbenaWork work) throws Exception {
    this.adapter = adapter;
    int connections = shape.connections;
    accepted = new CountDownLatch(connections);
    disconnected = new CountDownLatch(connections);
    sent = adapter.createCq(connections * shape.sends, work::sent);
    received =
        adapter.createCq(
            Math.max(1, connections * shape.receives + shape.sharedReceives), work::received);
    pd = adapter.createPd();
    srq = shape.sharedReceives > 0 ? pd.createSrq(shape.sharedReceives, 1, 0, null) : null;
    qps = new NdkQp[connections];
    for (int i = 0; i < connections; i++) {
      qps[i] =
          srq == null
              ? pd.createQp(received, sent, i, Math.max(1, shape.receives), shape.sends, 1, 1, 0)
              : pd.createQpWithSrq(received, sent, srq, i, shape.sends, 1, 0);
    }
    remoteAddresses = new long[connections];
    remoteTokens = new int[connections];

    long half = Math.ceilDiv(shape.bytes, PAGE) * (long) PAGE;
    MemorySegment memory = arena.allocate(2 * half, PAGE);
    mr = pd.createMr();
    await(mr.registerMr(memory, NDK_MR_FLAG_ALLOW_REMOTE_READ | NDK_MR_FLAG_ALLOW_REMOTE_WRITE));
    int token = mr.getLocalTokenFromMr();
    out = memory.asSlice(0, shape.bytes);
    in = memory.asSlice(half, shape.bytes);
    incoming = NdkSgl.of(in, token);
    step = Math.ceilDiv(shape.bytes, CACHE_LINE) * CACHE_LINE;
    outgoing = new NdkSgl[Math.max(1, PAGE / step)];
    for (int i = 0; i < outgoing.length; i++) {
      outgoing[i] = NdkSgl.of(memory.asSlice((long) i * step, shape.bytes), token);
    }
    postReceives(shape);
  }

  private void postReceives(Shape shape) {
    if (srq != null) {
      for (int n = 0; n < shape.sharedReceives; n++) {
        Requests.posted(srq.srqReceive(0, incoming, 1));
      }
    }
    for (int i = 0; i < qps.length; i++) {
      for (int n = 0; n < shape.receives; n++) {
        Requests.posted(qps[i].receive(i, incoming, 1));
      }
    }
  }

  /** Starts listening and returns the port. */
  int listen(InetSocketAddress address) throws Exception {
    NdkAdapterInfo info = adapter.queryAdapterInfo();
    NdkListener created =
        adapter.createListener(
            connector -> {
              int i = connectors.size();
              connectors.add(connector);
              try {
                exchange(i, connector);
              } catch (Exception e) {
                failure.completeExceptionally(e);
              }
              connector
                  .accept(
                      qps[i],
                      info.maxInboundReadLimit(),
                      info.maxOutboundReadLimit(),
                      mine(),
                      disconnected::countDown)
                  .whenComplete((_, e) -> acceptedOne(e));
            });
    listener = created;
    await(created.listen(address));
    return created.getLocalAddress().getPort();
  }

  private void acceptedOne(@Nullable Throwable failed) {
    if (failed != null) {
      failure.completeExceptionally(failed);
    }
    accepted.countDown();
  }

  /** Waits until all queue pairs are connected. */
  void accept() throws Exception {
    if (!accepted.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("not all queue pairs are connected");
    }
    if (failure.isDone()) {
      failure.get();
    }
  }

  /** Connects all queue pairs, one after the other. */
  void connect(InetSocketAddress from, InetSocketAddress to) throws Exception {
    NdkAdapterInfo info = adapter.queryAdapterInfo();
    for (int i = 0; i < qps.length; i++) {
      NdkConnector connector = adapter.createConnector();
      await(
          connector.connect(
              qps[i], from, to, info.maxInboundReadLimit(), info.maxOutboundReadLimit(), mine()));
      exchange(i, connector);
      await(connector.completeConnect(null));
      connectors.add(connector);
    }
  }

  /** This side's private data: where the other side may read and write. */
  private byte[] mine() {
    return ByteBuffer.allocate(12).putLong(in.address()).putInt(mr.getRemoteTokenFromMr()).array();
  }

  private void exchange(int i, NdkConnector connector) throws Exception {
    ByteBuffer theirs = ByteBuffer.wrap(connector.getConnectionData().privateData());
    remoteAddresses[i] = theirs.getLong();
    remoteTokens[i] = theirs.getInt();
  }

  static void await(CompletionStage<?> stage) throws Exception {
    stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /** The active side disconnects; the passive side waits for that. */
  @Override
  public void close() throws Exception {
    NdkListener passive = listener;
    if (passive == null) {
      for (NdkConnector connector : connectors) {
        await(connector.disconnect());
      }
    } else {
      if (!disconnected.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the client did not disconnect");
      }
      passive.close();
    }
    connectors.forEach(NdkConnector::close);
    for (NdkQp qp : qps) {
      qp.close();
    }
    sent.close();
    received.close();
    if (srq != null) {
      srq.close();
    }
    mr.close();
    await(pd.closeAsync());
    arena.close();
  }
}
