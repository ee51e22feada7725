package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections disturbed during setup, and what NDKPI requires but Linux cannot do. */
@Tag("device")
@ExtendWith(Fixtures.class)
class ConnectEdgeCasesTest {
  private static final Path MAX_BACKLOG = Path.of("/proc/sys/net/rdma_ucm/max_backlog");
  private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private Sides sides;
  private Acceptor acceptor;
  private Endpoint client;
  private Endpoint server;

  ConnectEdgeCasesTest(Sides sides) throws Exception {
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

  private Completion start(NdkConnector connector, NdkQp qp, InetSocketAddress destination) {
    return Completion.pending(
        c -> connector.connect(qp, sides.client.anyPort(), destination, 1, 1, null, c));
  }

  /** Accepts and completes a request that has arrived. */
  private void assertConnects(NdkConnector active, Completion connect, NdkConnector passive)
      throws Exception {
    client.connector = active;
    server.connector = passive;
    Completion accept =
        Completion.pending(c -> passive.accept(server.qp, 1, 1, null, server::disconnected, c));
    assertEquals(NdkStatus.SUCCESS, connect.await(), connect::detail);
    Await.done(active.completeConnect(client::disconnected));
    assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
    assertConnected();
  }

  private void assertConnected() {
    assertEquals(NdkStatus.SUCCESS, server.qp.receive(1, null, 0));
    assertEquals(NdkStatus.SUCCESS, client.qp.send(2, null, 0, 0));
    Result.success(client.initiatorCq, 2);
    Result.success(server.receiveCq, 1);
  }

  // --- the listener closes during a connect

  @Test
  @Covers({"NdkConnect", "NdkCloseXxx"})
  void aConnectWhoseListenerAndRequestAreClosedIsRefused() throws Exception {
    Handshake handshake = request();
    CompletionStage<Void> closed = acceptor.listener.closeAsync();
    sides.client.settle();
    assertEquals(0, handshake.connect.calls(), "the request has been delivered and still stands");
    handshake.passive.close();
    assertEquals(NdkStatus.CONNECTION_REFUSED, handshake.connect.await());
    Await.done(closed);
    // The connector and the queue pair can connect elsewhere.
    acceptor = new Acceptor(sides.server);
    Completion again = start(handshake.active, client.qp, acceptor.address());
    assertConnects(handshake.active, again, acceptor.next());
  }

  @Test
  @Covers({"NdkConnect", "NdkCloseXxx"})
  void aListenerMayBeClosedAtAnyMomentOfAConnect() throws Exception {
    NdkConnector connector = sides.client.adapter.createConnector();
    for (int spin = 0; spin < 40; spin++) {
      NdkListener listener = sides.server.adapter.createListener(NdkConnector::close);
      Await.done(listener.listen(sides.server.anyPort()));
      Completion connect = start(connector, client.qp, listener.getLocalAddress());
      long until = System.nanoTime() + spin * 100_000L;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      Await.done(listener.closeAsync());
      assertEquals(NdkStatus.CONNECTION_REFUSED, connect.await(), connect::detail);
      assertEquals(1, connect.calls());
    }
    Completion connect = start(connector, client.qp, acceptor.address());
    assertConnects(connector, connect, acceptor.next());
  }

  // --- the active side closes before it completes

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"NdkAccept", "NdkCloseXxx"})
  void anAcceptWhoseClientGoesBeforeItCompletesIsAborted(boolean onlyTheConnector)
      throws Exception {
    server.qp.receive(7, null, 0);
    Handshake handshake = request();
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await());
    if (onlyTheConnector) {
      Await.done(handshake.active.closeAsync());
      Await.done(client.qp.closeAsync());
    } else {
      sides.client.adapter.close();
    }
    assertEquals(NdkStatus.CONNECTION_ABORTED, accept.await());
    assertEquals(NdkStatus.CANCELLED, Result.take(server.receiveCq).status());
    sides.server.settle();
    assertEquals(1, accept.calls());
    assertEquals(0, server.disconnects(), "there was no connection to lose");
  }

  // --- one queue pair, one connection

  @Test
  @Covers("NdkConnect")
  void aQueuePairIsInOneConnectionOnly() throws Exception {
    NdkConnector first = sides.client.adapter.createConnector();
    NdkConnector second = sides.client.adapter.createConnector();
    Completion connect = start(first, client.qp, acceptor.address());
    NdkConnector passive = acceptor.next();
    assertConnectionActive(second);
    assertConnects(first, connect, passive);
    assertConnectionActive(second);
    assertEquals(0, acceptor.waiting());
    assertConnected();
  }

  private void assertConnectionActive(NdkConnector connector) {
    Completion none = new Completion();
    assertEquals(
        NdkStatus.CONNECTION_ACTIVE,
        connector.connect(client.qp, sides.client.anyPort(), acceptor.address(), 1, 1, null, none));
    assertEquals(0, none.calls());
  }

  @Test
  @Covers("NdkConnect")
  void aQueuePairOfAFailedConnectIsFreeForAnotherConnector() throws Exception {
    Handshake refused = request();
    NdkConnector second = sides.client.adapter.createConnector();
    assertConnectionActive(second);
    refused.passive.reject(null);
    assertEquals(NdkStatus.CONNECTION_REFUSED, refused.connect.await());
    Completion connect = start(second, client.qp, acceptor.address());
    assertConnects(second, connect, acceptor.next());
  }

  @Test
  @Covers("NdkConnect")
  void ofTwoThreadsThatConnectOneQueuePairOneDoes() throws Exception {
    for (int round = 0; round < 20; round++) {
      NdkQp qp = sides.client.qp();
      List<NdkConnector> connectors =
          List.of(sides.client.adapter.createConnector(), sides.client.adapter.createConnector());
      CyclicBarrier barrier = new CyclicBarrier(2);
      List<AtomicReference<NdkStatus>> statuses =
          List.of(new AtomicReference<>(), new AtomicReference<>());
      List<Thread> threads = new ArrayList<>();
      AtomicInteger completions = new AtomicInteger();
      InetSocketAddress here = sides.client.anyPort();
      InetSocketAddress there = acceptor.address();
      for (int i = 0; i < 2; i++) {
        NdkConnector connector = connectors.get(i);
        AtomicReference<NdkStatus> status = statuses.get(i);
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        barrier.await();
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                      status.set(
                          connector.connect(
                              qp,
                              here,
                              there,
                              1,
                              1,
                              null,
                              (_, _) -> completions.incrementAndGet()));
                    }));
      }
      for (Thread thread : threads) {
        assertTrue(thread.join(Await.DEADLINE));
      }
      List<NdkStatus> sorted = statuses.stream().map(AtomicReference::get).sorted().toList();
      assertEquals(List.of(NdkStatus.PENDING, NdkStatus.CONNECTION_ACTIVE), sorted);
      acceptor.next().close();
      Await.until("the completion", () -> completions.get() == 1);
      connectors.forEach(NdkConnector::close);
      Await.done(qp.closeAsync());
      assertEquals(1, completions.get());
      assertEquals(0, acceptor.waiting());
    }
  }

  // --- one address, one listener

  @Test
  @Covers("NdkListen")
  void ofTwoListenersOnOneAddressOneListens() throws Exception {
    Await.done(acceptor.listener.closeAsync());
    InetSocketAddress address = new Acceptor(sides.server).address();
    try (Side other = new Side(RigDevice.B)) {
      for (Side side : List.of(sides.server, other)) {
        NdkListener second = side.adapter.createListener(NdkConnector::close);
        Completion listen = Completion.pending(c -> second.listen(address, c));
        assertEquals(NdkStatus.SHARING_VIOLATION, listen.await());
        assertThrows(IllegalStateException.class, second::getLocalAddress);
        // It can listen elsewhere.
        Await.done(second.listen(sides.server.anyPort()));
      }
    }
  }

  @Test
  @Covers("NdkListen")
  void ofTwoListenersAtOnceOneGetsTheRequests() throws Exception {
    InetSocketAddress address = acceptor.address();
    Await.done(acceptor.listener.closeAsync());
    try (Side other = new Side(RigDevice.B)) {
      AtomicInteger requests = new AtomicInteger();
      NdkConnectEvent event =
          connector -> {
            requests.incrementAndGet();
            connector.close();
          };
      NdkListener here = sides.server.adapter.createListener(event);
      NdkListener there = other.adapter.createListener(event);
      Completion first = Completion.pending(c -> here.listen(address, c));
      Completion second = Completion.pending(c -> there.listen(address, c));
      assertEquals(
          List.of(NdkStatus.SUCCESS, NdkStatus.SHARING_VIOLATION),
          List.of(first.await(), second.await()).stream().sorted().toList());
      NdkConnector connector = sides.client.adapter.createConnector();
      assertEquals(NdkStatus.CONNECTION_REFUSED, start(connector, client.qp, address).await());
      assertEquals(1, requests.get());
    }
  }

  // --- private data

  @Test
  @Covers({"NdkConnect", "NdkAccept", "NdkReject"})
  void oneByteTooMuchIsRefusedAtOnceAndTheCallMayBeRepeated() throws Exception {
    byte[] tooLongUp = new byte[sides.client.info().maxCallerData() + 1];
    byte[] tooLongDown = new byte[sides.server.info().maxCalleeData() + 1];
    NdkConnector active = sides.client.adapter.createConnector();
    Completion none = new Completion();
    assertEquals(
        NdkStatus.INVALID_BUFFER_SIZE,
        active.connect(
            client.qp, sides.client.anyPort(), acceptor.address(), 1, 1, tooLongUp, none));
    Completion connect = start(active, client.qp, acceptor.address());
    NdkConnector passive = acceptor.next();
    assertEquals(
        NdkStatus.INVALID_BUFFER_SIZE, passive.accept(server.qp, 1, 1, tooLongDown, null, none));
    assertEquals(NdkStatus.INVALID_BUFFER_SIZE, passive.reject(tooLongDown));
    assertConnects(active, connect, passive);
    assertEquals(0, none.calls());
    assertEquals(0, acceptor.waiting());
  }

  // --- shared endpoints

  private static void assertNoEndpoint(NdkStatus expected, Side side, InetSocketAddress address) {
    NdkException e =
        assertThrows(NdkException.class, () -> side.adapter.createSharedEndpoint(address));
    assertEquals(expected, e.status(), e.getMessage());
  }

  @Test
  @Covers("NdkCreateSharedEndpoint")
  void aSharedEndpointNeedsAnAddressOfItsOwn() throws Exception {
    Side side = sides.client;
    assertNoEndpoint(NdkStatus.INVALID_ADDRESS, side, sides.server.anyPort());
    assertNoEndpoint(NdkStatus.SHARING_VIOLATION, side, new Acceptor(side).address());
    NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(side.anyPort());
    InetSocketAddress address = endpoint.getLocalAddress();
    assertNoEndpoint(NdkStatus.SHARING_VIOLATION, side, address);
    try (Side other = new Side(RigDevice.A)) {
      assertNoEndpoint(NdkStatus.SHARING_VIOLATION, other, address);
    }
    NdkListener listener = side.adapter.createListener(NdkConnector::close);
    assertEquals(NdkStatus.SHARING_VIOLATION, Completion.of(c -> listener.listen(address, c)));
    Await.done(endpoint.closeAsync());
    assertThrows(IllegalStateException.class, endpoint::getLocalAddress);
    assertEquals(
        address, side.adapter.createSharedEndpoint(address).getLocalAddress(), "free again");
  }

  @Test
  @Covers({"NdkConnectWithSharedEndpoint", "NdkCloseXxx"})
  void aClosedSharedEndpointHoldsItsPortWhileAConnectorLives() throws Exception {
    Side side = sides.client;
    NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(side.anyPort());
    InetSocketAddress address = endpoint.getLocalAddress();
    NdkConnector active = side.adapter.createConnector();
    Completion connect =
        Completion.pending(
            c ->
                active.connectWithSharedEndpoint(
                    client.qp, endpoint, acceptor.address(), 1, 1, null, c));
    CompletionStage<Void> closed = endpoint.closeAsync();
    assertConnects(active, connect, acceptor.next());
    assertFalse(Await.isDone(closed));
    assertNoEndpoint(NdkStatus.SHARING_VIOLATION, side, address);
    Completion none = new Completion();
    assertEquals(
        NdkStatus.INVALID_HANDLE,
        side.adapter
            .createConnector()
            .connectWithSharedEndpoint(side.qp(), endpoint, acceptor.address(), 1, 1, null, none));
    assertEquals(0, none.calls());
    Await.done(active.disconnect());
    side.settle();
    assertFalse(Await.isDone(closed));
    active.close();
    Await.done(closed);
    Await.done(side.adapter.createListener(NdkConnector::close).listen(address));
  }

  // --- what Linux does otherwise than NDKPI

  /** Reads a kernel setting in one read: a second one returns nothing. */
  private static String setting(Path file) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      return reader.readLine();
    }
  }

  /** NDKPI refuses an address pair that is in use anywhere; here only this process is checked. */
  @Test
  @Covers("NdkConnectWithSharedEndpoint")
  void aPairOfAddressesIsConnectedOnceFromItsFirstConnectToItsClose() throws Exception {
    Side side = sides.client;
    NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(side.anyPort());
    NdkConnector first = side.adapter.createConnector();
    Completion connect =
        Completion.pending(
            c ->
                first.connectWithSharedEndpoint(
                    client.qp, endpoint, acceptor.address(), 1, 1, null, c));
    NdkConnector passive = acceptor.next();
    NdkConnector second = side.adapter.createConnector();
    NdkQp qp = side.qp();
    assertEquals(NdkStatus.ADDRESS_ALREADY_EXISTS, shared(second, qp, endpoint));
    assertConnects(first, connect, passive);
    assertEquals(NdkStatus.ADDRESS_ALREADY_EXISTS, shared(second, qp, endpoint));
    assertEquals(0, acceptor.waiting());
    assertConnected();

    // A connect that fails releases the address pair.
    acceptor.listener.controlConnectEvents(true);
    Await.done(first.closeAsync());
    assertEquals(NdkStatus.CONNECTION_REFUSED, shared(second, qp, endpoint));
    assertEquals(NdkStatus.CONNECTION_REFUSED, shared(second, qp, endpoint));
  }

  private NdkStatus shared(NdkConnector connector, NdkQp qp, NdkSharedEndpoint endpoint) {
    return Completion.of(
        c -> connector.connectWithSharedEndpoint(qp, endpoint, acceptor.address(), 1, 1, null, c));
  }

  /** NDKPI refuses a request that finds the backlog full; the kernel drops it. */
  @Test
  @Covers({"NdkListen", "NdkConnect"})
  void whatFindsTheQueueOfRequestsFullTimesOut() throws Exception {
    assertTrue(Files.isWritable(MAX_BACKLOG), () -> MAX_BACKLOG + " is not writable");
    int backlog = 2;
    String before = setting(MAX_BACKLOG);
    Files.writeString(MAX_BACKLOG, "" + backlog);
    try (Sides other = Sides.impatientClient(Duration.ofMillis(1500))) {
      use(other);
      fillBacklog(backlog);
    } finally {
      Files.writeString(MAX_BACKLOG, before);
    }
  }

  private void fillBacklog(int backlog) throws Exception {
    AtomicBoolean go = new AtomicBoolean();
    AtomicInteger requests = new AtomicInteger();
    NdkListener listener =
        sides.server.adapter.createListener(
            connector -> {
              requests.incrementAndGet();
              connector.close();
              if (requests.get() == 1) {
                // No request is read while a callback runs.
                Await.until("the test", go::get);
              }
            });
    Await.done(listener.listen(sides.server.anyPort()));
    InetSocketAddress address = listener.getLocalAddress();
    NdkConnector refused = sides.client.adapter.createConnector();
    assertEquals(NdkStatus.CONNECTION_REFUSED, start(refused, client.qp, address).await());
    List<Completion> connects = new ArrayList<>();
    for (int i = 0; i < backlog + 2; i++) {
      NdkConnector connector = sides.client.adapter.createConnector();
      connects.add(start(connector, sides.client.qp(), address));
    }
    for (Completion connect : connects) {
      assertEquals(NdkStatus.IO_TIMEOUT, connect.await(), connect::detail);
    }
    assertEquals(1, requests.get());
    go.set(true);
    Await.until("the requests in the backlog", () -> requests.get() == 1 + backlog);
    sides.server.settle();
    assertEquals(1 + backlog, requests.get());
  }

  /** NDKPI picks ports from 49152 up; the kernel has a range of its own. */
  @Test
  @Covers({"NdkListen", "NdkCreateSharedEndpoint", "NdkConnect"})
  void portsArePickedFromTheSystemsRange() throws Exception {
    String[] range = setting(PORT_RANGE).split("\\s+");
    int low = Integer.parseInt(range[0]);
    int high = Integer.parseInt(range[1]);
    Handshake handshake = request();
    List<InetSocketAddress> picked =
        List.of(
            acceptor.address(),
            sides.client.adapter.createSharedEndpoint(sides.client.anyPort()).getLocalAddress(),
            handshake.passive.getPeerAddress());
    for (InetSocketAddress address : picked) {
      assertTrue(
          low <= address.getPort() && address.getPort() <= high,
          () -> address + " is not between " + low + " and " + high);
    }
  }

  /** A withdrawn request raises no event; accepting or rejecting it fails. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"NdkAccept", "NdkReject", "NdkCloseXxx"})
  void aWithdrawnRequestIsNoticedWhenItIsAnswered(boolean accepting) throws Exception {
    Handshake withdrawn = request();
    Await.done(withdrawn.active.closeAsync());
    // The CM handles its messages in order: once the next request is here, so is the withdrawal.
    Handshake next = Handshake.request(sides.client, sides.client.qp(), acceptor);
    withdrawn.passive.getConnectionData();
    NdkStatus answer =
        accepting
            ? Completion.of(c -> withdrawn.passive.accept(server.qp, 1, 1, null, null, c))
            : withdrawn.passive.reject(null);
    assertEquals(NdkStatus.CONNECTION_ABORTED, answer);
    assertEquals(0, next.connect.calls());
  }

  /** NDKPI reports every broken connection; here only traffic or the CM detects one. */
  @Test
  @Covers({"NdkFlush", "NdkDisconnect", "NDK_FN_DISCONNECT_EVENT_CALLBACK"})
  void aPeerThatIsBrokenIsNoticedWhenItDisconnects() throws Exception {
    Pair.connect(client, server, acceptor, 1);
    client.qp.receive(1, null, 0);
    server.qp.flush(); // its side of the connection is dead
    sides.server.settle();
    sides.client.settle();
    assertEquals(0, client.disconnects());
    Result.assertNone(client.receiveCq);
    Await.done(server.connector.disconnect());
    client.awaitDisconnect();
    sides.client.settle();
    assertEquals(1, client.disconnects());
  }
}
