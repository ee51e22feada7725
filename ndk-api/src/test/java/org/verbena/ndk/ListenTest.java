package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Listening, and how long a port is held. */
@Tag("device")
@Covers("NdkCreateListener")
@ExtendWith(Fixtures.class)
class ListenTest {
  private final Sides sides;
  private final NdkListener listener;

  ListenTest(Sides sides) throws Exception {
    this.sides = sides;
    listener = newListener();
  }

  private NdkListener newListener() throws NdkException {
    return sides.server.adapter.createListener(NdkConnector::close);
  }

  private static NdkStatus listen(NdkListener listener, InetSocketAddress address) {
    return Completion.of(completion -> listener.listen(address, completion));
  }

  @Test
  @Covers({"NdkListen", "NdkGetListenerLocalAddress"})
  void anIpv6AddressIsListenedOn() throws Exception {
    InetSocketAddress any = new InetSocketAddress(RigDevice.B.address6(), 0);
    assertEquals(NdkStatus.SUCCESS, listen(listener, any));
    assertEquals(RigDevice.B.address6(), listener.getLocalAddress().getAddress());
  }

  @Test
  @Covers("NdkListen")
  void theSamePortOfAnotherAddressIsFree() throws Exception {
    Acceptor holder = new Acceptor(sides.server);
    Acceptor same =
        new Acceptor(
            sides.client, new InetSocketAddress(sides.client.address, holder.address().getPort()));
    assertEquals(holder.address().getPort(), same.address().getPort());
  }

  @Test
  @Covers("NdkListen")
  void anAddressNotOfThisAdapterIsInvalid() {
    assertEquals(NdkStatus.INVALID_ADDRESS, listen(listener, sides.client.anyPort()));
    for (String address : new String[] {"192.0.2.1", "0.0.0.0", "::", "127.0.0.1"}) {
      assertEquals(
          NdkStatus.INVALID_ADDRESS,
          listen(listener, new InetSocketAddress(InetAddress.ofLiteral(address), 0)),
          address);
    }
    assertEquals(NdkStatus.SUCCESS, listen(listener, sides.server.anyPort()));
  }

  @Test
  @Covers("NdkListen")
  void anUnresolvedAddressIsRefused() {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
    assertThrows(
        IllegalArgumentException.class, () -> listener.listen(unresolved, new Completion()));
  }

  @Test
  @Covers("NdkListen")
  void itListensOnceOnly() {
    assertEquals(NdkStatus.SUCCESS, listen(listener, sides.server.anyPort()));
    Completion none = new Completion();
    assertEquals(NdkStatus.INVALID_DEVICE_STATE, listener.listen(sides.server.anyPort(), none));
    assertEquals(0, none.calls());
  }

  @Test
  @Covers("NdkGetListenerLocalAddress")
  void thereIsNoAddressBeforeItListens() {
    assertThrows(IllegalStateException.class, listener::getLocalAddress);
  }

  @Test
  @Covers({"NdkListen", "NdkCloseXxx"})
  void aClosedListenersPortIsFree() throws Exception {
    Acceptor holder = new Acceptor(sides.server);
    InetSocketAddress address = holder.address();
    Await.done(holder.listener.closeAsync());
    assertEquals(NdkStatus.SUCCESS, listen(listener, address));
  }

  @Test
  @Covers({"NdkAccept", "NdkCloseXxx"})
  void aRequestThatHasComeCanBeAcceptedAfterTheListenersClose() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    Handshake handshake = Handshake.request(sides.client, sides.client.qp(), acceptor);
    CompletionStage<Void> closed = acceptor.listener.closeAsync();
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    Await.done(handshake.active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
    assertFalse(Await.isDone(closed));
    handshake.passive.close();
    Await.done(closed);
  }

  @Test
  @Covers({"NdkListen", "NdkCloseXxx"})
  void aListenMayBeCancelledByAClose() throws Exception {
    Completion listen = new Completion();
    NdkStatus status = listener.listen(sides.server.anyPort(), listen);
    Await.done(listener.closeAsync());
    assertEquals(NdkStatus.PENDING, status);
    assertEquals(1, listen.calls());
    assertTrue(
        listen.await() == NdkStatus.SUCCESS || listen.await() == NdkStatus.CANCELLED,
        () -> listen.await().toString());
  }

  @Test
  void aListenerNeedsAConnectEvent() {
    assertThrows(NullPointerException.class, () -> sides.server.adapter.createListener(null));
  }
}
