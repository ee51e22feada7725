package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many connections, one after the other and all at once, leave nothing behind. */
@Tag("device")
@Tag("long")
@Timeout(400)
@Covers({"NdkConnect", "NdkCompleteConnect", "NdkAccept", "NdkDisconnect", "NdkCloseXxx"})
class ConnectStormTest {
  private static final int IN_TURN = 200;
  private static final int AT_ONCE = 64;

  /** Rounds until everything that is created only once exists. */
  private static final int WARM_UP = 200;

  @Test
  void connectionsInTurnLeaveNothingBehind() throws Exception {
    try (Sides sides = new Sides()) {
      inTurn(sides, WARM_UP);
    }
    ResourceUsage closed = ResourceUsage.now();
    try (Sides sides = new Sides()) {
      inTurn(sides, WARM_UP);
      ResourceUsage open = ResourceUsage.now();
      inTurn(sides, IN_TURN);
      open.awaitAgain(IN_TURN + " connections in turn");
    }
    closed.awaitAgain("adapters closed after " + IN_TURN + " connections in turn");
  }

  @Test
  void connectionsAtOnceLeaveNothingBehind() throws Exception {
    try (Sides sides = new Sides()) {
      atOnce(sides);
    }
    ResourceUsage closed = ResourceUsage.now();
    try (Sides sides = new Sides()) {
      atOnce(sides);
      ResourceUsage open = ResourceUsage.now();
      for (int round = 0; round < 3; round++) {
        ResourceUsage connected = atOnce(sides);
        // The count does see open connections.
        assertTrue(connected.mappings() > open.mappings(), connected::toString);
        assertNotEquals(open.kernelObjects(), connected.kernelObjects());
      }
      open.awaitAgain(AT_ONCE + " connections at once");
    }
    closed.awaitAgain("adapters closed after " + AT_ONCE + " connections at once");
  }

  private static void inTurn(Sides sides, int rounds) throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    Buffer source = sides.client.buffer(8);
    Buffer sink = sides.server.buffer(8);
    for (int round = 1; round <= rounds; round++) {
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, round);
      Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, round);
      Pair.connect(client, server, acceptor, 1);
      transfer(client, server, source, sink, round);
      Await.done(client.connector.disconnect());
      server.awaitDisconnect();
      Await.done(server.connector.disconnect());
      close(List.of(client, server));
    }
    Await.closed(source.mr(), sink.mr(), acceptor.listener);
  }

  private static void transfer(
      Endpoint client, Endpoint server, Buffer source, Buffer sink, long number) {
    source.memory().set(JAVA_LONG, 0, number);
    server.qp.receive(number, sink.sgl(), 1);
    assertEquals(NdkStatus.SUCCESS, client.qp.send(number, source.sgl(), 1, 0));
    Result.success(client.initiatorCq, number);
    Result.success(server.receiveCq, number);
    assertEquals(number, sink.memory().get(JAVA_LONG, 0));
  }

  /** Returns what is held while all are connected. */
  private static ResourceUsage atOnce(Sides sides) throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    Buffer source = sides.client.buffer(8L * AT_ONCE);
    Buffer sink = sides.server.buffer(8L * AT_ONCE);
    List<Endpoint> clients = new ArrayList<>();
    List<Endpoint> servers = new ArrayList<>();
    List<CompletionStage<Void>> connects = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, i);
      client.connector = sides.client.adapter.createConnector();
      clients.add(client);
      servers.add(new Endpoint(sides.server, Endpoint.SMALL, i));
      source.memory().setAtIndex(JAVA_LONG, i, i + 1);
      servers.get(i).qp.receive(i, sink.sgl(8L * i, 8), 1);
    }
    for (Endpoint client : clients) {
      connects.add(
          client.connector.connect(
              client.qp, sides.client.anyPort(), acceptor.address(), 1, 1, null));
    }
    List<CompletionStage<Void>> accepts = new ArrayList<>();
    for (Endpoint server : servers) {
      server.connector = acceptor.next();
      accepts.add(server.connector.accept(server.qp, 1, 1, null, server::disconnected));
    }
    List<CompletionStage<Void>> completes = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      Await.done(connects.get(i));
      Endpoint client = clients.get(i);
      completes.add(client.connector.completeConnect(client::disconnected));
    }
    for (int i = 0; i < AT_ONCE; i++) {
      Await.done(completes.get(i));
      Await.done(accepts.get(i));
    }

    for (int i = 0; i < AT_ONCE; i++) {
      assertEquals(NdkStatus.SUCCESS, clients.get(i).qp.send(i, source.sgl(8L * i, 8), 1, 0));
    }
    // Any client may have got any server, but all numbers have arrived.
    Set<Long> numbers = new TreeSet<>();
    for (int i = 0; i < AT_ONCE; i++) {
      Result.success(clients.get(i).initiatorCq, i);
      Result.success(servers.get(i).receiveCq, i);
      numbers.add(sink.memory().getAtIndex(JAVA_LONG, i));
    }
    assertEquals(AT_ONCE, numbers.size(), numbers::toString);
    ResourceUsage connected = ResourceUsage.now();

    List<CompletionStage<Void>> disconnects = new ArrayList<>();
    for (Endpoint client : clients) {
      disconnects.add(client.connector.disconnect());
    }
    for (CompletionStage<Void> disconnect : disconnects) {
      Await.done(disconnect);
    }
    servers.forEach(Endpoint::awaitDisconnect);
    close(clients);
    close(servers);
    Await.closed(source.mr(), sink.mr(), acceptor.listener);
    return connected;
  }

  private static void close(List<Endpoint> ends) throws Exception {
    List<NdkObject> objects = new ArrayList<>();
    for (Endpoint end : ends) {
      objects.addAll(List.of(end.connector, end.qp, end.receiveCq, end.initiatorCq));
    }
    Await.closed(objects);
  }
}
