package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** NDK_OP_FLAG_DEFER: several requests reach the device in one call. */
@Tag("device")
@Covers("NdkWrite")
@ExtendWith(Fixtures.class)
class DeferTest {
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;
  private static final int DEPTH = 64;

  private final Pair pair;
  private final NdkQp client;
  private final NdkCq clientCq;
  private final Buffer source;
  private final Buffer target;

  DeferTest(Sides sides) throws Exception {
    pair = new Pair(sides, Endpoint.SMALL.withInitiatorDepth(DEPTH).withReceiveDepth(DEPTH));
    client = pair.client.qp;
    clientCq = pair.client.initiatorCq;
    source = pair.client.side.buffer(DEPTH).fill(5);
    target = pair.server.side.buffer(DEPTH);
  }

  private NdkStatus writeByte(long index, int flags) {
    return client.write(
        index, source.sgl(index, 1), 1, target.address() + index, target.remoteToken(), flags);
  }

  private static List<Long> numbers(int count) {
    return LongStream.range(0, count).boxed().toList();
  }

  private void chain(int length) {
    for (int i = 0; i < length; i++) {
      assertEquals(NdkStatus.SUCCESS, writeByte(i, i < length - 1 ? DEFER : 0));
    }
    List<Result> results = Result.take(clientCq, length);
    assertEquals(numbers(length), Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.SUCCESS, result.status());
      assertEquals(NdkOperationType.WRITE, result.type());
    }
    Result.assertNone(clientCq);
    assertEquals(
        -1, target.memory().asSlice(0, length).mismatch(source.memory().asSlice(0, length)));
  }

  @Test
  void chainsFollowEachOther() {
    for (int round = 0; round < 5; round++) {
      chain(16);
    }
  }

  @Test
  @Covers({"NdkSend", "NdkRead"})
  void everyKindOfInitiatorRequestMayBeDeferred() throws Exception {
    Buffer sink = pair.client.side.buffer(DEPTH);
    target.fill(77);
    pair.server.qp.receive(9, target.sgl(32, 8), 1);
    client.read(1, sink.sgl(0, 8), 1, target.address(), target.remoteToken(), DEFER);
    client.write(2, source.sgl(0, 8), 1, target.address() + 16, target.remoteToken(), DEFER);
    client.send(3, source.sgl(8, 8), 1, DEFER);
    client.read(4, sink.sgl(8, 8), 1, target.address() + 8, target.remoteToken(), 0);
    List<Result> results = Result.take(clientCq, 4);
    assertEquals(List.of(1L, 2L, 3L, 4L), Result.contexts(results));
    assertEquals(
        List.of(
            NdkOperationType.READ,
            NdkOperationType.WRITE,
            NdkOperationType.SEND,
            NdkOperationType.READ),
        results.stream().map(Result::type).toList());
    assertEquals(-1, sink.memory().asSlice(0, 16).mismatch(target.memory().asSlice(0, 16)), "read");
    assertEquals(
        -1, target.memory().asSlice(16, 8).mismatch(source.memory().asSlice(0, 8)), "written");
    Result.success(pair.server.receiveCq, 9);
    assertEquals(
        -1, target.memory().asSlice(32, 8).mismatch(source.memory().asSlice(8, 8)), "sent");
  }

  @Test
  void aSilentEndSendsTheChain() {
    for (int i = 0; i < 4; i++) {
      writeByte(i, DEFER);
    }
    assertEquals(NdkStatus.SUCCESS, writeByte(4, NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS));
    assertEquals(numbers(4), Result.contexts(Result.take(clientCq, 4)));
    assertEquals(NdkStatus.SUCCESS, writeByte(5, 0));
    Result.success(clientCq, 5);
    assertEquals(-1, target.memory().asSlice(0, 6).mismatch(source.memory().asSlice(0, 6)));
  }

  @Test
  void submitSendsWhatWasDeferred() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 5; i++) {
        assertEquals(NdkStatus.SUCCESS, writeByte(i, DEFER));
      }
      assertEquals(NdkStatus.SUCCESS, client.submit());
      assertEquals(numbers(5), Result.contexts(Result.take(clientCq, 5)));
      assertEquals(NdkStatus.SUCCESS, client.submit(), "nothing is deferred");
    }
    assertEquals(-1, target.memory().asSlice(0, 5).mismatch(source.memory().asSlice(0, 5)));
    Result.assertNone(clientCq);
  }

  @Test
  void submitTellsThatThereIsNoConnection() throws Exception {
    assertEquals(NdkStatus.CONNECTION_INVALID, pair.client.side.qp().submit());
    assertEquals(NdkStatus.SUCCESS, writeByte(0, DEFER));
    client.flush();
    assertEquals(NdkStatus.CONNECTION_INVALID, client.submit());
    assertEquals(numbers(1), Result.contexts(Result.take(clientCq, 1)));
    client.close();
    assertEquals(NdkStatus.INVALID_HANDLE, client.submit());
  }

  @Test
  void aFullQueueSendsWhatWasDeferred() {
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, writeByte(i, DEFER));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, client.send(99, null, 0, 0));
    assertEquals(numbers(DEPTH), Result.contexts(Result.take(clientCq, DEPTH)));
    Result.assertNone(clientCq);
  }

  @Test
  @Covers("NdkFlush")
  void deferredRequestsAreCancelledByAFlush() {
    for (int i = 0; i < 4; i++) {
      assertEquals(NdkStatus.SUCCESS, writeByte(i, DEFER));
    }
    client.flush();
    List<Result> results = Result.take(clientCq, 4);
    assertEquals(numbers(4), Result.contexts(results));
    // The device may have executed them already: each has one result in any case.
    for (Result result : results) {
      assertEquals(NdkOperationType.WRITE, result.type());
    }
    Result.assertNone(clientCq);
  }

  @Test
  @Covers("NdkDisconnect")
  void deferredRequestsAreCancelledByADisconnect() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertEquals(NdkStatus.SUCCESS, writeByte(i, DEFER));
    }
    Await.done(pair.client.connector.disconnect());
    assertEquals(numbers(4), Result.contexts(Result.takeAll(clientCq)));
  }
}
