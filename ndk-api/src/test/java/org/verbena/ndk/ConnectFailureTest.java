package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connects that fail, and what works afterwards. */
@Tag("device")
@Covers("NdkConnect")
@ExtendWith(Fixtures.class)
class ConnectFailureTest {
  private Sides sides;
  private Endpoint client;
  private Endpoint server;
  private NdkConnector connector;

  ConnectFailureTest(Sides sides) throws Exception {
    use(sides);
  }

  private void use(Sides sides) throws NdkException {
    this.sides = sides;
    client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    connector = sides.client.adapter.createConnector();
  }

  private Completion start(InetSocketAddress source, InetSocketAddress destination) {
    return Completion.pending(
        completion -> connector.connect(client.qp, source, destination, 1, 1, null, completion));
  }

  private Completion start(InetSocketAddress destination) {
    return start(sides.client.anyPort(), destination);
  }

  private NdkStatus connect(InetSocketAddress source, InetSocketAddress destination) {
    Completion completion = start(source, destination);
    NdkStatus status = completion.await();
    if (status != NdkStatus.SUCCESS) {
      assertNotNull(completion.detail(), "a failure says more than its status");
    }
    assertEquals(1, completion.calls());
    return status;
  }

  private NdkStatus connect(InetSocketAddress destination) {
    return connect(sides.client.anyPort(), destination);
  }

  /** The connector and the queue pair of the failed connect can be used again. */
  private void assertConnectsNow() throws Exception {
    assertConnectsNow(new Acceptor(sides.server));
  }

  private void assertConnectsNow(Acceptor acceptor) throws Exception {
    Completion connect = start(acceptor.address());
    accept(acceptor.next(), connect);
  }

  private void accept(NdkConnector passive, Completion connect) throws Exception {
    Completion accept =
        Completion.pending(completion -> passive.accept(server.qp, 1, 1, null, null, completion));
    assertEquals(NdkStatus.SUCCESS, connect.await(), connect::detail);
    Await.done(connector.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
    server.qp.receive(1, null, 0);
    assertEquals(NdkStatus.SUCCESS, client.qp.send(2, null, 0, 0));
    Result.success(client.initiatorCq, 2);
  }

  private InetSocketAddress unusedAddress() throws Exception {
    Acceptor probe = new Acceptor(sides.server);
    InetSocketAddress address = probe.address();
    Await.done(probe.listener.closeAsync());
    return address;
  }

  @Test
  void aRejectMayHaveNoPrivateData() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    Completion connect = start(acceptor.address());
    assertEquals(NdkStatus.SUCCESS, acceptor.next().reject(null));
    assertEquals(NdkStatus.CONNECTION_REFUSED, connect.await());
    assertArrayEquals(new byte[148], connector.getConnectionData().privateData());
  }

  @Test
  void theNextConnectForgetsTheReject() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    Completion connect = start(acceptor.address());
    acceptor.next().reject(new byte[] {1});
    connect.await();
    connector.getConnectionData();
    start(acceptor.address());
    NdkException e = assertThrows(NdkException.class, connector::getConnectionData);
    assertEquals(NdkStatus.CONNECTION_INVALID, e.status());
    acceptor.next();
  }

  @Test
  void receivesPostedBeforeAFailedConnectStay() throws Exception {
    client.qp.receive(7, null, 0);
    assertEquals(NdkStatus.CONNECTION_REFUSED, connect(unusedAddress()));
    Result.assertNone(client.receiveCq);
    assertConnectsNow();
    server.qp.send(8, null, 0, 0);
    Result.success(client.receiveCq, 7);
  }

  @Test
  void whenNobodyAnswersItTimesOutInTimeAndCanBeRepeated() throws Exception {
    Duration timeout = Duration.ofMillis(1500);
    try (Sides other = Sides.impatientClient(timeout)) {
      use(other);
      Acceptor acceptor = new Acceptor(sides.server);
      long start = System.nanoTime();
      assertEquals(NdkStatus.IO_TIMEOUT, connect(acceptor.address()));
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(took.compareTo(timeout) >= 0, took::toString);
      assertTrue(took.compareTo(timeout.plusSeconds(3)) < 0, took::toString);

      NdkConnector stale = acceptor.next();
      assertConnectsNow(acceptor);
      NdkQp unused = sides.server.qp();
      assertEquals(
          NdkStatus.CONNECTION_ABORTED,
          Completion.of(completion -> stale.accept(unused, 1, 1, null, null, completion)));
    }
  }

  @Test
  void theTimeOutOfOneRequestGoesBeforeThatOfTheAdapter() throws Exception {
    Duration timeout = Duration.ofMillis(300);
    Acceptor acceptor = new Acceptor(sides.server);
    NdkConnectOptions options = NdkConnectOptions.DEFAULT.withTimeout(timeout);
    long start = System.nanoTime();
    NdkException e =
        assertThrows(
            NdkException.class,
            () ->
                NdkStages.await(
                    connector.connect(
                        client.qp, sides.client.anyPort(), acceptor.address(), options)));
    assertEquals(NdkStatus.IO_TIMEOUT, e.status());
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(took.compareTo(timeout) >= 0, took::toString);
    assertTrue(took.compareTo(NdkOpenOptions.DEFAULT.connectionTimeout()) < 0, took::toString);
    acceptor.next();
    assertConnectsNow(acceptor);
  }

  @Test
  void anIpv4NetworkWithoutRouteIsTakenForTheLocalOne() throws Exception {
    // The kernel does so if the source is bound to an interface; then it finds no such host.
    InetSocketAddress far = new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 7471);
    assertEquals(NdkStatus.HOST_UNREACHABLE, connect(far));
    assertConnectsNow();
  }

  @Test
  void aSourceOfNoAdapterIsInvalid() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    for (String source : new String[] {"192.0.2.1", "0.0.0.0", "127.0.0.1"}) {
      assertEquals(
          NdkStatus.INVALID_ADDRESS,
          connect(new InetSocketAddress(InetAddress.ofLiteral(source), 0), acceptor.address()),
          source);
    }
    assertConnectsNow(acceptor);
  }

  @Test
  void anUnresolvedAddressIsRefused() throws Exception {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
    InetSocketAddress here = sides.client.anyPort();
    assertThrows(
        IllegalArgumentException.class,
        () -> connector.connect(client.qp, here, unresolved, 1, 1, null, new Completion()));
    assertThrows(
        IllegalArgumentException.class,
        () -> connector.connect(client.qp, unresolved, here, 1, 1, null, new Completion()));
    assertConnectsNow();
  }

  @Test
  void badArgumentsAreRefusedAtOnce() throws Exception {
    InetSocketAddress here = sides.client.anyPort();
    Acceptor acceptor = new Acceptor(sides.server);
    Completion none = new Completion();
    assertEquals(
        NdkStatus.INVALID_PARAMETER,
        connector.connect(client.qp, here, acceptor.address(), -1, 1, null, none));
    assertEquals(
        NdkStatus.INVALID_PARAMETER,
        connector.connect(client.qp, here, acceptor.address(), 1, -1, null, none));
    assertEquals(
        NdkStatus.INVALID_PARAMETER,
        connector.connect(server.qp, here, acceptor.address(), 1, 1, null, none),
        "a queue pair of another adapter");
    assertThrows(
        NullPointerException.class,
        () -> connector.connect(null, here, acceptor.address(), 1, 1, null, none));
    assertThrows(
        NullPointerException.class,
        () -> connector.connect(client.qp, here, acceptor.address(), 1, 1, null, null));
    assertEquals(0, none.calls());
    assertConnectsNow(acceptor);
  }

  @Test
  void aConnectorMakesOneConnectionOnly() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    NdkQp second = sides.client.qp();
    Completion none = new Completion();
    Completion connect = start(acceptor.address());
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        connector.connect(second, sides.client.anyPort(), acceptor.address(), 1, 1, null, none));
    accept(acceptor.next(), connect);
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        connector.connect(second, sides.client.anyPort(), acceptor.address(), 1, 1, null, none));
    assertEquals(0, none.calls());
  }

  @Test
  void aConnectorMayBeClosedAtAnyMomentOfItsConnect() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    for (int spin = 0; spin < 40; spin++) {
      NdkConnector early = sides.client.adapter.createConnector();
      NdkQp qp = sides.client.qp();
      Completion connect =
          Completion.pending(
              completion ->
                  early.connect(
                      qp, sides.client.anyPort(), acceptor.address(), 1, 1, null, completion));
      long until = System.nanoTime() + spin * 100_000L;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      Await.done(early.closeAsync());
      assertEquals(1, connect.calls());
      assertEquals(NdkStatus.CANCELLED, connect.await());
      Await.done(qp.closeAsync());
    }
    assertConnectsNow();
  }
}
