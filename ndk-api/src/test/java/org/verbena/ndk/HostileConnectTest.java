package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.verbena.binding.rdma.RdmaCore;

/** A peer that keeps no rule of connecting, at either end, and those who connect meanwhile. */
@Tag("device")
@Timeout(400)
@ExtendWith(Fixtures.class)
class HostileConnectTest {
  private static final int HALF_OPEN = 64;
  private static final int FLOOD = Integer.getInteger("verbena.flood", 1_000);

  /** The most memory of a flood, of which the peer, in the same process, takes about half. */
  private static final int FLOOD_MIB = Math.max(64, FLOOD * 64 / 1_000);

  /** The private data of the client that behaves. */
  private static final byte[] KNOWN = {1};

  private static final int MAX_BYTE = 255;

  private final Sides sides;
  private final Acceptor acceptor;
  private final RawCm peer;

  /** Each is used once: the kernel takes a second request of the same for a stale connection. */
  private static int qpNumber = 0xFF_FFFF;

  HostileConnectTest(Sides sides) throws Exception {
    this.sides = sides;
    acceptor = new Acceptor(sides.server);
    peer = new RawCm(sides.client.address);
  }

  @AfterEach
  void close() throws Exception {
    peer.close();
  }

  /** Bytes whose every bit is set, as many as asked for. */
  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) -1);
    return bytes;
  }

  /** With limits that nobody has, and a queue pair that does not exist. */
  private RawCm.Parameters parameters(int privateData) {
    return new RawCm.Parameters(qpNumber--, MAX_BYTE, MAX_BYTE, bytes(privateData));
  }

  private MemorySegment request(InetSocketAddress listener, int privateData) throws Exception {
    MemorySegment id = peer.routed(listener);
    peer.connect(id, parameters(privateData));
    return id;
  }

  /** The request of this identifier; one that the kernel has repeated too late may come before. */
  private NdkConnector requestOf(MemorySegment id) throws Exception {
    NdkConnector connector = acceptor.next();
    while (!connector.getPeerAddress().equals(peer.address(id))) {
      connector.close();
      connector = acceptor.next();
    }
    return connector;
  }

  private void assertLimits(NdkConnectionData data, Side side) {
    assertTrue(data.inboundReadLimit() <= side.info().maxInboundReadLimit());
    assertTrue(data.outboundReadLimit() <= side.info().maxOutboundReadLimit());
  }

  // --- private data

  @Test
  void privateDataOfEveryLengthReachesAListenerAndComesBack() throws Exception {
    int up = sides.server.info().maxCallerData();
    int down = sides.server.info().maxCalleeData();
    for (int length = 0; length <= down; length++) {
      int sent = length % (up + 1);
      MemorySegment id = request(acceptor.address(), sent);
      NdkConnector connector = requestOf(id);
      NdkConnectionData data = connector.getConnectionData();
      assertArrayEquals(Arrays.copyOf(bytes(sent), up), data.privateData());
      assertLimits(data, sides.server);
      assertEquals(NdkStatus.SUCCESS, connector.reject(bytes(length)));
      RawCm.Event rejected = peer.await(id, RdmaCore.RDMA_CM_EVENT_REJECTED());
      assertArrayEquals(bytes(length), Arrays.copyOf(rejected.privateData(), length));
      peer.destroy(id);
      Await.done(connector.closeAsync());
    }
  }

  @Test
  void privateDataOfEveryLengthReachesAClient() throws Exception {
    int accept = 196;
    int reject = 148;
    MemorySegment listener = peer.listening();
    for (int length = 0; length <= accept; length++) {
      assertArrayEquals(
          Arrays.copyOf(bytes(length), accept), answered(listener, true, length).privateData());
    }
    for (int length = 0; length <= reject; length++) {
      assertArrayEquals(
          Arrays.copyOf(bytes(length), reject), answered(listener, false, length).privateData());
    }
  }

  private NdkConnectionData answered(MemorySegment listener, boolean accept, int privateData)
      throws Exception {
    NdkConnector connector = sides.client.adapter.createConnector();
    NdkQp qp = sides.client.qp();
    Completion connect = connect(connector, qp, listener);
    MemorySegment id = peer.await(listener, RdmaCore.RDMA_CM_EVENT_CONNECT_REQUEST()).id();
    if (accept) {
      peer.accept(id, parameters(privateData));
    } else {
      peer.reject(id, bytes(privateData));
    }
    assertEquals(
        accept ? NdkStatus.SUCCESS : NdkStatus.CONNECTION_REFUSED,
        connect.await(),
        connect::detail);
    NdkConnectionData data = connector.getConnectionData();
    assertLimits(data, sides.client);
    Await.done(connector.closeAsync());
    Await.done(qp.closeAsync());
    peer.destroy(id);
    return data;
  }

  private Completion connect(NdkConnector connector, NdkQp qp, MemorySegment listener) {
    return Completion.pending(
        c -> connector.connect(qp, sides.client.anyPort(), peer.address(listener), 4, 4, null, c));
  }

  // --- the moments at which a peer may go

  @Test
  void anAcceptEndsHoweverThePeerGoes() throws Exception {
    assertAborted(id -> peer.reject(id, bytes(148)));
    assertAborted(peer::destroy);
  }

  /** What a peer does that has been accepted. */
  private interface Going {
    void run(MemorySegment id) throws Exception;
  }

  private void assertAborted(Going going) throws Exception {
    MemorySegment id = request(acceptor.address(), 0);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 1);
    NdkConnector connector = requestOf(id);
    Completion accept =
        Completion.pending(c -> connector.accept(server.qp, 4, 4, null, server::disconnected, c));
    peer.await(id, RdmaCore.RDMA_CM_EVENT_CONNECT_RESPONSE());
    going.run(id);
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await(), accept::detail);
    sides.server.settle();
    assertEquals(1, accept.calls());
    assertEquals(0, server.disconnects(), "there was no connection to lose");
    connectOne();
  }

  @Test
  void aConnectWhoseServerGoesAfterItsAcceptIsNotCompleted() throws Exception {
    MemorySegment listener = peer.listening();
    NdkConnector connector = sides.client.adapter.createConnector();
    Completion connect = connect(connector, sides.client.qp(), listener);
    MemorySegment id = peer.await(listener, RdmaCore.RDMA_CM_EVENT_CONNECT_REQUEST()).id();
    peer.accept(id, parameters(0));
    assertEquals(NdkStatus.SUCCESS, connect.await(), connect::detail);
    peer.destroy(id);
    // Once the next connect is over, so is the going: its message was sent before.
    connectOne();
    assertEquals(NdkStatus.CONNECTION_ABORTED, Await.failure(connector.completeConnect(null)));
  }

  @Test
  void aPeerThatNeverCompletesCostsAQueuePairUntilTheTimeout() throws Exception {
    NdkConnectOptions options = NdkConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(2));
    connectOne();
    ResourceUsage before = ResourceUsage.now();
    List<NdkObject> objects = new ArrayList<>();
    List<CompletionStage<Void>> accepts = new ArrayList<>();
    List<MemorySegment> ids = new ArrayList<>();
    for (int i = 0; i < HALF_OPEN; i++) {
      ids.add(request(acceptor.address(), 0));
      NdkConnector connector = requestOf(ids.getLast());
      NdkCq cq = sides.server.cq();
      NdkQp qp = sides.server.pd.createQp(cq, cq, 0, Endpoint.SMALL);
      objects.addAll(List.of(connector, qp, cq));
      accepts.add(connector.accept(qp, options, null));
    }
    connectOne();
    for (CompletionStage<Void> accept : accepts) {
      assertEquals(NdkStatus.IO_TIMEOUT, Await.failure(accept));
    }
    Await.closed(objects);
    for (MemorySegment id : ids) {
      peer.destroy(id);
    }
    connectOne();
    before.awaitAgain(HALF_OPEN + " connections that the peer does not complete");
  }

  // --- a flood

  @Test
  void requestsThatNobodyAnswersDoNotKeepOthersFromConnecting() throws Exception {
    connectOne();
    ResourceUsage before = ResourceUsage.now();
    List<NdkConnector> unanswered = new ArrayList<>();
    List<MemorySegment> ids = new ArrayList<>();
    List<Duration> connects = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 1; i <= FLOOD; i++) {
      ids.add(request(acceptor.address(), 0));
      if (i % (FLOOD / 20) == 0) {
        connects.add(connectOne(unanswered));
      }
    }
    System.out.println(FLOOD + " requests in " + since(start) + ", connects meanwhile " + connects);
    while (unanswered.size() < FLOOD) {
      unanswered.add(acceptor.next()); // repeated by the kernel
    }
    ResourceUsage flooded = ResourceUsage.now();
    System.out.println("flooded: " + flooded);
    assertTrue(flooded.threads() <= before.threads(), flooded::toString);
    assertEquals(before.files(), flooded.files());
    long memory = flooded.memoryMib() - before.memoryMib();
    assertTrue(memory < FLOOD_MIB, () -> memory + " MiB for what is half-open");

    start = System.nanoTime();
    for (MemorySegment id : ids) {
      peer.destroy(id);
    }
    System.out.println("given up in " + since(start) + ", a connect " + connectOne());
    start = System.nanoTime();
    Await.closed(unanswered);
    System.out.println("closed in " + since(start) + ", a connect " + connectOne());
    before.awaitAgain("a flood of " + FLOOD + " requests");
  }

  private static Duration since(long start) {
    return Duration.ofMillis((System.nanoTime() - start) / 1_000_000);
  }

  private Duration connectOne() throws Exception {
    return connectOne(new ArrayList<>());
  }

  /**
   * A client connects as it should, is served, and disconnects. The server knows it by its private
   * data.
   *
   * @param unanswered receives the requests before it, which are left as they are
   * @return how long it took to connect
   */
  private Duration connectOne(List<NdkConnector> unanswered) throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    long start = System.nanoTime();
    client.connector = sides.client.adapter.createConnector();
    Completion connect =
        Completion.pending(
            c ->
                client.connector.connect(
                    client.qp, sides.client.anyPort(), acceptor.address(), 1, 1, KNOWN, c));
    server.connector = acceptor.next();
    while (server.connector.getConnectionData().privateData()[0] != KNOWN[0]) {
      unanswered.add(server.connector);
      server.connector = acceptor.next();
    }
    Completion accept =
        Completion.pending(
            c -> server.connector.accept(server.qp, 1, 1, null, server::disconnected, c));
    assertEquals(NdkStatus.SUCCESS, connect.await(), connect::detail);
    Await.done(client.connector.completeConnect(client::disconnected));
    assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
    final Duration took = since(start);
    assertEquals(NdkStatus.SUCCESS, server.qp.receive(1, null, 0));
    assertEquals(NdkStatus.SUCCESS, client.qp.send(2, null, 0, 0));
    Result.success(client.initiatorCq, 2);
    Result.success(server.receiveCq, 1);
    Await.done(client.connector.disconnect());
    server.awaitDisconnect();
    for (Endpoint end : List.of(client, server)) {
      Await.closed(end.connector, end.qp, end.receiveCq, end.initiatorCq);
    }
    return took;
  }
}
