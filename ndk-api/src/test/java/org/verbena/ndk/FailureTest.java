package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A failed request is identified by its contexts and type; those behind it are cancelled. */
@Tag("device")
@ExtendWith(Fixtures.class)
class FailureTest {
  private static final long FAILING = 0xBAD0_0000_0000_0001L;

  private final Pair pair;
  private final NdkQp client;
  private final NdkCq clientCq;
  private final Buffer local;
  private final Buffer remote;

  FailureTest(Pair pair) throws Exception {
    this.pair = pair;
    client = pair.client.qp;
    clientCq = pair.client.initiatorCq;
    local = pair.client.side.buffer(64);
    remote = pair.server.side.buffer(64);
  }

  private int badToken() {
    return remote.remoteToken() ^ 0xFF00;
  }

  private void assertFailed(NdkStatus status, NdkOperationType type, Result result) {
    assertEquals(status, result.status(), result::toString);
    assertEquals(type, result.type(), result::toString);
    assertEquals(FAILING, result.requestContext(), result::toString);
    assertNotEquals(0, result.providerErrorCode(), result::toString);
  }

  private static void assertCancelled(
      long context, long qpContext, NdkOperationType type, Result result) {
    assertEquals(NdkStatus.CANCELLED, result.status(), result::toString);
    assertEquals(type, result.type(), result::toString);
    assertEquals(context, result.requestContext(), result::toString);
    assertEquals(qpContext, result.qpContext(), result::toString);
    assertNotEquals(0, result.providerErrorCode(), result::toString);
  }

  @Test
  @Covers("NdkWrite")
  void aWriteWithABadTokenFailsAndWhatIsBehindItIsCancelled() {
    assertEquals(Optional.empty(), client.firstFailure());
    int token = remote.remoteToken();
    client.write(1, local.sgl(), 1, remote.address(), token, 0);
    client.write(FAILING, local.sgl(), 1, remote.address(), badToken(), 0);
    client.send(3, local.sgl(), 1, 0);
    client.read(4, local.sgl(), 1, remote.address(), token, 0);
    client.write(5, local.sgl(), 1, remote.address(), token, 0);
    List<Result> results = Result.take(clientCq, 5);
    assertEquals(NdkStatus.SUCCESS, results.get(0).status());
    assertEquals(1, results.get(0).requestContext());
    assertFailed(NdkStatus.REMOTE_RESOURCES, NdkOperationType.WRITE, results.get(1));
    assertEquals(Pair.CLIENT_CONTEXT, results.get(1).qpContext());
    assertCancelled(3, Pair.CLIENT_CONTEXT, NdkOperationType.SEND, results.get(2));
    assertCancelled(4, Pair.CLIENT_CONTEXT, NdkOperationType.READ, results.get(3));
    assertCancelled(5, Pair.CLIENT_CONTEXT, NdkOperationType.WRITE, results.get(4));
    Result.assertNone(clientCq);
    assertEquals(
        Optional.of(
            new NdkFailure(
                NdkStatus.REMOTE_RESOURCES,
                NdkOperationType.WRITE,
                FAILING,
                results.get(1).providerErrorCode())),
        client.firstFailure());
  }

  @Test
  @Covers("NdkRead")
  void aReadWithABadTokenFails() {
    client.read(FAILING, local.sgl(), 1, remote.address(), badToken(), 0);
    client.send(2, null, 0, 0);
    List<Result> results = Result.take(clientCq, 2);
    assertFailed(NdkStatus.REMOTE_RESOURCES, NdkOperationType.READ, results.get(0));
    assertCancelled(2, Pair.CLIENT_CONTEXT, NdkOperationType.SEND, results.get(1));
  }

  @Test
  @Covers("NdkSend")
  void aSendFromMemoryOfNoRegionFails() {
    NdkSgl sgl = NdkSgl.of(pair.client.side.memory(64), 0xDEAD_BEEF);
    pair.server.qp.receive(1, remote.sgl(), 1);
    client.send(FAILING, sgl, 1, 0);
    Result result = Result.take(clientCq);
    // Soft-RoCE reports an unknown region as an invalid request.
    NdkStatus expected =
        result.status() == NdkStatus.INVALID_DEVICE_REQUEST
            ? NdkStatus.INVALID_DEVICE_REQUEST
            : NdkStatus.ACCESS_VIOLATION;
    assertFailed(result.unlessHidden(expected), NdkOperationType.SEND, result);
  }

  @Test
  void thePlainFormOfResultsTellsTheSameAndTheFirstFailureIsKept() {
    client.write(FAILING, local.sgl(), 1, remote.address(), badToken(), 0);
    client.send(2, null, 0, 0);
    NdkResults results = new NdkResults(1);
    Await.until("the failure", () -> clientCq.getCqResults(results) == 1);
    assertEquals(NdkStatus.REMOTE_RESOURCES, results.status(0));
    assertEquals(FAILING, results.requestContext(0));
    assertEquals(Pair.CLIENT_CONTEXT, results.qpContext(0));
    Await.until("the cancelled one", () -> clientCq.getCqResults(results) == 1);
    assertEquals(NdkStatus.CANCELLED, results.status(0));
    assertEquals(2, results.requestContext(0));
    assertEquals(FAILING, client.firstFailure().orElseThrow().requestContext());
  }

  @Test
  void theFirstFailureIsSeenWhileDisconnectingToo() throws Exception {
    client.write(FAILING, local.sgl(), 1, remote.address(), badToken(), 0);
    client.send(2, null, 0, 0);
    Await.until(
        "the failure",
        () -> {
          pair.client.initiatorCq.getCqResultsEx(new NdkResultsEx(1));
          return client.firstFailure().isPresent();
        });
    Await.done(pair.client.connector.disconnect());
    assertEquals(FAILING, client.firstFailure().orElseThrow().requestContext());
  }

  @Test
  void whatIsPostedAfterAFailureIsCancelledOrRefused() {
    client.write(FAILING, local.sgl(), 1, remote.address(), badToken(), 0);
    assertFailed(NdkStatus.REMOTE_RESOURCES, NdkOperationType.WRITE, Result.take(clientCq));
    int posted = 0;
    for (int i = 0; i < 4; i++) {
      NdkStatus status = client.send(i, null, 0, 0);
      if (status == NdkStatus.SUCCESS) {
        posted++;
      } else {
        assertEquals(NdkStatus.CONNECTION_INVALID, status);
      }
    }
    for (Result result : Result.take(clientCq, posted)) {
      assertEquals(NdkStatus.CANCELLED, result.status());
    }
    Result.assertNone(clientCq);
  }

  @Test
  void aFailedConnectionCanBeDisconnected() throws Exception {
    client.write(FAILING, local.sgl(), 1, remote.address(), badToken(), 0);
    Result.take(clientCq);
    Await.done(pair.client.connector.disconnect());
    pair.server.awaitDisconnect();
    Await.done(pair.server.connector.disconnect());
  }

  @Test
  void aFailureTouchesNoOtherQueuePairOfTheSameCompletionQueue() throws Exception {
    NdkCq shared = pair.client.side.cq();
    Endpoint failing = new Endpoint(pair.client.side, Endpoint.SMALL, 0x1111L, shared, shared);
    Endpoint healthy = new Endpoint(pair.client.side, Endpoint.SMALL, 0x2222L, shared, shared);
    Endpoint server1 = new Endpoint(pair.server.side, Endpoint.SMALL, 1);
    Endpoint server2 = new Endpoint(pair.server.side, Endpoint.SMALL, 2);
    Pair.connect(failing, server1);
    Pair.connect(healthy, server2);
    failing.qp.receive(10, null, 0);
    failing.qp.write(11, local.sgl(), 1, remote.address(), badToken(), 0);
    healthy.qp.write(21, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    failing.qp.send(12, null, 0, 0);
    healthy.qp.write(22, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    failing.qp.flush();
    List<Result> results = Result.take(shared, 5);
    for (Result result : results) {
      boolean ofFailing = result.requestContext() < 20;
      assertEquals(ofFailing ? 0x1111L : 0x2222L, result.qpContext(), result::toString);
      assertEquals(ofFailing, result.status() != NdkStatus.SUCCESS, result::toString);
    }
    healthy.qp.write(23, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    Result.success(shared, 23);
    assertFalse(healthy.qp.firstFailure().isPresent());
  }
}
