package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.verbena.binding.rdma.RdmaCore;

/**
 * What a connected peer that keeps no rule can reach: what was granted to it, and nothing else. The
 * others are served meanwhile.
 */
@Tag("device")
@Timeout(400)
@ExtendWith(Fixtures.class)
class HostilePeerTest {
  private static final int PAGE = NdkLogicalAddressMapping.PAGE_SIZE;
  private static final int READ_ONLY = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
  private static final int WRITE_ONLY = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE;
  private static final int SUCCESS = RdmaCore.IBV_WC_SUCCESS();
  private static final byte MARK = 0x5A;

  /** The victim waits no longer for the peer. */
  private static final Duration TIMEOUT = Duration.ofMillis(1500);

  private final Pair others;
  private final Side victim;
  private final Acceptor acceptor;
  private final NdkCq receiveCq;
  private final NdkCq initiatorCq;
  private final NdkMw mw;

  /** Three pages, registered for the victim itself. */
  private final Buffer memory;

  private final Buffer memoryBefore;

  /** The page in the middle, which the peer is granted. */
  private final Buffer region;

  /** All rights, in a protection domain that the peer has no connection to. */
  private final Buffer elsewhere;

  private final Buffer elsewhereBefore;
  private final RawPeer peer;

  /** The victim's end of the peer's connection. */
  private Endpoint end;

  HostilePeerTest() throws Exception {
    others = new Pair(Sides.impatientServer(TIMEOUT), Endpoint.SMALL);
    victim = others.server.side;
    acceptor = new Acceptor(victim);
    receiveCq = victim.cq();
    initiatorCq = victim.cq();
    mw = victim.pd.createMw();
    memory = victim.register(victim.pages(3), NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE).fill(11);
    memoryBefore = new Buffer(victim.pages(3), null).fill(11);
    region =
        victim.register(
            memory.memory().asSlice(PAGE, PAGE), NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE);
    elsewhere = elsewhere();
    elsewhereBefore = new Buffer(victim.pages(1), null).fill(12);
    peer = new RawPeer(others.client.side.address);
    peer.memory.fill(MARK);
  }

  private Buffer elsewhere() throws Exception {
    NdkMr mr = victim.adapter.createPd().createMr();
    MemorySegment pages = victim.pages(1);
    Await.done(mr.registerMr(pages, Buffer.ALL_RIGHTS));
    return new Buffer(pages, mr).fill(12);
  }

  @AfterEach
  void close() throws Exception {
    peer.close();
    others.close();
  }

  private void connect() throws Exception {
    peer.request(acceptor.address());
    end = new Endpoint(victim, Endpoint.SMALL, 3, receiveCq, initiatorCq);
    end.connector = acceptor.next();
    Completion accept =
        Completion.pending(c -> end.connector.accept(end.qp, 4, 4, null, end::disconnected, c));
    peer.complete();
    assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
  }

  /** The peer goes; the victim's end closes as that of any other connection. */
  private void disconnect() throws Exception {
    peer.disconnect();
    end.awaitDisconnect();
    Await.done(end.connector.disconnect());
    assertEquals(1, end.disconnects());
    Await.done(end.connector.closeAsync());
    Await.done(end.qp.closeAsync());
  }

  private int grant(int flags) {
    return OneSided.bind(end, region, mw, region.memory(), flags);
  }

  /** Nothing has got out or in, and the others are served. */
  private void assertUntouched() {
    assertTrue(memory.hasSameBytesAs(memoryBefore));
    assertTrue(elsewhere.hasSameBytesAs(elsewhereBefore));
    for (long i = 0; i < RawPeer.SIZE; i += PAGE) {
      assertEquals(-1, peer.memory.asSlice(i, PAGE).mismatch(marked()), "what the peer read");
    }
    others.assertStillConnected();
  }

  private MemorySegment marked() {
    byte[] bytes = new byte[PAGE];
    Arrays.fill(bytes, MARK);
    return MemorySegment.ofArray(bytes);
  }

  private void assertRefused(IntUnaryOperator attempt) throws Exception {
    assertRefused(OneSided.READ_WRITE, attempt);
  }

  /**
   * A peer with a granted page tries something with its token. The device refuses it, and that is
   * the end of the connection.
   */
  private void assertRefused(int flags, IntUnaryOperator attempt) throws Exception {
    connect();
    assertEquals(NdkStatus.SUCCESS, end.qp.receive(7, null, 0));
    int token = grant(flags);
    assertEquals(SUCCESS, peer.read(0, 0, 0), "the connection works");
    int status = attempt.applyAsInt(token);
    assertTrue(
        status == RdmaCore.IBV_WC_REM_ACCESS_ERR() || status == RdmaCore.IBV_WC_REM_INV_REQ_ERR(),
        () -> "the peer's completion has status " + status);
    assertUntouched();
    disconnect();
    Result receive = Result.take(receiveCq);
    // A write with immediate data has taken it before it is refused.
    assertTrue(
        receive.status() == NdkStatus.CANCELLED || receive.status() == NdkStatus.REMOTE_RESOURCES,
        receive::toString);
    assertEquals(7, receive.requestContext());
  }

  // --- memory

  @Test
  void whatIsGrantedIsReadAndWritten() throws Exception {
    connect();
    int token = grant(OneSided.READ_WRITE);
    assertEquals(SUCCESS, peer.read(region.address(), token, PAGE));
    assertEquals(-1, peer.memory.asSlice(0, PAGE).mismatch(region.memory()));
    peer.memory.fill(MARK);
    assertEquals(SUCCESS, peer.write(region.address(), token, PAGE));
    assertEquals(-1, region.memory().mismatch(marked()));
    disconnect();
  }

  @Test
  void nothingOutsideTheGrantIsRead() throws Exception {
    assertRefused(token -> peer.read(region.address() - 1, token, 2));
    assertRefused(token -> peer.read(region.address() + PAGE - 1, token, 2));
    assertRefused(token -> peer.read(region.address() + PAGE, token, 1));
    assertRefused(token -> peer.read(memory.address(), token, 3 * PAGE));
    assertRefused(token -> peer.read(region.address(), token, RawPeer.SIZE));
    assertRefused(token -> peer.read(region.address(), token, Integer.MAX_VALUE));
    assertRefused(token -> peer.read(elsewhere.address(), token, PAGE));
    assertRefused(token -> peer.read(0, token, 1));
    assertRefused(token -> peer.read(-1, token, 2)); // wraps around
    assertRefused(token -> peer.read(region.address() - (1L << 32), token, 1));
  }

  @Test
  void nothingOutsideTheGrantIsWritten() throws Exception {
    assertRefused(token -> peer.write(region.address() - 1, token, 2));
    assertRefused(token -> peer.write(region.address() + PAGE - 1, token, 2));
    assertRefused(token -> peer.write(region.address() + PAGE, token, 1));
    assertRefused(token -> peer.write(memory.address(), token, 3 * PAGE));
    assertRefused(token -> peer.write(region.address(), token, RawPeer.SIZE));
    assertRefused(token -> peer.write(elsewhere.address(), token, PAGE));
    assertRefused(token -> peer.write(0, token, 1));
    assertRefused(token -> peer.write(-1, token, 2));
    assertRefused(token -> peer.writeWithImmediate(region.address() - 1, token, 2, 0));
  }

  @Test
  void onlyWhatIsGrantedIsDone() throws Exception {
    assertRefused(READ_ONLY, token -> peer.write(region.address(), token, 8));
    assertRefused(READ_ONLY, token -> peer.writeWithImmediate(region.address(), token, 8, 0));
    assertRefused(WRITE_ONLY, token -> peer.read(region.address(), token, 8));
    assertRefused(0, token -> peer.read(region.address(), token, 8));
    assertRefused(token -> peer.fetchAndAdd(region.address(), token));
    assertRefused(token -> peer.compareAndSwap(region.address(), token));
  }

  @Test
  void aTokenGrantedToOthersOrToNobodyIsRefused() throws Exception {
    NdkMw othersMw = victim.pd.createMw();
    int granted = OneSided.bind(others.server, region, othersMw);
    int foreign = elsewhere.remoteToken();
    assertRefused(_ -> peer.read(region.address(), granted, 8));
    assertRefused(_ -> peer.write(region.address(), granted, 8));
    assertRefused(_ -> peer.read(region.address(), memory.localToken(), 8));
    assertRefused(_ -> peer.write(region.address(), memory.localToken(), 8));
    assertRefused(_ -> peer.read(elsewhere.address(), foreign, 8));
    assertRefused(_ -> peer.write(elsewhere.address(), foreign, 8));
    assertRefused(_ -> peer.read(region.address(), 0, 8));
    assertRefused(_ -> peer.read(region.address(), -1, 8));
  }

  /** The token before, of a window that has been invalidated and bound again. */
  @Test
  void aStaleTokenIsRefused() throws Exception {
    assertRefused(
        token -> {
          OneSided.invalidate(end, mw);
          assertNotEquals(token, grant(OneSided.READ_WRITE));
          return peer.read(region.address(), token, 8);
        });
  }

  /** Those that differ from a valid one in the key: all of the window's, and some of regions'. */
  @Test
  void guessedTokensAreRefused() throws Exception {
    assertRefused(token -> peer.read(region.address(), token ^ 1, 8));
    ResourceUsage once = ResourceUsage.now();
    for (int i = 1; i < 256; i++) {
      int difference = i;
      assertRefused(token -> peer.read(region.address(), token ^ difference, 8));
      if (i % 8 == 0) {
        assertRefused(_ -> peer.read(memory.address(), memory.localToken() ^ difference, 8));
        assertRefused(
            _ -> peer.write(elsewhere.address(), elsewhere.remoteToken() ^ difference, 8));
      }
    }
    once.awaitAgain("guessed tokens");
  }

  /**
   * Soft-RoCE (6.1) checks the range of the region only; the rights are those of the window
   * everywhere.
   */
  @Test
  void aWindowMayBeNarrowerThanItsRegionExceptOnSoftRoce() throws Exception {
    connect();
    int token = OneSided.bind(end, memory, mw, region.memory(), READ_ONLY);
    int status = peer.read(memory.address(), token, 8);
    assertTrue(RigDevice.B.isSoftRoce() || status != SUCCESS);
    assertNotEquals(SUCCESS, peer.write(memory.address(), token, 8));
    assertTrue(memory.hasSameBytesAs(memoryBefore));
    others.assertStillConnected();
    disconnect();
  }

  // --- messages

  @Test
  void immediateDataNobodyAskedForIsAResult() throws Exception {
    connect();
    int token = grant(READ_ONLY);
    Buffer inbox = victim.buffer(64);
    for (int i = 0; i < 3; i++) {
      assertEquals(NdkStatus.SUCCESS, end.qp.receive(i, inbox.sgl(0, 32), 1));
    }
    int immediate = 0xDEAD_BEEF;
    assertEquals(SUCCESS, peer.sendWithImmediate(8, Integer.reverseBytes(immediate)));
    Result message = Result.take(receiveCq);
    assertEquals(NdkStatus.SUCCESS, message.status());
    assertEquals(NdkOperationType.RECEIVE_WITH_IMMEDIATE, message.type());
    assertEquals(8, message.bytes());
    assertEquals(Integer.toUnsignedLong(immediate), message.output());

    // A write of no bytes needs no rights, but takes a receive.
    assertEquals(SUCCESS, peer.writeWithImmediate(0, 0, 0, Integer.reverseBytes(immediate)));
    Result write = Result.take(receiveCq);
    assertEquals(NdkStatus.SUCCESS, write.status());
    assertEquals(NdkOperationType.RECEIVE_WRITE_WITH_IMMEDIATE, write.type());
    assertEquals(0, write.bytes());

    assertNotEquals(SUCCESS, peer.writeWithImmediate(region.address(), token, 8, 0));
    assertUntouched();
    disconnect();
    assertNotEquals(NdkStatus.SUCCESS, Result.take(receiveCq).status());
    Result.assertNone(receiveCq);
  }

  @Test
  void aMessageThatIsTooLongStaysInItsReceive() throws Exception {
    connect();
    Buffer inbox = victim.buffer(64);
    assertEquals(NdkStatus.SUCCESS, end.qp.receive(7, inbox.sgl(0, 32), 1));
    assertNotEquals(SUCCESS, peer.send(64));
    assertEquals(NdkStatus.BUFFER_OVERFLOW, Result.take(receiveCq).status());
    assertEquals(-1, inbox.memory().asSlice(32).mismatch(victim.memory(32)));
    assertUntouched();
    disconnect();
  }

  @Test
  void messagesThatNobodyReceivesWaitAndEndWithTheConnection() throws Exception {
    connect();
    for (int i = 0; i < 16; i++) {
      peer.postSend(RawPeer.SIZE);
    }
    for (int i = 0; i < 20; i++) {
      assertUntouched();
    }
    assertEquals(-1, peer.poll(), "the peer's messages wait");
    Result.assertNone(receiveCq);
    assertEquals(NdkStatus.IO_TIMEOUT, Await.failure(end.connector.disconnect()));
    peer.disconnect();
  }

  @Test
  void messagesToAPeerThatNeverReceivesEndWithTheConnection() throws Exception {
    connect();
    Buffer outbox = victim.buffer(64);
    int depth = Endpoint.SMALL.initiatorDepth();
    for (int i = 0; i < depth; i++) {
      assertEquals(NdkStatus.SUCCESS, end.qp.send(i, outbox.sgl(), 1, 0));
    }
    for (int i = 0; i < 20; i++) {
      assertUntouched();
    }
    Result.assertNone(initiatorCq);
    assertEquals(NdkStatus.IO_TIMEOUT, Await.failure(end.connector.disconnect()));
    assertEquals(
        Collections.nCopies(depth, NdkStatus.CANCELLED),
        Result.statuses(Result.take(initiatorCq, depth)));
    peer.disconnect();
  }

  // --- invalidations

  @Test
  void aTokenThatThePeerInvalidatesUnaskedIsDead() throws Exception {
    assertRefused(
        token -> {
          assertEquals(SUCCESS, peer.sendAndInvalidate(0, token));
          // Soft-RoCE must not see this request, although the result has not been taken.
          assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, end.qp.invalidate(8, mw, 0));
          Result result = Result.take(receiveCq);
          assertEquals(NdkOperationType.RECEIVE_AND_INVALIDATE, result.type());
          assertEquals(Integer.toUnsignedLong(token), result.output());
          assertThrows(IllegalStateException.class, mw::getRemoteTokenFromMw);
          assertEquals(NdkStatus.SUCCESS, end.qp.receive(7, null, 0));
          return peer.read(region.address(), token, 8);
        });
  }

  @Test
  void whatIsNoWindowIsNotInvalidated() throws Exception {
    int[] tokens = {memory.localToken(), elsewhere.remoteToken(), 0, -1};
    for (int token : tokens) {
      connect();
      assertEquals(NdkStatus.SUCCESS, end.qp.receive(7, null, 0));
      peer.sendAndInvalidate(0, token);
      assertNotEquals(NdkStatus.SUCCESS, Result.take(receiveCq).status());
      assertUntouched();
      disconnect();
    }
    // The regions are as before.
    connect();
    int token = grant(OneSided.READ_WRITE);
    assertEquals(SUCCESS, peer.read(region.address(), token, PAGE));
    disconnect();
  }

  /** Soft-RoCE (6.1) does not check whose window it is; the library sees what has been done. */
  @Test
  void aWindowOfOthersIsNotInvalidatedExceptOnSoftRoce() throws Exception {
    NdkMw othersMw = victim.pd.createMw();
    int token = OneSided.bind(others.server, region, othersMw);
    connect();
    assertEquals(NdkStatus.SUCCESS, end.qp.receive(7, null, 0));
    peer.sendAndInvalidate(0, token);
    Result result = Result.take(receiveCq);
    assertTrue(RigDevice.B.isSoftRoce() || result.status() != NdkStatus.SUCCESS);
    if (result.status() == NdkStatus.SUCCESS) {
      assertEquals(Integer.toUnsignedLong(token), result.output());
      assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, others.server.qp.invalidate(8, othersMw, 0));
      OneSided.bind(others.server, region, othersMw);
    }
    assertUntouched();
    disconnect();
  }
}
