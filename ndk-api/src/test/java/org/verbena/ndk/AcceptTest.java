package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections that come to nothing after the request has arrived, and calls out of turn. */
@Tag("device")
class AcceptTest {
  private Wire wire;
  private Acceptor acceptor;
  private Endpoint client;
  private Endpoint server;

  @BeforeEach
  void open() throws Exception {
    openWire(new Wire());
  }

  private void openWire(Wire opened) throws Exception {
    close();
    wire = opened;
    acceptor = new Acceptor(wire.server);
    client = new Endpoint(wire.client, QpSizes.SMALL, 1);
    server = new Endpoint(wire.server, QpSizes.SMALL, 2);
  }

  @AfterEach
  void close() {
    if (wire != null) {
      wire.close();
    }
  }

  private Handshake request() throws Exception {
    return Handshake.request(wire.client, client.qp, acceptor);
  }

  @Test
  @Covers("NdkAccept")
  void anAcceptThatIsNeverCompletedTimesOutInTime() throws Exception {
    Duration timeout = Duration.ofMillis(1500);
    openWire(Wire.impatientServer(timeout));
    Handshake handshake = request();
    server.qp.receive(7, null, 0);
    long start = System.nanoTime();
    Answer accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    assertEquals(NdkStatus.IO_TIMEOUT, accept.await());
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(took.compareTo(timeout) >= 0, took::toString);
    assertTrue(took.compareTo(timeout.plusSeconds(3)) < 0, took::toString);
    assertEquals(NdkStatus.CANCELLED, Result.take(server.receiveCq).status());

    // Now the client is late: it learns so at once, or when the connection is lost right away.
    NdkStatus late = Answer.of(c -> handshake.active.completeConnect(client::disconnected, c));
    if (late == NdkStatus.SUCCESS) {
      client.awaitDisconnect();
    } else {
      assertEquals(NdkStatus.CONNECTION_ABORTED, late);
    }
  }

  @Test
  @Covers("NdkCompleteConnect")
  void aConnectThatTheServerGivesUpAfterwardsCannotBeCompletedForLong() throws Exception {
    Handshake handshake = request();
    handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    Await.done(handshake.passive.closeAsync());
    NdkStatus late = Answer.of(c -> handshake.active.completeConnect(client::disconnected, c));
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
    Answer accept = handshake.accept(server);
    Await.done(handshake.passive.closeAsync());
    assertEquals(1, accept.calls());
    assertEquals(NdkStatus.CANCELLED, accept.await());
  }

  @Test
  @Covers("NdkAccept")
  void onlyARequestIsAcceptedAndOnce() throws Exception {
    Answer none = new Answer();
    NdkConnector fresh = wire.client.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_INVALID, fresh.accept(client.qp, 1, 1, null, null, none));
    Handshake handshake = request();
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        handshake.active.accept(wire.client.qp(), 1, 1, null, null, none));
    assertEquals(
        NdkStatus.INVALID_PARAMETER,
        handshake.passive.accept(client.qp, 1, 1, null, null, none),
        "a queue pair of another adapter");
    assertEquals(
        NdkStatus.INVALID_PARAMETER, handshake.passive.accept(server.qp, -1, 1, null, null, none));
    handshake.accept(server);
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        handshake.passive.accept(wire.server.qp(), 1, 1, null, null, none));
    assertEquals(0, none.calls());
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
  }

  @Test
  void anAcceptedRequestDoesNotConnectElsewhere() throws Exception {
    Handshake handshake = request();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        handshake.passive.connect(
            server.qp, wire.server.anyPort(), acceptor.address(), 1, 1, null, new Answer()));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.passive.disconnect(new Answer()));
  }

  @Test
  @Covers("NdkReject")
  void aRequestIsRejectedOnceAndThenOnlyClosed() throws Exception {
    NdkConnector fresh = wire.client.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_INVALID, fresh.reject(null));
    Handshake handshake = request();
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.active.reject(null), "still connecting");
    assertEquals(NdkStatus.SUCCESS, handshake.passive.reject(null));
    assertEquals(NdkStatus.CONNECTION_INVALID, handshake.passive.reject(null));
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        handshake.passive.accept(server.qp, 1, 1, null, null, new Answer()));
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
    Answer accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    client.qp.flush();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        Answer.of(c -> handshake.active.completeConnect(client::disconnected, c)));
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
  }

  @Test
  @Covers("NdkCompleteConnect")
  void aConnectWhoseQueuePairWasClosedCannotBeCompleted() throws Exception {
    Handshake handshake = request();
    Answer accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    CompletionStage<Void> closed = client.qp.closeAsync();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        Answer.of(c -> handshake.active.completeConnect(client::disconnected, c)));
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
    handshake.active.close();
    Await.done(closed);
  }

  @Test
  @Covers("NdkAccept")
  void aQueuePairOfAnAbortedAcceptIsUsedUp() throws Exception {
    Handshake handshake = request();
    Answer accept = handshake.accept(server);
    handshake.connect.await();
    handshake.active.close();
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
    Await.done(handshake.passive.closeAsync());
    Handshake second = Handshake.request(wire.client, wire.client.qp(), acceptor);
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        second.passive.accept(server.qp, 1, 1, null, null, new Answer()));
  }
}
