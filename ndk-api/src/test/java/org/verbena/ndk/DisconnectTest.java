package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a connection, at both sides. */
@Tag("device")
class DisconnectTest {
  private Pair pair;
  private Endpoint client;
  private Endpoint server;

  @BeforeEach
  void connect() throws Exception {
    pair = new Pair();
    client = pair.client;
    server = pair.server;
  }

  @AfterEach
  void close() {
    if (pair != null) {
      pair.close();
    }
  }

  private static Answer disconnect(Endpoint endpoint) {
    return Answer.pending(endpoint.connector::disconnect);
  }

  private static void assertCancelled(List<Long> contexts, List<Result> results) {
    assertEquals(contexts, Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.CANCELLED, result.status(), result::toString);
    }
  }

  @Test
  void itEndsWithoutAnyDoingOfThePeersConsumer() {
    Answer answer = disconnect(client);
    assertEquals(NdkStatus.SUCCESS, answer.await(), answer::detail);
    assertNull(answer.detail());
    assertEquals(1, answer.calls());
    assertEquals(0, client.disconnects(), "no event for one's own disconnect");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thePeerIsToldOnce(boolean clientDisconnects) throws Exception {
    Endpoint self = clientDisconnects ? client : server;
    Endpoint peer = clientDisconnects ? server : client;
    disconnect(self).await();
    peer.awaitDisconnect();
    assertEquals(NdkStatus.SUCCESS, disconnect(peer).await());
    peer.side.settle();
    assertEquals(1, peer.disconnects());
    assertEquals(0, self.disconnects());
  }

  @Test
  void whenItHasEndedEveryRequestHasItsResult() {
    for (int i = 0; i < 4; i++) {
      client.qp.receive(i, null, 0);
      client.qp.send(10 + i, null, 0, 0); // nobody receives
    }
    disconnect(client).await();
    assertCancelled(List.of(0L, 1L, 2L, 3L), Result.takeAll(client.receiveCq));
    assertCancelled(List.of(10L, 11L, 12L, 13L), Result.takeAll(client.initiatorCq));
  }

  @Test
  void silentRequestsHaveEndedToo() throws Exception {
    Buffer local = pair.wire.client.buffer(1 << 16).fill(1);
    Buffer remote = pair.wire.server.buffer(1 << 16);
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
  void thePeersReceivesStayUntilItDisconnectsItself() throws Exception {
    for (int i = 0; i < 4; i++) {
      server.qp.receive(i, null, 0);
    }
    disconnect(client).await();
    server.awaitDisconnect();
    server.side.settle();
    Result.assertNone(server.receiveCq);
    server.qp.receive(4, null, 0);
    Result.assertNone(server.receiveCq);
    assertEquals(NdkStatus.SUCCESS, disconnect(server).await());
    assertCancelled(List.of(0L, 1L, 2L, 3L, 4L), Result.takeAll(server.receiveCq));
  }

  @Test
  void thePeersReceivesStayUntilItFlushes() throws Exception {
    server.qp.receive(1, null, 0);
    disconnect(client).await();
    server.awaitDisconnect();
    server.qp.flush();
    assertCancelled(List.of(1L), Result.take(server.receiveCq, 1));
  }

  @Test
  void bothSidesMayDisconnectAtOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      Endpoint a = new Endpoint(pair.wire.client, QpSizes.SMALL, 1);
      Endpoint b = new Endpoint(pair.wire.server, QpSizes.SMALL, 2);
      Pair.connect(a, b);
      a.qp.receive(1, null, 0);
      b.qp.receive(2, null, 0);
      Answer ofA = disconnect(a);
      // The peer's notice may be there already: then this side only flushes.
      Answer ofB = disconnect(b);
      assertEquals(NdkStatus.SUCCESS, ofA.await(), ofA::detail);
      assertEquals(NdkStatus.SUCCESS, ofB.await(), ofB::detail);
      assertCancelled(List.of(1L), Result.takeAll(a.receiveCq));
      assertCancelled(List.of(2L), Result.takeAll(b.receiveCq));
      assertTrue(a.disconnects() <= 1 && b.disconnects() <= 1);
      Await.done(a.connector.closeAsync());
      Await.done(b.connector.closeAsync());
    }
  }

  @Test
  void afterwardsNothingIsPostedAndReceivesAreCancelled() throws Exception {
    disconnect(client).await();
    Buffer local = pair.wire.client.buffer(8);
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
  void connectorAndQueuePairAreUsedUp() throws Exception {
    disconnect(client).await();
    Acceptor acceptor = new Acceptor(pair.wire.server);
    Answer none = new Answer();
    assertEquals(NdkStatus.CONNECTION_INVALID, client.connector.disconnect(none));
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        client.connector.connect(
            pair.wire.client.qp(),
            pair.wire.client.anyPort(),
            acceptor.address(),
            1,
            1,
            null,
            none));
    assertEquals(NdkStatus.CONNECTION_INVALID, client.connector.completeConnect(null, none));
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        pair.wire
            .client
            .adapter
            .createConnector()
            .connect(client.qp, pair.wire.client.anyPort(), acceptor.address(), 1, 1, null, none));
    assertEquals(0, none.calls());
    assertEquals(0, acceptor.waiting());
  }

  @Test
  void onlyAConnectionIsDisconnected() throws Exception {
    Answer none = new Answer();
    NdkConnector fresh = pair.wire.client.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_INVALID, fresh.disconnect(none));
    Handshake handshake =
        Handshake.request(pair.wire.client, pair.wire.client.qp(), new Acceptor(pair.wire.server));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.active.disconnect(none));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.passive.disconnect(none));
    assertEquals(0, none.calls());
  }

  @Test
  void closingAConnectorDisconnectsAndFlushes() throws Exception {
    client.qp.receive(1, null, 0);
    Await.done(client.connector.closeAsync());
    assertCancelled(List.of(1L), Result.takeAll(client.receiveCq));
    server.awaitDisconnect();
    assertEquals(NdkStatus.CONNECTION_INVALID, client.qp.send(2, null, 0, 0));
  }

  @Test
  void closingAnAdapterDisconnects() {
    pair.wire.client.adapter.close();
    server.awaitDisconnect();
    assertEquals(1, server.disconnects());
  }

  @Test
  void closingAConnectorEndsItsDisconnectFirst() throws Exception {
    Answer disconnect = disconnect(client);
    Await.done(client.connector.closeAsync());
    assertEquals(1, disconnect.calls());
    NdkStatus status = disconnect.await();
    assertTrue(status == NdkStatus.SUCCESS || status == NdkStatus.CANCELLED, status::toString);
  }

  @Test
  void theEventMayCloseTheConnectorAndTheQueuePair() throws Exception {
    Endpoint a = new Endpoint(pair.wire.client, QpSizes.SMALL, 1);
    Endpoint b = new Endpoint(pair.wire.server, QpSizes.SMALL, 2);
    Handshake handshake = Handshake.request(pair.wire.client, a.qp, new Acceptor(pair.wire.server));
    Answer closed = new Answer();
    handshake.passive.accept(
        b.qp,
        1,
        1,
        null,
        () -> {
          handshake.passive.close();
          b.qp.close(() -> closed.completed(NdkStatus.SUCCESS, null));
        },
        new Answer());
    handshake.connect.await();
    Await.done(handshake.active.completeConnect(null));
    Await.done(handshake.active.disconnect());
    assertEquals(NdkStatus.SUCCESS, closed.await());
  }

  @Test
  void theEventMayDisconnect() throws Exception {
    Endpoint a = new Endpoint(pair.wire.client, QpSizes.SMALL, 1);
    Endpoint b = new Endpoint(pair.wire.server, QpSizes.SMALL, 2);
    Handshake handshake = Handshake.request(pair.wire.client, a.qp, new Acceptor(pair.wire.server));
    Answer disconnected = new Answer();
    handshake.passive.accept(
        b.qp, 1, 1, null, () -> handshake.passive.disconnect(disconnected), new Answer());
    handshake.connect.await();
    Await.done(handshake.active.completeConnect(null));
    Await.done(handshake.active.disconnect());
    assertEquals(NdkStatus.SUCCESS, disconnected.await(), disconnected::detail);
  }
}
