package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** NDK_OP_FLAG_INLINE: the bytes are copied during the call. */
@Tag("device")
@Covers("NdkSend")
@ExtendWith(Fixtures.class)
class InlineTest {
  private static final int INLINE = NdkOpFlags.NDK_OP_FLAG_INLINE;
  private static final int NO_TOKEN = 0xDEAD_BEEF;

  private final Pair pair;
  private final NdkQp client;
  private final NdkCq clientCq;
  private final Buffer target;

  InlineTest(Sides sides) throws Exception {
    pair = new Pair(sides, Endpoint.SMALL.withInlineSize(100).withInitiatorSge(2));
    client = pair.client.qp;
    clientCq = pair.client.initiatorCq;
    target = pair.server.side.buffer(4096);
  }

  @Test
  void aSendMayBeInlineOfTheFullSize() {
    MemorySegment unregistered = pair.client.side.memory(100).fill((byte) 'a');
    assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(1, target.sgl(), 1));
    assertEquals(NdkStatus.SUCCESS, client.send(2, NdkSgl.of(unregistered, NO_TOKEN), 1, INLINE));
    unregistered.fill((byte) 'X');
    Result received = Result.take(pair.server.receiveCq);
    assertEquals(100, received.bytes(), received::toString);
    assertEquals("a".repeat(100) + "\0", target.text(101));
  }

  @Test
  void anInlineRequestMayBeEmpty() {
    pair.server.qp.receive(1, target.sgl(), 1);
    assertEquals(NdkStatus.SUCCESS, client.send(2, null, 0, INLINE));
    assertEquals(0, Result.take(pair.server.receiveCq).bytes());
    Result.success(clientCq, 2);
  }
}
