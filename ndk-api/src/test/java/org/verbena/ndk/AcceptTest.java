package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections that fail after the request has arrived, and calls out of turn. */
@Tag("device")
@ExtendWith(Fixtures.class)
class AcceptTest {
  private Sides sides;
  private Acceptor acceptor;
  private Endpoint client;
  private Endpoint server;

  AcceptTest(Sides sides) throws Exception {
    use(sides);
  }

  private void use(Sides sides) throws Exception {
    this.sides = sides;
    acceptor = new Acceptor(sides.server);
    client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2);
  }

  private Handshake request() throws Exception {
    return Handshake.request(sides.client, client.qp, acceptor);
  }

  @Test
  @Covers("NdkAccept")
  void anAcceptThatIsNeverCompletedTimesOutInTime() throws Exception {
    Duration timeout = Duration.ofMillis(1500);
    try (Sides other = Sides.impatientServer(timeout)) {
      use(other);
      Handshake handshake = request();
      server.qp.receive(7, null, 0);
      long start = System.nanoTime();
      Completion accept = handshake.accept(server);
      assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
      assertEquals(NdkStatus.IO_TIMEOUT, accept.await());
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(took.compareTo(timeout) >= 0, took::toString);
      assertTrue(took.compareTo(timeout.plusSeconds(3)) < 0, took::toString);
      assertEquals(NdkStatus.CANCELLED, Result.take(server.receiveCq).status());

      // The client is now too late: its call fails, or succeeds and the connection is lost.
      NdkStatus late =
          Completion.of(c -> handshake.active.completeConnect(client::disconnected, c));
      if (late == NdkStatus.SUCCESS) {
        client.awaitDisconnect();
      } else {
        assertEquals(NdkStatus.CONNECTION_ABORTED, late);
      }
    }
  }

  @Test
  @Covers("NdkCompleteConnect")
  void aConnectThatTheServerGivesUpAfterwardsCannotBeCompletedForLong() throws Exception {
    Handshake handshake = request();
    handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    Await.done(handshake.passive.closeAsync());
    NdkStatus late = Completion.of(c -> handshake.active.completeConnect(client::disconnected, c));
    if (late == NdkStatus.SUCCESS) {
      client.awaitDisconnect();
    } else {
      assertEquals(NdkStatus.CONNECTION_ABORTED, late);
    }
  }

  @Test
  @Covers({"NdkAccept", "NdkCloseXxx"})
  void aClosedConnectorsAcceptIsCancelled() throws Exception {
    Handshake handshake = request();
    Completion accept = handshake.accept(server);
    Await.done(handshake.passive.closeAsync());
    assertEquals(1, accept.calls());
    assertEquals(NdkStatus.CANCELLED, accept.await());
  }

  @Test
  @Covers("NdkAccept")
  void onlyARequestIsAcceptedAndOnce() throws Exception {
    Completion none = new Completion();
    NdkConnector fresh = sides.client.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_INVALID, fresh.accept(client.qp, 1, 1, null, null, none));
    Handshake handshake = request();
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        handshake.active.accept(sides.client.qp(), 1, 1, null, null, none));
    assertEquals(
        NdkStatus.INVALID_PARAMETER,
        handshake.passive.accept(client.qp, 1, 1, null, null, none),
        "a queue pair of another adapter");
    assertEquals(
        NdkStatus.INVALID_PARAMETER, handshake.passive.accept(server.qp, -1, 1, null, null, none));
    handshake.accept(server);
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        handshake.passive.accept(sides.server.qp(), 1, 1, null, null, none));
    assertEquals(0, none.calls());
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
  }

  @Test
  void anAcceptedRequestDoesNotConnectElsewhere() throws Exception {
    Handshake handshake = request();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        handshake.passive.connect(
            server.qp, sides.server.anyPort(), acceptor.address(), 1, 1, null, new Completion()));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.passive.disconnect(new Completion()));
  }

  @Test
  @Covers("NdkReject")
  void aRequestIsRejectedOnceAndThenOnlyClosed() throws Exception {
    NdkConnector fresh = sides.client.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_INVALID, fresh.reject(null));
    Handshake handshake = request();
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.active.reject(null), "connect pending");
    assertEquals(NdkStatus.SUCCESS, handshake.passive.reject(null));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.passive.reject(null));
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        handshake.passive.accept(server.qp, 1, 1, null, null, new Completion()));
    assertEquals(NdkStatus.CONNECTION_REFUSED, handshake.connect.await());
    Await.done(handshake.passive.closeAsync());
  }

  @Test
  @Covers("NdkReject")
  void anEstablishedConnectionCannotBeRejected() throws Exception {
    Pair.connect(client, server, acceptor, 1);
    assertEquals(NdkStatus.CONNECTION_INVALID, client.connector.reject(null));
    assertEquals(NdkStatus.CONNECTION_INVALID, server.connector.reject(null));
    server.qp.receive(1, null, 0);
    client.qp.send(2, null, 0, 0);
    Result.success(client.initiatorCq, 2);
  }

  @Test
  @Covers("NdkCompleteConnect")
  void aConnectWhoseQueuePairWasFlushedCannotBeCompleted() throws Exception {
    Handshake handshake = request();
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    client.qp.flush();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        Completion.of(c -> handshake.active.completeConnect(client::disconnected, c)));
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
  }

  @Test
  @Covers("NdkCompleteConnect")
  void aConnectWhoseQueuePairWasClosedCannotBeCompleted() throws Exception {
    Handshake handshake = request();
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    CompletionStage<Void> closed = client.qp.closeAsync();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        Completion.of(c -> handshake.active.completeConnect(client::disconnected, c)));
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
    handshake.active.close();
    Await.done(closed);
  }

  @Test
  @Covers("NdkAccept")
  void aQueuePairOfAnAbortedAcceptIsUsedUp() throws Exception {
    Handshake handshake = request();
    Completion accept = handshake.accept(server);
    handshake.connect.await();
    handshake.active.close();
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
    Await.done(handshake.passive.closeAsync());
    Handshake second = Handshake.request(sides.client, sides.client.qp(), acceptor);
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        second.passive.accept(server.qp, 1, 1, null, null, new Completion()));
  }
}
