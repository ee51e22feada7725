package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** NdkFlush: every outstanding request completes once, as cancelled. */
@Tag("device")
@Covers("NdkFlush")
@ExtendWith(Fixtures.class)
class FlushTest {
  private final Pair pair;
  private final NdkQp client;

  FlushTest(Pair pair) {
    this.pair = pair;
    client = pair.client.qp;
  }

  private static void assertCancelled(List<Long> contexts, NdkOperationType type, NdkCq cq) {
    List<Result> results = Result.take(cq, contexts.size());
    assertEquals(contexts, Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.CANCELLED, result.status(), result::toString);
      assertEquals(type, result.type(), result::toString);
    }
    Result.assertNone(cq);
  }

  @Test
  void whatWasDoneBeforeKeepsItsSuccess() {
    for (int i = 0; i < 4; i++) {
      pair.server.qp.receive(i, null, 0);
    }
    client.send(1, null, 0, 0);
    client.send(2, null, 0, 0);
    // What has completed at the client is in the server's queue.
    Result.take(pair.client.initiatorCq, 2);
    pair.server.qp.flush();
    List<Result> results = Result.take(pair.server.receiveCq, 4);
    assertEquals(List.of(0L, 1L, 2L, 3L), Result.contexts(results));
    assertEquals(
        List.of(NdkStatus.SUCCESS, NdkStatus.SUCCESS, NdkStatus.CANCELLED, NdkStatus.CANCELLED),
        Result.statuses(results));
  }

  @Test
  void initiatorRequestsAreRefusedAfterIt() throws Exception {
    client.flush();
    Buffer local = pair.client.side.buffer(8);
    assertEquals(NdkStatus.CONNECTION_INVALID, client.send(1, null, 0, 0));
    assertEquals(NdkStatus.CONNECTION_INVALID, client.read(1, local.sgl(), 1, 0, 0, 0));
    assertEquals(NdkStatus.CONNECTION_INVALID, client.write(1, local.sgl(), 1, 0, 0, 0));
    Result.assertNone(pair.client.initiatorCq);
  }

  @Test
  void flushingAgainAndFlushingWhatIsClosedDoesNothing() throws Exception {
    client.receive(1, null, 0);
    client.flush();
    client.flush();
    assertCancelled(List.of(1L), NdkOperationType.RECEIVE, pair.client.receiveCq);
    Await.done(pair.client.connector.closeAsync());
    Await.done(client.closeAsync());
    client.flush();
  }

  @Test
  void aQueuePairFlushedBeforeConnectingIsUsedUp() throws Exception {
    Endpoint endpoint = new Endpoint(pair.client.side, Endpoint.SMALL, 1);
    endpoint.qp.receive(1, null, 0);
    endpoint.qp.flush();
    assertCancelled(List.of(1L), NdkOperationType.RECEIVE, endpoint.receiveCq);
    Acceptor acceptor = new Acceptor(pair.server.side);
    NdkConnector connector = pair.client.side.adapter.createConnector();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        Completion.of(
            completion ->
                connector.connect(
                    endpoint.qp,
                    pair.client.side.anyPort(),
                    acceptor.address(),
                    1,
                    1,
                    null,
                    completion)));
  }

  @Test
  void aFlushedConnectionCanBeDisconnected() throws Exception {
    client.flush();
    Await.done(pair.client.connector.disconnect());
    pair.server.awaitDisconnect();
  }

  @Test
  void aCallbackMayFlush() throws Exception {
    client.receive(1, null, 0);
    NdkMr mr = pair.client.side.pd.createMr();
    Completion completion = new Completion();
    mr.registerMr(
        pair.client.side.memory(8),
        0,
        (status, detail) -> {
          client.flush();
          completion.completed(status, detail);
        });
    assertEquals(NdkStatus.SUCCESS, completion.await());
    assertCancelled(List.of(1L), NdkOperationType.RECEIVE, pair.client.receiveCq);
  }
}
