package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The end of a connection, at both sides. */
@Tag("device")
@Covers("NdkDisconnect")
@ExtendWith(Fixtures.class)
class DisconnectTest {
  private final Pair pair;
  private final Endpoint client;
  private final Endpoint server;

  DisconnectTest(Pair pair) {
    this.pair = pair;
    client = pair.client;
    server = pair.server;
  }

  private static Completion disconnect(Endpoint endpoint) {
    return Completion.pending(endpoint.connector::disconnect);
  }

  private static void assertCancelled(List<Long> contexts, List<Result> results) {
    assertEquals(contexts, Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.CANCELLED, result.status(), result::toString);
    }
  }

  @Test
  void whenItHasEndedEveryRequestHasItsResult() {
    for (int i = 0; i < 4; i++) {
      client.qp.receive(i, null, 0);
      client.qp.send(10 + i, null, 0, 0); // no receive is posted
    }
    disconnect(client).await();
    assertCancelled(List.of(0L, 1L, 2L, 3L), Result.takeAll(client.receiveCq));
    assertCancelled(List.of(10L, 11L, 12L, 13L), Result.takeAll(client.initiatorCq));
  }

  @Test
  void silentRequestsHaveEndedToo() throws Exception {
    Buffer local = pair.client.side.buffer(1 << 16).fill(1);
    Buffer remote = pair.server.side.buffer(1 << 16);
    for (int i = 0; i < 5; i++) {
      client.qp.write(
          i,
          local.sgl(),
          1,
          remote.address(),
          remote.remoteToken(),
          NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS);
    }
    disconnect(client).await();
    for (Result result : Result.takeAll(client.initiatorCq)) {
      assertEquals(NdkStatus.CANCELLED, result.status());
    }
    Result.assertNone(client.initiatorCq);
  }

  @Test
  void afterwardsNothingIsPostedAndReceivesAreCancelled() throws Exception {
    disconnect(client).await();
    Buffer local = pair.client.side.buffer(8);
    assertEquals(NdkStatus.CONNECTION_INVALID, client.qp.send(1, null, 0, 0));
    assertEquals(NdkStatus.CONNECTION_INVALID, client.qp.read(1, local.sgl(), 1, 0, 0, 0));
    assertEquals(NdkStatus.CONNECTION_INVALID, client.qp.write(1, local.sgl(), 1, 0, 0, 0));
    Result.assertNone(client.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, client.qp.receive(2, null, 0));
    assertCancelled(List.of(2L), Result.take(client.receiveCq, 1));
  }

  @Test
  void afterThePeersDisconnectNothingIsPosted() {
    disconnect(client).await();
    server.awaitDisconnect();
    assertEquals(NdkStatus.CONNECTION_INVALID, server.qp.send(1, null, 0, 0));
    Result.assertNone(server.initiatorCq);
  }

  @Test
  void onlyAConnectionIsDisconnected() throws Exception {
    Completion none = new Completion();
    NdkConnector fresh = pair.client.side.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_INVALID, fresh.disconnect(none));
    Handshake handshake =
        Handshake.request(pair.client.side, pair.client.side.qp(), new Acceptor(pair.server.side));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.active.disconnect(none));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.passive.disconnect(none));
    assertEquals(0, none.calls());
  }

  @Test
  @Covers("NdkCloseXxx")
  void closingAConnectorDisconnectsAndFlushes() throws Exception {
    client.qp.receive(1, null, 0);
    Await.done(client.connector.closeAsync());
    assertCancelled(List.of(1L), Result.takeAll(client.receiveCq));
    server.awaitDisconnect();
    assertEquals(NdkStatus.CONNECTION_INVALID, client.qp.send(2, null, 0, 0));
  }

  @Test
  void closingAnAdapterDisconnects() {
    pair.client.side.adapter.close();
    server.awaitDisconnect();
    assertEquals(1, server.disconnects());
  }

  @Test
  @Covers("NdkCloseXxx")
  void closingAConnectorEndsItsDisconnectFirst() throws Exception {
    Completion disconnect = disconnect(client);
    Await.done(client.connector.closeAsync());
    assertEquals(1, disconnect.calls());
    NdkStatus status = disconnect.await();
    assertTrue(status == NdkStatus.SUCCESS || status == NdkStatus.CANCELLED, status::toString);
  }

  @Test
  @Covers({"NDK_FN_DISCONNECT_EVENT_CALLBACK", "NdkCloseXxx"})
  void theEventMayCloseTheConnectorAndTheQueuePair() throws Exception {
    Endpoint a = new Endpoint(pair.client.side, Endpoint.SMALL, 1);
    Endpoint b = new Endpoint(pair.server.side, Endpoint.SMALL, 2);
    Handshake handshake = Handshake.request(pair.client.side, a.qp, new Acceptor(pair.server.side));
    Completion closed = new Completion();
    handshake.passive.accept(
        b.qp,
        1,
        1,
        null,
        () -> {
          handshake.passive.close();
          b.qp.close(() -> closed.completed(NdkStatus.SUCCESS, null));
        },
        new Completion());
    handshake.connect.await();
    Await.done(handshake.active.completeConnect(null));
    Await.done(handshake.active.disconnect());
    assertEquals(NdkStatus.SUCCESS, closed.await());
  }

  @Test
  @Covers("NDK_FN_DISCONNECT_EVENT_CALLBACK")
  void theEventMayDisconnect() throws Exception {
    Endpoint a = new Endpoint(pair.client.side, Endpoint.SMALL, 1);
    Endpoint b = new Endpoint(pair.server.side, Endpoint.SMALL, 2);
    Handshake handshake = Handshake.request(pair.client.side, a.qp, new Acceptor(pair.server.side));
    Completion disconnected = new Completion();
    handshake.passive.accept(
        b.qp, 1, 1, null, () -> handshake.passive.disconnect(disconnected), new Completion());
    handshake.connect.await();
    Await.done(handshake.active.completeConnect(null));
    Await.done(handshake.active.disconnect());
    assertEquals(NdkStatus.SUCCESS, disconnected.await(), disconnected::detail);
  }
}
