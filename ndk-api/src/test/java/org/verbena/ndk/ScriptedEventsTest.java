package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.verbena.binding.rdma.RdmaCore;

/** Asynchronous events, device removal included. */
@Tag("scripted")
class ScriptedEventsTest {
  private static final int PORT_ACTIVE = 9; // IBV_EVENT_*, which the library ignores
  private static final int PORT_ERR = 10;

  private final Notifications notifications = new Notifications();
  private ScriptedDevice device;
  private Side side;
  private NdkCq cq;
  private Endpoint end;

  @BeforeEach
  void connect() throws Exception {
    device = ScriptedDevice.blank();
    side = ScriptedDevice.open();
    cq = side.adapter.createCq(64, notifications);
    end = ScriptedDevice.connected(side, Endpoint.SMALL, cq);
    device.with("hold", 1);
  }

  @AfterEach
  void close() {
    side.close();
  }

  private void raise(int event, NdkObject element) throws NdkException {
    device.raise(side.adapter, event, element);
  }

  @Test
  @Covers({
    "NdkSend",
    "NdkReceive",
    "NdkArmCq",
    "NdkCreateCq",
    "NdkListen",
    "NdkRegisterMr",
    "NdkResizeCq",
    "NDK_FN_DISCONNECT_EVENT_CALLBACK"
  })
  void theEndOfTheDeviceIsToldToEveryObject() throws Exception {
    NdkMr mr = side.pd.createMr();
    NdkConnector idle = side.adapter.createConnector();
    NdkListener listener = side.adapter.createListener(_ -> {});
    NdkListener listening = side.adapter.createListener(_ -> {});
    Await.done(listening.listen(side.anyPort()));
    NdkSrq srq = side.pd.createSrq(8, 1, 1, notifications);
    for (int i = 0; i < 3; i++) {
      assertEquals(NdkStatus.SUCCESS, end.qp.send(i, null, 0, 0));
      assertEquals(NdkStatus.SUCCESS, end.qp.receive(i, null, 0));
    }
    cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS);
    raise(RdmaCore.IBV_EVENT_DEVICE_FATAL(), side.adapter);

    for (NdkCq queue : List.of(cq, end.receiveCq)) {
      List<Result> results = Result.take(queue, 3);
      assertEquals(List.of(0L, 1L, 2L), Result.contexts(results));
      results.forEach(
          result -> assertEquals(NdkStatus.CANCELLED, result.status(), result::toString));
      Result.assertNone(queue);
    }
    Await.until("the disconnect event", () -> end.disconnects() == 1);
    assertEquals(
        NdkConnectionEnd.Cause.DEVICE_REMOVED, ConnectionEndTest.end(end.connector).cause());
    notifications.await(2);
    assertEquals(
        List.of(NdkStatus.DEVICE_REMOVED, NdkStatus.INTERNAL_ERROR),
        notifications.statuses().stream().sorted().toList().reversed(),
        "of the completion queue and of the shared receive queue");

    long posts = device.get("posts");
    NdkRequestCompletion none = (_, _) -> {};
    assertEquals(NdkStatus.DEVICE_REMOVED, end.qp.send(9, null, 0, 0));
    assertEquals(NdkStatus.DEVICE_REMOVED, end.qp.receive(9, null, 0));
    assertEquals(NdkStatus.DEVICE_REMOVED, srq.srqReceive(9, null, 0));
    assertEquals(posts, device.get("posts"), "the driver is not called");
    assertEquals(NdkStatus.DEVICE_REMOVED, mr.registerMr(side.memory(8), 0, none));
    assertEquals(NdkStatus.DEVICE_REMOVED, cq.resizeCq(8, none));
    assertEquals(NdkStatus.DEVICE_REMOVED, srq.modifySrq(4, 0, none));
    assertEquals(NdkStatus.DEVICE_REMOVED, cq.controlCqInterruptModeration(10, 2));
    assertEquals(
        NdkStatus.DEVICE_REMOVED,
        side.adapter.buildLam(side.memory(8), new NdkLogicalAddressMapping(1), none));
    assertEquals(NdkStatus.DEVICE_REMOVED, listener.listen(side.anyPort(), none));
    assertEquals(
        NdkStatus.DEVICE_REMOVED,
        idle.connect(end.qp, side.anyPort(), side.anyPort(), 0, 0, null, none));
    NdkException refusal = assertThrows(NdkException.class, () -> side.adapter.createCq(8, null));
    assertEquals(NdkStatus.DEVICE_REMOVED, refusal.status());
    Await.done(listening.closeAsync());
    Await.done(end.connector.closeAsync());
  }

  @Test
  @Covers("NDK_FN_DISCONNECT_EVENT_CALLBACK")
  void aQueuePairThatFailsEndsItsConnectionAlone() throws Exception {
    Endpoint other = ScriptedDevice.connected(side, Endpoint.SMALL);
    raise(RdmaCore.IBV_EVENT_QP_FATAL(), end.qp);
    Await.until("the disconnect event", () -> end.disconnects() == 1);
    assertEquals(NdkStatus.CONNECTION_INVALID, end.qp.send(1, null, 0, 0));
    assertEquals(NdkStatus.SUCCESS, other.qp.send(1, null, 0, 0));
    assertEquals(0, other.disconnects());
  }

  @Test
  @Covers("NDK_FN_CQ_NOTIFICATION_CALLBACK")
  void aCompletionQueueThatFailsEndsItsQueuePairs() throws Exception {
    assertEquals(NdkStatus.SUCCESS, end.qp.send(1, null, 0, 0));
    raise(RdmaCore.IBV_EVENT_CQ_ERR(), cq);
    assertEquals(NdkStatus.CANCELLED, Result.take(cq).status());
    Await.until("the disconnect event", () -> end.disconnects() == 1);
    cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS);
    notifications.await(1);
    assertEquals(List.of(NdkStatus.BUFFER_OVERFLOW), notifications.statuses());
  }

  @Test
  @Covers("NDK_FN_SRQ_NOTIFICATION_CALLBACK")
  void theLimitOfASharedReceiveQueueIsTold() throws Exception {
    NdkSrq srq = side.pd.createSrq(8, 1, 2, notifications);
    for (int i = 0; i < 4; i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, null, 0));
    }
    side.settle();
    assertEquals(List.of(), notifications.statuses());
    raise(RdmaCore.IBV_EVENT_SRQ_LIMIT_REACHED(), srq);
    notifications.await(1);
    assertEquals(List.of(NdkStatus.SUCCESS), notifications.statuses());
  }

  @Test
  @Covers("NdkCloseXxx")
  void aQueuePairWithSharedReceivesIsClosedWhenItsLastIsBack() throws Exception {
    NdkSrq srq = side.pd.createSrq(8, 1, 0, null);
    Endpoint sharing = new Endpoint(side, Endpoint.SMALL, 5, side.cq(), srq);
    Pair.connect(sharing, new Endpoint(side, Endpoint.SMALL, 6));
    sharing.qp.flush();
    raise(RdmaCore.IBV_EVENT_QP_LAST_WQE_REACHED(), sharing.qp);
    long start = System.nanoTime();
    CompletionStage<Void> closed = sharing.qp.closeAsync();
    Await.done(sharing.connector.closeAsync());
    Await.done(closed);
    long waited = System.nanoTime() - start;
    assertTrue(waited < 4_000_000_000L, "the provider waits 5 s for an event that does not come");
  }

  @Test
  @Covers("NdkSend")
  void eventsOfThePortChangeNothing() throws Exception {
    raise(PORT_ERR, side.adapter);
    raise(PORT_ACTIVE, side.adapter);
    side.settle();
    assertEquals(NdkStatus.SUCCESS, end.qp.send(1, null, 0, 0));
    device.completeSend(end.qp, RdmaCore.IBV_WC_SUCCESS(), 0);
    Result.success(cq, 1);
    assertEquals(0, end.disconnects());
  }
}
