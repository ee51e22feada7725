package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.verbena.ndk.NdkConnectionEnd.Cause;

/** Whatever ends a connection is told once, in one place. */
@Tag("device")
@Covers("NDK_FN_DISCONNECT_EVENT_CALLBACK")
@ExtendWith(Fixtures.class)
class ConnectionEndTest {
  static NdkConnectionEnd end(NdkConnector connector) throws Exception {
    return connector
        .whenEnded()
        .toCompletableFuture()
        .get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  static boolean hasEnded(NdkConnector connector) {
    return connector.whenEnded().toCompletableFuture().isDone();
  }

  private static void assertEnd(Cause cause, NdkConnector connector) throws Exception {
    assertEquals(new NdkConnectionEnd(cause, 0, Optional.empty()), end(connector));
  }

  @Test
  void aDisconnectIsConfirmedOnBothSides(Pair pair) throws Exception {
    AtomicInteger ends = new AtomicInteger();
    pair.client.connector.whenEnded().thenRun(ends::incrementAndGet);
    assertFalse(hasEnded(pair.client.connector) || hasEnded(pair.server.connector));
    Await.done(pair.client.connector.disconnect());
    assertEnd(Cause.PEER_CONFIRMED, pair.client.connector);
    assertEnd(Cause.PEER_CONFIRMED, pair.server.connector);
    assertEquals(1, pair.server.disconnects());
    Await.done(pair.server.connector.disconnect());
    Await.closed(pair.client.connector, pair.server.connector);
    Await.until("the end", () -> ends.get() == 1);
  }

  @Test
  void aFlushIsUnknownToThePeer(Pair pair) throws Exception {
    pair.client.qp.flush();
    assertEnd(Cause.PEER_UNKNOWN, pair.client.connector);
    assertFalse(hasEnded(pair.server.connector));
    assertEquals(0, pair.client.disconnects());
    Await.done(pair.client.connector.disconnect());
    assertEnd(Cause.PEER_CONFIRMED, pair.server.connector);
  }

  @Test
  void aCloseIsUnknownToThePeerUntilItIsTold(Pair pair) throws Exception {
    pair.client.connector.close();
    assertEnd(Cause.PEER_UNKNOWN, pair.client.connector);
    assertEquals(Cause.PEER_CONFIRMED, end(pair.server.connector).cause());
  }

  @Test
  void aConnectorThatHasNoConnectionEndsWithItsClose(Pair pair) throws Exception {
    NdkConnector connector = pair.client.side.adapter.createConnector();
    assertFalse(hasEnded(connector));
    connector.close();
    assertEnd(Cause.PEER_UNKNOWN, connector);
  }

  @Test
  void aFailedRequestIsPartOfTheEnd(Pair pair) throws Exception {
    Buffer local = pair.client.side.buffer(64);
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.write(7, local.sgl(), 1, 0x1000, 0xBAD, 0));
    Result.take(pair.client.initiatorCq);
    NdkConnectionEnd end = end(pair.client.connector);
    assertEquals(Cause.PEER_UNKNOWN, end.cause());
    assertEquals(7, end.firstFailure().orElseThrow().requestContext());
  }

  @Test
  void aDependentThatThrowsHarmsNobody(Pair pair) throws Exception {
    pair.client
        .connector
        .whenEnded()
        .thenRun(
            () -> {
              throw new IllegalStateException("a test's own");
            });
    Await.done(pair.client.connector.disconnect());
    assertEnd(Cause.PEER_CONFIRMED, pair.client.connector);
    pair.client.side.adapter.close();
  }

  @Test
  @Covers("NdkDisconnect")
  void aDisconnectHasATimeOutOfItsOwn(Sides sides) throws Exception {
    try (ChildJvm program = new ChildJvm(PassiveProgram.class)) {
      int port = Integer.parseInt(program.awaitLine("port ", Duration.ofMinutes(5)));
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
      client.connector = sides.client.adapter.createConnector();
      InetSocketAddress to = new InetSocketAddress(RigDevice.B.address4(), port);
      Await.done(
          client.connector.connect(
              client.qp, client.side.anyPort(), to, NdkConnectOptions.DEFAULT));
      Await.done(client.connector.completeConnect(client::disconnected));
      for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofDays(2)}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> client.connector.disconnect(wrong, new Completion()));
      }
      program.stop();
      long start = System.nanoTime();
      Completion disconnect =
          Completion.pending(c -> client.connector.disconnect(Duration.ofMillis(200), c));
      assertEquals(NdkStatus.IO_TIMEOUT, disconnect.await());
      assertTrue(System.nanoTime() - start < Duration.ofSeconds(15).toNanos());
      assertEnd(Cause.PEER_UNKNOWN, client.connector);
      program.resume();
    }
  }
}
