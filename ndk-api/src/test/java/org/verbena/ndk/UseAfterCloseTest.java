package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** A closed object returns a status or throws. */
@Tag("device")
@Covers("NdkCloseXxx")
@ExtendWith(Fixtures.class)
class UseAfterCloseTest {
  private final Pair pair;
  private final Side side;
  private final Completion none = new Completion();

  UseAfterCloseTest(Pair pair) {
    this.pair = pair;
    side = pair.client.side;
  }

  @AfterEach
  void nothingHasCompleted() {
    side.adapter.close();
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
    assertEquals(RigDevice.A.deviceName(), side.adapter.deviceName());
    assertEquals(56, side.adapter.queryAdapterInfo().maxCallerData());
    assertThrows(IllegalStateException.class, () -> cq.getCqResults(new NdkResults(1)));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.receive(1, null, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, qp.send(1, null, 0, 0));
    qp.flush();
    qp.firstFailure();
  }

  @Test
  void completionQueue() throws Exception {
    NdkCq cq = side.cq();
    cq.close();
    assertInvalidHandle(() -> side.pd.createQp(cq, cq, 1, Endpoint.SMALL));
    NdkCq open = side.cq();
    assertInvalidHandle(() -> side.pd.createQp(open, cq, 1, Endpoint.SMALL));
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
    Acceptor acceptor = new Acceptor(pair.server.side);
    assertEquals(
        NdkStatus.INVALID_HANDLE,
        connector.connect(qp, side.anyPort(), acceptor.address(), 1, 1, null, none));
    pair.client.connector.close();
    Await.until(
        "the end of the queue pair", () -> qp.send(1, sgl, 1, 0) == NdkStatus.INVALID_HANDLE);
    Result.assertNone(pair.client.initiatorCq);
  }
}
