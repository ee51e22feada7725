package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One connection and its objects, which do not survive the round. */
final class MisuseRound {
  private static final int SIZE = 4096;

  private static final Duration CALLS_LIMIT = Duration.ofMinutes(2);

  /** Over all rounds, so that each callback does something different from the last. */
  private static final AtomicInteger CALLBACKS = new AtomicInteger();

  private final MisuseLedger ledger;
  private final Set<NdkCq> closedCqs = ConcurrentHashMap.newKeySet();
  private boolean ending; // guarded by closedCqs: callbacks then close nothing
  private final NdkWaitSet waitSet; // of the client's queues
  private final Thread waiter;
  private volatile boolean waitSetClosed;
  private final Completion waitSetClose = new Completion(); // comes after those of its queues
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
    waitSet = sides.client.adapter.createWaitSet();
    waiter = Thread.ofVirtual().start(this::waitForResults);
    try (Arena closed = Arena.ofShared();
        Arena confined = Arena.ofConfined()) {
      MemorySegment gone = closed.allocate(64);
      MemorySegment foreign = confined.allocate(64);
      Endpoint waiting =
          new Endpoint(
              sides.client, Endpoint.SMALL, 1, cq(waitSet::createCq), cq(waitSet::createCq));
      client = new End(waiting, null, gone, foreign);
      NdkSrq queue = srq ? sides.server.pd.createSrq(16, 4, 1, _ -> notified(null)) : null;
      server = new End(notified(sides.server, queue), queue, gone, foreign);
    }
    Pair.connect(client.endpoint, server.endpoint, acceptor, Handshake.READ_LIMIT);
  }

  private Endpoint notified(Side side, NdkSrq srq) throws NdkException {
    NdkCq receiveCq = cq(side.adapter::createCq);
    return srq == null
        ? new Endpoint(side, Endpoint.SMALL, 2, receiveCq, cq(side.adapter::createCq))
        : new Endpoint(side, Endpoint.SMALL, 2, receiveCq, srq);
  }

  /** Creates completion queues. */
  private interface CqFactory {
    NdkCq create(int depth, NdkCqNotification notification, NdkGroupAffinity affinity)
        throws NdkException;
  }

  private NdkCq cq(CqFactory factory) throws NdkException {
    AtomicReference<NdkCq> self = new AtomicReference<>();
    self.set(factory.create(64, _ -> notified(self.get()), null));
    return self.get();
  }

  private void waitForResults() {
    while (!waitSetClosed) {
      try {
        waitSet.await(Duration.ofMillis(10));
      } catch (IllegalStateException _) {
        // Thrown by a callback, another thread waits, or it is closed.
      }
    }
  }

  private void closeWaitSet() {
    waitSetClosed = true;
    waitSet.close(() -> waitSetClose.completed(NdkStatus.SUCCESS, null));
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
    if (number % 512 == 8) {
      synchronized (closedCqs) {
        if (!ending) {
          closeCq(cq);
        }
      }
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
      assertTrue(thread.join(CALLS_LIMIT), "a call hangs");
    }
    if (failure.get() != null) {
      throw new AssertionError("a call failed", failure.get());
    }
  }

  private void call(MisuseStep step) {
    End end = step.client() ? client : server;
    SplittableRandom random = new SplittableRandom(step.seed());
    try {
      switch (step.call()) {
        case SEND, WRITE, READ -> transfer(step.call(), end, random);
        case RECEIVE -> receive(end, random);
        case BIND, INVALIDATE, FAST_REGISTER -> window(step.call(), end, random);
        case CONNECT, CONNECT_FROM_SHARED_ENDPOINT -> connect(step.call(), end, random);
        case COMPLETE_CONNECT, ACCEPT, REJECT, DISCONNECT ->
            connector(step.call(), end.endpoint, random);
        case REGISTER, DEREGISTER, BUILD_MAPPING -> memory(step.call(), end, random);
        case ARENA -> arena(end, random);
        case QUERY -> query(end, random);
        case CREATE -> create(end.endpoint, random);
        case CLOSE -> close(end, random);
        default -> other(step.call(), end, random);
      }
    } catch (NdkException
        | IllegalStateException
        | IllegalArgumentException
        | IndexOutOfBoundsException _) {
      // The object may be closed or in another state, the argument wrong.
    }
  }

  private static boolean onceIn(int times, SplittableRandom random) {
    return random.nextInt(times) == 0;
  }

  @SafeVarargs
  private static <T> T oneOf(SplittableRandom random, T... elements) {
    return elements[random.nextInt(elements.length)];
  }

  /** Of a request: mostly those that are valid. */
  private static int flags(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0 -> random.nextInt(0x800);
      case 1 ->
          oneOf(
              random,
              NdkOpFlags.NDK_OP_FLAG_INLINE,
              NdkOpFlags.NDK_OP_FLAG_READ_FENCE,
              NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ,
              NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE);
      case 2 -> NdkOpFlags.NDK_OP_FLAG_DEFER | random.nextInt(2);
      default -> random.nextInt(2) * NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
    };
  }

  private static boolean isSilent(int flags) {
    return (flags & NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS) != 0;
  }

  private static int count(NdkSgl sgl, SplittableRandom random) {
    return onceIn(100, random) ? random.nextInt(-1, 20) : sgl == null ? 0 : 1;
  }

  // What ends the connection is rare, so that much happens before.

  private void transfer(MisuseStep.Call call, End end, SplittableRandom random) {
    NdkQp qp = end.endpoint.qp;
    Buffer remote = end == client ? server.buffer : client.buffer;
    NdkSgl sgl = oneOf(random, onceIn(5000, random) ? end.wrong : end.right);
    int count = count(sgl, random);
    int flags = flags(random);
    long address = remote.address() + (onceIn(10_000, random) ? SIZE : 0);
    int token = onceIn(10_000, random) ? random.nextInt() : remote.remoteToken();
    // A region's token: invalidating a window's twice crashes Soft-RoCE (6.1).
    boolean invalidates = onceIn(10_000, random);
    ledger.post(
        end.endpoint.initiatorCq,
        isSilent(flags),
        context ->
            switch (call) {
              case SEND ->
                  invalidates
                      ? qp.sendAndInvalidate(context, sgl, count, flags, remote.remoteToken())
                      : qp.send(context, sgl, count, flags);
              case WRITE -> qp.write(context, sgl, count, address, token, flags);
              default -> qp.read(context, sgl, count, address, token, flags);
            });
  }

  private void receive(End end, SplittableRandom random) {
    NdkSgl sgl = onceIn(5000, random) ? oneOf(random, end.wrong) : end.right[0]; // the longest
    int count = count(sgl, random);
    boolean shared = end.srq != null && !onceIn(8, random);
    ledger.post(
        end.endpoint.receiveCq,
        shared, // it may stay in the shared queue
        context ->
            shared
                ? end.srq.srqReceive(context, sgl, count)
                : end.endpoint.qp.receive(context, sgl, count));
  }

  private void window(MisuseStep.Call call, End end, SplittableRandom random) {
    NdkQp qp = end.endpoint.qp;
    MemorySegment memory = end.buffer.memory();
    NdkMr mr = onceIn(50, random) ? end.spare : end.buffer.mr();
    long length = onceIn(50, random) ? 2L * SIZE : random.nextInt(SIZE);
    int flags = flags(random);
    boolean window = random.nextBoolean();
    ledger.post(
        end.endpoint.initiatorCq,
        isSilent(flags),
        context ->
            switch (call) {
              case BIND -> qp.bind(context, mr, end.mw, memory, 0, length, flags);
              case FAST_REGISTER -> end.fast.post(context, end.fast.memory, flags);
              default ->
                  window
                      ? qp.invalidate(context, end.mw, flags)
                      : qp.invalidate(context, end.fast.mr, flags);
            });
  }

  private void connect(MisuseStep.Call call, End end, SplittableRandom random) throws NdkException {
    NdkAdapter adapter = end.endpoint.side.adapter;
    NdkConnector connector = adapter.createConnector();
    InetSocketAddress from = end.endpoint.side.anyPort();
    InetSocketAddress to = acceptor.address();
    NdkQp qp = end.endpoint.qp;
    if (call == MisuseStep.Call.CONNECT) {
      ledger.request(onceIn(4, random), c -> connector.connect(qp, from, to, 1, 1, null, c));
    } else {
      NdkSharedEndpoint shared = adapter.createSharedEndpoint(from);
      ledger.request(
          onceIn(4, random),
          c -> connector.connectWithSharedEndpoint(qp, shared, to, 1, 1, null, c));
      ledger.close(shared);
    }
    ledger.close(connector);
  }

  private void connector(MisuseStep.Call call, Endpoint endpoint, SplittableRandom random) {
    NdkConnector connector = endpoint.connector;
    boolean throwing = onceIn(4, random);
    switch (call) {
      case COMPLETE_CONNECT -> ledger.request(throwing, c -> connector.completeConnect(null, c));
      case ACCEPT ->
          ledger.request(throwing, c -> connector.accept(endpoint.qp, 1, 1, null, null, c));
      case REJECT -> connector.reject(new byte[random.nextInt(300)]);
      default -> {
        if (onceIn(300, random)) {
          ledger.request(throwing, connector::disconnect);
        }
      }
    }
  }

  /** Closes an arena, rarely while its memory is used. */
  private void arena(End end, SplittableRandom random) {
    try (NdkArena arena = new NdkArena(end.endpoint.side.pd, Buffer.ALL_RIGHTS)) {
      MemorySegment memory = arena.allocate(SIZE);
      NdkMr mr = arena.mr(memory);
      if (onceIn(4, random)) {
        ledger.close(mr);
      } else if (onceIn(100, random)) {
        NdkSgl sgl = NdkSgl.of(memory, mr.getLocalTokenFromMr());
        ledger.post(
            end.endpoint.initiatorCq, false, context -> end.endpoint.qp.send(context, sgl, 1, 0));
      }
    }
  }

  private void memory(MisuseStep.Call call, End end, SplittableRandom random) {
    boolean throwing = onceIn(4, random);
    MemorySegment memory =
        onceIn(16, random) ? MemorySegment.ofArray(new byte[64]) : end.endpoint.side.memory(64);
    switch (call) {
      case REGISTER -> {
        int flags = random.nextInt(64);
        if (random.nextBoolean()) {
          ledger.request(() -> end.spare.registerMr(memory, flags)); // on this thread
        } else {
          ledger.request(throwing, c -> end.spare.registerMr(memory, flags, c));
        }
      }
      case DEREGISTER -> {
        NdkMr mr = oneOf(random, end.spare, end.fast.mr);
        if (random.nextBoolean()) {
          ledger.request(() -> mr.deregisterMr());
        } else {
          ledger.request(throwing, mr::deregisterMr);
        }
      }
      default -> {
        NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(memory);
        ledger.request(throwing, c -> end.endpoint.side.adapter.buildLam(memory, lam, c));
      }
    }
  }

  private void create(Endpoint endpoint, SplittableRandom random) throws NdkException {
    Side side = endpoint.side;
    switch (random.nextInt(6)) {
      case 0 -> ledger.close(side.adapter.createPd());
      case 1 -> ledger.close(side.adapter.createCq(random.nextInt(1000), null));
      case 2 -> ledger.close(side.pd.createMr());
      case 3 -> ledger.close(side.pd.createMw());
      case 4 -> ledger.close(side.pd.createSrq(16, 1, random.nextInt(40), null));
      default -> {
        NdkCq cq = endpoint.receiveCq;
        ledger.close(side.pd.createQp(cq, cq, 0, Endpoint.SMALL));
      }
    }
  }

  private void close(End end, SplittableRandom random) {
    switch (random.nextInt(800)) {
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
      case 13 -> closeWaitSet();
      default -> {}
    }
  }

  private void other(MisuseStep.Call call, End end, SplittableRandom random) {
    NdkCq cq = oneOf(random, end.endpoint.receiveCq, end.endpoint.initiatorCq);
    boolean throwing = onceIn(4, random);
    switch (call) {
      case POLL -> poll(cq, 1 + random.nextInt(16));
      case ARM -> cq.armCq(random.nextInt(4));
      case RESIZE -> {
        int depth = 64 + random.nextInt(1000);
        ledger.request(throwing, c -> cq.resizeCq(depth, c));
      }
      case MODERATE -> cq.controlCqInterruptModeration(random.nextInt(100), random.nextInt(100));
      case MODIFY_SRQ -> {
        if (end.srq != null) {
          int depth = random.nextInt(40);
          ledger.request(throwing, c -> end.srq.modifySrq(depth, 2, c));
        }
      }
      case FLUSH -> {
        if (onceIn(300, random)) {
          end.endpoint.qp.flush();
        }
      }
      case WAKE -> waitSet.wakeup();
      case PAUSE -> acceptor.listener.controlConnectEvents(random.nextBoolean());
      default ->
          ledger.request(throwing, c -> acceptor.listener.listen(end.endpoint.side.anyPort(), c));
    }
  }

  private void query(End end, SplittableRandom random) {
    Object _ =
        switch (random.nextInt(8)) {
          case 0 -> end.endpoint.qp.firstFailure();
          case 6 -> waitSet.await(Duration.ZERO);
          case 7 -> waitSet.fileDescriptor();
          case 1 -> end.mw.getRemoteTokenFromMw();
          case 2 -> end.spare.getLocalTokenFromMr();
          case 3 -> end.fast.mr.getRemoteTokenFromMr();
          case 4 -> end.endpoint.side.info();
          default -> acceptor.address();
        };
  }

  /** Closes everything, and checks that all has ended. */
  void end() throws Exception {
    synchronized (closedCqs) {
      ending = true;
    }
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
    closeWaitSet();
    ledger.awaitCompletions();
    waitSetClose.await();
    assertTrue(waiter.join(CALLS_LIMIT), "a wait hangs");
    client.endpoint.side.settle();
    server.endpoint.side.settle();
    ledger.assertBalanced();
    assertEquals(1, waitSetClose.calls());
  }
}
