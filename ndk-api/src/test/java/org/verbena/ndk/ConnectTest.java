package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connect, complete, accept. */
@Tag("device")
class ConnectTest {
  private Wire wire;
  private Acceptor acceptor;
  private Endpoint client;
  private Endpoint server;

  @BeforeEach
  void open() throws Exception {
    wire = new Wire();
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

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private Handshake request(byte[] privateData) throws Exception {
    return Handshake.request(wire.client, client.qp, acceptor, 4, 4, privateData);
  }

  private static void assertNoConnectionData(NdkConnector connector) {
    NdkException e = assertThrows(NdkException.class, connector::getConnectionData);
    assertEquals(NdkStatus.CONNECTION_INVALID, e.status());
  }

  @Test
  void theAcceptEndsWithTheCompletionOfTheConnect() throws Exception {
    Handshake handshake = request(null);
    wire.client.settle();
    assertEquals(0, handshake.connect.calls(), "nobody has accepted");
    Answer accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    wire.server.settle();
    assertEquals(0, accept.calls(), "nobody has completed");
    Answer complete =
        Answer.pending(
            completion -> handshake.active.completeConnect(client::disconnected, completion));
    assertEquals(NdkStatus.SUCCESS, complete.await());
    assertEquals(NdkStatus.SUCCESS, accept.await());
    for (Answer answer : new Answer[] {handshake.connect, accept, complete}) {
      assertEquals(1, answer.calls());
      assertNull(answer.detail());
    }
    assertEquals(0, client.disconnects() + server.disconnects());
  }

  @ParameterizedTest
  @EnumSource
  void addressesAreThoseOfTheRoute(Route route) throws Exception {
    try (Wire own = new Wire(route)) {
      Acceptor listening = new Acceptor(own.server);
      Endpoint from = new Endpoint(own.client, QpSizes.SMALL, 1);
      Endpoint to = new Endpoint(own.server, QpSizes.SMALL, 2);
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
    // A port that is free: one that was just given back.
    Acceptor probe = new Acceptor(wire.client);
    InetSocketAddress source = probe.address();
    Await.done(probe.listener.closeAsync());
    NdkConnector active = wire.client.adapter.createConnector();
    active.connect(client.qp, source, acceptor.address(), 1, 1, null, new Answer());
    assertEquals(source, acceptor.next().getPeerAddress());
  }

  @Test
  void privateDataOfFullLengthArrivesAtBothSides() throws Exception {
    byte[] up = randomBytes(wire.client.info().maxCallerData());
    byte[] down = randomBytes(wire.server.info().maxCalleeData());
    Handshake handshake = request(up);
    assertArrayEquals(up, handshake.passive.getConnectionData().privateData());
    handshake.passive.accept(server.qp, 1, 1, down, null, new Answer());
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    byte[] received = handshake.active.getConnectionData().privateData();
    assertEquals(196, received.length);
    assertArrayEquals(Arrays.copyOf(down, 196), received);
  }

  @Test
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
  void privateDataIsTakenDuringTheCall() throws Exception {
    byte[] data = {1, 2, 3};
    NdkConnector active = wire.client.adapter.createConnector();
    active.connect(client.qp, wire.client.anyPort(), acceptor.address(), 1, 1, data, new Answer());
    Arrays.fill(data, (byte) 9);
    byte[] received = acceptor.next().getConnectionData().privateData();
    assertArrayEquals(new byte[] {1, 2, 3}, Arrays.copyOf(received, 3));
  }

  @Test
  void oneByteTooMuchIsRefusedAtOnceAndTheCallMayBeRepeated() throws Exception {
    byte[] tooLongUp = new byte[wire.client.info().maxCallerData() + 1];
    byte[] tooLongDown = new byte[wire.server.info().maxCalleeData() + 1];
    NdkConnector active = wire.client.adapter.createConnector();
    Answer none = new Answer();
    assertEquals(
        NdkStatus.INVALID_BUFFER_SIZE,
        active.connect(
            client.qp, wire.client.anyPort(), acceptor.address(), 1, 1, tooLongUp, none));
    Answer connect =
        Answer.pending(
            completion ->
                active.connect(
                    client.qp, wire.client.anyPort(), acceptor.address(), 1, 1, null, completion));
    NdkConnector passive = acceptor.next();
    assertEquals(
        NdkStatus.INVALID_BUFFER_SIZE, passive.accept(server.qp, 1, 1, tooLongDown, null, none));
    assertEquals(NdkStatus.INVALID_BUFFER_SIZE, passive.reject(tooLongDown));
    Answer accept =
        Answer.pending(completion -> passive.accept(server.qp, 1, 1, null, null, completion));
    assertEquals(NdkStatus.SUCCESS, connect.await());
    assertEquals(NdkStatus.INVALID_BUFFER_SIZE, active.reject(tooLongDown));
    Await.done(active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
    assertEquals(0, none.calls());
    assertEquals(0, acceptor.waiting());
  }

  @Test
  void theSmallestReadLimitHolds() throws Exception {
    int most = Integer.MAX_VALUE;
    // The client asks (inbound, outbound), the server asks; what holds at the client.
    checkReadLimits(3, 5, 7, 9, 3, 5); // the client's own wish
    checkReadLimits(20, 21, 6, 2, 2, 6); // the server's wish
    checkReadLimits(3, 21, 6, 9, 3, 6); // one of each
    NdkAdapterInfo atClient = wire.client.info();
    NdkAdapterInfo atServer = wire.server.info();
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
    NdkQp from = wire.client.qp();
    Handshake handshake =
        Handshake.request(wire.client, from, acceptor, clientInbound, clientOutbound, null);
    NdkConnectionData wishes = handshake.passive.getConnectionData();
    assertEquals(
        Math.min(clientOutbound, wire.server.info().maxInboundReadLimit()),
        wishes.inboundReadLimit());
    assertEquals(
        Math.min(clientInbound, wire.server.info().maxOutboundReadLimit()),
        wishes.outboundReadLimit());
    handshake.passive.accept(
        wire.server.qp(), serverInbound, serverOutbound, null, null, new Answer());
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    NdkConnectionData effective = handshake.active.getConnectionData();
    assertEquals(inbound, effective.inboundReadLimit());
    assertEquals(outbound, effective.outboundReadLimit());
    Await.done(handshake.active.completeConnect(null));
  }

  @Test
  void connectionDataIsThereInItsWindowsOnly() throws Exception {
    NdkConnector fresh = wire.client.adapter.createConnector();
    assertNoConnectionData(fresh);
    Handshake handshake = request(null);
    assertNoConnectionData(handshake.active); // connecting
    handshake.passive.getConnectionData();
    Answer accept = handshake.accept(server);
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
    Buffer source = wire.client.buffer(8);
    Buffer target = wire.server.buffer(8);
    for (int i = 0; i < 10; i++) {
      Endpoint from = new Endpoint(wire.client, QpSizes.SMALL, i);
      Endpoint to = new Endpoint(wire.server, QpSizes.SMALL, i);
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
    Answer[] connects = new Answer[count];
    for (int i = 0; i < count; i++) {
      NdkConnector connector = wire.client.adapter.createConnector();
      NdkQp qp = wire.client.qp();
      active[i] = connector;
      connects[i] =
          Answer.pending(
              completion ->
                  connector.connect(
                      qp, wire.client.anyPort(), acceptor.address(), 1, 1, null, completion));
    }
    Answer[] accepts = new Answer[count];
    for (int i = 0; i < count; i++) {
      NdkConnector passive = acceptor.next();
      NdkQp qp = wire.server.qp();
      accepts[i] = Answer.pending(completion -> passive.accept(qp, 1, 1, null, null, completion));
    }
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, connects[i].await(), connects[i]::detail);
      Await.done(active[i].completeConnect(null));
    }
    for (Answer accept : accepts) {
      assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
    }
  }

  @Test
  void anAdapterMayConnectToItself() throws Exception {
    Endpoint from = new Endpoint(wire.server, QpSizes.SMALL, 1);
    Pair.connect(from, server, acceptor, 1);
    server.qp.receive(1, null, 0);
    from.qp.send(2, null, 0, 0);
    Result.success(server.receiveCq, 1);
    Result.success(from.initiatorCq, 2);
  }

  @Test
  void theServerMaySpeakFirst() throws Exception {
    Buffer target = wire.client.buffer(16);
    Buffer source = wire.server.buffer(16).put("welcome");
    client.qp.receive(1, target.sgl(), 1);
    Pair.connect(client, server, acceptor, 1);
    assertEquals(NdkStatus.SUCCESS, server.qp.send(2, source.sgl(0, 7), 1, 0));
    Result.success(client.receiveCq, 1);
    assertEquals("welcome", target.text(7));
  }

  @Test
  void theConnectEventMayAcceptAtOnce() throws Exception {
    Answer accept = new Answer();
    NdkListener listener =
        wire.server.adapter.createListener(
            connector -> connector.accept(server.qp, 1, 1, null, null, accept));
    Await.done(listener.listen(wire.server.anyPort()));
    NdkConnector active = wire.client.adapter.createConnector();
    Await.done(
        active.connect(client.qp, wire.client.anyPort(), listener.getLocalAddress(), 1, 1, null));
    Await.done(active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
  }

  @Test
  void theConnectEventMayConnectElsewhere() throws Exception {
    Acceptor back = new Acceptor(wire.client);
    NdkConnector outgoing = wire.server.adapter.createConnector();
    Answer connect = new Answer();
    NdkListener listener =
        wire.server.adapter.createListener(
            _ ->
                outgoing.connect(
                    server.qp, wire.server.anyPort(), back.address(), 1, 1, null, connect));
    Await.done(listener.listen(wire.server.anyPort()));
    NdkConnector active = wire.client.adapter.createConnector();
    active.connect(
        client.qp, wire.client.anyPort(), listener.getLocalAddress(), 1, 1, null, new Answer());
    NdkConnector request = back.next();
    request.accept(wire.client.qp(), 1, 1, null, null, new Answer());
    assertEquals(NdkStatus.SUCCESS, connect.await());
  }
}
