package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** NDK_OP_FLAG_INLINE: the bytes are taken during the call. */
@Tag("device")
class InlineTest {
  private static final int INLINE = NdkOpFlags.NDK_OP_FLAG_INLINE;
  private static final int NO_TOKEN = 0xDEAD_BEEF;

  private Pair pair;
  private NdkQp client;
  private NdkCq clientCq;
  private Buffer target;

  @BeforeEach
  void connect() throws Exception {
    pair = new Pair(QpSizes.SMALL.withInlineSize(100).withInitiatorSge(2));
    client = pair.client.qp;
    clientCq = pair.client.initiatorCq;
    target = pair.wire.server.buffer(4096);
  }

  @AfterEach
  void close() {
    if (pair != null) {
      pair.close();
    }
  }

  @Test
  void theBufferIsFreeOnReturnAndNeedsNoToken() {
    MemorySegment unregistered = pair.wire.client.memory(32);
    NdkSgl sgl = NdkSgl.of(unregistered, NO_TOKEN);
    int written = 10;
    for (int i = 0; i < written; i++) {
      unregistered.setString(0, "write " + i);
      assertEquals(
          NdkStatus.SUCCESS,
          client.write(i, sgl, 1, target.address() + 32L * i, target.remoteToken(), INLINE));
      unregistered.fill((byte) 'X');
    }
    for (int i = 0; i < written; i++) {
      Result.success(clientCq, i);
      assertEquals("write " + i, target.memory().getString(32L * i));
    }
  }

  @Test
  void deferredInlineBytesAreTakenDuringTheirCallToo() {
    MemorySegment unregistered = pair.wire.client.memory(32);
    NdkSgl sgl = NdkSgl.of(unregistered, NO_TOKEN);
    for (int i = 0; i < 8; i++) {
      unregistered.setString(0, "write " + i);
      int flags = i < 7 ? INLINE | NdkOpFlags.NDK_OP_FLAG_DEFER : INLINE;
      assertEquals(
          NdkStatus.SUCCESS,
          client.write(i, sgl, 1, target.address() + 32L * i, target.remoteToken(), flags));
      unregistered.fill((byte) 'X');
    }
    for (int i = 0; i < 8; i++) {
      Result.success(clientCq, i);
      assertEquals("write " + i, target.memory().getString(32L * i));
    }
  }

  @Test
  void aSendMayBeInlineOfTheFullSize() {
    MemorySegment unregistered = pair.wire.client.memory(100).fill((byte) 'a');
    assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(1, target.sgl(), 1));
    assertEquals(NdkStatus.SUCCESS, client.send(2, NdkSgl.of(unregistered, NO_TOKEN), 1, INLINE));
    unregistered.fill((byte) 'X');
    Result received = Result.take(pair.server.receiveCq);
    assertEquals(100, received.bytes(), received::toString);
    assertEquals("a".repeat(100) + "\0", target.text(101));
  }

  @Test
  void oneByteMoreThanTheInlineSizeIsRefused() {
    NdkSgl sgl = NdkSgl.of(pair.wire.client.memory(101), NO_TOKEN);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, client.send(1, sgl, 1, INLINE));
    assertEquals(
        NdkStatus.BUFFER_OVERFLOW,
        client.write(2, sgl, 1, target.address(), target.remoteToken(), INLINE));
    pair.server.qp.receive(3, null, 0);
    assertEquals(NdkStatus.SUCCESS, client.send(4, null, 0, 0));
    Result.success(clientCq, 4);
    Result.assertNone(clientCq);
  }

  @Test
  void moreElementsThanTheQueuePairTakesAreGathered() {
    MemorySegment letters = pair.wire.client.memory(64);
    letters.setString(0, "abcdefgh");
    NdkSgl sgl = new NdkSgl(8);
    for (int i = 0; i < 8; i++) {
      sgl.set(i, letters.asSlice(7 - i, 1), NO_TOKEN);
    }
    assertEquals(
        NdkStatus.SUCCESS, client.write(1, sgl, 8, target.address(), target.remoteToken(), INLINE));
    Result.success(clientCq, 1);
    assertEquals("hgfedcba", target.memory().getString(0));
  }

  @Test
  void anInlineRequestMayBeEmpty() {
    pair.server.qp.receive(1, target.sgl(), 1);
    assertEquals(NdkStatus.SUCCESS, client.send(2, null, 0, INLINE));
    assertEquals(0, Result.take(pair.server.receiveCq).bytes());
    Result.success(clientCq, 2);
  }
}
