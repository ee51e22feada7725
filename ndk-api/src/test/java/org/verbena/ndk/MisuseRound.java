package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One connection and its objects, which do not survive the round. */
final class MisuseRound {
  private static final int SIZE = 4096;

  /** Over all rounds, so that each callback does something else than the last. */
  private static final AtomicInteger CALLBACKS = new AtomicInteger();

  private final MisuseLedger ledger;
  private final Set<NdkCq> closedCqs = ConcurrentHashMap.newKeySet();
  private final Acceptor acceptor;
  private final End client;
  private final End server;

  /** A side with its objects. */
  private static final class End {
    final Endpoint endpoint;
    final NdkSrq srq; // null if it has none
    final Buffer buffer;
    final NdkMw mw;
    final FastRegion fast;
    final NdkMr spare;
    final NdkSgl[] right;
    final NdkSgl[] wrong;

    End(Endpoint endpoint, NdkSrq srq, MemorySegment closed, MemorySegment confined)
        throws Exception {
      this.endpoint = endpoint;
      this.srq = srq;
      Side side = endpoint.side;
      buffer = side.buffer(SIZE);
      mw = side.pd.createMw();
      fast = new FastRegion(endpoint, side.pages(2));
      spare = side.pd.createMr();
      right = new NdkSgl[] {buffer.sgl(), buffer.sgl(8, 8), buffer.sgl(0, 0)};
      wrong =
          new NdkSgl[] {
            null,
            buffer.sglOfLength(2L * SIZE),
            buffer.sglOfLength(0xFFFF_FFFFL),
            NdkSgl.of(buffer.memory(), ~buffer.localToken()),
            NdkSgl.of(side.memory(64), buffer.localToken()),
            NdkSgl.of(closed, buffer.localToken()),
            NdkSgl.of(confined, 0)
          };
    }
  }

  MisuseRound(Sides sides, boolean srq, MisuseLedger ledger) throws Exception {
    this.ledger = ledger;
    acceptor = new Acceptor(sides.server);
    try (Arena closed = Arena.ofShared();
        Arena confined = Arena.ofConfined()) {
      MemorySegment gone = closed.allocate(64);
      MemorySegment foreign = confined.allocate(64);
      client = new End(endpoint(sides.client, 1, null), null, gone, foreign);
      NdkSrq queue = srq ? sides.server.pd.createSrq(16, 4, 1, _ -> notified(null)) : null;
      server = new End(endpoint(sides.server, 2, queue), queue, gone, foreign);
    }
    Pair.connect(client.endpoint, server.endpoint, acceptor, Handshake.READ_LIMIT);
  }

  private Endpoint endpoint(Side side, long context, NdkSrq srq) throws NdkException {
    return srq == null
        ? new Endpoint(side, Endpoint.SMALL, context, cq(side), cq(side))
        : new Endpoint(side, Endpoint.SMALL, context, cq(side), srq);
  }

  private NdkCq cq(Side side) throws NdkException {
    AtomicReference<NdkCq> self = new AtomicReference<>();
    self.set(side.adapter.createCq(64, _ -> notified(self.get())));
    return self.get();
  }

  /** What a callback may do. */
  private void notified(NdkCq cq) {
    int number = CALLBACKS.incrementAndGet();
    switch (number % 16) {
      case 0 -> throw new IllegalStateException("thrown by a callback");
      case 1 -> pause();
      case 2, 3, 4, 5 -> arm(cq);
      case 6, 7 -> poll(cq, 4);
      default -> {}
    }
    if (number % 128 == 8) {
      closeCq(cq);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(1));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void arm(NdkCq cq) {
    if (cq != null) {
      cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    }
  }

  private void poll(NdkCq cq, int most) {
    if (cq != null) {
      ledger.poll(cq, most);
    }
  }

  private void closeCq(NdkCq cq) {
    if (cq != null) {
      closedCqs.add(cq);
      ledger.close(cq);
    }
  }

  /** Runs the steps of each thread, of which every other is virtual. */
  void run(List<List<MisuseStep>> steps) throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CyclicBarrier start = new CyclicBarrier(steps.size());
    List<Thread> threads = new ArrayList<>();
    for (List<MisuseStep> ofThread : steps) {
      Runnable all =
          () -> {
            try {
              start.await();
              ofThread.forEach(this::call);
            } catch (Throwable e) {
              failure.compareAndSet(null, e);
            }
          };
      threads.add(
          threads.size() % 2 == 0 ? Thread.ofPlatform().start(all) : Thread.ofVirtual().start(all));
    }
    for (Thread thread : threads) {
      assertTrue(thread.join(Await.DEADLINE), "a call hangs");
    }
    if (failure.get() != null) {
      throw new AssertionError("a call failed", failure.get());
    }
  }

  private void call(MisuseStep step) {
    End end = step.client() ? client : server;
    try {
      switch (step.call()) {
        case SEND, WRITE, READ -> transfer(step, end);
        case RECEIVE -> receive(step, end);
        case BIND, INVALIDATE, FAST_REGISTER -> window(step, end);
        case CONNECT, CONNECT_FROM_SHARED_ENDPOINT -> connect(step, end);
        case COMPLETE_CONNECT, ACCEPT, REJECT, DISCONNECT -> connector(step, end);
        case REGISTER, DEREGISTER, BUILD_MAPPING -> memory(step, end);
        case CREATE -> create(step, end);
        case CLOSE -> close(step, end);
        default -> other(step, end);
      }
    } catch (NdkException
        | IllegalStateException
        | IllegalArgumentException
        | IndexOutOfBoundsException _) {
      // The object may be closed or in another state, the argument wrong.
    }
  }

  private void transfer(MisuseStep step, End end) {
    NdkQp qp = end.endpoint.qp;
    Buffer remote = end == client ? server.buffer : client.buffer;
    // What ends the connection is rare, so that much happens before.
    boolean wrong = step.onceIn(4000);
    NdkSgl sgl = step.oneOf(wrong ? end.wrong : end.right);
    int count = step.onceIn(100) ? step.pick() : sgl == null ? 0 : 1;
    int flags = step.flags();
    long address = remote.address() + (step.onceIn(4001) ? SIZE : 0);
    int token = step.onceIn(4002) ? step.pick() : remote.remoteToken();
    ledger.post(
        end.endpoint.initiatorCq,
        isSilent(step),
        context ->
            switch (step.call()) {
              // Of a region: a window's, invalidated twice, crashes Soft-RoCE of kernel 6.1.
              case SEND ->
                  step.onceIn(4003)
                      ? qp.sendAndInvalidate(context, sgl, count, flags, remote.remoteToken())
                      : qp.send(context, sgl, count, flags);
              case WRITE -> qp.write(context, sgl, count, address, token, flags);
              default -> qp.read(context, sgl, count, address, token, flags);
            });
  }

  private void receive(MisuseStep step, End end) {
    NdkSgl sgl = step.onceIn(4000) ? step.oneOf(end.wrong) : end.right[0]; // the longest
    int count = step.onceIn(100) ? step.pick() : sgl == null ? 0 : 1;
    boolean shared = end.srq != null && !step.onceIn(8);
    ledger.post(
        end.endpoint.receiveCq,
        shared, // it may stay in the shared queue
        context ->
            shared
                ? end.srq.srqReceive(context, sgl, count)
                : end.endpoint.qp.receive(context, sgl, count));
  }

  private static boolean isSilent(MisuseStep step) {
    return (step.flags() & NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS) != 0;
  }

  private void window(MisuseStep step, End end) {
    NdkQp qp = end.endpoint.qp;
    MemorySegment memory = end.buffer.memory();
    NdkMr mr = step.onceIn(50) ? end.spare : end.buffer.mr();
    long length = step.onceIn(40) ? 2L * SIZE : step.pick();
    ledger.post(
        end.endpoint.initiatorCq,
        isSilent(step),
        context ->
            switch (step.call()) {
              case BIND -> qp.bind(context, mr, end.mw, memory, 0, length, step.flags());
              case FAST_REGISTER -> end.fast.post(context, end.fast.memory, step.flags());
              default ->
                  step.onceIn(2)
                      ? qp.invalidate(context, end.mw, step.flags())
                      : qp.invalidate(context, end.fast.mr, step.flags());
            });
  }

  private void connect(MisuseStep step, End end) throws NdkException {
    NdkAdapter adapter = end.endpoint.side.adapter;
    NdkConnector connector = adapter.createConnector();
    InetSocketAddress to = acceptor.address();
    if (step.call() == MisuseStep.Call.CONNECT) {
      InetSocketAddress from = end.endpoint.side.anyPort();
      ledger.request(
          step.onceIn(4), c -> connector.connect(end.endpoint.qp, from, to, 1, 1, null, c));
    } else {
      NdkSharedEndpoint shared = adapter.createSharedEndpoint(end.endpoint.side.anyPort());
      ledger.request(
          step.onceIn(4),
          c -> connector.connectWithSharedEndpoint(end.endpoint.qp, shared, to, 1, 1, null, c));
      ledger.close(shared);
    }
    ledger.close(connector);
  }

  private void connector(MisuseStep step, End end) {
    NdkConnector connector = end.endpoint.connector;
    boolean throwing = step.onceIn(4);
    switch (step.call()) {
      case COMPLETE_CONNECT -> ledger.request(throwing, c -> connector.completeConnect(null, c));
      case ACCEPT ->
          ledger.request(throwing, c -> connector.accept(end.endpoint.qp, 1, 1, null, null, c));
      case REJECT -> connector.reject(new byte[step.pick()]);
      default -> {
        if (step.onceIn(128)) {
          ledger.request(throwing, connector::disconnect);
        }
      }
    }
  }

  private void memory(MisuseStep step, End end) {
    boolean throwing = step.onceIn(4);
    MemorySegment memory =
        step.onceIn(16) ? MemorySegment.ofArray(new byte[64]) : end.endpoint.side.memory(64);
    switch (step.call()) {
      case REGISTER ->
          ledger.request(throwing, c -> end.spare.registerMr(memory, step.pick() % 64, c));
      case DEREGISTER ->
          ledger.request(throwing, c -> step.oneOf(end.spare, end.fast.mr).deregisterMr(c));
      default -> {
        NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(memory);
        ledger.request(throwing, c -> end.endpoint.side.adapter.buildLam(memory, lam, c));
      }
    }
  }

  private void create(MisuseStep step, End end) throws NdkException {
    Side side = end.endpoint.side;
    switch (step.pick() % 6) {
      case 0 -> ledger.close(side.adapter.createPd());
      case 1 -> ledger.close(side.adapter.createCq(step.pick(), null));
      case 2 -> ledger.close(side.pd.createMr());
      case 3 -> ledger.close(side.pd.createMw());
      case 4 -> ledger.close(side.pd.createSrq(16, 1, step.pick(), null));
      default -> {
        NdkCq cq = end.endpoint.receiveCq;
        ledger.close(side.pd.createQp(cq, cq, 0, Endpoint.SMALL));
      }
    }
  }

  /** Rarely, as not much happens afterwards. */
  private void close(MisuseStep step, End end) {
    switch (step.pick() % 192) {
      case 0 -> ledger.close(end.endpoint.qp);
      case 1 -> ledger.close(end.endpoint.connector);
      case 2 -> closeCq(end.endpoint.receiveCq);
      case 3 -> closeCq(end.endpoint.initiatorCq);
      case 4 -> ledger.close(end.buffer.mr());
      case 5, 6 -> ledger.close(end.mw);
      case 7, 8 -> ledger.close(end.fast.mr);
      case 9, 10 -> ledger.close(end.spare);
      case 11 -> ledger.close(acceptor.listener);
      case 12 -> {
        if (end.srq != null) {
          ledger.close(end.srq);
        }
      }
      default -> {}
    }
  }

  private void other(MisuseStep step, End end) {
    NdkCq cq = step.oneOf(end.endpoint.receiveCq, end.endpoint.initiatorCq);
    switch (step.call()) {
      case POLL -> poll(cq, 1 + step.pick() % 16);
      case ARM -> cq.armCq(step.pick() % 4);
      case RESIZE -> ledger.request(step.onceIn(4), c -> cq.resizeCq(64 + step.pick(), c));
      case MODERATE -> cq.controlCqInterruptModeration(step.pick(), step.pick());
      case MODIFY_SRQ -> {
        if (end.srq != null) {
          ledger.request(step.onceIn(4), c -> end.srq.modifySrq(step.pick() % 40, 2, c));
        }
      }
      case FLUSH -> {
        if (step.onceIn(128)) {
          end.endpoint.qp.flush();
        }
      }
      case PAUSE -> acceptor.listener.controlConnectEvents(step.onceIn(2));
      case LISTEN ->
          ledger.request(
              step.onceIn(4), c -> acceptor.listener.listen(end.endpoint.side.anyPort(), c));
      default -> query(step, end);
    }
  }

  private void query(MisuseStep step, End end) {
    Object _ =
        switch (step.pick() % 6) {
          case 0 -> end.endpoint.qp.firstFailure();
          case 1 -> end.mw.getRemoteTokenFromMw();
          case 2 -> end.spare.getLocalTokenFromMr();
          case 3 -> end.fast.mr.getRemoteTokenFromMr();
          case 4 -> end.endpoint.side.info();
          default -> acceptor.address();
        };
  }

  /** Closes everything, and checks that all has ended. */
  void end() throws Exception {
    for (End end : List.of(client, server)) {
      ledger.close(end.endpoint.connector);
      ledger.close(end.endpoint.qp);
    }
    ledger.close(acceptor.listener);
    for (NdkConnector request = acceptor.poll(); request != null; request = acceptor.poll()) {
      ledger.close(request);
    }
    ledger.awaitCompletions();
    for (End end : List.of(client, server)) {
      for (NdkCq cq : List.of(end.endpoint.receiveCq, end.endpoint.initiatorCq)) {
        if (!closedCqs.contains(cq)) {
          ledger.awaitResults(cq);
        }
        closeCq(cq);
      }
      for (NdkObject object : List.of(end.mw, end.fast.mr, end.spare, end.buffer.mr())) {
        ledger.close(object);
      }
      if (end.srq != null) {
        ledger.close(end.srq);
      }
    }
    ledger.awaitCompletions();
    ledger.assertBalanced();
  }
}
