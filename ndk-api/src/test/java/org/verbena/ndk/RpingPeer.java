package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Our end of rping's protocol. Every message is 16 bytes, big-endian: an address (8), a token (4),
 * a length (4); the server's messages are acknowledgements, whose content is ignored.
 *
 * <ol>
 *   <li>The client sends the address of its ping; the server reads it and acknowledges.
 *   <li>The client sends the address for the echo; the server writes it and acknowledges.
 * </ol>
 */
final class RpingPeer {
  private static final ValueLayout.OfLong LONG =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int MESSAGE = 16;
  private static final long RECEIVE = 1;
  private static final long SEND = 2;
  private static final long TRANSFER = 3;

  private final Endpoint endpoint;
  private final Buffer incoming;
  private final Buffer outgoing;

  /** Posts the first receive. */
  RpingPeer(Endpoint endpoint) throws Exception {
    this.endpoint = endpoint;
    incoming = endpoint.side.buffer(MESSAGE);
    outgoing = endpoint.side.buffer(MESSAGE);
    postReceive();
  }

  private void postReceive() {
    assertEquals(NdkStatus.SUCCESS, endpoint.qp.receive(RECEIVE, incoming.sgl(), 1));
  }

  private void send() {
    assertEquals(NdkStatus.SUCCESS, endpoint.qp.send(SEND, outgoing.sgl(), 1, 0));
    Result.success(endpoint.initiatorCq, SEND);
  }

  private void receive() {
    Result received = Result.take(endpoint.receiveCq);
    assertEquals(NdkStatus.SUCCESS, received.status(), received::toString);
    assertEquals(MESSAGE, received.bytes());
  }

  /** As the client: sends the server the address of a buffer and waits for the acknowledgement. */
  void offer(Buffer buffer) {
    MemorySegment message = outgoing.memory();
    message.set(LONG, 0, buffer.address());
    message.set(INT, 8, buffer.remoteToken());
    message.set(INT, 12, (int) buffer.memory().byteSize());
    send();
    receive();
    postReceive();
  }

  /** As the server: reads the next ping, echoes it and returns it. */
  String echo(Buffer buffer) {
    receive();
    MemorySegment message = incoming.memory();
    int length = message.get(INT, 12);
    long address = message.get(LONG, 0);
    int token = message.get(INT, 8);
    postReceive();
    assertEquals(
        NdkStatus.SUCCESS, endpoint.qp.read(TRANSFER, buffer.sgl(0, length), 1, address, token, 0));
    Result.success(endpoint.initiatorCq, TRANSFER);
    send();

    receive();
    address = message.get(LONG, 0);
    token = message.get(INT, 8);
    postReceive();
    assertEquals(
        NdkStatus.SUCCESS,
        endpoint.qp.write(TRANSFER, buffer.sgl(0, length), 1, address, token, 0));
    Result.success(endpoint.initiatorCq, TRANSFER);
    send();
    return buffer.memory().getString(0);
  }
}
