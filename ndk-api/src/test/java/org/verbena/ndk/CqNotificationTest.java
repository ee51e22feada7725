package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Arming a completion queue. */
@Tag("device")
@Covers("NdkArmCq")
class CqNotificationTest extends NotificationFixture {
  private static final int SOLICIT = NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;

  CqNotificationTest(Sides sides) throws Exception {
    super(sides);
  }

  @Test
  void anArmIsSatisfiedByTheNextResult() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    assertNotified(0);
    message(1, 0);
    notifications.await(1);
    assertNotified(1);
    Result.success(cq, 1);
  }

  @Test
  void aSolicitedArmIsSatisfiedByAResultThatIsThereAlready() throws Exception {
    message(1, SOLICIT);
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    notifications.await(1);
    Result.success(cq, 1);
    assertNotified(1);
  }

  @Test
  void aResultThatWasTakenSatisfiesNoArm() throws Exception {
    message(1, 0);
    Result.success(cq, 1);
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    assertNotified(0);
    message(2, 0);
    notifications.await(1);
  }

  @Test
  void aReceiveThatComesBackAtOnceSatisfiesAnArm() throws Exception {
    server.qp.flush();
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    assertNotified(0);
    server.qp.receive(1, null, 0);
    notifications.await(1);
    assertEquals(NdkStatus.CANCELLED, Result.take(cq).status());
  }

  @Test
  void anInitiatorQueueNotifiesToo() throws Exception {
    NdkCq initiatorCq = sides.client.adapter.createCq(64, notifications);
    Endpoint from = new Endpoint(sides.client, Endpoint.SMALL, 0, sides.client.cq(), initiatorCq);
    Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, 0);
    Pair.connect(from, to);
    initiatorCq.armCq(NDK_CQ_NOTIFY_ANY);
    to.qp.receive(1, null, 0);
    from.qp.send(2, null, 0, 0);
    notifications.await(1);
    Result.success(initiatorCq, 2);
  }

  @Test
  @Covers("NDK_FN_CQ_NOTIFICATION_CALLBACK")
  void anOverrunThatNobodyWaitedForIsToldToTheNextArm() throws Exception {
    // More than any device rounds a queue of one entry up to.
    int depth = Math.min(2048, sides.client.info().maxInitiatorQueueDepth());
    NdkCq tiny = sides.client.adapter.createCq(1, notifications);
    Endpoint from =
        new Endpoint(sides.client, new NdkQpSizes(1, depth, 1, 1, 0), 0, sides.client.cq(), tiny);
    Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, 0);
    Pair.connect(from, to);
    Buffer remote = sides.server.buffer(8);
    NdkSgl sgl = sides.client.buffer(8).sgl();
    Await.until(
        "the end of the queue pair, whose results are lost",
        () ->
            from.qp.write(1, sgl, 1, remote.address(), remote.remoteToken(), 0)
                == NdkStatus.CONNECTION_INVALID);
    from.awaitDisconnect();
    sides.client.settle();
    assertEquals(List.of(), notifications.statuses());
    tiny.armCq(NDK_CQ_NOTIFY_ERRORS);
    notifications.await(1);
    assertEquals(List.of(NdkStatus.BUFFER_OVERFLOW), notifications.statuses());
  }

  @Test
  @Covers("NdkResizeCq")
  void anArmOutlivesAResize() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    Await.done(cq.resizeCq(600));
    assertNotified(0);
    message(1, 0);
    notifications.await(1);
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    Await.done(cq.resizeCq(1));
    Result.success(cq, 1);
    message(2, 0);
    notifications.await(2);
  }

  @Test
  @Covers({"NdkCloseXxx", "NDK_FN_CQ_NOTIFICATION_CALLBACK"})
  void noNotificationComesAfterClose() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    connectTo(
        _ -> {
          order.add("notified");
          entered.countDown();
          try {
            leave.await(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          order.add("left");
        });
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    message(1, 0);
    Await.until("the notification", () -> entered.getCount() == 0);
    Completion closed = new Completion();
    cq.close(
        () -> {
          order.add("closed");
          closed.completed(NdkStatus.SUCCESS, null);
        });
    server.connector.close();
    server.qp.close();
    leave.countDown();
    closed.await();
    assertEquals(List.of("notified", "left", "closed"), List.copyOf(order));
  }

  @Test
  void armingNeedsANotificationAKnownTypeAndAnOpenQueue() throws Exception {
    assertThrows(IllegalStateException.class, () -> server.initiatorCq.armCq(NDK_CQ_NOTIFY_ANY));
    assertThrows(IllegalArgumentException.class, () -> cq.armCq(3));
    assertThrows(IllegalArgumentException.class, () -> cq.armCq(-1));
    cq.close();
    assertThrows(IllegalStateException.class, () -> cq.armCq(NDK_CQ_NOTIFY_ANY));
  }
}
