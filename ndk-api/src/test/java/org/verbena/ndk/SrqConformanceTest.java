package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Conformance: shared receive queues. */
@Tag("device")
@Covers({"NdkCreateSrq", "NdkCreateQpWithSrq", "NdkSrqReceive"})
@ExtendWith(Fixtures.class)
class SrqConformanceTest {
  private static final int DEPTH = 16;

  private final Sides sides;
  private final Notifications notifications;
  private final NdkCq cq;
  private NdkSrq srq;
  private Endpoint client;
  private Endpoint server;
  private int posted;
  private int consumed;

  SrqConformanceTest(Sides sides) throws Exception {
    this.sides = sides;
    notifications = new Notifications();
    cq = sides.server.cq();
  }

  /** Creates the shared queue, and one connection on it. */
  private void connect(int notifyThreshold) throws Exception {
    srq = sides.server.pd.createSrq(DEPTH, 4, notifyThreshold, notifications);
    server = new Endpoint(sides.server, Endpoint.SMALL, Pair.SERVER_CONTEXT, cq, srq);
    client = new Endpoint(sides.client, Endpoint.SMALL, Pair.CLIENT_CONTEXT);
    Pair.connect(client, server);
  }

  private void post(int count) {
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(posted++, null, 0));
    }
  }

  private void consume(int count) {
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, client.qp.send(consumed, null, 0, 0));
      Result.success(client.initiatorCq, consumed);
      Result.success(cq, consumed++);
    }
  }

  private void modify(int depth, int threshold) throws Exception {
    Await.done(srq.modifySrq(depth, threshold));
  }

  private void assertNotified(int count) throws Exception {
    if (count > 0) {
      notifications.await(count);
    }
    sides.server.settle();
    assertEquals(Collections.nCopies(count, NdkStatus.SUCCESS), notifications.statuses());
  }

  @Test
  @DisplayName("51. Two queue pairs share one queue; each result has its queue pair's context")
  @Covers({"NdkGetCqResultsEx", "NdkSend"})
  void sharing() throws Exception {
    connect(0);
    Endpoint client2 = new Endpoint(sides.client, Endpoint.SMALL, 0);
    Endpoint server2 = new Endpoint(sides.server, Endpoint.SMALL, -1L, cq, srq);
    Pair.connect(client2, server2);
    Buffer source = sides.client.buffer(16).put("one two");
    Buffer target = sides.server.buffer(DEPTH * 16);
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, target.sgl(i * 16L, 16), 1));
    }
    for (int i = 0; i < DEPTH; i++) {
      boolean first = i % 3 != 0;
      Endpoint from = first ? client : client2;
      assertEquals(NdkStatus.SUCCESS, from.qp.send(i, source.sgl(first ? 0 : 4, 3), 1, 0));
      Result.success(from.initiatorCq, i);
      Result result = Result.take(cq);
      assertEquals(NdkStatus.SUCCESS, result.status(), result::toString);
      assertEquals(NdkOperationType.RECEIVE, result.type(), result::toString);
      assertEquals(first ? Pair.SERVER_CONTEXT : -1L, result.qpContext(), result::toString);
      assertEquals(i, result.requestContext(), result::toString);
      assertEquals(3, result.bytes(), result::toString);
      assertEquals(first ? "one" : "two", target.memory().getString(i * 16L));
    }
  }

  @Test
  @DisplayName("52. The threshold notifies once on falling below it, and again when set again")
  @Covers({"NdkModifySrq", "NDK_FN_SRQ_NOTIFICATION_CALLBACK"})
  void threshold() throws Exception {
    connect(4);
    assertNotified(0); // a new, empty queue has not run low
    post(3);
    consume(2);
    assertNotified(0);
    post(5);
    consume(2);
    assertNotified(0); // 4 are left
    consume(1);
    assertNotified(1);
    consume(1);
    post(10);
    consume(10);
    assertNotified(1);
    post(8);
    modify(0, 4);
    assertNotified(1);
    consume(6);
    assertNotified(1); // 4 are left
    consume(1);
    assertNotified(2);
    consume(3);
    assertNotified(2);
  }

  @Test
  @DisplayName("53. A threshold above what is queued notifies at once")
  @Covers({"NdkModifySrq", "NDK_FN_SRQ_NOTIFICATION_CALLBACK"})
  void thresholdAboveTheCount() throws Exception {
    connect(0);
    modify(0, 1); // nothing is queued
    assertNotified(1);
    post(5);
    modify(0, 5);
    assertNotified(1);
    modify(0, 6);
    assertNotified(2);
    consume(3);
    assertNotified(2);
    modify(0, 2);
    assertNotified(2);
    modify(0, DEPTH);
    assertNotified(3);
    consume(2);
    modify(0, 1);
    assertNotified(4);
  }

  @Test
  @DisplayName("54. A depth of 0 and a threshold of 0 leave both as they were")
  @Covers({"NdkModifySrq", "NDK_FN_SRQ_NOTIFICATION_CALLBACK"})
  void keep() throws Exception {
    connect(0);
    post(6);
    modify(0, 4);
    modify(0, 0);
    assertNotified(0);
    modify(DEPTH + 4, 0); // keeps the threshold
    post(DEPTH - 2);
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    modify(0, 5); // keeps the depth
    modify(0, 0);
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    consume(DEPTH - 1);
    assertNotified(0); // 5 are left
    consume(1);
    assertNotified(1);
    modify(0, 0); // does not rearm it
    modify(DEPTH, 0);
    consume(4);
    assertNotified(1);
    post(DEPTH);
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    consume(DEPTH);
    assertNotified(1);
  }

  @Test
  @DisplayName("55. An empty queue delays the sender, and the connection goes on")
  @Covers({"NdkSend"})
  void empty() throws Exception {
    connect(0);
    post(1);
    consume(1);
    Buffer source = sides.client.buffer(24).put("onetwothree");
    Buffer target = sides.server.buffer(24);
    client.qp.send(1, source.sgl(0, 3), 1, 0);
    client.qp.send(2, source.sgl(3, 3), 1, 0);
    sides.client.settle();
    sides.server.settle();
    Result.assertNone(client.initiatorCq);
    Result.assertNone(cq);
    srq.srqReceive(11, target.sgl(0, 8), 1);
    Result.success(cq, 11);
    Result.success(client.initiatorCq, 1);
    sides.client.settle();
    Result.assertNone(client.initiatorCq);
    srq.srqReceive(12, target.sgl(8, 8), 1);
    Result.success(cq, 12);
    Result.success(client.initiatorCq, 2);
    assertEquals("one", target.memory().getString(0));
    assertEquals("two", target.memory().getString(8));
    assertEquals(0, client.disconnects() + server.disconnects());
    assertEquals(List.of(), Result.takeAll(cq));
    posted = 20;
    consumed = 20;
    post(4);
    consume(4);
  }
}
