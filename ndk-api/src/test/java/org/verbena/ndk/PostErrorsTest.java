package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Requests that are refused at once: no result, and the connection stays up. */
@Tag("device")
@Covers("NdkSend")
@ExtendWith(Fixtures.class)
class PostErrorsTest {
  private static final int DEPTH = 5;
  private static final int SGE = 2;

  private Pair pair;
  private final NdkQp client;
  private final NdkCq clientCq;
  private final Buffer local;
  private final Buffer remote;

  PostErrorsTest(Sides sides) throws Exception {
    pair =
        new Pair(
            sides,
            Endpoint.SMALL
                .withInitiatorDepth(DEPTH)
                .withReceiveDepth(DEPTH)
                .withInitiatorSge(SGE)
                .withReceiveSge(SGE));
    client = pair.client.qp;
    clientCq = pair.client.initiatorCq;
    local = pair.client.side.buffer(64);
    remote = pair.server.side.buffer(64);
  }

  private NdkStatus send(NdkSgl sgl, int nSge, int flags) {
    return client.send(100, sgl, nSge, flags);
  }

  private NdkStatus write(NdkSgl sgl, int nSge, int flags) {
    return client.write(100, sgl, nSge, remote.address(), remote.remoteToken(), flags);
  }

  private NdkStatus read(NdkSgl sgl, int nSge, int flags) {
    return client.read(100, sgl, nSge, remote.address(), remote.remoteToken(), flags);
  }

  private void assertNoResultAndStillConnected() {
    pair.server.qp.receive(7, remote.sgl(), 1);
    assertEquals(NdkStatus.SUCCESS, client.send(8, local.sgl(), 1, 0));
    Result.success(clientCq, 8);
    Result.success(pair.server.receiveCq, 7);
    Result.assertNone(clientCq);
    Result.assertNone(pair.client.receiveCq);
  }

  private NdkSgl elements(int count) {
    NdkSgl sgl = new NdkSgl(count);
    for (int i = 0; i < count; i++) {
      sgl.set(i, local.memory().asSlice(i, 1), local.localToken());
    }
    return sgl;
  }

  @Test
  void aPlaceIsFreeOnceItsResultHasBeenTaken() {
    for (int i = 0; i < DEPTH; i++) {
      client.send(i, null, 0, 0);
      pair.server.qp.receive(i, null, 0);
    }
    Result.success(clientCq, 0);
    // Four are outstanding: one more fits.
    assertEquals(NdkStatus.SUCCESS, client.send(5, null, 0, 0));
    assertEquals(NdkStatus.NO_MORE_ENTRIES, send(null, 0, 0));
    Result.take(pair.server.receiveCq, DEPTH);
    pair.server.qp.receive(5, null, 0);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), Result.contexts(Result.take(clientCq, DEPTH)));
  }

  @Test
  void exactlyTheDepthFitsInTheReceiveQueue() {
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(i, remote.sgl(), 1));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, pair.server.qp.receive(9, remote.sgl(), 1));
    client.send(1, null, 0, 0);
    Result.success(pair.server.receiveCq, 0);
    assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(5, remote.sgl(), 1));
    assertEquals(NdkStatus.NO_MORE_ENTRIES, pair.server.qp.receive(9, remote.sgl(), 1));
    for (int i = 1; i <= DEPTH; i++) {
      Result.success(clientCq, 1);
      client.send(1, null, 0, 0);
      Result.success(pair.server.receiveCq, i);
    }
    Result.assertNone(pair.server.receiveCq);
  }

  @Test
  void tooManyElementsAreADataOverrun() {
    NdkSgl sgl = elements(SGE + 1);
    assertEquals(NdkStatus.DATA_OVERRUN, send(sgl, SGE + 1, 0));
    assertEquals(NdkStatus.DATA_OVERRUN, write(sgl, SGE + 1, 0));
    assertEquals(NdkStatus.DATA_OVERRUN, read(sgl, SGE + 1, 0));
    assertEquals(NdkStatus.DATA_OVERRUN, client.receive(1, sgl, SGE + 1));
    assertEquals(NdkStatus.SUCCESS, write(sgl, SGE, 0));
    Result.success(clientCq, 100);
    assertNoResultAndStillConnected();
  }

  @Test
  void moreElementsThanTheListHasAreInvalid() {
    NdkSgl sgl = elements(1);
    assertEquals(NdkStatus.INVALID_PARAMETER, send(sgl, 2, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, write(sgl, 2, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, read(sgl, 2, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, client.receive(1, sgl, 2));
    assertEquals(NdkStatus.INVALID_PARAMETER, send(sgl, -1, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, client.receive(1, sgl, -1));
    assertEquals(NdkStatus.INVALID_PARAMETER, send(null, 1, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, client.receive(1, null, 1));
    assertEquals(NdkStatus.INVALID_PARAMETER, send(sgl, 2, NdkOpFlags.NDK_OP_FLAG_INLINE));
    assertNoResultAndStillConnected();
  }

  @Test
  void aTransferOneByteTooLongOverflows() throws Exception {
    NdkSgl tooLong = local.sglOfLength(pair.client.side.info().maxTransferLength() + 1);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, send(tooLong, 1, 0));
    assertEquals(NdkStatus.BUFFER_OVERFLOW, write(tooLong, 1, 0));
    assertEquals(NdkStatus.BUFFER_OVERFLOW, read(tooLong, 1, 0));
    assertNoResultAndStillConnected();
  }

  @Test
  void theSumOfTheElementsDoesNotWrapAround() throws Exception {
    Path path = Files.createTempFile(Path.of("/dev/shm"), "verbena", null);
    try (Arena mapping = Arena.ofShared();
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(0xFFFF_FFFFL);
      MemorySegment huge = file.getChannel().map(MapMode.READ_ONLY, 0, file.length(), mapping);
      NdkSgl sgl =
          new NdkSgl(2).set(0, huge, 1).set(1, local.memory().asSlice(0, 2), local.localToken());
      assertEquals(NdkStatus.BUFFER_OVERFLOW, send(sgl, 2, 0));
      assertEquals(NdkStatus.BUFFER_OVERFLOW, write(sgl, 2, 0));
      assertEquals(NdkStatus.BUFFER_OVERFLOW, read(sgl, 2, 0));
      assertEquals(NdkStatus.BUFFER_OVERFLOW, send(sgl, 2, NdkOpFlags.NDK_OP_FLAG_INLINE));
      assertNoResultAndStillConnected();
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void flagsThatARequestDoesNotTakeAreInvalid() {
    NdkSgl sgl = local.sgl();
    assertEquals(NdkStatus.INVALID_PARAMETER, read(sgl, 1, NdkOpFlags.NDK_OP_FLAG_INLINE));
    assertEquals(
        NdkStatus.INVALID_PARAMETER, read(sgl, 1, NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT));
    assertEquals(
        NdkStatus.INVALID_PARAMETER, write(sgl, 1, NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT));
    for (int unknown : new int[] {0x8, 0x10, 0x20, 0x80, 0x400, 0x8000_0000}) {
      assertEquals(NdkStatus.INVALID_PARAMETER, send(sgl, 1, unknown), () -> "flag " + unknown);
      assertEquals(NdkStatus.INVALID_PARAMETER, write(sgl, 1, unknown), () -> "flag " + unknown);
      assertEquals(NdkStatus.INVALID_PARAMETER, read(sgl, 1, unknown), () -> "flag " + unknown);
    }
    assertNoResultAndStillConnected();
  }

  @Test
  void initiatorRequestsNeedTheConnectToBeCompleted() throws Exception {
    Acceptor acceptor = new Acceptor(pair.server.side);
    Endpoint active = new Endpoint(pair.client.side, Endpoint.SMALL, 1);
    Endpoint passive = new Endpoint(pair.server.side, Endpoint.SMALL, 2);
    Handshake handshake = Handshake.request(active.side, active.qp, acceptor);
    assertEquals(NdkStatus.CONNECTION_INVALID, active.qp.send(1, null, 0, 0));
    handshake.accept(passive);
    handshake.connect.await();
    assertEquals(NdkStatus.CONNECTION_INVALID, active.qp.send(1, null, 0, 0));
    Await.done(handshake.active.completeConnect(null));
    passive.qp.receive(2, null, 0);
    assertEquals(NdkStatus.SUCCESS, active.qp.send(1, null, 0, 0));
    Result.success(active.initiatorCq, 1);
  }
}
