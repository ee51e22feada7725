package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Send, receive, read and write, without errors. */
@Tag("device")
@ExtendWith(Fixtures.class)
class TransferTest {
  private final Pair pair;
  private final NdkQp client;
  private final NdkQp server;
  private final NdkCq clientCq;
  private final NdkCq serverCq;

  TransferTest(Pair pair) {
    this.pair = pair;
    client = pair.client.qp;
    server = pair.server.qp;
    clientCq = pair.client.initiatorCq;
    serverCq = pair.server.receiveCq;
  }

  private Buffer clientBuffer(long size) throws Exception {
    return pair.client.side.buffer(size);
  }

  private Buffer serverBuffer(long size) throws Exception {
    return pair.server.side.buffer(size);
  }

  @Test
  @Covers({"NdkSend", "NdkReceive"})
  void aMessageArrivesAndBothSidesHaveAFullResult() throws Exception {
    Buffer source = clientBuffer(100).put("a message");
    Buffer target = serverBuffer(100);
    assertEquals(NdkStatus.SUCCESS, server.receive(0x8123_4567_89AB_CDEFL, target.sgl(), 1));
    assertEquals(NdkStatus.SUCCESS, client.send(-1L, source.sgl(0, 9), 1, 0));
    Result received = Result.take(serverCq);
    assertEquals(NdkStatus.SUCCESS, received.status());
    assertEquals(9, received.bytes());
    assertEquals(Pair.SERVER_CONTEXT, received.qpContext());
    assertEquals(0x8123_4567_89AB_CDEFL, received.requestContext());
    assertEquals(NdkOperationType.RECEIVE, received.type());
    assertEquals(0, received.providerErrorCode());
    assertEquals("a message\0", target.text(10));
    Result sent = Result.take(clientCq);
    assertEquals(NdkStatus.SUCCESS, sent.status());
    assertEquals(Pair.CLIENT_CONTEXT, sent.qpContext());
    assertEquals(-1L, sent.requestContext());
    assertEquals(NdkOperationType.SEND, sent.type());
    assertEquals(0, sent.providerErrorCode());
  }

  @Test
  @Covers({"NdkSend", "NdkReceive"})
  void bothSidesMaySendAtOnce() throws Exception {
    Buffer atClient = clientBuffer(64);
    Buffer atServer = serverBuffer(64);
    client.receive(1, atClient.sgl(0, 32), 1);
    server.receive(2, atServer.sgl(0, 32), 1);
    atClient.memory().asSlice(32).setString(0, "up");
    atServer.memory().asSlice(32).setString(0, "down");
    assertEquals(NdkStatus.SUCCESS, client.send(3, atClient.sgl(32, 32), 1, 0));
    assertEquals(NdkStatus.SUCCESS, server.send(4, atServer.sgl(32, 32), 1, 0));
    Result.success(serverCq, 2);
    Result.success(pair.client.receiveCq, 1);
    Result.success(clientCq, 3);
    Result.success(pair.server.initiatorCq, 4);
    assertEquals("up", atServer.memory().getString(0));
    assertEquals("down", atClient.memory().getString(0));
  }

  @Test
  @Covers({"NdkSend", "NdkReceive"})
  void aMessageMayBeEmpty() throws Exception {
    Buffer target = serverBuffer(16).put("untouched");
    server.receive(1, target.sgl(), 1);
    server.receive(2, null, 0);
    assertEquals(NdkStatus.SUCCESS, client.send(3, null, 0, 0));
    assertEquals(NdkStatus.SUCCESS, client.send(4, clientBuffer(16).sgl(3, 0), 1, 0));
    for (int context = 1; context <= 2; context++) {
      Result received = Result.take(serverCq);
      assertEquals(NdkStatus.SUCCESS, received.status());
      assertEquals(context, received.requestContext());
      assertEquals(0, received.bytes());
    }
    assertEquals("untouched", target.text(9));
    assertEquals(List.of(3L, 4L), Result.contexts(Result.take(clientCq, 2)));
  }

  @Test
  @Covers({"NdkSend", "NdkReceive"})
  void aMessageIsGatheredAndScattered() throws Exception {
    Buffer source = clientBuffer(64).put("abcdefghijklmnopqrstuvwxyz");
    Buffer other = clientBuffer(64).put("0123456789");
    Buffer target = serverBuffer(64);
    NdkSgl gather =
        new NdkSgl(4)
            .set(0, source.memory().asSlice(0, 3), source.localToken())
            .set(1, other.memory().asSlice(5, 5), other.localToken())
            .set(2, source.memory().asSlice(10, 1), source.localToken())
            .set(3, other.memory().asSlice(0, 2), other.localToken());
    NdkSgl scatter =
        new NdkSgl(3)
            .set(0, target.memory().asSlice(40, 2), target.localToken())
            .set(1, target.memory().asSlice(20, 7), target.localToken())
            .set(2, target.memory().asSlice(0, 10), target.localToken());
    server.receive(1, scatter, 3);
    assertEquals(NdkStatus.SUCCESS, client.send(2, gather, 4, 0));
    Result received = Result.take(serverCq);
    assertEquals(11, received.bytes(), received::toString);
    assertEquals("ab", target.memory().getString(40));
    assertEquals("c56789k", target.memory().getString(20));
    assertEquals("01", target.memory().getString(0));
  }

  @Test
  void onlyTheElementsAskedForAreUsed() throws Exception {
    Buffer source = clientBuffer(64).put("abcdef");
    NdkSgl three =
        new NdkSgl(3)
            .set(0, source.memory().asSlice(0, 2), source.localToken())
            .set(1, source.memory().asSlice(2, 2), source.localToken())
            .set(2, source.memory().asSlice(4, 2), source.localToken());
    Buffer target = serverBuffer(64);
    server.receive(1, target.sgl(), 1);
    assertEquals(NdkStatus.SUCCESS, client.send(2, three, 2, 0));
    assertEquals(4, Result.take(serverCq).bytes());
    assertEquals("abcd", target.memory().getString(0));
  }

  @Test
  void theListMayBeChangedOnceTheCallHasReturned() throws Exception {
    Buffer source = clientBuffer(64).put("firstother");
    Buffer target = serverBuffer(64);
    NdkSgl sgl = target.sgl(0, 5);
    server.receive(1, sgl, 1);
    sgl.set(0, target.memory().asSlice(5, 5), target.localToken());
    server.receive(2, sgl, 1);
    sgl.set(0, source.memory().asSlice(0, 5), source.localToken());
    client.send(3, sgl, 1, 0);
    sgl.set(0, source.memory().asSlice(5, 5), source.localToken());
    client.send(4, sgl, 1, 0);
    assertEquals(List.of(1L, 2L), Result.contexts(Result.take(serverCq, 2)));
    assertEquals("firstother", target.text(10));
  }

  @Test
  @Covers("NdkWrite")
  void memoryOfThePeerIsWrittenWithoutItsNotice() throws Exception {
    Buffer source = clientBuffer(64).put("written");
    Buffer target = serverBuffer(64);
    server.receive(1, null, 0);
    assertEquals(
        NdkStatus.SUCCESS,
        client.write(2, source.sgl(0, 7), 1, target.address() + 20, target.remoteToken(), 0));
    Result written = Result.take(clientCq);
    assertEquals(NdkStatus.SUCCESS, written.status());
    assertEquals(NdkOperationType.WRITE, written.type());
    assertEquals("written", target.memory().getString(20));
    Result.assertNone(serverCq);
  }

  @Test
  @Covers("NdkRead")
  void memoryOfThePeerIsReadIntoSeveralElements() throws Exception {
    Buffer target = serverBuffer(64).put("readable");
    Buffer sink = clientBuffer(64);
    NdkSgl scatter =
        new NdkSgl(2)
            .set(0, sink.memory().asSlice(32, 4), sink.localToken())
            .set(1, sink.memory().asSlice(0, 4), sink.localToken());
    assertEquals(
        NdkStatus.SUCCESS, client.read(5, scatter, 2, target.address(), target.remoteToken(), 0));
    Result read = Result.take(clientCq);
    assertEquals(NdkStatus.SUCCESS, read.status());
    assertEquals(NdkOperationType.READ, read.type());
    assertEquals(5, read.requestContext());
    assertEquals("read", sink.memory().getString(32));
    assertEquals("able", sink.memory().getString(0));
  }

  @Test
  @Covers({"NdkRead", "NdkWrite"})
  void theServerMayReadAndWriteTheClient() throws Exception {
    Buffer target = clientBuffer(64).put("question");
    Buffer local = serverBuffer(64);
    server.read(1, local.sgl(0, 8), 1, target.address(), target.remoteToken(), 0);
    Result.success(pair.server.initiatorCq, 1);
    assertEquals("question", local.text(8));
    local.put("answered");
    server.write(2, local.sgl(0, 8), 1, target.address(), target.remoteToken(), 0);
    Result.success(pair.server.initiatorCq, 2);
    assertEquals("answered", target.text(8));
  }

  @Test
  @Covers("NdkWrite")
  void aLongTransferWorks() throws Exception {
    long longest = pair.client.side.longTransfer();
    Buffer source = clientBuffer(longest).fill(5);
    Buffer target = serverBuffer(longest);
    assertEquals(
        NdkStatus.SUCCESS,
        client.write(1, source.sgl(), 1, target.address(), target.remoteToken(), 0));
    Result.success(clientCq, 1);
    assertTrue(target.hasSameBytesAs(source));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 1023, 1024, 4095, 4096, 4097, 8192, 65_535, 100_001})
  @Covers({"NdkSend", "NdkReceive", "NdkRead", "NdkWrite"})
  void everyLengthArrivesWholeAndAlone(int length) throws Exception {
    Buffer source = clientBuffer(length + 2).fill(length);
    Buffer target = serverBuffer(length + 2);
    NdkSgl sgl = source.sgl(1, length);
    assertEquals(
        NdkStatus.SUCCESS, client.write(1, sgl, 1, target.address() + 1, target.remoteToken(), 0));
    Result.success(clientCq, 1);
    assertHasOnly(source, target, length);

    target.memory().fill((byte) 0);
    server.receive(2, target.sgl(1, length), 1);
    assertEquals(NdkStatus.SUCCESS, client.send(3, sgl, 1, 0));
    assertEquals(length, Result.take(serverCq).bytes());
    Result.success(clientCq, 3);
    assertHasOnly(source, target, length);

    Buffer back = clientBuffer(length + 2);
    assertEquals(
        NdkStatus.SUCCESS,
        client.read(4, back.sgl(1, length), 1, target.address() + 1, target.remoteToken(), 0));
    Result.success(clientCq, 4);
    assertHasOnly(source, back, length);
  }

  /** All bytes but the first and the last were copied. */
  private static void assertHasOnly(Buffer source, Buffer target, int length) {
    assertEquals(
        -1, target.memory().asSlice(1, length).mismatch(source.memory().asSlice(1, length)));
    assertEquals(0, target.memory().get(ValueLayout.JAVA_BYTE, 0));
    assertEquals(0, target.memory().get(ValueLayout.JAVA_BYTE, length + 1L));
  }
}
