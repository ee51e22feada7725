package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arming a completion queue. */
@Tag("device")
class CqNotificationTest {
  private static final int SOLICIT = NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;

  private Wire wire;
  private Notifications notifications;
  private NdkCq cq;
  private Endpoint client;
  private Endpoint server;

  @BeforeEach
  void connect() throws Exception {
    wire = new Wire();
    notifications = new Notifications();
    connectTo(notifications);
  }

  /** Makes `cq` with that notification and gives it to the receives of a new server. */
  private void connectTo(NdkCqNotification notification) throws Exception {
    cq = wire.server.adapter.createCq(64, notification);
    server = new Endpoint(wire.server, QpSizes.SMALL, 0, cq, wire.server.cq());
    client = new Endpoint(wire.client, QpSizes.SMALL, 0);
    Pair.connect(client, server);
  }

  @AfterEach
  void close() {
    if (wire != null) {
      wire.close();
    }
  }

  /** Has one result put into the queue. */
  private void message(long context, int flags) {
    assertEquals(NdkStatus.SUCCESS, server.qp.receive(context, null, 0));
    assertEquals(NdkStatus.SUCCESS, client.qp.send(context, null, 0, flags));
    Result.success(client.initiatorCq, context);
  }

  private void assertNotified(int count) throws Exception {
    wire.server.settle();
    assertEquals(Collections.nCopies(count, NdkStatus.SUCCESS), notifications.statuses());
  }

  @Test
  void withoutAnArmThereIsNoNotification() throws Exception {
    message(1, 0);
    message(2, SOLICIT);
    assertNotified(0);
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
  void anArmIsSatisfiedOnceOnly() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    for (int i = 0; i < 5; i++) {
      message(i, 0);
    }
    notifications.await(1);
    message(5, 0);
    assertNotified(1);
    assertEquals(6, Result.take(cq, 6).size());
  }

  @ParameterizedTest
  @ValueSource(ints = {NDK_CQ_NOTIFY_ANY, NDK_CQ_NOTIFY_SOLICITED})
  void anArmIsSatisfiedByAResultThatIsThereAlready(int type) throws Exception {
    message(1, SOLICIT);
    cq.armCq(type);
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
  void armingAgainWithoutNewsLosesNoLaterResult() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    message(1, 0);
    notifications.await(1);
    cq.armCq(NDK_CQ_NOTIFY_ANY); // the first result is still there
    message(2, 0);
    notifications.await(2);
    assertEquals(List.of(1L, 2L), Result.contexts(Result.take(cq, 2)));
  }

  @Test
  void armingTwiceIsArmingOnce() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    message(1, 0);
    message(2, 0);
    notifications.await(1);
    assertNotified(1);
  }

  @Test
  void aSolicitedMessageSatisfiesASolicitedArm() throws Exception {
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    message(1, SOLICIT);
    notifications.await(1);
    assertNotified(1);
  }

  @Test
  void anErrorSatisfiesASolicitedArm() throws Exception {
    server.qp.receive(1, null, 0);
    cq.armCq(NDK_CQ_NOTIFY_SOLICITED);
    server.qp.flush();
    notifications.await(1);
    assertNotified(1);
    assertEquals(NdkStatus.CANCELLED, Result.take(cq).status());
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
  void resultsDoNotSatisfyAnArmForErrorsOfTheQueue() throws Exception {
    message(1, 0);
    cq.armCq(NDK_CQ_NOTIFY_ERRORS);
    message(2, SOLICIT);
    server.qp.receive(3, null, 0);
    server.qp.flush();
    assertEquals(3, Result.take(cq, 3).size());
    assertNotified(0);
  }

  @ParameterizedTest
  @CsvSource({
    "ANY, ANY, true",
    "ANY, ERRORS, true",
    "ANY, SOLICITED, true",
    "ERRORS, ANY, true",
    "ERRORS, ERRORS, false",
    "ERRORS, SOLICITED, true",
    "SOLICITED, ANY, true",
    "SOLICITED, ERRORS, true",
    "SOLICITED, SOLICITED, true",
  })
  void armingWhileArmedOnlyWidens(String first, String second, boolean fires) throws Exception {
    cq.armCq(typeOf(first));
    cq.armCq(typeOf(second));
    message(1, SOLICIT);
    if (fires) {
      notifications.await(1);
    }
    assertNotified(fires ? 1 : 0);
  }

  private static int typeOf(String name) {
    return switch (name) {
      case "ANY" -> NDK_CQ_NOTIFY_ANY;
      case "ERRORS" -> NDK_CQ_NOTIFY_ERRORS;
      case "SOLICITED" -> NDK_CQ_NOTIFY_SOLICITED;
      default -> throw new AssertionError(name);
    };
  }

  @Test
  void anInitiatorQueueNotifiesToo() throws Exception {
    NdkCq initiatorCq = wire.client.adapter.createCq(64, notifications);
    Endpoint from = new Endpoint(wire.client, QpSizes.SMALL, 0, wire.client.cq(), initiatorCq);
    Endpoint to = new Endpoint(wire.server, QpSizes.SMALL, 0);
    Pair.connect(from, to);
    initiatorCq.armCq(NDK_CQ_NOTIFY_ANY);
    to.qp.receive(1, null, 0);
    from.qp.send(2, null, 0, 0);
    notifications.await(1);
    Result.success(initiatorCq, 2);
  }

  @Test
  void aConsumerThatRearmsInItsCallbackMissesNothingAndIsNeverCalledTwiceAtOnce() throws Exception {
    int count = 300;
    List<Long> taken = Collections.synchronizedList(new ArrayList<>());
    AtomicReference<NdkCq> queue = new AtomicReference<>();
    AtomicBoolean inside = new AtomicBoolean();
    AtomicBoolean overlapped = new AtomicBoolean();
    NdkResults results = new NdkResults(4);
    connectTo(
        _ -> {
          if (inside.getAndSet(true)) {
            overlapped.set(true);
          }
          int n;
          while ((n = queue.get().getCqResults(results)) > 0) {
            for (int i = 0; i < n; i++) {
              taken.add(results.requestContext(i));
              server.qp.receive(results.requestContext(i) + 16, null, 0);
            }
          }
          queue.get().armCq(NDK_CQ_NOTIFY_ANY);
          inside.set(false);
        });
    queue.set(cq);
    for (int i = 0; i < 16; i++) {
      server.qp.receive(i, null, 0);
    }
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    for (int i = 0; i < count; i++) {
      client.qp.send(i, null, 0, 0);
      Result.success(client.initiatorCq, i);
    }
    Await.until(() -> "all messages, not " + taken, () -> taken.size() == count);
    assertEquals(LongStream.range(0, count).boxed().toList(), List.copyOf(taken));
    assertFalse(overlapped.get());
  }

  @Test
  void anOverrunQueueSaysSoToAnyArm() throws Exception {
    int depth = Math.min(8192, wire.client.info().maxInitiatorQueueDepth());
    NdkCq tiny = wire.client.adapter.createCq(1, notifications);
    Endpoint from =
        new Endpoint(wire.client, new QpSizes(1, depth, 1, 1, 0), 0, wire.client.cq(), tiny);
    Endpoint to = new Endpoint(wire.server, QpSizes.SMALL, 0);
    Pair.connect(from, to);
    Buffer local = wire.client.buffer(8);
    Buffer remote = wire.server.buffer(8);
    NdkSgl sgl = local.sgl();
    tiny.armCq(NDK_CQ_NOTIFY_ERRORS);
    for (int i = 0; i < depth && notifications.statuses().isEmpty(); i++) {
      from.qp.write(i, sgl, 1, remote.address(), remote.remoteToken(), 0);
    }
    notifications.await(1);
    assertEquals(List.of(NdkStatus.BUFFER_OVERFLOW), notifications.statuses());
  }

  @Test
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
    Answer closed = new Answer();
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
