package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A closed object answers with a status or an exception. */
@Tag("device")
class UseAfterCloseTest {
  private Pair pair;
  private Side side;
  private final Answer none = new Answer();

  @BeforeEach
  void connect() throws Exception {
    pair = new Pair();
    side = pair.wire.client;
  }

  @AfterEach
  void close() {
    if (pair != null) {
      pair.close();
    }
    assertEquals(0, none.calls());
  }

  private static void assertInvalidHandle(Executable call) {
    assertEquals(NdkStatus.INVALID_HANDLE, assertThrows(NdkException.class, call).status());
  }

  private static void assertClosed(NdkObject object) {
    assertEquals(NdkStatus.INVALID_HANDLE, object.close(() -> {}));
    assertEquals(NdkStatus.INVALID_HANDLE, Await.failure(object.closeAsync()));
    object.close();
  }

  @Test
  void adapter() throws Exception {
    NdkCq cq = side.cq();
    NdkQp qp = side.qp();
    side.adapter.close();
    assertClosed(side.adapter);
    assertInvalidHandle(side.adapter::createPd);
    assertInvalidHandle(() -> side.adapter.createCq(1, null));
    assertInvalidHandle(side.adapter::createConnector);
    assertInvalidHandle(() -> side.adapter.createListener(_ -> {}));
    assertInvalidHandle(side.pd::createMr);
    assertEquals(End.A.device(), side.adapter.deviceName());
    assertEquals(56, side.adapter.queryAdapterInfo().maxCallerData());
    assertThrows(IllegalStateException.class, () -> cq.getCqResults(new NdkResults(1)));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.receive(1, null, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.send(1, null, 0, 0));
    qp.flush();
    qp.firstFailure();
  }

  @Test
  void protectionDomain() throws Exception {
    NdkPd pd = side.adapter.createPd();
    NdkCq cq = side.cq();
    pd.close();
    assertClosed(pd);
    assertInvalidHandle(pd::createMr);
    assertInvalidHandle(() -> QpSizes.SMALL.create(pd, cq, cq, 1));
  }

  @Test
  void completionQueue() throws Exception {
    NdkCq cq = side.adapter.createCq(4, _ -> {});
    cq.close();
    assertClosed(cq);
    assertThrows(IllegalStateException.class, () -> cq.getCqResults(new NdkResults(1)));
    assertThrows(IllegalStateException.class, () -> cq.getCqResultsEx(new NdkResultsEx(1)));
    assertThrows(IllegalStateException.class, () -> cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY));
    assertInvalidHandle(() -> QpSizes.SMALL.create(side.pd, cq, cq, 1));
  }

  @Test
  void memoryRegion() throws Exception {
    Buffer buffer = side.buffer(64);
    NdkMr mr = buffer.mr();
    mr.close();
    assertClosed(mr);
    assertEquals(NdkStatus.INVALID_HANDLE, mr.registerMr(buffer.memory(), 0, none));
    assertEquals(NdkStatus.INVALID_HANDLE, mr.deregisterMr(none));
    assertThrows(IllegalStateException.class, mr::getLocalTokenFromMr);
    assertThrows(IllegalStateException.class, mr::getRemoteTokenFromMr);
    assertEquals(NdkStatus.INVALID_HANDLE, Await.failure(mr.deregisterMr()));
  }

  @Test
  void queuePair() throws Exception {
    NdkQp qp = pair.client.qp;
    NdkSgl sgl = side.buffer(64).sgl();
    qp.close();
    assertClosed(qp);
    assertEquals(NdkStatus.INVALID_HANDLE, qp.send(1, sgl, 1, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.write(1, sgl, 1, 0, 0, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.read(1, sgl, 1, 0, 0, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.receive(1, sgl, 1));
    qp.flush();
    qp.firstFailure();
    NdkConnector connector = side.adapter.createConnector();
    Acceptor acceptor = new Acceptor(pair.wire.server);
    assertEquals(
        NdkStatus.INVALID_HANDLE,
        connector.connect(qp, side.anyPort(), acceptor.address(), 1, 1, null, none));
    pair.client.connector.close();
    Await.until(
        "the end of the queue pair", () -> qp.send(1, sgl, 1, 0) == NdkStatus.INVALID_HANDLE);
    Result.assertNone(pair.client.initiatorCq);
  }

  @Test
  void connector() throws Exception {
    NdkConnector connector = pair.client.connector;
    Await.done(connector.closeAsync());
    assertClosed(connector);
    assertEquals(NdkStatus.INVALID_HANDLE, connector.disconnect(none));
    assertEquals(NdkStatus.INVALID_HANDLE, connector.completeConnect(null, none));
    assertEquals(NdkStatus.INVALID_HANDLE, connector.reject(null));
    assertEquals(NdkStatus.INVALID_HANDLE, connector.accept(side.qp(), 1, 1, null, null, none));
    assertEquals(
        NdkStatus.INVALID_HANDLE,
        connector.connect(side.qp(), side.anyPort(), side.anyPort(), 1, 1, null, none));
    assertInvalidHandle(connector::getConnectionData);
    assertInvalidHandle(connector::getLocalAddress);
    assertInvalidHandle(connector::getPeerAddress);
    assertEquals(NdkStatus.INVALID_HANDLE, Await.failure(connector.disconnect()));
  }

  @Test
  void listener() throws Exception {
    NdkListener listener = new Acceptor(side).listener;
    Await.done(listener.closeAsync());
    assertClosed(listener);
    assertEquals(NdkStatus.INVALID_HANDLE, listener.listen(side.anyPort(), none));
    assertThrows(IllegalStateException.class, listener::getLocalAddress);
    assertEquals(NdkStatus.INVALID_HANDLE, Await.failure(listener.listen(side.anyPort())));
  }

  @Test
  void aFreshConnectorAndListenerCloseToo() throws Exception {
    Await.done(side.adapter.createConnector().closeAsync());
    Await.done(side.adapter.createListener(_ -> {}).closeAsync());
  }
}
