package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.verbena.ndk.extension.ImmediateData;

/**
 * One life of a client and a server, from open to close, with every kind of object and request.
 * What fails ends it with an exception or an assertion, after everything is closed.
 */
final class Life {
  private static final NdkOpenOptions IMPATIENT = new NdkOpenOptions(Duration.ofSeconds(5));
  private static final String TEXT = "what arrives";

  private final Sides sides;
  private final Notifications notifications = new Notifications();
  private final Notifications told = new Notifications(); // in the wait set
  private final Acceptor acceptor;
  private final NdkCq receiveCq;
  private final NdkSrq srq;
  private final NdkWaitSet waitSet;
  private final Endpoint client;
  private final Endpoint server;
  private final Buffer local;
  private final Buffer remote;

  private Life(Sides sides) throws Exception {
    this.sides = sides;
    acceptor = new Acceptor(sides.server);
    receiveCq = sides.server.adapter.createCq(64, notifications);
    srq = sides.server.pd.createSrq(16, 1, 0, notifications);
    waitSet = sides.client.adapter.createWaitSet();
    NdkCq initiatorCq = waitSet.createCq(64, told, null);
    client = new Endpoint(sides.client, Endpoint.SMALL, 1, sides.client.cq(), initiatorCq);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2, receiveCq, srq);
    local = sides.client.buffer(64);
    remote = sides.server.buffer(64);
  }

  static void live() throws Exception {
    try (Sides sides = new Sides(Route.ACROSS_IPV4, IMPATIENT, IMPATIENT)) {
      Life life = new Life(sides);
      life.connect();
      life.send();
      life.write();
      life.read();
      life.registerFast();
      life.modify();
      life.disconnect();
      life.beRejected();
      life.close();
    }
  }

  private void connect() throws Exception {
    Pair.connect(client, server, acceptor, Handshake.READ_LIMIT);
  }

  /** Into the shared queue, with a notification at each end; then one with immediate data. */
  private void send() throws Exception {
    receiveCq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(1, remote.sgl(), 1));
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(2, remote.sgl(), 1));
    local.put(TEXT);
    client.initiatorCq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
    assertEquals(NdkStatus.SUCCESS, client.qp.send(3, local.sgl(), 1, 0));
    assertEquals(1, waitSet.await(Await.DEADLINE));
    assertEquals(List.of(NdkStatus.SUCCESS), told.statuses());
    notifications.await(1);
    assertEquals(List.of(NdkStatus.SUCCESS), notifications.statuses());
    Result.success(receiveCq, 1);
    Result.success(client.initiatorCq, 3);
    assertArrived(remote);
    ImmediateData immediate = client.qp.queryExtension(ImmediateData.EXTENSION);
    assertEquals(NdkStatus.SUCCESS, immediate.sendWithImmediate(4, local.sgl(), 1, 77, 0));
    Result.success(receiveCq, 2);
    Result.success(client.initiatorCq, 4);
    assertEquals(NdkStatus.SUCCESS, client.qp.receive(5, local.sgl(), 1));
    assertEquals(NdkStatus.SUCCESS, server.qp.send(6, null, 0, 0));
    Result.success(server.initiatorCq, 6);
    Result.success(client.receiveCq, 5);
  }

  /** Through a window. */
  private void write() throws Exception {
    NdkMw mw = sides.server.pd.createMw();
    int token = OneSided.bind(server, remote, mw);
    remote.fill(0);
    local.put(TEXT);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(client, local, remote.address(), token));
    assertArrived(remote);
    OneSided.invalidate(server, mw);
    Await.done(mw.closeAsync());
  }

  private void read() {
    local.fill(0);
    remote.put(TEXT);
    assertEquals(
        NdkStatus.SUCCESS, OneSided.read(client, local, remote.address(), remote.remoteToken()));
    assertArrived(local);
  }

  private void registerFast() throws Exception {
    FastRegion region = new FastRegion(server, sides.server.pages(1));
    int token = region.register(OneSided.READ_WRITE);
    local.put(TEXT);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(client, local, region.address(), token));
    assertEquals(TEXT, region.text(TEXT.length()));
    region.invalidate();
    Await.done(region.mr.closeAsync());
    sides.server.adapter.releaseLam(region.lam);
  }

  private void modify() throws Exception {
    Await.done(receiveCq.resizeCq(128));
    Await.done(srq.modifySrq(16, 2));
  }

  private void disconnect() throws Exception {
    Await.done(client.connector.disconnect());
    server.awaitDisconnect();
    Await.done(server.connector.disconnect());
  }

  private void beRejected() throws Exception {
    Endpoint end = new Endpoint(sides.client, Endpoint.SMALL, 3);
    Handshake handshake = Handshake.request(sides.client, end.qp, acceptor);
    assertEquals(NdkStatus.SUCCESS, handshake.passive.reject(null));
    assertEquals(NdkStatus.CONNECTION_REFUSED, handshake.connect.await());
    Await.closed(handshake.active, handshake.passive, end.qp, end.receiveCq, end.initiatorCq);
  }

  private void close() throws Exception {
    sides.client.adapter.createSharedEndpoint(sides.client.anyPort()).close();
    Await.done(remote.mr().deregisterMr());
    Await.closed(client.connector, server.connector, client.qp, server.qp, srq);
    Await.closed(receiveCq, client.receiveCq, client.initiatorCq, server.initiatorCq, waitSet);
    Await.closed(local.mr(), remote.mr(), acceptor.listener, sides.client.pd, sides.server.pd);
  }

  private static void assertArrived(Buffer buffer) {
    assertTrue(buffer.text(TEXT.length()).equals(TEXT), "other bytes have arrived");
  }
}
