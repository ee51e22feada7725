package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.verbena.ndk.OneSided.READ_WRITE;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Binds and fast registrations that reach the device with the requests behind them. */
@Tag("device")
@Covers("NdkBind")
@ExtendWith(Fixtures.class)
class DeferredBindsTest {
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;

  private final Pair pair;
  private final Side side;
  private final NdkQp server;
  private final NdkCq serverCq;
  private final Buffer region;
  private final NdkMw mw;

  DeferredBindsTest(Pair pair) throws Exception {
    this.pair = pair;
    side = pair.server.side;
    server = pair.server.qp;
    serverCq = pair.server.initiatorCq;
    region = side.buffer(64);
    mw = side.pd.createMw();
  }

  private NdkStatus bind(long context, int flags) {
    return server.bind(context, region.mr(), mw, region.memory(), READ_WRITE | flags);
  }

  private NdkStatus write(int token) throws Exception {
    Buffer source = pair.client.side.buffer(64).fill(7);
    return OneSided.write(pair.client, source, region.address(), token);
  }

  private void assertResults(Long... contexts) {
    List<Result> results = Result.take(serverCq, contexts.length);
    assertEquals(List.of(contexts), Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.SUCCESS, result.status(), result::toString);
    }
    Result.assertNone(serverCq);
  }

  private void assertNothingPosted() throws Exception {
    side.settle();
    Result.assertNone(serverCq);
  }

  @Test
  @Covers("NdkGetRemoteTokenFromMw")
  void theTokenIsKnownBeforeTheBindIsPosted() throws Exception {
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    int token = mw.getRemoteTokenFromMw();
    assertNothingPosted();
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.receive(5, null, 0));
    assertEquals(NdkStatus.SUCCESS, server.send(2, null, 0, 0)); // tells the peer
    Result.success(pair.client.receiveCq, 5);
    assertEquals(NdkStatus.SUCCESS, write(token));
    assertResults(1L, 2L);
    assertEquals(token, mw.getRemoteTokenFromMw());
  }

  @Test
  @Covers("NdkInvalidate")
  void oneChainMayBindInvalidateAndBindAgain() throws Exception {
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    final int first = mw.getRemoteTokenFromMw();
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, bind(9, DEFER), "it is bound");
    assertResults(1L);
    assertEquals(NdkStatus.SUCCESS, server.invalidate(2, mw, DEFER));
    assertEquals(NdkStatus.SUCCESS, bind(3, DEFER));
    assertEquals(NdkStatus.SUCCESS, server.invalidate(4, mw, DEFER));
    assertThrows(IllegalStateException.class, mw::getRemoteTokenFromMw);
    final int second = mw.lastRemoteToken();
    assertNotEquals(first, second);
    assertEquals(NdkStatus.SUCCESS, bind(5, DEFER));
    int last = mw.getRemoteTokenFromMw();
    assertNotEquals(second, last);
    assertEquals(last, mw.lastRemoteToken());
    assertEquals(NdkStatus.SUCCESS, server.submit());
    assertResults(2L, 3L, 4L, 5L);
    assertEquals(NdkStatus.SUCCESS, write(last));
    assertEquals(NdkStatus.REMOTE_RESOURCES, write(first));
  }

  @Test
  void aWindowThatAwaitsItsPostIsBoundNowhereElse() throws Exception {
    Endpoint other = new Endpoint(side, Endpoint.SMALL, 3);
    Endpoint peer = new Endpoint(pair.client.side, Endpoint.SMALL, 4);
    Pair.connect(peer, other);
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    assertEquals(NdkStatus.SUCCESS, server.invalidate(2, mw, DEFER));
    NdkStatus elsewhere = other.qp.bind(3, region.mr(), mw, region.memory(), READ_WRITE);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, elsewhere);
    assertEquals(NdkStatus.SUCCESS, server.submit());
    assertResults(1L, 2L);
    OneSided.bind(other, region, mw);
  }

  @Test
  @Covers({"NdkDeregisterMr", "NdkCloseXxx"})
  void aRegionWithADeferredBindIsBusyAndItsCloseEndsTheBind() throws Exception {
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    assertEquals(NdkStatus.SUCCESS, server.invalidate(2, mw, DEFER));
    assertEquals(NdkStatus.DEVICE_BUSY, Await.failure(region.mr().deregisterMr()));
    assertEquals(NdkStatus.SUCCESS, server.submit());
    assertResults(1L, 2L);

    assertEquals(NdkStatus.SUCCESS, bind(3, DEFER));
    int token = mw.getRemoteTokenFromMw();
    Await.done(region.mr().closeAsync());
    assertResults(3L);
    assertEquals(NdkStatus.REMOTE_RESOURCES, write(token));
  }

  @Test
  @Covers("NdkCloseXxx")
  void aWindowWithADeferredBindCanBeClosed() throws Exception {
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    assertEquals(NdkStatus.SUCCESS, server.send(2, null, 0, DEFER));
    int token = mw.getRemoteTokenFromMw();
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.receive(5, null, 0));
    Await.done(mw.closeAsync());
    assertResults(1L, 2L);
    assertEquals(NdkStatus.REMOTE_RESOURCES, write(token));
  }

  @Test
  @Covers("NdkFlush")
  void aFlushEndsADeferredBind() throws Exception {
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    server.flush();
    assertEquals(List.of(1L), Result.contexts(Result.take(serverCq, 1)));
    Await.done(mw.closeAsync());
    Await.done(region.mr().closeAsync());
  }

  @Test
  @Covers({"NdkCloseXxx", "NdkFlush"})
  void theQueuePairMayBeClosedWithADeferredBind() throws Exception {
    assertEquals(NdkStatus.SUCCESS, bind(1, DEFER));
    CompletionStage<Void> closing = server.closeAsync();
    pair.server.connector.close();
    Await.done(closing);
    assertEquals(List.of(1L), Result.contexts(Result.take(serverCq, 1)));
    Await.done(mw.closeAsync());
    Await.done(region.mr().closeAsync());
  }

  @Test
  @Covers({"NdkFastRegister", "NdkReleaseLAM"})
  void aFastRegistrationIsDeferredToo() throws Exception {
    FastRegion fast = new FastRegion(pair.server, side.pages(1));
    assertEquals(NdkStatus.SUCCESS, fast.post(1, fast.memory, READ_WRITE | DEFER));
    int token = fast.mr.getRemoteTokenFromMr();
    assertNothingPosted();
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(fast.lam));
    assertEquals(NdkStatus.SUCCESS, server.submit());
    assertResults(1L);
    Buffer source = pair.client.side.buffer(64).fill(7);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, source, fast.address(), token));
  }
}
