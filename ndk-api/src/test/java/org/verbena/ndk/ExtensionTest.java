package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.verbena.binding.rdma.ibv_cq;
import org.verbena.binding.rdma.ibv_mr;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.binding.rdma.ibv_pd;
import org.verbena.binding.rdma.ibv_qp;
import org.verbena.binding.rdma.ibv_srq;
import org.verbena.binding.rdma.rdma_addr;
import org.verbena.binding.rdma.rdma_cm_id;
import org.verbena.binding.rdma.rdma_route;
import org.verbena.ndk.extension.ImmediateData;
import org.verbena.ndk.extension.NativeHandle;
import org.verbena.ndk.extension.PreparedRequests;
import org.verbena.ndk.extension.RemoteAtomics;

/** The extensions to NDKPI: these and no others. */
@Tag("device")
@Covers("NdkQueryExtension")
@ExtendWith(Fixtures.class)
class ExtensionTest {
  private static final int INLINE = NdkOpFlags.NDK_OP_FLAG_INLINE;
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;
  private static final int FENCE = NdkOpFlags.NDK_OP_FLAG_READ_FENCE;
  private static final int CLIENTS = 4;

  private final Pair pair;
  private final Side side;

  ExtensionTest(Pair pair) {
    this.pair = pair;
    side = pair.client.side;
  }

  // --- querying

  private List<NdkObject> oneOfEach() throws Exception {
    return List.of(
        side.adapter,
        side.pd,
        pair.client.receiveCq,
        pair.client.qp,
        pair.client.connector,
        side.buffer(64).mr(),
        side.pd.createMr(true),
        side.pd.createMw(),
        side.pd.createSrq(4, 1, 0, null),
        side.adapter.createListener(_ -> {}),
        side.adapter.createSharedEndpoint(side.anyPort()));
  }

  private static void assertNotSupported(NdkObject object, NdkExtension<?> extension) {
    assertEquals(
        NdkStatus.NOT_SUPPORTED,
        assertThrows(NdkException.class, () -> object.queryExtension(extension)).status(),
        object::toString);
  }

  @Test
  void aNewerVersionIsNotSupported() {
    for (NdkVersion version : new NdkVersion[] {new NdkVersion(1, 1), new NdkVersion(2, 0)}) {
      assertNotSupported(
          pair.client.qp,
          new NdkExtension<>(ImmediateData.EXTENSION.interfaceId(), version, ImmediateData.class));
    }
  }

  @Test
  void onlyQueuePairsHaveMoreRequests() throws Exception {
    for (NdkObject object : oneOfEach()) {
      if (object.objectType() == NdkObjectType.QP) {
        object.queryExtension(ImmediateData.EXTENSION);
        object.queryExtension(RemoteAtomics.EXTENSION);
        object.queryExtension(PreparedRequests.EXTENSION);
      } else {
        assertNotSupported(object, ImmediateData.EXTENSION);
        assertNotSupported(object, RemoteAtomics.EXTENSION);
        assertNotSupported(object, PreparedRequests.EXTENSION);
      }
    }
  }

  @Test
  void aClosedObjectHasNoExtension() throws Exception {
    for (NdkObject object : oneOfEach().reversed()) {
      NativeHandle handle = object.queryExtension(NativeHandle.EXTENSION);
      object.close();
      assertEquals(
          NdkStatus.INVALID_HANDLE,
          assertThrows(NdkException.class, () -> object.queryExtension(NativeHandle.EXTENSION))
              .status(),
          object::toString);
      assertThrows(IllegalStateException.class, handle::handle, object::toString);
    }
  }

  // --- native handles

  private static MemorySegment handle(NdkObject object) throws NdkException {
    return object.queryExtension(NativeHandle.EXTENSION).handle();
  }

  @Test
  void handlesAreThoseOfVerbs() throws Exception {
    MemorySegment device = handle(side.adapter);
    assertNotEquals(MemorySegment.NULL, device);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pd = ibv_pd.reinterpret(handle(side.pd), arena, null);
      assertEquals(device.address(), ibv_pd.context(pd).address());

      MemorySegment cq = ibv_cq.reinterpret(handle(pair.client.receiveCq), arena, null);
      assertEquals(device.address(), ibv_cq.context(cq).address());

      MemorySegment qp = ibv_qp.reinterpret(handle(pair.client.qp), arena, null);
      assertEquals(device.address(), ibv_qp.context(qp).address());
      assertEquals(pd.address(), ibv_qp.pd(qp).address());
      assertEquals(cq.address(), ibv_qp.recv_cq(qp).address());
      assertEquals(handle(pair.client.initiatorCq).address(), ibv_qp.send_cq(qp).address());

      NdkSrq sharedQueue = side.pd.createSrq(4, 1, 0, null);
      MemorySegment srq = ibv_srq.reinterpret(handle(sharedQueue), arena, null);
      assertEquals(pd.address(), ibv_srq.pd(srq).address());
      NdkQp withSrq = side.pd.createQpWithSrq(side.cq(), side.cq(), sharedQueue, 1, Endpoint.SMALL);
      assertEquals(
          srq.address(), ibv_qp.srq(ibv_qp.reinterpret(handle(withSrq), arena, null)).address());

      MemorySegment mw = ibv_mw.reinterpret(handle(side.pd.createMw()), arena, null);
      assertEquals(pd.address(), ibv_mw.pd(mw).address());
    }
  }

  @Test
  void aRegionHasAHandleWhileItIsRegistered() throws Exception {
    NdkMr empty = side.pd.createMr();
    assertEquals(MemorySegment.NULL, handle(empty));
    Buffer buffer = side.buffer(64);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mr = ibv_mr.reinterpret(handle(buffer.mr()), arena, null);
      assertEquals(buffer.address(), ibv_mr.addr(mr).address());
      assertEquals(64, ibv_mr.length(mr));
      assertEquals(buffer.localToken(), ibv_mr.lkey(mr));
      assertEquals(buffer.remoteToken(), ibv_mr.rkey(mr));
    }
    NativeHandle handle = buffer.mr().queryExtension(NativeHandle.EXTENSION);
    Await.done(buffer.mr().deregisterMr());
    assertEquals(MemorySegment.NULL, handle.handle());
  }

  @Test
  void connectorListenerAndEndpointHaveTheirIdentifiers() throws Exception {
    assertEquals(MemorySegment.NULL, handle(side.adapter.createConnector()));
    NdkListener idle = side.adapter.createListener(_ -> {});
    assertEquals(MemorySegment.NULL, handle(idle));
    NdkConnector connector = pair.client.connector;
    assertEquals(connector.getLocalAddress().getPort(), portOf(connector));
    assertEquals(pair.server.connector.getLocalAddress().getPort(), portOf(pair.server.connector));
    NdkListener listener = new Acceptor(side).listener;
    assertEquals(listener.getLocalAddress().getPort(), portOf(listener));
    NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(side.anyPort());
    assertEquals(endpoint.getLocalAddress().getPort(), portOf(endpoint));
  }

  /** The port in the source address of an object's rdma_cm_id. */
  private static int portOf(NdkObject object) throws NdkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = rdma_cm_id.reinterpret(handle(object), arena, null);
      MemorySegment source = rdma_addr.src_sin(rdma_route.addr(rdma_cm_id.route(id)));
      return source.asByteBuffer().getChar(2); // sin_port, big-endian
    }
  }

  // --- immediate data

  private static ImmediateData immediate(Endpoint end) throws NdkException {
    return end.qp.queryExtension(ImmediateData.EXTENSION);
  }

  private static void assertReceived(
      NdkOperationType type, long requestContext, long bytes, int immediate, Result received) {
    assertEquals(NdkStatus.SUCCESS, received.status(), received::toString);
    assertEquals(type, received.type());
    assertEquals(requestContext, received.requestContext());
    assertEquals(Pair.SERVER_CONTEXT, received.qpContext());
    assertEquals(bytes, received.bytes());
    assertEquals(Integer.toUnsignedLong(immediate), received.output());
  }

  @Test
  @Covers({"NdkGetCqResultsEx", "NdkReceive"})
  void aSendCarriesImmediateData() throws Exception {
    Buffer source = side.buffer(8).put("with imm");
    Buffer sink = pair.server.side.buffer(16);
    ImmediateData client = immediate(pair.client);
    for (int data : new int[] {0, 1, 0x0102_0304, 0xDEAD_BEEF, -1}) {
      pair.server.qp.receive(1, sink.put("????????").sgl(), 1);
      assertEquals(NdkStatus.SUCCESS, client.sendWithImmediate(2, source.sgl(), 1, data, 0));
      Result sent = Result.take(pair.client.initiatorCq);
      assertEquals(NdkStatus.SUCCESS, sent.status());
      assertEquals(NdkOperationType.SEND, sent.type());
      assertReceived(
          NdkOperationType.RECEIVE_WITH_IMMEDIATE, 1, 8, data, Result.take(pair.server.receiveCq));
      assertEquals("with imm", sink.text(8));
    }
    // Other requests have none.
    pair.server.qp.receive(3, null, 0);
    pair.client.qp.send(4, null, 0, 0);
    assertEquals(NdkOperationType.RECEIVE, Result.take(pair.server.receiveCq).type());
  }

  @Test
  void immediateDataComesWithEveryFlagAndInOrder() throws Exception {
    Buffer sink = pair.server.side.buffer(8);
    for (int i = 1; i <= 4; i++) {
      pair.server.qp.receive(i, sink.sgl(), 1);
    }
    ImmediateData client = immediate(pair.client);
    NdkSgl text = NdkSgl.of(side.memory(8), 0);
    client.sendWithImmediate(1, text, 1, 11, INLINE | DEFER);
    client.sendWithImmediate(2, null, 0, 22, SILENT | DEFER);
    pair.client.qp.send(3, null, 0, DEFER);
    client.sendWithImmediate(4, null, 0, 44, NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT | FENCE);
    List<Result> received = Result.take(pair.server.receiveCq, 4);
    NdkOperationType withImmediate = NdkOperationType.RECEIVE_WITH_IMMEDIATE;
    assertReceived(withImmediate, 1, 8, 11, received.get(0));
    assertReceived(withImmediate, 2, 0, 22, received.get(1));
    assertEquals(NdkOperationType.RECEIVE, received.get(2).type());
    assertReceived(withImmediate, 4, 0, 44, received.get(3));
    assertEquals(List.of(1L, 3L, 4L), Result.contexts(Result.take(pair.client.initiatorCq, 3)));
    int window = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
    assertEquals(NdkStatus.INVALID_PARAMETER, client.sendWithImmediate(5, null, 0, 55, window));
    pair.assertStillConnected();
  }

  @Test
  void aWriteWithImmediateDataConsumesAReceiveAndLeavesItsMemory() throws Exception {
    Buffer source = side.buffer(9).put("from afar");
    Buffer target = pair.server.side.buffer(9);
    Buffer untouched = pair.server.side.buffer(9).put("untouched");
    ImmediateData client = immediate(pair.client);
    pair.server.qp.receive(1, untouched.sgl(), 1);
    pair.server.qp.receive(2, null, 0);
    assertEquals(
        NdkStatus.SUCCESS,
        client.writeWithImmediate(
            3, source.sgl(), 1, target.address(), target.remoteToken(), 0xCAFE_BABE, 0));
    assertEquals(NdkStatus.SUCCESS, client.writeWithImmediate(4, null, 0, 0, 0, 7, 0));
    NdkOperationType type = NdkOperationType.RECEIVE_WRITE_WITH_IMMEDIATE;
    assertReceived(type, 1, 9, 0xCAFE_BABE, Result.take(pair.server.receiveCq));
    assertEquals("from afar", target.text(9));
    assertEquals("untouched", untouched.text(9));
    assertReceived(type, 2, 0, 7, Result.take(pair.server.receiveCq));
    for (Result written : Result.take(pair.client.initiatorCq, 2)) {
      assertEquals(NdkStatus.SUCCESS, written.status());
      assertEquals(NdkOperationType.WRITE, written.type());
    }
  }

  @Test
  void aWriteWithImmediateDataNeedsTheRight() throws Exception {
    Buffer target = pair.server.side.buffer(4, NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ);
    pair.server.qp.receive(1, null, 0);
    immediate(pair.client)
        .writeWithImmediate(
            2, side.buffer(4).fill(1).sgl(), 1, target.address(), target.remoteToken(), 7, 0);
    Result failed = Result.take(pair.client.initiatorCq);
    assertEquals(NdkStatus.REMOTE_RESOURCES, failed.status());
    assertEquals(NdkOperationType.WRITE, failed.type());
    assertEquals("\0\0\0\0", target.text(4));
    // The connection is over.
    Await.done(pair.client.connector.disconnect());
    assertEquals(
        NdkStatus.CONNECTION_INVALID, immediate(pair.client).sendWithImmediate(3, null, 0, 1, 0));
  }

  // --- atomics

  private static RemoteAtomics atomics(Endpoint end) throws NdkException {
    return end.qp.queryExtension(RemoteAtomics.EXTENSION);
  }

  private Buffer number(long value) throws Exception {
    Buffer number = pair.server.side.buffer(64, RemoteAtomics.MR_FLAG_ALLOW_REMOTE_ATOMIC);
    set(number, value);
    return number;
  }

  private static void set(Buffer buffer, long value) {
    buffer.memory().set(JAVA_LONG, 0, value);
  }

  private static long get(Buffer buffer) {
    return buffer.memory().get(JAVA_LONG, 0);
  }

  private static void assertDone(Endpoint end, NdkOperationType type) {
    Result result = Result.take(end.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, result.status(), result::toString);
    assertEquals(type, result.type());
  }

  @Test
  void compareAndSwapReplacesWhatIsAsExpected() throws Exception {
    Buffer number = number(0x1122_3344_5566_7788L);
    Buffer before = side.buffer(8);
    RemoteAtomics client = atomics(pair.client);
    int token = number.remoteToken();
    assertEquals(
        NdkStatus.SUCCESS,
        client.compareAndSwap(1, before.sgl(), number.address(), token, 42, 43, 0));
    assertDone(pair.client, NdkOperationType.COMPARE_AND_SWAP);
    assertEquals(0x1122_3344_5566_7788L, get(before), "another number stays");
    assertEquals(0x1122_3344_5566_7788L, get(number), "another number stays");

    set(before, 0);
    client.compareAndSwap(
        2, before.sgl(), number.address(), token, 0x1122_3344_5566_7788L, Long.MIN_VALUE, 0);
    assertDone(pair.client, NdkOperationType.COMPARE_AND_SWAP);
    assertEquals(0x1122_3344_5566_7788L, get(before));
    assertEquals(Long.MIN_VALUE, get(number));
  }

  @Test
  void fetchAndAddAddsAndWrapsAround() throws Exception {
    Buffer number = number(Long.MAX_VALUE);
    Buffer before = side.buffer(8);
    RemoteAtomics client = atomics(pair.client);
    int token = number.remoteToken();
    long expected = Long.MAX_VALUE;
    for (long addend : new long[] {1, -1, 0, 0x1_0000_0000L, Long.MIN_VALUE}) {
      assertEquals(
          NdkStatus.SUCCESS,
          client.fetchAndAdd(1, before.sgl(), number.address(), token, addend, 0));
      assertDone(pair.client, NdkOperationType.FETCH_AND_ADD);
      assertEquals(expected, get(before));
      expected += addend;
      assertEquals(expected, get(number));
    }
  }

  @Test
  void atomicsGoWithOtherRequestsInOrder() throws Exception {
    Buffer number = number(100);
    Buffer before = side.buffer(24);
    Buffer sink = pair.server.side.buffer(8);
    pair.server.qp.receive(1, sink.sgl(), 1);
    RemoteAtomics client = atomics(pair.client);
    int token = number.remoteToken();
    long address = number.address();
    client.fetchAndAdd(1, before.sgl(0, 8), address, token, 1, SILENT | DEFER);
    client.compareAndSwap(2, before.sgl(8, 8), address, token, 101, 7, DEFER);
    client.fetchAndAdd(3, before.sgl(16, 8), address, token, 1, 0);
    // With the fence it carries the atomic's result.
    pair.client.qp.send(4, before.sgl(16, 8), 1, FENCE);
    assertEquals(List.of(2L, 3L, 4L), Result.contexts(Result.take(pair.client.initiatorCq, 3)));
    assertEquals(100, before.memory().get(JAVA_LONG, 0));
    assertEquals(101, before.memory().get(JAVA_LONG, 8));
    assertEquals(7, before.memory().get(JAVA_LONG, 16));
    assertEquals(8, get(number));
    Result.success(pair.server.receiveCq, 1);
    assertEquals(7, get(sink));
  }

  @Test
  void atomicsThatCannotBeAreRefused() throws Exception {
    Buffer number = number(5);
    Buffer before = side.buffer(16);
    RemoteAtomics client = atomics(pair.client);
    int token = number.remoteToken();
    long address = number.address();
    NdkSgl eight = before.sgl(0, 8);
    NdkStatus invalid = NdkStatus.INVALID_PARAMETER;
    for (int offset : new int[] {1, 4, 7}) {
      assertEquals(invalid, client.fetchAndAdd(1, eight, address + offset, token, 1, 0));
      assertEquals(invalid, client.compareAndSwap(1, eight, address + offset, token, 5, 6, 0));
    }
    for (int length : new int[] {0, 4, 7, 9, 16}) {
      NdkSgl other = before.sgl(0, length);
      assertEquals(invalid, client.fetchAndAdd(1, other, address, token, 1, 0));
      assertEquals(invalid, client.compareAndSwap(1, other, address, token, 5, 6, 0));
    }
    assertEquals(invalid, client.fetchAndAdd(1, null, address, token, 1, 0));
    assertEquals(invalid, client.fetchAndAdd(1, eight, address, token, 1, INLINE));
    assertEquals(
        invalid,
        client.compareAndSwap(
            1, eight, address, token, 5, 6, NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT));
    pair.assertStillConnected();
    assertEquals(5, get(number));
    NdkQp fresh = side.qp();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        fresh.queryExtension(RemoteAtomics.EXTENSION).fetchAndAdd(1, eight, address, token, 1, 0));
  }

  @Test
  void atomicsNeedTheirOwnRight() throws Exception {
    Buffer number = pair.server.side.buffer(8); // every right but the one for atomics
    set(number, 5);
    atomics(pair.client)
        .fetchAndAdd(1, side.buffer(8).sgl(), number.address(), number.remoteToken(), 1, 0);
    Result failed = Result.take(pair.client.initiatorCq);
    assertEquals(NdkStatus.REMOTE_RESOURCES, failed.status());
    assertEquals(NdkOperationType.FETCH_AND_ADD, failed.type());
    assertEquals(1, failed.requestContext());
    assertEquals(5, get(number));
  }

  /** What one of several concurrent clients does. */
  private interface Work {
    void run(int client, Endpoint end, RemoteAtomics atomics, Buffer before) throws Exception;
  }

  private void together(Work work) throws Exception {
    CyclicBarrier start = new CyclicBarrier(CLIENTS);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    Acceptor acceptor = new Acceptor(pair.server.side);
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      Endpoint end = new Endpoint(side, Endpoint.SMALL, client);
      Pair.connect(
          end,
          new Endpoint(pair.server.side, Endpoint.SMALL, client),
          acceptor,
          Handshake.READ_LIMIT);
      RemoteAtomics atomics = atomics(end);
      Buffer before = side.buffer(8);
      threads.add(
          Thread.ofPlatform()
              .unstarted(
                  () -> {
                    try {
                      start.await();
                      work.run(client, end, atomics, before);
                    } catch (Throwable e) {
                      failure.compareAndSet(null, e);
                    }
                  }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      assertTrue(thread.join(Await.DEADLINE), "a client hangs");
    }
    assertNull(failure.get(), () -> "a client failed: " + failure.get());
  }

  @Test
  void whatSeveralClientsAddIsAllThere() throws Exception {
    int rounds = 200;
    Buffer number = number(0);
    int token = number.remoteToken();
    Set<Long> seen = ConcurrentHashMap.newKeySet();
    together(
        (client, end, atomics, before) -> {
          NdkSgl sgl = before.sgl();
          for (int i = 0; i < rounds; i++) {
            assertEquals(
                NdkStatus.SUCCESS,
                atomics.fetchAndAdd(i, sgl, number.address(), token, client + 1, 0));
            Result.success(end.initiatorCq, i);
            assertTrue(seen.add(get(before)), () -> "seen twice: " + get(before));
          }
        });
    assertEquals(rounds * CLIENTS * (CLIENTS + 1) / 2, get(number));
    assertEquals(rounds * CLIENTS, seen.size());
  }

  @Test
  void oneOfSeveralClientsSwaps() throws Exception {
    int rounds = 50;
    Buffer numbers =
        pair.server.side.buffer(rounds * 8L, RemoteAtomics.MR_FLAG_ALLOW_REMOTE_ATOMIC);
    int token = numbers.remoteToken();
    Set<String> winners = ConcurrentHashMap.newKeySet();
    together(
        (client, end, atomics, before) -> {
          NdkSgl sgl = before.sgl();
          for (int i = 0; i < rounds; i++) {
            long address = numbers.address() + 8L * i;
            atomics.compareAndSwap(i, sgl, address, token, 0, client + 1, 0);
            Result.success(end.initiatorCq, i);
            if (get(before) == 0) {
              winners.add(i + " " + (client + 1));
            }
          }
        });
    assertEquals(rounds, winners.size());
    for (int i = 0; i < rounds; i++) {
      long winner = numbers.memory().getAtIndex(JAVA_LONG, i);
      assertTrue(winners.contains(i + " " + winner), winners::toString);
    }
  }

  @Test
  void anExtensionMayBeAskedForManyTimes() throws Exception {
    ImmediateData first = immediate(pair.client);
    ImmediateData second = immediate(pair.client);
    pair.server.qp.receive(1, null, 0);
    pair.server.qp.receive(2, null, 0);
    first.sendWithImmediate(1, null, 0, 1, 0);
    second.sendWithImmediate(2, null, 0, 2, 0);
    assertEquals(
        List.of(1L, 2L),
        Result.take(pair.server.receiveCq, 2).stream().map(Result::output).toList());
  }
}
