package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conformance: the end of a connection, at both sides. */
@Tag("device")
@ExtendWith(Fixtures.class)
class DisconnectConformanceTest {
  private static final int MANY = 16;
  private static final int LARGE = 1 << 22;

  private final Pair pair;
  private final Endpoint client;
  private final Endpoint server;

  DisconnectConformanceTest(Pair pair) {
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

  private static List<Long> numbers(int count) {
    return LongStream.range(0, count).boxed().toList();
  }

  @ParameterizedTest(name = "{displayName} [by the client: {0}]")
  @ValueSource(booleans = {true, false})
  @DisplayName("83. A disconnect needs nothing of the peer, which is told once")
  @Covers({"NdkDisconnect", "NDK_FN_DISCONNECT_EVENT_CALLBACK"})
  void oneSide(boolean byClient) throws Exception {
    Endpoint self = byClient ? client : server;
    Endpoint peer = byClient ? server : client;
    Completion completion = disconnect(self);
    assertEquals(NdkStatus.SUCCESS, completion.await(), completion::detail);
    assertNull(completion.detail());
    peer.awaitDisconnect();
    peer.side.settle();
    assertEquals(1, peer.disconnects());
    assertEquals(NdkStatus.SUCCESS, disconnect(peer).await());
    self.side.settle();
    peer.side.settle();
    assertEquals(1, peer.disconnects());
    assertEquals(0, self.disconnects(), "no event for one's own disconnect");
    assertEquals(1, completion.calls());
  }

  private enum Flush {
    DISCONNECT,
    FLUSH,
    CLOSE
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Flush.class)
  @DisplayName("84. The peer's receives stay until it disconnects, flushes or closes")
  @Covers({"NdkDisconnect", "NdkFlush", "NdkCloseXxx", "NDK_FN_DISCONNECT_EVENT_CALLBACK"})
  void peersReceives(Flush flush) throws Exception {
    for (int i = 0; i < 4; i++) {
      server.qp.receive(i, null, 0);
    }
    assertEquals(NdkStatus.SUCCESS, disconnect(client).await());
    server.awaitDisconnect();
    server.side.settle();
    Result.assertNone(server.receiveCq);
    server.qp.receive(4, null, 0);
    server.side.settle();
    Result.assertNone(server.receiveCq);
    switch (flush) {
      case DISCONNECT -> assertEquals(NdkStatus.SUCCESS, disconnect(server).await());
      case FLUSH -> server.qp.flush();
      case CLOSE -> server.connector.close();
    }
    assertCancelled(numbers(5), Result.take(server.receiveCq, 5));
    Result.assertNone(server.receiveCq);
  }

  @Test
  @DisplayName("85. Both sides may disconnect at once, and are told once at most")
  @Covers({"NdkDisconnect", "NDK_FN_DISCONNECT_EVENT_CALLBACK"})
  void bothSides() throws Exception {
    for (int round = 0; round < 20; round++) {
      Endpoint a = new Endpoint(pair.client.side, Endpoint.SMALL, 1);
      Endpoint b = new Endpoint(pair.server.side, Endpoint.SMALL, 2);
      Pair.connect(a, b);
      a.qp.receive(1, null, 0);
      b.qp.receive(2, null, 0);
      Completion ofA = disconnect(a);
      // The peer's event may have arrived already: then this side only flushes.
      Completion ofB = disconnect(b);
      assertEquals(NdkStatus.SUCCESS, ofA.await(), ofA::detail);
      assertEquals(NdkStatus.SUCCESS, ofB.await(), ofB::detail);
      assertCancelled(List.of(1L), Result.takeAll(a.receiveCq));
      assertCancelled(List.of(2L), Result.takeAll(b.receiveCq));
      a.side.settle();
      b.side.settle();
      assertTrue(a.disconnects() <= 1 && b.disconnects() <= 1);
      assertEquals(1, ofA.calls());
      assertEquals(1, ofB.calls());
      Await.done(a.connector.closeAsync());
      Await.done(b.connector.closeAsync());
    }
  }

  private enum Transfer {
    OWN_READS,
    OWN_SILENT_READS,
    WRITES_OF_THE_PEER,
    MESSAGES_OF_THE_PEER
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Transfer.class)
  @DisplayName("86. After a disconnect no buffer of the queue pair is written any more")
  @Covers({"NdkDisconnect", "NdkRead", "NdkWrite", "NdkReceive"})
  void noWriteAfterwards(Transfer transfer) throws Exception {
    Buffer buffer = client.side.buffer(LARGE);
    Buffer remote = server.side.buffer(LARGE).fill(1);
    Endpoint initiator = transfer.name().startsWith("OWN") ? client : server;
    int silent = transfer == Transfer.OWN_SILENT_READS ? NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS : 0;
    for (int i = 0; i < MANY; i++) {
      switch (transfer) {
        case OWN_READS, OWN_SILENT_READS ->
            client.qp.read(
                i, buffer.sgl(), 1, remote.address(), remote.remoteToken(), i == 0 ? 0 : silent);
        case WRITES_OF_THE_PEER ->
            server.qp.write(i, remote.sgl(), 1, buffer.address(), buffer.remoteToken(), 0);
        case MESSAGES_OF_THE_PEER -> {
          client.qp.receive(i, buffer.sgl(), 1);
          server.qp.send(i, remote.sgl(), 1, 0);
        }
      }
    }
    Result.success(initiator.initiatorCq, 0); // they have started
    assertEquals(NdkStatus.SUCCESS, disconnect(client).await());
    buffer.fill(2);

    // Every result is here, and the peer has stopped once it has its own.
    List<Result> results = new ArrayList<>(Result.takeAll(client.initiatorCq));
    Result.takeAll(client.receiveCq);
    server.awaitDisconnect();
    assertEquals(NdkStatus.SUCCESS, disconnect(server).await());
    results.addAll(Result.takeAll(server.initiatorCq));
    client.side.settle();
    Result.assertNone(client.initiatorCq);
    Result.assertNone(client.receiveCq);
    assertTrue(
        results.stream().anyMatch(result -> result.status() == NdkStatus.CANCELLED),
        "everything completed before the disconnect");
    assertTrue(
        buffer.hasSameBytesAs(client.side.buffer(LARGE).fill(2)), "written after the disconnect");
  }

  @Test
  @Tag("peer")
  @DisplayName("87. A killed peer is told once; what is pending ends cancelled or timed out")
  @Covers({"NdkDisconnect", "NDK_FN_DISCONNECT_EVENT_CALLBACK"})
  void killedPeer() throws Exception {
    try (Side side = new Side(RigDevice.B)) {
      Acceptor acceptor = new Acceptor(side);
      Endpoint victim = new Endpoint(side, Endpoint.SMALL, 1);
      Buffer incoming = side.buffer(16);
      for (int i = 1; i <= 3; i++) {
        victim.qp.receive(i, incoming.sgl(), 1);
      }
      try (Rping rping = Rping.client(acceptor.address())) {
        victim.connector = acceptor.next();
        Await.done(victim.connector.accept(victim.qp, 1, 1, null, victim::disconnected));
        Result.success(victim.receiveCq, 1); // its first message: now it waits for our reply
        rping.stop();
        int sends = 4; // it has one receive posted
        for (int i = 0; i < sends; i++) {
          assertEquals(NdkStatus.SUCCESS, victim.qp.send(i, incoming.sgl(), 1, 0));
        }
        Result.success(victim.initiatorCq, 0);
        rping.kill();
        victim.awaitDisconnect();
        side.settle();
        assertEquals(1, victim.disconnects());
        Result.assertNone(victim.receiveCq);
        assertEquals(NdkStatus.CONNECTION_INVALID, victim.qp.send(9, null, 0, 0));
        Await.done(victim.connector.disconnect());
        assertCancelled(List.of(2L, 3L), Result.takeAll(victim.receiveCq));
        List<Result> sent = Result.takeAll(victim.initiatorCq);
        assertEquals(List.of(1L, 2L, 3L), Result.contexts(sent));
        for (Result result : sent) {
          assertTrue(
              result.status() == NdkStatus.CANCELLED || result.status() == NdkStatus.IO_TIMEOUT,
              result::toString);
        }
        side.settle();
        assertEquals(1, victim.disconnects());
      }
    }
  }

  @Test
  @DisplayName("88. A connector and a queue pair that were disconnected are used up, at both sides")
  @Covers({"NdkConnect", "NdkConnectWithSharedEndpoint", "NdkAccept", "NdkDisconnect"})
  void reuse() throws Exception {
    assertEquals(NdkStatus.SUCCESS, disconnect(client).await());
    assertUsedUp(client);
    server.awaitDisconnect();
    assertConnectorUsedUp(server); // it has only had the event
    assertEquals(NdkStatus.SUCCESS, disconnect(server).await());
    assertUsedUp(server);
    // Nor does closing its connector make a queue pair usable again.
    Await.done(client.connector.closeAsync());
    assertQpUsedUp(client);
  }

  private void assertUsedUp(Endpoint used) throws Exception {
    assertConnectorUsedUp(used);
    assertEquals(NdkStatus.CONNECTION_INVALID, Completion.of(used.connector::disconnect));
    assertEquals(NdkStatus.CONNECTION_INVALID, used.connector.reject(null));
    assertQpUsedUp(used);
  }

  private Side other(Side side) {
    return side == server.side ? client.side : server.side;
  }

  private void assertConnectorUsedUp(Endpoint used) throws Exception {
    NdkConnector connector = used.connector;
    Acceptor peer = new Acceptor(other(used.side));
    NdkQp fresh = used.side.qp();
    NdkSharedEndpoint endpoint = used.side.adapter.createSharedEndpoint(used.side.anyPort());
    Completion none = new Completion();
    List<NdkStatus> statuses =
        List.of(
            connector.connect(fresh, used.side.anyPort(), peer.address(), 1, 1, null, none),
            connector.connectWithSharedEndpoint(fresh, endpoint, peer.address(), 1, 1, null, none),
            connector.accept(fresh, 1, 1, null, null, none),
            connector.completeConnect(null, none));
    assertEquals(Collections.nCopies(4, NdkStatus.CONNECTION_INVALID), statuses);
    assertEquals(0, none.calls());
    assertEquals(0, peer.waiting());
  }

  private void assertQpUsedUp(Endpoint used) throws Exception {
    Side side = used.side;
    Acceptor peer = new Acceptor(other(side));
    NdkConnector fresh = side.adapter.createConnector();
    Completion none = new Completion();
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        fresh.connect(used.qp, side.anyPort(), peer.address(), 1, 1, null, none));
    Handshake handshake = Handshake.request(other(side), other(side).qp(), new Acceptor(side));
    assertEquals(
        NdkStatus.CONNECTION_INVALID, handshake.passive.accept(used.qp, 1, 1, null, null, none));
    assertEquals(0, none.calls());
    assertEquals(0, peer.waiting());
    assertEquals(NdkStatus.SUCCESS, handshake.passive.reject(null));
  }

  @ParameterizedTest(name = "{displayName} [by the client: {0}]")
  @ValueSource(booleans = {true, false})
  @DisplayName("89. The extended events have a reason, 0 for a plain disconnect")
  @Covers({
    "NdkCompleteConnectEx",
    "NdkAcceptEx",
    "NdkDisconnect",
    "NDK_FN_DISCONNECT_EVENT_CALLBACK_EX"
  })
  void reason(boolean byClient) throws Exception {
    Endpoint a = new Endpoint(pair.client.side, Endpoint.SMALL, 1);
    Endpoint b = new Endpoint(pair.server.side, Endpoint.SMALL, 2);
    List<Integer> atA = new CopyOnWriteArrayList<>();
    List<Integer> atB = new CopyOnWriteArrayList<>();
    Handshake handshake = Handshake.request(a.side, a.qp, new Acceptor(b.side));
    Completion accept =
        Completion.pending(c -> handshake.passive.acceptEx(b.qp, 1, 1, null, atB::add, c));
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    Await.done(handshake.active.completeConnectEx(atA::add));
    assertEquals(NdkStatus.SUCCESS, accept.await());

    Await.done((byClient ? handshake.active : handshake.passive).disconnect());
    List<Integer> atPeer = byClient ? atB : atA;
    Await.until("the disconnect event", () -> !atPeer.isEmpty());
    Await.done((byClient ? handshake.passive : handshake.active).disconnect());
    a.side.settle();
    b.side.settle();
    assertEquals(byClient ? List.of() : List.of(0), atA);
    assertEquals(byClient ? List.of(0) : List.of(), atB);
  }
}
