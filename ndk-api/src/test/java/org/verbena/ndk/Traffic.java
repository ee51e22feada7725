package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntFunction;

/** Data that a client sends, writes and reads back over a connection, and compares. */
final class Traffic {
  /** As many as the queues of {@link Endpoint#SMALL} hold. */
  static final int PIECES = 16;

  private static final int PIECE = 8 << 10;

  private final Endpoint client;
  private final Endpoint server;
  private final Buffer source;
  private final Buffer sink;
  private final Buffer back;

  Traffic(Endpoint client, Endpoint server) throws Exception {
    this.client = client;
    this.server = server;
    source = client.side.buffer((long) PIECES * PIECE);
    sink = server.side.buffer((long) PIECES * PIECE);
    back = client.side.buffer((long) PIECES * PIECE);
  }

  /** Moves data in each of the three ways. */
  void all(long seed) {
    send(seed);
    postWrites(seed + 1);
    awaitWrites();
    readBack();
  }

  private void send(long seed) {
    source.fill(seed);
    post(i -> server.qp.receive(i, piece(sink, i), 1));
    post(i -> client.qp.send(i, piece(source, i), 1, 0));
    succeed(client.initiatorCq);
    succeed(server.receiveCq);
    assertTrue(sink.hasSameBytesAs(source), "sent");
  }

  void postWrites(long seed) {
    source.fill(seed);
    post(i -> client.qp.write(i, piece(source, i), 1, address(sink, i), sink.remoteToken(), 0));
  }

  void awaitWrites() {
    succeed(client.initiatorCq);
    assertWritten();
  }

  void assertWritten() {
    assertTrue(sink.hasSameBytesAs(source), "written");
  }

  private void readBack() {
    post(i -> client.qp.read(i, piece(back, i), 1, address(sink, i), sink.remoteToken(), 0));
    succeed(client.initiatorCq);
    assertTrue(back.hasSameBytesAs(source), "read");
  }

  private static NdkSgl piece(Buffer buffer, int number) {
    return buffer.sgl((long) number * PIECE, PIECE);
  }

  private static long address(Buffer buffer, int number) {
    return buffer.address() + (long) number * PIECE;
  }

  private static void post(IntFunction<NdkStatus> request) {
    for (int i = 0; i < PIECES; i++) {
      assertEquals(NdkStatus.SUCCESS, request.apply(i));
    }
  }

  private static void succeed(NdkCq cq) {
    for (int i = 0; i < PIECES; i++) {
      Result.success(cq, i);
    }
  }
}
