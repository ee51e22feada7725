package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests outstanding when a connection ends, sends without a receive, and argument limits. */
@Tag("device")
@ExtendWith(Fixtures.class)
class QpEdgeCasesTest {
  private static final int DEPTH = 16;

  private final Pair pair;
  private final Endpoint client;
  private final Endpoint server;

  QpEdgeCasesTest(Pair pair) {
    this.pair = pair;
    client = pair.client;
    server = pair.server;
  }

  private static void message(Endpoint from, Endpoint to, long context) {
    assertEquals(NdkStatus.SUCCESS, to.qp.receive(context, null, 0));
    assertEquals(NdkStatus.SUCCESS, from.qp.send(context, null, 0, 0));
    Result.success(from.initiatorCq, context);
  }

  // --- receives outstanding when the connection ends

  private enum Ending {
    FLUSH {
      @Override
      void end(Endpoint self, Endpoint peer) {
        self.qp.flush();
      }
    },
    DISCONNECT {
      @Override
      void end(Endpoint self, Endpoint peer) throws Exception {
        Await.done(self.connector.disconnect());
      }
    },
    CLOSE_CONNECTOR {
      @Override
      void end(Endpoint self, Endpoint peer) throws Exception {
        Await.done(self.connector.closeAsync());
      }
    },
    CLOSE_QUEUE_PAIR {
      @Override
      void end(Endpoint self, Endpoint peer) throws Exception {
        self.connector.close();
        Await.done(self.qp.closeAsync());
      }
    },
    PEER_DISCONNECTS_THEN_FLUSH {
      @Override
      void end(Endpoint self, Endpoint peer) throws Exception {
        peerDisconnects(self, peer);
        self.qp.flush();
      }
    },
    PEER_DISCONNECTS_THEN_DISCONNECT {
      @Override
      void end(Endpoint self, Endpoint peer) throws Exception {
        peerDisconnects(self, peer);
        Await.done(self.connector.disconnect());
      }
    },
    PEER_DISCONNECTS_THEN_CLOSE {
      @Override
      void end(Endpoint self, Endpoint peer) throws Exception {
        peerDisconnects(self, peer);
        Await.done(self.connector.closeAsync());
      }
    };

    abstract void end(Endpoint self, Endpoint peer) throws Exception;

    private static void peerDisconnects(Endpoint self, Endpoint peer) throws Exception {
      Await.done(peer.connector.disconnect());
      self.awaitDisconnect();
    }
  }

  @ParameterizedTest
  @EnumSource(Ending.class)
  void receivesThatWaitComeBackOnceAndInOrder(Ending ending) throws Exception {
    // The queue has wrapped around before.
    for (int i = 0; i < DEPTH + 5; i++) {
      message(client, server, i);
      Result.success(server.receiveCq, i);
    }
    Buffer target = pair.server.side.buffer(64).put("untouched");
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, server.qp.receive(100 + i, target.sgl(), 1));
    }
    int arrived = 3; // and have not been polled
    for (int i = 0; i < arrived; i++) {
      client.qp.send(i, null, 0, 0);
      Result.success(client.initiatorCq, i);
    }
    ending.end(server, client);
    List<Result> results = Result.take(server.receiveCq, DEPTH);
    assertEquals(LongStream.range(100, 100 + DEPTH).boxed().toList(), Result.contexts(results));
    for (int i = 0; i < DEPTH; i++) {
      NdkStatus expected = i < arrived ? NdkStatus.SUCCESS : NdkStatus.CANCELLED;
      assertEquals(expected, results.get(i).status(), results.get(i)::toString);
      assertEquals(NdkOperationType.RECEIVE, results.get(i).type());
      assertEquals(Pair.SERVER_CONTEXT, results.get(i).qpContext());
    }
    pair.server.side.settle();
    Result.assertNone(server.receiveCq);
    Result.assertNone(server.initiatorCq);
    assertEquals("untouched", target.text(9));
  }

  @ParameterizedTest
  @EnumSource(Ending.class)
  void requestsOfBothQueuesThatWaitComeBackToTheirOwnCompletionQueue(Ending ending)
      throws Exception {
    NdkCq shared = pair.server.side.cq();
    Endpoint from = new Endpoint(pair.server.side, Endpoint.SMALL, 1, shared, shared);
    Endpoint to = new Endpoint(pair.client.side, Endpoint.SMALL, 2);
    Pair.connect(to, from);
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, from.qp.receive(i, null, 0));
      assertEquals(NdkStatus.SUCCESS, from.qp.send(100 + i, null, 0, 0)); // no receive is posted
    }
    ending.end(from, to);
    List<Result> results = Result.take(shared, 2 * DEPTH);
    assertEquals(
        LongStream.range(0, DEPTH).boxed().toList(),
        Result.contexts(results).stream().filter(context -> context < 100).toList());
    assertEquals(
        LongStream.range(100, 100 + DEPTH).boxed().toList(),
        Result.contexts(results).stream().filter(context -> context >= 100).toList());
    assertEquals(Collections.nCopies(2 * DEPTH, NdkStatus.CANCELLED), Result.statuses(results));
    pair.server.side.settle();
    Result.assertNone(shared);
  }

  // --- sends without a receive

  @Test
  void aQueueFullOfSendsWaitsForReceivesAndGoesOutInOrder() throws Exception {
    Buffer source = pair.client.side.buffer(DEPTH).fill(1);
    Buffer target = pair.server.side.buffer(DEPTH);
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, client.qp.send(i, source.sgl(i, 1), 1, 0));
    }
    pair.client.side.settle();
    Result.assertNone(client.initiatorCq);
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, server.qp.receive(i, target.sgl(i, 1), 1));
      Result.success(server.receiveCq, i);
      Result.success(client.initiatorCq, i);
      Result.assertNone(client.initiatorCq);
    }
    assertEquals(-1, target.memory().mismatch(source.memory()));
    assertEquals(0, client.disconnects() + server.disconnects());
  }

  @Test
  void aSendThatWaitsHoldsUpWhatIsBehindIt() throws Exception {
    Buffer source = pair.client.side.buffer(8).put("written");
    Buffer target = pair.server.side.buffer(8).put("before");
    Buffer sink = pair.client.side.buffer(8);
    client.qp.send(1, null, 0, 0);
    client.qp.write(2, source.sgl(), 1, target.address(), target.remoteToken(), 0);
    client.qp.read(3, sink.sgl(), 1, target.address(), target.remoteToken(), 0);
    pair.client.side.settle();
    assertEquals("before", target.text(6));
    assertEquals("\0", sink.text(1));
    Result.assertNone(client.initiatorCq);
    server.qp.receive(1, null, 0);
    assertEquals(List.of(1L, 2L, 3L), Result.contexts(Result.take(client.initiatorCq, 3)));
    assertEquals("written", sink.text(7));
  }

  @Test
  void bothSidesMayWaitForEachOther() {
    for (int i = 0; i < DEPTH; i++) {
      client.qp.send(i, null, 0, 0);
      server.qp.send(i, null, 0, 0);
    }
    for (int i = 0; i < DEPTH; i++) {
      client.qp.receive(i, null, 0);
      server.qp.receive(i, null, 0);
    }
    List<Long> all = LongStream.range(0, DEPTH).boxed().toList();
    for (NdkCq cq :
        List.of(client.initiatorCq, client.receiveCq, server.initiatorCq, server.receiveCq)) {
      List<Result> results = Result.take(cq, DEPTH);
      assertEquals(all, Result.contexts(results));
      assertEquals(Collections.nCopies(DEPTH, NdkStatus.SUCCESS), Result.statuses(results));
    }
  }

  // --- lists of elements

  private enum Request {
    SEND,
    INLINE_SEND,
    WRITE,
    INLINE_WRITE,
    READ,
    SEND_AND_INVALIDATE,
    RECEIVE;

    NdkStatus post(Endpoint endpoint, NdkSgl sgl, int nSge, Buffer remote, int token) {
      long address = remote.address();
      int inline = NdkOpFlags.NDK_OP_FLAG_INLINE;
      return switch (this) {
        case SEND -> endpoint.qp.send(1, sgl, nSge, 0);
        case INLINE_SEND -> endpoint.qp.send(1, sgl, nSge, inline);
        case WRITE -> endpoint.qp.write(1, sgl, nSge, address, remote.remoteToken(), 0);
        case INLINE_WRITE -> endpoint.qp.write(1, sgl, nSge, address, remote.remoteToken(), inline);
        case READ -> endpoint.qp.read(1, sgl, nSge, address, remote.remoteToken(), 0);
        case SEND_AND_INVALIDATE -> endpoint.qp.sendAndInvalidate(1, sgl, nSge, 0, token);
        case RECEIVE -> endpoint.qp.receive(1, sgl, nSge);
      };
    }

    boolean isMessage() {
      return this == SEND || this == INLINE_SEND || this == SEND_AND_INVALIDATE;
    }
  }

  @ParameterizedTest
  @EnumSource(Request.class)
  void moreElementsThanThereAreAreRefused(Request request) throws Exception {
    Buffer local = pair.client.side.buffer(8);
    Buffer remote = pair.server.side.buffer(8);
    NdkSgl one = local.sgl();
    for (int count : new int[] {1, 4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertEquals(
          NdkStatus.INVALID_PARAMETER, request.post(client, null, count, remote, 0), "" + count);
      if (count != 1) {
        assertEquals(
            NdkStatus.INVALID_PARAMETER, request.post(client, one, count, remote, 0), "" + count);
      }
    }
    pair.assertStillConnected();
  }

  @ParameterizedTest
  @EnumSource(Request.class)
  void noBytesAreARequestToo(Request request) throws Exception {
    Buffer local = pair.client.side.buffer(8).put("local");
    Buffer remote = pair.server.side.buffer(8).put("remote");
    NdkSgl empty = NdkSgl.of(local.memory().asSlice(4, 0), local.localToken());
    NdkSgl all = new NdkSgl(4);
    for (int i = 0; i < all.capacity(); i++) {
      all.set(i, local.memory().asSlice(2L * i, 0), local.localToken());
    }
    noBytes(request, null, 0, remote);
    noBytes(request, local.sgl(), 0, remote);
    noBytes(request, empty, 1, remote);
    noBytes(request, all, 4, remote);
    assertEquals("local", local.text(5));
    assertEquals("remote", remote.text(6));
    pair.assertStillConnected();
  }

  private void noBytes(Request request, NdkSgl sgl, int nSge, Buffer remote) throws Exception {
    if (request == Request.RECEIVE) {
      assertEquals(NdkStatus.SUCCESS, request.post(client, sgl, nSge, remote, 0));
      assertEquals(NdkStatus.SUCCESS, server.qp.send(2, null, 0, 0));
      Result.success(server.initiatorCq, 2);
      assertEquals(0, Result.take(client.receiveCq).bytes());
      return;
    }
    boolean invalidates = request == Request.SEND_AND_INVALIDATE;
    int token = invalidates ? OneSided.bind(server, remote, pair.server.side.pd.createMw()) : 0;
    if (request.isMessage()) {
      server.qp.receive(3, remote.sgl(), 1);
    }
    assertEquals(NdkStatus.SUCCESS, request.post(client, sgl, nSge, remote, token));
    Result.success(client.initiatorCq, 1);
    if (request.isMessage()) {
      Result received = Result.take(server.receiveCq);
      assertEquals(NdkStatus.SUCCESS, received.status());
      assertEquals(0, received.bytes());
    }
  }

  @Test
  void elementsWithoutBytesAreSkipped() throws Exception {
    Buffer source = pair.client.side.buffer(16).put("ab");
    Buffer target = pair.server.side.buffer(16);
    NdkSgl gather =
        new NdkSgl(4)
            .set(0, source.memory().asSlice(0, 0), source.localToken())
            .set(1, source.memory().asSlice(0, 1), source.localToken())
            .set(2, source.memory().asSlice(16, 0), source.localToken())
            .set(3, source.memory().asSlice(1, 1), source.localToken());
    NdkSgl scatter =
        new NdkSgl(4)
            .set(0, target.memory().asSlice(8, 1), target.localToken())
            .set(1, target.memory().asSlice(0, 0), target.localToken())
            .set(2, target.memory().asSlice(16, 0), target.localToken())
            .set(3, target.memory().asSlice(9, 7), target.localToken());
    server.qp.receive(1, scatter, 4);
    assertEquals(NdkStatus.SUCCESS, client.qp.send(2, gather, 4, 0));
    assertEquals(2, Result.take(server.receiveCq).bytes());
    Result.success(client.initiatorCq, 2);
    assertEquals("ab", target.memory().getString(8));
    assertEquals(
        NdkStatus.SUCCESS,
        client.qp.write(3, gather, 4, target.address(), target.remoteToken(), 0));
    Result.success(client.initiatorCq, 3);
    assertEquals("ab", target.memory().getString(0));
    assertEquals(
        NdkStatus.SUCCESS,
        client.qp.send(4, gather, 4, NdkOpFlags.NDK_OP_FLAG_INLINE),
        "inline bytes too");
    server.qp.receive(5, target.sgl(4, 4), 1);
    assertEquals(2, Result.take(server.receiveCq).bytes());
    assertEquals("ab", target.memory().getString(4));
  }

  // --- segments

  @Test
  void aWindowIsBoundToNativeMemoryOfAtLeastOneByte() throws Exception {
    Buffer region = pair.client.side.buffer(64);
    NdkMw window = pair.client.side.pd.createMw();
    NdkQp qp = client.qp;
    int flags = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
    MemorySegment memory = region.memory();
    assertEquals(
        NdkStatus.INVALID_PARAMETER, qp.bind(1, region.mr(), window, memory.asSlice(8, 0), flags));
    MemorySegment onHeap = MemorySegment.ofArray(new byte[8]);
    assertEquals(NdkStatus.INVALID_PARAMETER, qp.bind(1, region.mr(), window, onHeap, flags));
    assertThrows(NullPointerException.class, () -> qp.bind(1, region.mr(), window, null, flags));
    assertThrows(NullPointerException.class, () -> qp.bind(1, null, window, memory, flags));
    assertThrows(NullPointerException.class, () -> qp.bind(1, region.mr(), null, memory, flags));
    assertThrows(NullPointerException.class, () -> qp.invalidate(1, (NdkMw) null, 0));
    assertThrows(NullPointerException.class, () -> qp.invalidate(1, (NdkMr) null, 0));
    assertThrows(IllegalStateException.class, window::getRemoteTokenFromMw);
    OneSided.bind(client, region, window, memory.asSlice(63, 1), flags);
    pair.assertStillConnected();
  }

  @Test
  void logicalAddressesAreGivenToNativeMemoryOfAtLeastOneByte() throws Exception {
    NdkAdapter adapter = pair.client.side.adapter;
    NdkLogicalAddressMapping lam = new NdkLogicalAddressMapping(1);
    MemorySegment memory = pair.client.side.pages(1);
    Completion none = new Completion();
    assertEquals(NdkStatus.INVALID_PARAMETER, adapter.buildLam(memory.asSlice(8, 0), lam, none));
    assertThrows(
        IllegalArgumentException.class,
        () -> adapter.buildLam(MemorySegment.ofArray(new byte[8]), lam, none));
    assertThrows(NullPointerException.class, () -> adapter.buildLam(null, lam, none));
    assertThrows(NullPointerException.class, () -> adapter.buildLam(memory, null, none));
    assertThrows(NullPointerException.class, () -> adapter.buildLam(memory, lam, null));
    MemorySegment freed;
    try (Arena arena = Arena.ofConfined()) {
      freed = arena.allocate(8);
    }
    assertThrows(IllegalStateException.class, () -> adapter.buildLam(freed, lam, none));
    assertEquals(0, none.calls());
    Await.done(adapter.buildLam(memory.asSlice(4095, 1), lam));
    assertEquals(1, lam.adapterPageCount());
    assertEquals(4095, lam.firstByteOffset());
    adapter.releaseLam(lam);
  }

  @Test
  void thePagesOfAFastRegistrationMayBeOnTheHeapButMustBeAllThere() throws Exception {
    FastRegion region = new FastRegion(client, pair.client.side.pages(2));
    MemorySegment onHeap =
        MemorySegment.ofArray(new long[] {region.lam.adapterPage(0), region.lam.adapterPage(1)});
    assertEquals(NdkStatus.INVALID_PARAMETER, fastRegister(region, 2, onHeap.asSlice(0, 8)));
    assertEquals(NdkStatus.INVALID_PARAMETER, fastRegister(region, 1, onHeap.asSlice(0, 0)));
    assertEquals(NdkStatus.INVALID_PARAMETER, fastRegister(region, 1, onHeap.asSlice(0, 7)));
    assertThrows(NullPointerException.class, () -> fastRegister(region, 1, null));
    Result.assertNone(client.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, fastRegister(region, 2, onHeap));
    Result.success(client.initiatorCq, 1);
    pair.assertStillConnected();
  }

  private NdkStatus fastRegister(FastRegion region, int pageCount, MemorySegment pages) {
    return client.qp.fastRegister(
        1, region.mr, pageCount, pages, 0, 64, region.address(), OneSided.READ_WRITE);
  }

  @Test
  void whatIsToldMayBeToldToTheHeap() throws Exception {
    NdkAdapter adapter = pair.client.side.adapter;
    MemorySegment size = MemorySegment.ofArray(new int[1]);
    assertEquals(NdkStatus.BUFFER_TOO_SMALL, adapter.queryAdapterInfo(null, size));
    assertEquals(NdkAdapterInfo.SIZE, size.get(JAVA_INT, 0));
    MemorySegment info = MemorySegment.ofArray(new byte[NdkAdapterInfo.SIZE]);
    assertEquals(NdkStatus.SUCCESS, adapter.queryAdapterInfo(info, size));
    assertEquals(adapter.queryAdapterInfo().majorVersion(), info.get(JAVA_BYTE, 0));
    assertThrows(NullPointerException.class, () -> adapter.queryAdapterInfo(info, null));
    assertThrows(
        IndexOutOfBoundsException.class, () -> adapter.queryAdapterInfo(info, size.asSlice(0, 3)));
  }

  @Test
  void connectionDataMayBeToldToTheHeapOrInPart() throws Exception {
    Handshake handshake =
        Handshake.request(
            pair.client.side,
            pair.client.side.qp(),
            new Acceptor(pair.server.side),
            3,
            2,
            new byte[] {7, 8});
    NdkConnector passive = handshake.passive;
    MemorySegment inbound = MemorySegment.ofArray(new int[1]);
    MemorySegment outbound = MemorySegment.ofArray(new int[1]);
    MemorySegment length = MemorySegment.ofArray(new int[] {0});
    assertEquals(NdkStatus.SUCCESS, passive.getConnectionData(null, null, null, length));
    int needed = length.get(JAVA_INT, 0);
    MemorySegment data = MemorySegment.ofArray(new byte[needed]);
    assertEquals(NdkStatus.SUCCESS, passive.getConnectionData(inbound, outbound, data, length));
    assertEquals(2, inbound.get(JAVA_INT, 0));
    assertEquals(3, outbound.get(JAVA_INT, 0));
    assertEquals(7, data.get(JAVA_BYTE, 0));
    assertEquals(8, data.get(JAVA_BYTE, 1));
    length.set(JAVA_INT, 0, 0);
    assertEquals(
        NdkStatus.BUFFER_TOO_SMALL,
        passive.getConnectionData(null, null, data.asSlice(0, 0), length));
    assertEquals(needed, length.get(JAVA_INT, 0));
    assertThrows(
        NullPointerException.class, () -> passive.getConnectionData(inbound, outbound, data, null));
  }

  // --- limits, exhausted

  @Test
  void aRequestMayHaveAsManyElementsAsTheAdapterSays() throws Exception {
    NdkAdapterInfo info = pair.client.side.info();
    int sendSge = info.maxInitiatorRequestSge();
    int receiveSge = info.maxReceiveRequestSge();
    int readSge = Math.min(info.maxReadRequestSge(), sendSge);
    NdkQpSizes sizes = Endpoint.SMALL.withInitiatorSge(sendSge).withReceiveSge(receiveSge);
    Endpoint from = new Endpoint(pair.client.side, sizes, 1);
    Endpoint to = new Endpoint(pair.server.side, sizes, 2);
    Pair.connect(from, to);
    Buffer source = pair.client.side.buffer(sendSge * 3L).fill(1);
    Buffer target = pair.server.side.buffer(receiveSge * 8L); // a receive may have fewer elements
    Buffer back = pair.client.side.buffer(readSge * 3L);
    to.qp.receive(1, elements(target, receiveSge, 8), receiveSge);
    assertEquals(NdkStatus.SUCCESS, from.qp.send(2, elements(source, sendSge), sendSge, 0));
    Result.success(from.initiatorCq, 2);
    assertEquals(sendSge * 3L, Result.take(to.receiveCq).bytes());
    assertEquals(
        NdkStatus.SUCCESS,
        from.qp.read(
            3, elements(back, readSge), readSge, target.address(), target.remoteToken(), 0));
    Result.success(from.initiatorCq, 3);
    long length = Math.min(sendSge, readSge) * 3L;
    assertEquals(-1, back.memory().asSlice(0, length).mismatch(source.memory().asSlice(0, length)));
    assertEquals(
        NdkStatus.DATA_OVERRUN,
        from.qp.read(4, elements(back, readSge + 1, 1), readSge + 1, 0, 0, 0));
    assertEquals(
        NdkStatus.DATA_OVERRUN,
        to.qp.receive(4, elements(target, receiveSge + 1, 1), receiveSge + 1));
  }

  private static NdkSgl elements(Buffer buffer, int count) {
    return elements(buffer, count, 3);
  }

  private static NdkSgl elements(Buffer buffer, int count, int size) {
    NdkSgl sgl = new NdkSgl(count);
    for (int i = 0; i < count; i++) {
      sgl.set(i, buffer.memory().asSlice((long) i * size, size), buffer.localToken());
    }
    return sgl;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void inlineBytesMayBeAsManyAsTheAdapterSays(boolean write) throws Exception {
    int max = pair.client.side.info().maxInlineDataSize();
    NdkQpSizes sizes = Endpoint.SMALL.withInlineSize(max);
    Endpoint from = new Endpoint(pair.client.side, sizes, 1);
    Endpoint to = new Endpoint(pair.server.side, sizes, 2);
    Pair.connect(from, to);
    Buffer source = pair.client.side.buffer(max).fill(1);
    Buffer target = pair.server.side.buffer(max);
    int inline = NdkOpFlags.NDK_OP_FLAG_INLINE;
    to.qp.receive(1, target.sgl(), 1);
    assertEquals(
        NdkStatus.SUCCESS,
        write
            ? from.qp.write(2, source.sgl(), 1, target.address(), target.remoteToken(), inline)
            : from.qp.send(2, source.sgl(), 1, inline));
    Result.success(from.initiatorCq, 2);
    assertEquals(-1, target.memory().mismatch(source.memory()));
  }
}
