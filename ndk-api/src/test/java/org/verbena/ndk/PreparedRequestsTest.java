package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.verbena.ndk.extension.PreparedRequests;

/** Requests that are built once and posted again and again. */
@Tag("device")
@Covers("NdkQueryExtension")
@ExtendWith(Fixtures.class)
class PreparedRequestsTest {
  private static final int DEPTH = 16;
  private static final int SGE = 2;
  private static final int INLINE_SIZE = 32;
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
  private static final int INLINE = NdkOpFlags.NDK_OP_FLAG_INLINE;
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;
  private static final int FENCE = NdkOpFlags.NDK_OP_FLAG_READ_FENCE;

  private final Pair pair;
  private final NdkQp client;
  private final NdkCq cq;
  private final Buffer local;
  private final Buffer remote;
  private final PreparedRequests requests;

  PreparedRequestsTest(Sides sides) throws Exception {
    pair =
        new Pair(
            sides,
            Endpoint.SMALL
                .withInitiatorDepth(DEPTH)
                .withInitiatorSge(SGE)
                .withInlineSize(INLINE_SIZE));
    client = pair.client.qp;
    cq = pair.client.initiatorCq;
    local = pair.client.side.buffer(DEPTH).put("abcdefghijklmnop");
    remote = pair.server.side.buffer(DEPTH);
    requests = client.queryExtension(PreparedRequests.EXTENSION);
  }

  private static void assertSet(NdkStatus status) {
    assertEquals(NdkStatus.SUCCESS, status);
  }

  private NdkStatus setWrite(PreparedRequests.Batch batch, int index, int flags) {
    return batch.setWrite(
        index,
        index,
        local.sgl(index, 1),
        1,
        remote.address() + index,
        remote.remoteToken(),
        flags);
  }

  /** Each request writes the byte that has its number. */
  private PreparedRequests.Batch writes(int count, int flags) {
    PreparedRequests.Batch batch = requests.prepare(count);
    for (int i = 0; i < count; i++) {
      assertSet(setWrite(batch, i, flags));
    }
    return batch;
  }

  private void assertSuccesses(long... contexts) {
    List<Result> results = Result.take(cq, contexts.length);
    assertEquals(LongStream.of(contexts).boxed().toList(), Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.SUCCESS, result.status(), result::toString);
    }
    Result.assertNone(cq);
  }

  @Test
  void anyRunOfThemIsPosted() {
    PreparedRequests.Batch batch = writes(4, 0);
    assertSet(batch.post(0, 4));
    assertSuccesses(0, 1, 2, 3);
    assertEquals("abcd\0", remote.text(5));
    remote.memory().fill((byte) 0);
    assertSet(batch.post(1, 2));
    assertSuccesses(1, 2);
    assertEquals("\0bc\0", remote.text(4));
    assertSet(batch.post(3, 1));
    assertSuccesses(3);
    assertSet(batch.post(0, 4));
    assertSuccesses(0, 1, 2, 3);
    assertEquals("abcd\0", remote.text(5));
    assertSet(batch.post(2, 0));
    Result.assertNone(cq);
  }

  @Test
  void theSameRequestMayBeOutstandingSeveralTimes() {
    PreparedRequests.Batch batch = writes(1, 0);
    for (int i = 0; i < DEPTH; i++) {
      batch.requestContext(0, 100 + i);
      assertSet(batch.post(0, 1));
    }
    assertSuccesses(LongStream.range(100, 100 + DEPTH).toArray());
  }

  @Test
  @Covers({"NdkSend", "NdkRead", "NdkWrite"})
  void everyKindMayBePrepared() throws Exception {
    Buffer sink = pair.client.side.buffer(8);
    assertSet(pair.server.qp.receive(9, remote.sgl(8, 8), 1));
    PreparedRequests.Batch batch = requests.prepare(3);
    NdkSgl two = new NdkSgl(2);
    two.set(0, local.memory().asSlice(0, 2), local.localToken());
    two.set(1, local.memory().asSlice(8, 2), local.localToken());
    assertSet(batch.setWrite(0, 1, two, 2, remote.address(), remote.remoteToken(), 0));
    assertSet(
        batch.setRead(1, 2, sink.sgl(0, 4), 1, remote.address(), remote.remoteToken(), FENCE));
    assertSet(batch.setSend(2, 3, local.sgl(4, 4), 1, 0));
    assertSet(batch.post(0, 3));
    List<Result> results = Result.take(cq, 3);
    assertEquals(List.of(1L, 2L, 3L), Result.contexts(results));
    assertEquals(
        List.of(NdkOperationType.WRITE, NdkOperationType.READ, NdkOperationType.SEND),
        results.stream().map(Result::type).toList());
    assertEquals("abij", sink.text(4));
    assertEquals(4, Result.take(pair.server.receiveCq).bytes());
    assertEquals("abij\0\0\0\0efgh", remote.text(12));
  }

  @Test
  @SuppressWarnings("restricted")
  void whatChangesIsChangedAlone() throws Exception {
    PreparedRequests.Batch batch = requests.prepare(1);
    assertSet(setWrite(batch, 0, 0));
    batch.requestContext(0, 77);
    batch.element(0, 0, local.memory(), 3, 2, local.localToken());
    batch.remote(0, remote.address() + 4, remote.remoteToken());
    assertSet(batch.post(0, 1));
    assertSuccesses(77);
    assertEquals("\0\0\0\0de\0", remote.text(7));
    MemorySegment heap = MemorySegment.ofArray(new byte[8]);
    assertThrows(IllegalArgumentException.class, () -> batch.element(0, 0, heap, 0, 1, 0));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> batch.element(0, 0, local.memory(), DEPTH, 1, local.localToken()));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> batch.element(0, 1, local.memory(), 0, 1, local.localToken()));
    MemorySegment long4 = MemorySegment.ofAddress(local.address()).reinterpret(1L << 33);
    assertThrows(
        IllegalArgumentException.class,
        () -> batch.element(0, 0, long4, 0, 1L << 32, local.localToken()));
    assertSet(batch.post(0, 1));
    assertSuccesses(77);
  }

  @Test
  void inlineBytesMayBeChanged() {
    PreparedRequests.Batch batch = requests.prepare(2);
    MemorySegment unregistered = pair.client.side.memory(4).fill((byte) 'x');
    for (int i = 0; i < 2; i++) {
      assertSet(
          batch.setWrite(
              i,
              i,
              NdkSgl.of(unregistered, 0),
              1,
              remote.address() + 4L * i,
              remote.remoteToken(),
              INLINE));
    }
    unregistered.fill((byte) '-');
    MemorySegment second = batch.inlineBytes(1);
    assertEquals(4, second.byteSize());
    second.fill((byte) 'y');
    assertSet(batch.post(0, 2));
    assertSuccesses(0, 1);
    assertEquals("xxxxyyyy\0", remote.text(9));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> batch.element(1, 0, local.memory(), 0, 1, local.localToken()));
    assertSet(setWrite(batch, 1, 0));
    assertEquals(0, batch.inlineBytes(1).byteSize());
  }

  @Test
  void silentOnesHaveNoResultHoweverOftenTheyArePosted() {
    PreparedRequests.Batch batch = writes(4, SILENT);
    assertSet(setWrite(batch, 3, 0));
    for (int round = 0; round < 50; round++) {
      batch.requestContext(3, round);
      Await.posted(() -> batch.post(0, 4));
      assertSuccesses(round);
    }
    assertSet(setWrite(batch, 3, SILENT));
    for (int round = 0; round < 50; round++) {
      Await.posted(() -> batch.post(0, 4));
    }
    assertSet(setWrite(batch, 3, 0));
    Await.posted(() -> batch.post(3, 1));
    assertSuccesses(3);
    pair.assertStillConnected();
  }

  @Test
  void aRunThatDoesNotFitIsNotPosted() {
    PreparedRequests.Batch batch = writes(DEPTH, 0);
    assertSet(batch.post(0, DEPTH - 2));
    remote.memory().asSlice(DEPTH - 3).fill((byte) 0);
    assertEquals(NdkStatus.NO_MORE_ENTRIES, batch.post(DEPTH - 3, 3));
    assertSet(batch.post(DEPTH - 2, 2));
    assertSuccesses(LongStream.range(0, DEPTH).toArray());
    assertEquals("op", remote.text(DEPTH).substring(DEPTH - 2));
  }

  @Test
  void deferredRequestsAreBeforeThem() {
    PreparedRequests.Batch batch = writes(1, 0);
    assertSet(client.write(50, null, 0, 0, 0, DEFER));
    assertSet(client.write(51, null, 0, 0, 0, DEFER));
    assertSet(batch.post(0, 1));
    assertSuccesses(50, 51, 0);
  }

  @Test
  void whatIsWrongIsRefusedWhenItIsSet() {
    PreparedRequests.Batch batch = writes(2, 0);
    NdkSgl three = new NdkSgl(3);
    for (int i = 0; i < 3; i++) {
      three.set(i, local.memory().asSlice(i, 1), local.localToken());
    }
    NdkSgl tooLong = NdkSgl.of(pair.client.side.memory(INLINE_SIZE + 1), 0);
    NdkSgl closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = NdkSgl.of(arena.allocate(1), 0);
    }
    assertEquals(NdkStatus.INVALID_PARAMETER, batch.setSend(1, 9, null, 1, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, batch.setSend(1, 9, null, 0, DEFER));
    assertEquals(NdkStatus.INVALID_PARAMETER, batch.setRead(1, 9, null, 0, 0, 0, INLINE));
    assertEquals(NdkStatus.DATA_OVERRUN, batch.setSend(1, 9, three, 3, 0));
    assertEquals(NdkStatus.BUFFER_OVERFLOW, batch.setSend(1, 9, tooLong, 1, INLINE));
    assertEquals(NdkStatus.ACCESS_VIOLATION, batch.setSend(1, 9, closed, 1, INLINE));
    assertSet(batch.post(0, 2)); // as they were
    assertSuccesses(0, 1);
    assertEquals("ab\0", remote.text(3));
    for (int size : new int[] {0, -1, DEPTH + 1}) {
      assertThrows(IllegalArgumentException.class, () -> requests.prepare(size));
    }
    for (int index : new int[] {-1, 2}) {
      assertThrows(IndexOutOfBoundsException.class, () -> batch.setSend(index, 1, null, 0, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> batch.requestContext(index, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> batch.remote(index, 0, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> batch.inlineBytes(index));
      assertThrows(IndexOutOfBoundsException.class, () -> batch.post(index, 1));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> batch.post(1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> batch.post(0, -1));
    pair.assertStillConnected();
  }

  @Test
  void oneThatWasNeverSetIsNotPosted() {
    PreparedRequests.Batch batch = requests.prepare(3);
    assertSet(setWrite(batch, 0, 0));
    assertSet(setWrite(batch, 2, 0));
    assertEquals(NdkStatus.INVALID_PARAMETER, batch.post(0, 2));
    Result.assertNone(cq);
    assertSet(batch.post(2, 1));
    assertSuccesses(2);
  }

  @Test
  void aFailureEndsThoseBehindIt() {
    PreparedRequests.Batch batch = writes(3, 0);
    assertSet(batch.post(0, 1));
    assertSuccesses(0); // one in flight need not end well if its successor is refused locally
    batch.element(1, 0, local.memory(), 0, 1, ~local.localToken());
    assertSet(batch.post(1, 2));
    List<Result> results = Result.take(cq, 2);
    assertEquals(1, client.firstFailure().orElseThrow().requestContext());
    assertEquals(NdkStatus.CANCELLED, results.get(1).status());
    assertEquals(List.of(1L, 2L), Result.contexts(results));
  }

  @Test
  void afterTheEndNothingIsPostedAndNothingBreaks() throws Exception {
    PreparedRequests.Batch batch = writes(2, 0);
    client.flush();
    assertEquals(NdkStatus.CONNECTION_INVALID, batch.post(0, 2));
    Result.assertNone(cq);
    Await.closed(pair.client.connector, client);
    assertEquals(NdkStatus.INVALID_HANDLE, batch.post(0, 2));
    assertSet(setWrite(batch, 1, 0));
    batch.remote(0, 0, 0);
    batch.element(0, 0, local.memory(), 0, 1, 0);
    assertEquals(NdkStatus.INVALID_HANDLE, batch.post(0, 2));
    assertEquals(2, requests.prepare(2).size());
  }
}
