package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conformance: connect, accept, reject and listen. */
@Tag("device")
@ExtendWith(Fixtures.class)
class ConnectConformanceTest {
  private static final int CALLER_DATA = 56;
  private static final int CALLEE_DATA = 148;

  /** The private data field of an accept, as the active side receives it. */
  private static final int ACCEPT_FIELD = 196;

  private Sides sides;
  private Acceptor acceptor;
  private Endpoint client;
  private Endpoint server;

  ConnectConformanceTest(Sides sides) throws Exception {
    use(sides);
  }

  private void use(Sides sides) throws Exception {
    this.sides = sides;
    acceptor = new Acceptor(sides.server);
    client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2);
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private Handshake request(byte[] privateData) throws Exception {
    return Handshake.request(sides.client, client.qp, acceptor, 4, 4, privateData);
  }

  private Completion start(
      NdkConnector connector, InetSocketAddress source, InetSocketAddress destination) {
    return Completion.pending(
        c -> connector.connect(client.qp, source, destination, 4, 4, null, c));
  }

  private NdkStatus connect(NdkConnector connector, InetSocketAddress destination) {
    return start(connector, sides.client.anyPort(), destination).await();
  }

  /** The connector and the queue pair of a failed connect can be used again. */
  private void assertConnectsNow(NdkConnector connector) throws Exception {
    assertAccepted(connector, start(connector, sides.client.anyPort(), acceptor.address()));
  }

  private void assertAccepted(NdkConnector connector, Completion connect) throws Exception {
    assertAccepted(client, connector, connect, acceptor, server);
  }

  /** Accepts and completes a request, and sends a message. */
  private static void assertAccepted(
      Endpoint from, NdkConnector connector, Completion connect, Acceptor acceptor, Endpoint to)
      throws Exception {
    from.connector = connector;
    to.connector = acceptor.next();
    Completion accept =
        Completion.pending(c -> to.connector.accept(to.qp, 4, 4, null, to::disconnected, c));
    assertEquals(NdkStatus.SUCCESS, connect.await(), connect::detail);
    Await.done(connector.completeConnect(from::disconnected));
    assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
    assertConnected(from, to);
  }

  private static void assertConnected(Endpoint from, Endpoint to) {
    assertEquals(NdkStatus.SUCCESS, to.qp.receive(1, null, 0));
    assertEquals(NdkStatus.SUCCESS, from.qp.send(2, null, 0, 0));
    Result.success(from.initiatorCq, 2);
    Result.success(to.receiveCq, 1);
  }

  @Test
  @DisplayName("70. The connect ends with the peer's accept, the accept with the completion")
  @Covers({"NdkConnect", "NdkAccept", "NdkCompleteConnect", "NDK_FN_CONNECT_EVENT_CALLBACK"})
  void twoSteps() throws Exception {
    Handshake handshake = request(null);
    sides.client.settle();
    assertEquals(0, handshake.connect.calls(), "nobody has accepted");
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    sides.server.settle();
    assertEquals(0, accept.calls(), "nobody has completed");
    Completion complete =
        Completion.pending(c -> handshake.active.completeConnect(client::disconnected, c));
    assertEquals(NdkStatus.SUCCESS, complete.await());
    assertEquals(NdkStatus.SUCCESS, accept.await());
    for (Completion completion : new Completion[] {handshake.connect, accept, complete}) {
      assertEquals(1, completion.calls());
      assertNull(completion.detail());
    }
    assertEquals(0, client.disconnects() + server.disconnects());
    assertEquals(0, acceptor.waiting());
    assertConnected(client, server);
  }

  private enum Refusal {
    NO_LISTENER,
    CLOSED_LISTENER,
    PAUSED_LISTENER,
    REJECTING_LISTENER,
    CLOSED_REQUEST
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Refusal.class)
  @DisplayName("71. Without a listener that takes it, a connect is refused, and can be repeated")
  @Covers({"NdkConnect", "NdkReject", "NdkControlConnectEvents"})
  void refused(Refusal refusal) throws Exception {
    NdkConnector connector = sides.client.adapter.createConnector();
    InetSocketAddress address = acceptor.address();
    switch (refusal) {
      case NO_LISTENER, CLOSED_LISTENER -> {
        CompletionStage<Void> closed = acceptor.listener.closeAsync();
        if (refusal == Refusal.NO_LISTENER) {
          Await.done(closed);
        }
        assertEquals(NdkStatus.CONNECTION_REFUSED, connect(connector, address));
        Await.done(closed);
        acceptor = new Acceptor(sides.server, address);
      }
      case PAUSED_LISTENER -> {
        acceptor.listener.controlConnectEvents(true);
        assertEquals(NdkStatus.CONNECTION_REFUSED, connect(connector, address));
        acceptor.listener.controlConnectEvents(false);
      }
      case REJECTING_LISTENER -> {
        Completion connect = start(connector, sides.client.anyPort(), address);
        assertEquals(NdkStatus.SUCCESS, acceptor.next().reject(null));
        assertEquals(NdkStatus.CONNECTION_REFUSED, connect.await());
      }
      case CLOSED_REQUEST -> {
        Completion connect = start(connector, sides.client.anyPort(), address);
        acceptor.next().close();
        assertEquals(NdkStatus.CONNECTION_REFUSED, connect.await());
      }
    }
    assertEquals(0, acceptor.waiting());
    assertConnectsNow(connector);
  }

  @Test
  @DisplayName("72. Private data of full length arrives both ways; one byte more is refused")
  @Covers({"NdkConnect", "NdkAccept", "NdkReject", "NdkGetConnectionData"})
  void privateData() throws Exception {
    assertEquals(CALLER_DATA, sides.client.info().maxCallerData());
    assertEquals(CALLEE_DATA, sides.server.info().maxCalleeData());
    byte[] up = randomBytes(CALLER_DATA);
    byte[] down = randomBytes(CALLEE_DATA);
    byte[] tooLongUp = new byte[CALLER_DATA + 1];
    byte[] tooLongDown = new byte[CALLEE_DATA + 1];
    Completion none = new Completion();
    NdkConnector fresh = sides.client.adapter.createConnector();
    assertEquals(
        NdkStatus.INVALID_BUFFER_SIZE,
        fresh.connect(
            client.qp, sides.client.anyPort(), acceptor.address(), 1, 1, tooLongUp, none));

    Handshake rejected = request(up);
    assertArrayEquals(up, rejected.passive.getConnectionData().privateData());
    assertEquals(NdkStatus.INVALID_BUFFER_SIZE, rejected.passive.reject(tooLongDown));
    assertEquals(NdkStatus.SUCCESS, rejected.passive.reject(down));
    assertEquals(NdkStatus.CONNECTION_REFUSED, rejected.connect.await());
    assertArrayEquals(down, rejected.active.getConnectionData().privateData());

    Handshake accepted = request(up);
    assertArrayEquals(up, accepted.passive.getConnectionData().privateData());
    assertEquals(
        NdkStatus.INVALID_BUFFER_SIZE,
        accepted.passive.accept(server.qp, 1, 1, tooLongDown, null, none));
    Completion accept =
        Completion.pending(c -> accepted.passive.accept(server.qp, 1, 1, down, null, c));
    assertEquals(NdkStatus.SUCCESS, accepted.connect.await());
    assertArrayEquals(
        Arrays.copyOf(down, ACCEPT_FIELD), accepted.active.getConnectionData().privateData());
    assertEquals(NdkStatus.INVALID_BUFFER_SIZE, accepted.active.reject(tooLongDown));
    Await.done(accepted.active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
    assertEquals(0, none.calls());
    assertEquals(0, acceptor.waiting());
  }

  @Test
  @DisplayName("73. NdkGetConnectionData's length is that of the field; what fits is copied")
  @Covers({"NdkGetConnectionData", "NdkConnect", "NdkAccept", "NdkReject"})
  void connectionData() throws Exception {
    byte[] up = randomBytes(17);
    byte[] down = randomBytes(33);
    Handshake rejected = request(up);
    assertNoConnectionData(rejected.active);
    rejected.passive.reject(down);
    assertEquals(NdkStatus.CONNECTION_REFUSED, rejected.connect.await());
    checkConnectionData(rejected.active, 0, 0, Arrays.copyOf(down, CALLEE_DATA));
    assertNoConnectionData(rejected.passive);

    Handshake accepted = Handshake.request(sides.client, client.qp, acceptor, 3, 5, up);
    checkConnectionData(accepted.passive, 5, 3, Arrays.copyOf(up, CALLER_DATA));
    accepted.passive.accept(server.qp, 4, 2, down, null, new Completion());
    assertNoConnectionData(accepted.passive);
    assertEquals(NdkStatus.SUCCESS, accepted.connect.await());
    checkConnectionData(accepted.active, 2, 4, Arrays.copyOf(down, ACCEPT_FIELD));
    Await.done(accepted.active.completeConnect(null));
    assertNoConnectionData(accepted.active);
    assertNoConnectionData(sides.client.adapter.createConnector());
  }

  private void assertNoConnectionData(NdkConnector connector) {
    NdkException e = assertThrows(NdkException.class, connector::getConnectionData);
    assertEquals(NdkStatus.CONNECTION_INVALID, e.status());
    assertEquals(
        NdkStatus.CONNECTION_INVALID,
        connector.getConnectionData(null, null, null, sides.client.memory(4)));
  }

  /** All rows of NDKPI's table. */
  private void checkConnectionData(
      NdkConnector connector, int inbound, int outbound, byte[] expected) {
    MemorySegment inboundLimit = sides.client.memory(4);
    MemorySegment outboundLimit = sides.client.memory(4);
    MemorySegment length = sides.client.memory(4);
    MemorySegment data = sides.client.memory(256);

    assertEquals(
        NdkStatus.SUCCESS, connector.getConnectionData(inboundLimit, outboundLimit, null, length));
    assertEquals(expected.length, length.get(JAVA_INT, 0));
    assertEquals(inbound, inboundLimit.get(JAVA_INT, 0));
    assertEquals(outbound, outboundLimit.get(JAVA_INT, 0));

    for (int withoutMemory : new int[] {1, expected.length, 256}) {
      length.set(JAVA_INT, 0, withoutMemory);
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          connector.getConnectionData(inboundLimit, outboundLimit, null, length));
    }

    for (int enough : new int[] {expected.length, expected.length + 1, 256}) {
      data.fill((byte) 0x5A);
      length.set(JAVA_INT, 0, enough);
      assertEquals(NdkStatus.SUCCESS, connector.getConnectionData(null, null, data, length));
      assertEquals(expected.length, length.get(JAVA_INT, 0));
      assertPrefix(expected, expected.length, data);
    }

    for (int tooSmall : new int[] {0, 1, 16, expected.length - 1}) {
      data.fill((byte) 0x5A);
      length.set(JAVA_INT, 0, tooSmall);
      assertEquals(
          NdkStatus.BUFFER_TOO_SMALL,
          connector.getConnectionData(inboundLimit, null, data, length));
      assertEquals(expected.length, length.get(JAVA_INT, 0));
      assertPrefix(expected, tooSmall, data);
    }
  }

  /** Exactly this many bytes were copied. */
  private static void assertPrefix(byte[] expected, int length, MemorySegment data) {
    byte[] whole = new byte[(int) data.byteSize()];
    Arrays.fill(whole, (byte) 0x5A);
    System.arraycopy(expected, 0, whole, 0, length);
    assertArrayEquals(whole, data.toArray(JAVA_BYTE));
  }

  @Test
  @DisplayName("74. The smallest of both wishes and both devices' limits holds")
  @Covers({"NdkConnect", "NdkAccept", "NdkGetConnectionData"})
  void readLimits() throws Exception {
    int most = Integer.MAX_VALUE;
    // The client's limits (inbound, outbound), the server's, and the outcome at the client.
    checkReadLimits(3, 5, 7, 9, 3, 5); // the client's are lower
    checkReadLimits(20, 21, 6, 2, 2, 6); // the server's are lower
    checkReadLimits(3, 21, 6, 9, 3, 6); // one of each
    NdkAdapterInfo atClient = sides.client.info();
    NdkAdapterInfo atServer = sides.server.info();
    checkReadLimits(
        most,
        most,
        most,
        most,
        Math.min(atClient.maxInboundReadLimit(), atServer.maxOutboundReadLimit()),
        Math.min(atClient.maxOutboundReadLimit(), atServer.maxInboundReadLimit()));
    checkReadLimits(0, 0, 0, 0, 0, 0);
  }

  private void checkReadLimits(
      int clientInbound,
      int clientOutbound,
      int serverInbound,
      int serverOutbound,
      int inbound,
      int outbound)
      throws Exception {
    NdkQp from = sides.client.qp();
    Handshake handshake =
        Handshake.request(sides.client, from, acceptor, clientInbound, clientOutbound, null);
    NdkConnectionData wishes = handshake.passive.getConnectionData();
    assertEquals(
        Math.min(clientOutbound, sides.server.info().maxInboundReadLimit()),
        wishes.inboundReadLimit());
    assertEquals(
        Math.min(clientInbound, sides.server.info().maxOutboundReadLimit()),
        wishes.outboundReadLimit());
    handshake.passive.accept(
        sides.server.qp(), serverInbound, serverOutbound, null, null, new Completion());
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    NdkConnectionData effective = handshake.active.getConnectionData();
    assertEquals(inbound, effective.inboundReadLimit());
    assertEquals(outbound, effective.outboundReadLimit());
    Await.done(handshake.active.completeConnect(null));
  }

  @Test
  @DisplayName("75. Only a connect that has succeeded is completed, and once")
  @Covers({"NdkCompleteConnect", "NdkCompleteConnectEx"})
  void completeOutOfTurn() throws Exception {
    assertCannotComplete(sides.client.adapter.createConnector());
    Handshake rejected = request(null);
    assertCannotComplete(rejected.active); // connecting
    assertCannotComplete(rejected.passive);
    rejected.passive.reject(null);
    assertEquals(NdkStatus.CONNECTION_REFUSED, rejected.connect.await());
    assertCannotComplete(rejected.active);

    Handshake handshake = request(null);
    handshake.accept(server);
    assertCannotComplete(handshake.passive);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    Await.done(handshake.active.completeConnect(null));
    assertCannotComplete(handshake.active);
    Await.done(handshake.active.disconnect());
    assertCannotComplete(handshake.active);
  }

  private static void assertCannotComplete(NdkConnector connector) {
    Completion none = new Completion();
    assertEquals(NdkStatus.CONNECTION_INVALID, connector.completeConnect(null, none));
    assertEquals(NdkStatus.CONNECTION_INVALID, connector.completeConnectEx(null, none));
    assertEquals(0, none.calls());
  }

  @Test
  @DisplayName("76. An accept that the connecting side rejects is aborted")
  @Covers({"NdkReject", "NdkAccept"})
  void activeReject() throws Exception {
    Handshake handshake = request(null);
    server.qp.receive(7, null, 0);
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    assertEquals(NdkStatus.SUCCESS, handshake.active.reject(new byte[] {1, 2, 3}));
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
    assertEquals(1, accept.calls());
    assertEquals(0, server.disconnects(), "there was no connection to lose");
    assertEquals(NdkStatus.CANCELLED, Result.take(server.receiveCq).status());
    assertCannotComplete(handshake.active);
  }

  private enum Death {
    CONNECTOR_CLOSED,
    ADAPTER_CLOSED,
    PROCESS_KILLED
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Death.class)
  @Tag("peer")
  @DisplayName("77. An accept of a peer that is gone is aborted or times out")
  @Covers({"NdkAccept", "NdkCloseXxx"})
  void peerIsGone(Death death) throws Exception {
    NdkConnector passive;
    switch (death) {
      case CONNECTOR_CLOSED -> {
        Handshake handshake = request(null);
        passive = handshake.passive;
        Await.done(handshake.active.closeAsync());
      }
      case ADAPTER_CLOSED -> {
        passive = request(null).passive;
        sides.client.adapter.close();
      }
      case PROCESS_KILLED -> {
        try (Rping rping = Rping.client(acceptor.address())) {
          passive = acceptor.next();
          rping.kill();
        }
      }
      default -> throw new AssertionError(death);
    }
    NdkStatus status =
        Completion.of(c -> passive.accept(server.qp, 1, 1, null, server::disconnected, c));
    assertTrue(
        status == NdkStatus.CONNECTION_ABORTED || status == NdkStatus.IO_TIMEOUT, status::toString);
    assertEquals(0, server.disconnects(), "there was no connection to lose");
    Await.done(passive.closeAsync());
    Await.done(server.qp.closeAsync());
  }

  private enum Failure {
    UNKNOWN_HOST(NdkStatus.HOST_UNREACHABLE),
    NETWORK_WITHOUT_ROUTE(NdkStatus.NETWORK_UNREACHABLE),
    SOURCE_OF_ANOTHER_ADAPTER(NdkStatus.INVALID_ADDRESS),
    SOURCE_OF_A_LISTENER(NdkStatus.SHARING_VIOLATION),
    SOURCE_OF_A_SHARED_ENDPOINT(NdkStatus.SHARING_VIOLATION),
    SOURCE_OF_A_CONNECTION(NdkStatus.SHARING_VIOLATION);

    private final NdkStatus expected;

    Failure(NdkStatus expected) {
      this.expected = expected;
    }
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Failure.class)
  @DisplayName("78. A connect that cannot be made says why, and can be repeated")
  @Covers({"NdkConnect", "NdkCreateSharedEndpoint"})
  void unreachable(Failure failure) throws Exception {
    // Over IPv4 the kernel treats a network without a route as the local one.
    Route route = failure == Failure.NETWORK_WITHOUT_ROUTE ? Route.ACROSS_IPV6 : Route.ACROSS_IPV4;
    try (Sides routed = new Sides(route)) {
      use(routed);
      InetSocketAddress source = sides.client.anyPort();
      InetSocketAddress destination = acceptor.address();
      switch (failure) {
        case UNKNOWN_HOST -> {
          byte[] bytes = RigDevice.B.address4().getAddress();
          bytes[3] = (byte) 222;
          destination = new InetSocketAddress(InetAddress.getByAddress(bytes), 7471);
        }
        case NETWORK_WITHOUT_ROUTE ->
            destination = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 7471);
        case SOURCE_OF_ANOTHER_ADAPTER -> source = sides.server.anyPort();
        case SOURCE_OF_A_LISTENER -> source = new Acceptor(sides.client).address();
        case SOURCE_OF_A_SHARED_ENDPOINT ->
            source = sides.client.adapter.createSharedEndpoint(source).getLocalAddress();
        case SOURCE_OF_A_CONNECTION -> {
          Endpoint other = new Endpoint(sides.client, Endpoint.SMALL, 3);
          Pair.connect(other, new Endpoint(sides.server, Endpoint.SMALL, 4), acceptor, 1);
          source = other.connector.getLocalAddress();
        }
      }
      NdkConnector connector = sides.client.adapter.createConnector();
      assertEquals(failure.expected, start(connector, source, destination).await());
      assertEquals(0, acceptor.waiting());
      assertConnectsNow(connector);
    }
  }

  private Completion startShared(
      Endpoint from, NdkConnector connector, NdkSharedEndpoint endpoint, Acceptor to) {
    return Completion.pending(
        c -> connector.connectWithSharedEndpoint(from.qp, endpoint, to.address(), 4, 4, null, c));
  }

  @Test
  @DisplayName("79. A shared endpoint connects to several peers, but to none of them twice")
  @Covers({
    "NdkCreateSharedEndpoint",
    "NdkConnectWithSharedEndpoint",
    "NdkGetSharedEndpointLocalAddress",
    "NdkGetLocalAddress",
    "NdkGetPeerAddress"
  })
  void sharedEndpoint() throws Exception {
    NdkSharedEndpoint endpoint = sides.client.adapter.createSharedEndpoint(sides.client.anyPort());
    NdkConnector first = sides.client.adapter.createConnector();
    assertAccepted(first, startShared(client, first, endpoint, acceptor));

    Endpoint client2 = new Endpoint(sides.client, Endpoint.SMALL, 3);
    Endpoint server2 = new Endpoint(sides.server, Endpoint.SMALL, 4);
    NdkConnector second = sides.client.adapter.createConnector();
    assertEquals(
        NdkStatus.ADDRESS_ALREADY_EXISTS, startShared(client2, second, endpoint, acceptor).await());
    assertEquals(0, acceptor.waiting());

    Acceptor elsewhere = new Acceptor(sides.server);
    assertAccepted(
        client2, second, startShared(client2, second, endpoint, elsewhere), elsewhere, server2);
    assertConnected(client, server);
    for (NdkConnector connector : new NdkConnector[] {first, second}) {
      assertEquals(endpoint.getLocalAddress(), connector.getLocalAddress());
    }
    for (Endpoint passive : new Endpoint[] {server, server2}) {
      assertEquals(endpoint.getLocalAddress(), passive.connector.getPeerAddress());
    }

    // Once the connection has gone, there may be another.
    Await.done(first.closeAsync());
    Endpoint client3 = new Endpoint(sides.client, Endpoint.SMALL, 5);
    Endpoint server3 = new Endpoint(sides.server, Endpoint.SMALL, 6);
    NdkConnector third = sides.client.adapter.createConnector();
    assertAccepted(
        client3, third, startShared(client3, third, endpoint, acceptor), acceptor, server3);
    assertConnected(client2, server2);
  }

  private NdkStatus listen(InetSocketAddress address) throws NdkException {
    NdkListener listener = sides.server.adapter.createListener(NdkConnector::close);
    return Completion.of(c -> listener.listen(address, c));
  }

  private void assertTaken(InetSocketAddress address) throws Exception {
    assertEquals(NdkStatus.SHARING_VIOLATION, listen(address));
    NdkException e =
        assertThrows(NdkException.class, () -> sides.server.adapter.createSharedEndpoint(address));
    assertEquals(NdkStatus.SHARING_VIOLATION, e.status());
    NdkConnector connector = sides.server.adapter.createConnector();
    NdkQp qp = sides.server.qp();
    Acceptor peer = new Acceptor(sides.client);
    assertEquals(
        NdkStatus.SHARING_VIOLATION,
        Completion.of(c -> connector.connect(qp, address, peer.address(), 1, 1, null, c)));
  }

  @Test
  @DisplayName("80. An address is taken until its listener and its connectors are closed")
  @Covers({"NdkListen", "NdkCloseXxx", "NdkCreateSharedEndpoint", "NdkConnect"})
  void addressInUse() throws Exception {
    InetSocketAddress address = acceptor.address();
    Pair.connect(client, server, acceptor, 1);
    assertTaken(address);
    CompletionStage<Void> closed = acceptor.listener.closeAsync();
    assertTaken(address);
    Await.done(server.connector.disconnect());
    assertTaken(address);
    server.connector.close();
    Await.done(closed);
    assertEquals(NdkStatus.SUCCESS, listen(address));
  }

  @Test
  @DisplayName("81. The port that was picked is told, and peers can connect to it")
  @Covers({
    "NdkGetListenerLocalAddress",
    "NdkGetSharedEndpointLocalAddress",
    "NdkGetLocalAddress",
    "NdkGetPeerAddress",
    "NdkListen"
  })
  void pickedPort() throws Exception {
    InetSocketAddress listening = acceptor.listener.getLocalAddress();
    assertEquals(sides.server.address, listening.getAddress());
    assertNotEquals(0, listening.getPort());
    assertNotEquals(listening, new Acceptor(sides.server).address());
    Pair.connect(client, server, acceptor, 1);
    assertConnected(client, server);
    InetSocketAddress source = client.connector.getLocalAddress();
    assertEquals(sides.client.address, source.getAddress());
    assertNotEquals(0, source.getPort());
    assertEquals(source, server.connector.getPeerAddress());
    assertEquals(listening, client.connector.getPeerAddress());
    assertEquals(listening, server.connector.getLocalAddress());

    NdkSharedEndpoint endpoint = sides.client.adapter.createSharedEndpoint(sides.client.anyPort());
    assertEquals(sides.client.address, endpoint.getLocalAddress().getAddress());
    assertNotEquals(0, endpoint.getLocalAddress().getPort());
    assertNotEquals(source, endpoint.getLocalAddress());
  }

  @Test
  @DisplayName("82. A paused listener refuses; resumed, it takes requests again")
  @Covers({"NdkControlConnectEvents", "NdkConnect"})
  void pause() throws Exception {
    final Handshake before = request(null);
    NdkConnector connector = sides.client.adapter.createConnector();
    NdkQp qp = sides.client.qp();
    acceptor.listener.controlConnectEvents(true);
    acceptor.listener.controlConnectEvents(true);
    for (int i = 0; i < 3; i++) {
      assertEquals(
          NdkStatus.CONNECTION_REFUSED,
          Completion.of(
              c ->
                  connector.connect(
                      qp, sides.client.anyPort(), acceptor.address(), 1, 1, null, c)));
    }
    assertEquals(0, acceptor.waiting());

    // An earlier request is not affected.
    Completion accept = before.accept(server);
    assertEquals(NdkStatus.SUCCESS, before.connect.await());
    Await.done(before.active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
    assertConnected(client, server);

    acceptor.listener.controlConnectEvents(false);
    Endpoint client2 = new Endpoint(sides.client, Endpoint.SMALL, 3);
    Endpoint server2 = new Endpoint(sides.server, Endpoint.SMALL, 4);
    Pair.connect(client2, server2, acceptor, 1);
    assertConnected(client2, server2);
    assertEquals(0, acceptor.waiting());
  }
}
