package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connect, complete, accept. */
@Tag("device")
@Covers("NdkConnect")
@ExtendWith(Fixtures.class)
class ConnectTest {
  private final Sides sides;
  private final Acceptor acceptor;
  private final Endpoint client;
  private final Endpoint server;

  ConnectTest(Sides sides) throws Exception {
    this.sides = sides;
    acceptor = new Acceptor(sides.server);
    client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2);
  }

  private Handshake request(byte[] privateData) throws Exception {
    return Handshake.request(sides.client, client.qp, acceptor, 4, 4, privateData);
  }

  private static void assertNoConnectionData(NdkConnector connector) {
    NdkException e = assertThrows(NdkException.class, connector::getConnectionData);
    assertEquals(NdkStatus.CONNECTION_INVALID, e.status());
  }

  @ParameterizedTest
  @EnumSource
  @Covers({"NdkGetLocalAddress", "NdkGetPeerAddress"})
  void addressesAreThoseOfTheRoute(Route route) throws Exception {
    try (Sides own = new Sides(route)) {
      Acceptor listening = new Acceptor(own.server);
      Endpoint from = new Endpoint(own.client, Endpoint.SMALL, 1);
      Endpoint to = new Endpoint(own.server, Endpoint.SMALL, 2);
      NdkConnector active = own.client.adapter.createConnector();
      assertEquals(
          NdkStatus.CONNECTION_INVALID,
          assertThrows(NdkException.class, active::getLocalAddress).status());
      assertEquals(
          NdkStatus.CONNECTION_INVALID,
          assertThrows(NdkException.class, active::getPeerAddress).status());
      active.close();

      Pair.connect(from, to, listening, 1);
      InetSocketAddress fromAddress = from.connector.getLocalAddress();
      assertEquals(route.clientAddress(), fromAddress.getAddress());
      assertNotEquals(0, fromAddress.getPort());
      assertEquals(route.serverAddress(), listening.address().getAddress());
      assertEquals(listening.address(), from.connector.getPeerAddress());
      assertEquals(listening.address(), to.connector.getLocalAddress());
      assertEquals(fromAddress, to.connector.getPeerAddress());
    }
  }

  @Test
  void theSourcePortMayBeChosen() throws Exception {
    // A free port: one that was just released.
    Acceptor probe = new Acceptor(sides.client);
    InetSocketAddress source = probe.address();
    Await.done(probe.listener.closeAsync());
    NdkConnector active = sides.client.adapter.createConnector();
    active.connect(client.qp, source, acceptor.address(), 1, 1, null, new Completion());
    assertEquals(source, acceptor.next().getPeerAddress());
  }

  @Test
  @Covers("NdkGetConnectionData")
  void privateDataIsPaddedWithZeros() throws Exception {
    Handshake handshake = request(new byte[] {1, 2, 3});
    assertArrayEquals(
        Arrays.copyOf(new byte[] {1, 2, 3}, 56),
        handshake.passive.getConnectionData().privateData());
    handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    assertArrayEquals(new byte[196], handshake.active.getConnectionData().privateData());
  }

  @Test
  @Covers("NdkGetConnectionData")
  void privateDataIsTakenDuringTheCall() throws Exception {
    byte[] data = {1, 2, 3};
    NdkConnector active = sides.client.adapter.createConnector();
    active.connect(
        client.qp, sides.client.anyPort(), acceptor.address(), 1, 1, data, new Completion());
    Arrays.fill(data, (byte) 9);
    byte[] received = acceptor.next().getConnectionData().privateData();
    assertArrayEquals(new byte[] {1, 2, 3}, Arrays.copyOf(received, 3));
  }

  @Test
  @Covers("NdkGetConnectionData")
  void connectionDataIsThereInItsWindowsOnly() throws Exception {
    NdkConnector fresh = sides.client.adapter.createConnector();
    assertNoConnectionData(fresh);
    Handshake handshake = request(null);
    assertNoConnectionData(handshake.active); // connecting
    handshake.passive.getConnectionData();
    Completion accept = handshake.accept(server);
    assertNoConnectionData(handshake.passive);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    handshake.active.getConnectionData();
    Await.done(handshake.active.completeConnect(null));
    assertNoConnectionData(handshake.active);
    accept.await();
    assertNoConnectionData(handshake.passive);
  }

  @Test
  void oneListenerServesManyConnections() throws Exception {
    Buffer source = sides.client.buffer(8);
    Buffer target = sides.server.buffer(8);
    for (int i = 0; i < 10; i++) {
      Endpoint from = new Endpoint(sides.client, Endpoint.SMALL, i);
      Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, i);
      Pair.connect(from, to, acceptor, 1);
      source.fill(i);
      from.qp.write(i, source.sgl(), 1, target.address(), target.remoteToken(), 0);
      Result.success(from.initiatorCq, i);
      assertEquals(-1, source.memory().mismatch(target.memory()));
    }
  }

  @Test
  void manyRequestsMayBePendingAtOnce() throws Exception {
    int count = 20;
    NdkConnector[] active = new NdkConnector[count];
    Completion[] connects = new Completion[count];
    for (int i = 0; i < count; i++) {
      NdkConnector connector = sides.client.adapter.createConnector();
      NdkQp qp = sides.client.qp();
      active[i] = connector;
      connects[i] =
          Completion.pending(
              completion ->
                  connector.connect(
                      qp, sides.client.anyPort(), acceptor.address(), 1, 1, null, completion));
    }
    Completion[] accepts = new Completion[count];
    for (int i = 0; i < count; i++) {
      NdkConnector passive = acceptor.next();
      NdkQp qp = sides.server.qp();
      accepts[i] =
          Completion.pending(completion -> passive.accept(qp, 1, 1, null, null, completion));
    }
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, connects[i].await(), connects[i]::detail);
      Await.done(active[i].completeConnect(null));
    }
    for (Completion accept : accepts) {
      assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
    }
  }

  @Test
  void anAdapterMayConnectToItself() throws Exception {
    Endpoint from = new Endpoint(sides.server, Endpoint.SMALL, 1);
    Pair.connect(from, server, acceptor, 1);
    server.qp.receive(1, null, 0);
    from.qp.send(2, null, 0, 0);
    Result.success(server.receiveCq, 1);
    Result.success(from.initiatorCq, 2);
  }

  @Test
  void theServerMaySpeakFirst() throws Exception {
    Buffer target = sides.client.buffer(16);
    Buffer source = sides.server.buffer(16).put("welcome");
    client.qp.receive(1, target.sgl(), 1);
    Pair.connect(client, server, acceptor, 1);
    assertEquals(NdkStatus.SUCCESS, server.qp.send(2, source.sgl(0, 7), 1, 0));
    Result.success(client.receiveCq, 1);
    assertEquals("welcome", target.text(7));
  }

  @Test
  @Covers({"NdkAccept", "NDK_FN_CONNECT_EVENT_CALLBACK"})
  void theConnectEventMayAcceptAtOnce() throws Exception {
    Completion accept = new Completion();
    NdkListener listener =
        sides.server.adapter.createListener(
            connector -> connector.accept(server.qp, 1, 1, null, null, accept));
    Await.done(listener.listen(sides.server.anyPort()));
    NdkConnector active = sides.client.adapter.createConnector();
    Await.done(
        active.connect(client.qp, sides.client.anyPort(), listener.getLocalAddress(), 1, 1, null));
    Await.done(active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
  }

  @Test
  @Covers("NDK_FN_CONNECT_EVENT_CALLBACK")
  void theConnectEventMayConnectElsewhere() throws Exception {
    Acceptor back = new Acceptor(sides.client);
    NdkConnector outgoing = sides.server.adapter.createConnector();
    Completion connect = new Completion();
    NdkListener listener =
        sides.server.adapter.createListener(
            _ ->
                outgoing.connect(
                    server.qp, sides.server.anyPort(), back.address(), 1, 1, null, connect));
    Await.done(listener.listen(sides.server.anyPort()));
    NdkConnector active = sides.client.adapter.createConnector();
    active.connect(
        client.qp,
        sides.client.anyPort(),
        listener.getLocalAddress(),
        1,
        1,
        null,
        new Completion());
    NdkConnector request = back.next();
    request.accept(sides.client.qp(), 1, 1, null, null, new Completion());
    assertEquals(NdkStatus.SUCCESS, connect.await());
  }
}
