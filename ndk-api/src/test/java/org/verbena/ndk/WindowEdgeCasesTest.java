package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Memory windows: refusals, early ends and unusual order. */
@Tag("device")
@Covers({"NdkCreateMw", "NdkBind", "NdkInvalidate", "NdkGetRemoteTokenFromMw"})
@ExtendWith(Fixtures.class)
class WindowEdgeCasesTest {
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;
  private static final int READ_WRITE = OneSided.READ_WRITE;

  private final Pair pair;
  private final NdkQp server;
  private final NdkMw mw;
  private final Buffer region;
  private final Buffer local;

  WindowEdgeCasesTest(Pair pair) throws Exception {
    this.pair = pair;
    server = pair.server.qp;
    mw = pair.server.side.pd.createMw();
    region = pair.server.side.buffer(64).put("before");
    local = pair.client.side.buffer(6).put("behind");
  }

  private NdkStatus bind(NdkMr mr, NdkMw window, MemorySegment part, int flags) {
    return server.bind(5, mr, window, part, flags);
  }

  private void assertUnbound() {
    assertThrows(IllegalStateException.class, mw::getRemoteTokenFromMw);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.invalidate(5, mw, 0));
  }

  private void assertWrites(Endpoint client, int token) {
    assertEquals(NdkStatus.SUCCESS, OneSided.write(client, local, region.address(), token));
    assertEquals("behind", region.text(6));
  }

  /** The last check of a test: it ends the connection. */
  private void assertDead(Endpoint client, int token) {
    region.put("before");
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.write(client, local, region.address(), token));
    assertEquals("before", region.text(6));
  }

  /** Another connection between the same two sides. */
  private Endpoint[] another() throws Exception {
    Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL, 3);
    Endpoint other = new Endpoint(pair.server.side, Endpoint.SMALL, 4);
    Pair.connect(client, other);
    return new Endpoint[] {client, other};
  }

  // --- what the peer may not do

  @Test
  void aNewWindowGrantsNothing() {
    assertUnbound();
    pair.assertStillConnected();
  }

  @Test
  void anInvalidatedWindowIsNotRead() throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    OneSided.invalidate(pair.server, mw);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.read(pair.client, local, region.address(), token));
    assertEquals("behind", local.text(6));
  }

  @Test
  void anInvalidatedWindowIsNotWritten() throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    assertWrites(pair.client, token);
    OneSided.invalidate(pair.server, mw);
    assertUnbound();
    assertDead(pair.client, token);
  }

  @Test
  void aReadOnlyWindowIsNotWritten() throws Exception {
    int readOnly = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
    assertDead(pair.client, OneSided.bind(pair.server, region, mw, region.memory(), readOnly));
  }

  @Test
  void aWindowWithoutRightsIsNotRead() throws Exception {
    int token = OneSided.bind(pair.server, region, mw, region.memory(), 0);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.read(pair.client, local, region.address(), token));
  }

  @Test
  void nothingBeyondTheBoundsIsWritten() throws Exception {
    MemorySegment memory = pair.server.side.memory(192);
    Buffer middle = pair.server.side.register(memory.asSlice(64, 64), Buffer.ALL_RIGHTS);
    int token = OneSided.bind(pair.server, middle, mw);
    assertEquals(
        NdkStatus.SUCCESS, OneSided.write(pair.client, local, middle.address() + 64 - 6, token));
    assertEquals(
        NdkStatus.REMOTE_RESOURCES,
        OneSided.write(pair.client, local, middle.address() + 64 - 5, token));
    assertEquals(-1, memory.asSlice(128, 64).mismatch(pair.server.side.memory(64)));
  }

  @Test
  void nothingBeforeTheBoundsIsRead() throws Exception {
    MemorySegment memory = pair.server.side.memory(192);
    Buffer middle = pair.server.side.register(memory.asSlice(64, 64), Buffer.ALL_RIGHTS);
    int token = OneSided.bind(pair.server, middle, mw);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.read(pair.client, local, middle.address() - 1, token));
    assertEquals("behind", local.text(6));
  }

  @Test
  void onlyThePeerOfTheQueuePairItWasBoundOnCanUseIt() throws Exception {
    Endpoint[] other = another();
    int token = OneSided.bind(pair.server, region, mw);
    assertWrites(pair.client, token);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, other[1].qp.invalidate(1, mw, 0));
    assertDead(other[0], token);
    assertWrites(pair.client, token);
  }

  // --- binds that are refused

  @Test
  void aBoundWindowIsNotBoundAgain() throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    assertEquals(
        NdkStatus.INVALID_DEVICE_REQUEST, bind(region.mr(), mw, region.memory(), READ_WRITE));
    Endpoint[] other = another();
    assertEquals(
        NdkStatus.INVALID_DEVICE_REQUEST,
        other[1].qp.bind(5, region.mr(), mw, region.memory(), READ_WRITE));
    assertEquals(token, mw.getRemoteTokenFromMw());
    assertWrites(pair.client, token);
    pair.assertStillConnected();
  }

  @Test
  void windowAndRegionMustBeOfTheQueuePairsProtectionDomain() throws Exception {
    NdkPd pd = pair.server.side.adapter.createPd();
    NdkMw otherMw = pd.createMw();
    NdkMr otherMr = pd.createMr();
    Await.done(otherMr.registerMr(region.memory(), Buffer.ALL_RIGHTS));
    MemorySegment part = region.memory();
    assertEquals(NdkStatus.INVALID_PARAMETER, bind(region.mr(), otherMw, part, READ_WRITE));
    assertEquals(NdkStatus.INVALID_PARAMETER, bind(otherMr, mw, part, READ_WRITE));
    assertEquals(NdkStatus.INVALID_PARAMETER, bind(otherMr, otherMw, part, READ_WRITE));
    pair.assertStillConnected();
    assertUnbound();
    OneSided.bind(pair.server, region, mw);
  }

  @Test
  void thePartMustLieInTheRegion() throws Exception {
    MemorySegment memory = pair.server.side.memory(192);
    Buffer middle = pair.server.side.register(memory.asSlice(64, 64), Buffer.ALL_RIGHTS);
    for (long[] part : new long[][] {{63, 64}, {65, 64}, {63, 66}, {128, 1}, {0, 64}}) {
      assertEquals(
          NdkStatus.ACCESS_VIOLATION,
          bind(middle.mr(), mw, memory.asSlice(part[0], part[1]), READ_WRITE));
      assertEquals(
          NdkStatus.ACCESS_VIOLATION,
          server.bind(5, middle.mr(), mw, memory, part[0], part[1], READ_WRITE));
    }
    pair.assertStillConnected();
    OneSided.bind(pair.server, middle, mw, memory.asSlice(127, 1), READ_WRITE);
  }

  @Test
  void anEmptyPartAndUnknownFlagsAreInvalid() {
    assertEquals(
        NdkStatus.INVALID_PARAMETER,
        bind(region.mr(), mw, region.memory().asSlice(0, 0), READ_WRITE));
    int[] unknown = {
      NdkOpFlags.NDK_OP_FLAG_INLINE,
      NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT,
      NdkOpFlags.NDK_OP_FLAG_RDMA_READ_SINK,
      0x8000_0000
    };
    for (int flag : unknown) {
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          bind(region.mr(), mw, region.memory(), READ_WRITE | flag),
          () -> "flag " + flag);
    }
    assertUnbound();
    pair.assertStillConnected();
  }

  @Test
  void onlyARegisteredRegionIsBound() throws Exception {
    NdkMr empty = pair.server.side.pd.createMr();
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, bind(empty, mw, region.memory(), READ_WRITE));
    Await.done(region.mr().deregisterMr());
    assertEquals(
        NdkStatus.INVALID_DEVICE_REQUEST, bind(region.mr(), mw, region.memory(), READ_WRITE));
    assertUnbound();
    pair.assertStillConnected();
  }

  @Test
  void aClosedWindowOrRegionIsRefused() throws Exception {
    Buffer closed = pair.server.side.buffer(64);
    Await.done(closed.mr().closeAsync());
    assertEquals(NdkStatus.INVALID_HANDLE, bind(closed.mr(), mw, closed.memory(), READ_WRITE));
    OneSided.bind(pair.server, region, mw);
    Await.done(mw.closeAsync());
    assertEquals(NdkStatus.INVALID_HANDLE, bind(region.mr(), mw, region.memory(), READ_WRITE));
    assertEquals(NdkStatus.INVALID_HANDLE, server.invalidate(1, mw, 0));
    assertThrows(IllegalStateException.class, mw::getRemoteTokenFromMw);
    assertEquals(NdkStatus.INVALID_HANDLE, mw.close(() -> {}));
    pair.assertStillConnected();
  }

  @Test
  void aBindThatDoesNotFitInTheQueueLeavesTheWindowFree() throws Exception {
    // The client has posted no receive, so these stay outstanding.
    int depth = Endpoint.SMALL.initiatorDepth();
    for (int i = 0; i < depth; i++) {
      assertEquals(NdkStatus.SUCCESS, server.send(i, null, 0, 0));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, bind(region.mr(), mw, region.memory(), READ_WRITE));
    assertThrows(IllegalStateException.class, mw::getRemoteTokenFromMw);
    for (int i = 0; i < depth; i++) {
      pair.client.qp.receive(i, null, 0);
    }
    Result.take(pair.server.initiatorCq, depth);
    Result.take(pair.client.receiveCq, depth);
    assertWrites(pair.client, OneSided.bind(pair.server, region, mw));
  }

  // --- order

  @Test
  void aDeferredInvalidateHoldsTheOrder() throws Exception {
    int first = OneSided.bind(pair.server, region, mw);
    assertEquals(NdkStatus.SUCCESS, server.invalidate(1, mw, DEFER));
    assertEquals(
        NdkStatus.SUCCESS, server.bind(2, region.mr(), mw, region.memory(), READ_WRITE | DEFER));
    int second = mw.getRemoteTokenFromMw();
    assertEquals(NdkStatus.SUCCESS, server.submit());
    Result.success(pair.server.initiatorCq, 1);
    Result.success(pair.server.initiatorCq, 2);
    assertWrites(pair.client, second);
    assertDead(pair.client, first);
  }

  @Test
  void silentBindsAndInvalidatesHaveNoResult() throws Exception {
    for (int round = 0; round < 3 * Endpoint.SMALL.initiatorDepth(); round++) {
      Await.posted(() -> server.bind(1, region.mr(), mw, region.memory(), READ_WRITE | SILENT));
      Await.posted(() -> server.invalidate(2, mw, SILENT));
    }
    assertWrites(pair.client, OneSided.bind(pair.server, region, mw));
    Result.assertNone(pair.server.initiatorCq);
  }

  // --- ends

  @Test
  void aRegionIsBusyUntilItsLastWindowIsInvalidated() throws Exception {
    NdkMw second = pair.server.side.pd.createMw();
    OneSided.bind(pair.server, region, mw);
    OneSided.bind(pair.server, region, second, region.memory().asSlice(8, 8), READ_WRITE);
    assertEquals(NdkStatus.DEVICE_BUSY, Await.failure(region.mr().deregisterMr()));
    OneSided.invalidate(pair.server, mw);
    assertEquals(NdkStatus.DEVICE_BUSY, Await.failure(region.mr().deregisterMr()));
    OneSided.invalidate(pair.server, second);
    Await.done(region.mr().deregisterMr());
  }

  @Test
  void closingARegionInvalidatesItsWindows() throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    Await.done(region.mr().closeAsync());
    assertUnbound();
    Buffer other = pair.server.side.buffer(64);
    int again = OneSided.bind(pair.server, other, mw);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, other.address(), again));
    assertEquals("behind", other.text(6));
    assertDead(pair.client, token);
  }

  @Test
  void closingAWindowTakesItsRightAwayAndFreesTheRegion() throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    Await.done(mw.closeAsync());
    assertWrites(pair.client, region.remoteToken());
    Await.done(region.mr().deregisterMr());
    Await.done(region.mr().registerMr(region.memory(), Buffer.ALL_RIGHTS));
    assertDead(pair.client, token);
  }

  @Test
  void aClosedQueuePairsWindowCanBeBoundOnAnother() throws Exception {
    usedAgainAfter(
        () -> {
          pair.server.connector.close();
          Await.done(server.closeAsync());
        });
  }

  @Test
  void aDisconnectedQueuePairsWindowCanBeBoundOnAnother() throws Exception {
    usedAgainAfter(() -> Await.done(pair.server.connector.disconnect()));
  }

  @Test
  void aFlushedQueuePairsWindowCanBeBoundOnAnother() throws Exception {
    usedAgainAfter(
        () -> {
          server.flush();
          pair.server.connector.close();
          Await.done(server.closeAsync());
        });
  }

  /** What ends a connection. */
  private interface Ending {
    void run() throws Exception;
  }

  private void usedAgainAfter(Ending ending) throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    ending.run();
    assertThrows(IllegalStateException.class, mw::getRemoteTokenFromMw);
    Endpoint[] other = another();
    int again = OneSided.bind(other[1], region, mw);
    assertNotEquals(token, again);
    assertWrites(other[0], again);
    OneSided.invalidate(other[1], mw);
    Await.done(region.mr().deregisterMr());
    Await.done(mw.closeAsync());
  }

  @Test
  void aRegionMayBeDeregisteredWhenTheConnectionOfItsWindowHasEnded() throws Exception {
    OneSided.bind(pair.server, region, mw);
    Await.done(pair.server.connector.disconnect());
    Await.done(region.mr().deregisterMr());
  }

  @Test
  void everythingMayBeClosedAtOnceWithAWindowBound() throws Exception {
    OneSided.bind(pair.server, region, mw);
    Completion closed = new Completion();
    pair.server.side.pd.close(() -> closed.completed(NdkStatus.SUCCESS, null));
    server.close();
    region.mr().close();
    pair.server.connector.close();
    pair.server.side.settle();
    assertEquals(0, closed.calls(), "the protection domain still has a window");
    mw.close();
    closed.await();
  }

  // --- the peer's invalidate

  @Test
  void invalidatingATokenThatIsNotValidEndsTheConnection() throws Exception {
    int token = OneSided.bind(pair.server, region, mw);
    server.receive(1, null, 0);
    server.receive(2, null, 0);
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.sendAndInvalidate(3, null, 0, 0, token ^ 1));
    Result failed = Result.take(pair.server.receiveCq);
    assertNotEquals(NdkStatus.SUCCESS, failed.status());
    assertEquals(1, failed.requestContext());
    assertEquals(failed.status(), server.firstFailure().orElseThrow().status());
    if (server.send(4, null, 0, 0) == NdkStatus.SUCCESS) {
      assertEquals(NdkStatus.CANCELLED, Result.take(pair.server.initiatorCq).status());
    }
    Await.done(pair.server.connector.disconnect());
    Result behind = Result.take(pair.server.receiveCq);
    assertEquals(NdkStatus.CANCELLED, behind.status());
    assertEquals(2, behind.requestContext());
    pair.client.awaitDisconnect();
  }

  @Test
  void aRegionsTokenIsNotOneToInvalidate() throws Exception {
    server.receive(1, null, 0);
    pair.client.qp.sendAndInvalidate(3, null, 0, 0, region.remoteToken());
    assertNotEquals(NdkStatus.SUCCESS, Result.take(pair.server.receiveCq).status());
    // The region is unchanged, for another connection.
    assertWrites(another()[0], region.remoteToken());
  }

  @Test
  @Covers({"NdkSendAndInvalidate", "NdkGetCqResults", "NdkGetCqResultsEx"})
  void aWindowInvalidatedByThePeerIsFreeOnceTheResultIsTaken() throws Exception {
    NdkResults plain = new NdkResults(1);
    int last = 0;
    for (int round = 0; round < 100; round++) {
      assertEquals(NdkStatus.SUCCESS, server.receive(round, null, 0));
      int token = OneSided.bind(pair.server, region, mw);
      assertNotEquals(last, token);
      last = token;
      region.put("before");
      assertWrites(pair.client, token);
      assertEquals(NdkStatus.SUCCESS, pair.client.qp.sendAndInvalidate(round, null, 0, 0, token));
      Result.success(pair.client.initiatorCq, round);
      if (round % 2 == 0) {
        Result result = Result.take(pair.server.receiveCq);
        assertEquals(NdkOperationType.RECEIVE_AND_INVALIDATE, result.type());
        assertEquals(Integer.toUnsignedLong(token), result.output());
      } else {
        Await.until("the message", () -> pair.server.receiveCq.getCqResults(plain) == 1);
        assertEquals(NdkStatus.SUCCESS, plain.status(0));
      }
      assertUnbound();
    }
    assertDead(pair.client, last);
  }

  @Test
  @Covers("NdkSendAndInvalidate")
  void aWindowThePeerHasInvalidatedIsNotInvalidatedAgain() throws Exception {
    server.receive(1, null, 0);
    int token = OneSided.bind(pair.server, region, mw);
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.sendAndInvalidate(2, null, 0, 0, token));
    Result.success(pair.client.initiatorCq, 2);
    // The result is there but has not been taken. Soft-RoCE must not see this request.
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.invalidate(3, mw, 0));
    Result result = Result.take(pair.server.receiveCq);
    assertEquals(NdkOperationType.RECEIVE_AND_INVALIDATE, result.type());
    assertEquals(Integer.toUnsignedLong(token), result.output());
    pair.assertStillConnected();
    assertWrites(pair.client, OneSided.bind(pair.server, region, mw));
  }

  // --- many windows

  @Test
  @Timeout(300)
  @Covers({"NdkRead", "NdkWrite"})
  void sixteenMibAreInvertedThroughAWindow() throws Exception {
    int size = 16 << 20;
    int piece = 1 << 20;
    int tail = 1 << 18;
    Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL.withInitiatorDepth(64), 3);
    Endpoint owner = new Endpoint(pair.server.side, Endpoint.SMALL, 4);
    Pair.connect(client, owner);
    Buffer remote = pair.server.side.buffer(size).fill(11);
    Buffer copy = pair.client.side.buffer(size);
    Buffer original = new Buffer(pair.client.side.memory(size), null).fill(11);
    int token = OneSided.bind(owner, remote, mw);

    inPieces(
        client,
        size / piece,
        i -> {
          long offset = (long) i * piece;
          return client.qp.read(i, copy.sgl(offset, piece), 1, remote.address() + offset, token, 0);
        });
    assertTrue(copy.hasSameBytesAs(original), "read");

    invert(copy.memory());
    inPieces(
        client,
        size / piece,
        i -> {
          long offset = (long) i * piece;
          return client.qp.write(
              i, copy.sgl(offset, piece), 1, remote.address() + offset, token, 0);
        });
    assertTrue(remote.hasSameBytesAs(copy), "written in large pieces");
    assertFalse(remote.hasSameBytesAs(original));

    // The last part is restored, from its last word to its first.
    invert(copy.memory().asSlice(size - tail, tail));
    NdkSgl word = new NdkSgl(1);
    int chain = 32;
    for (int i = 1; i <= tail / 4; i++) {
      long offset = size - 4L * i;
      boolean last = i % chain == 0;
      word.set(0, copy.memory().asSlice(offset, 4), copy.localToken());
      NdkStatus status =
          client.qp.write(i, word, 1, remote.address() + offset, token, last ? 0 : SILENT | DEFER);
      assertEquals(NdkStatus.SUCCESS, status);
      if (last) {
        Result.success(client.initiatorCq, i);
      }
    }
    assertTrue(remote.hasSameBytesAs(copy), "written in small pieces");
    assertEquals(
        -1, remote.memory().asSlice(size - tail).mismatch(original.memory().asSlice(size - tail)));
    Result.assertNone(client.initiatorCq);
  }

  private static void inPieces(Endpoint end, int count, IntFunction<NdkStatus> poster) {
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, poster.apply(i));
    }
    for (int i = 0; i < count; i++) {
      Result.success(end.initiatorCq, i);
    }
  }

  private static void invert(MemorySegment memory) {
    for (long i = 0; i < memory.byteSize(); i += Long.BYTES) {
      memory.set(JAVA_LONG_UNALIGNED, i, ~memory.get(JAVA_LONG_UNALIGNED, i));
    }
  }
}
