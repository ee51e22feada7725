package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** NDKPI's close rules: an antecedent goes after its successors. */
@Tag("device")
@Covers({"NdkCloseXxx", "NDK_FN_CLOSE_COMPLETION"})
@ExtendWith(Fixtures.class)
class CloseRulesTest {
  private final Wire wire;
  private final List<String> order = Collections.synchronizedList(new ArrayList<>());

  CloseRulesTest(Wire wire) {
    this.wire = wire;
  }

  private void close(NdkObject object, String name) {
    assertEquals(NdkStatus.PENDING, object.close(() -> order.add(name)));
  }

  private void assertOrder(String... names) {
    Await.until(() -> names.length + " closes, not " + order, () -> order.size() == names.length);
    assertEquals(List.of(names), List.copyOf(order));
  }

  private void assertStillOpen() throws Exception {
    wire.client.settle();
    wire.server.settle();
    assertEquals(List.of(), List.copyOf(order));
  }

  @Test
  void aListenerGoesAfterItsConnectors() throws Exception {
    Acceptor acceptor = new Acceptor(wire.server);
    Handshake handshake = Handshake.request(wire.client, wire.client.qp(), acceptor);
    close(acceptor.listener, "listener");
    assertStillOpen();
    close(handshake.passive, "connector");
    assertOrder("connector", "listener");
  }

  @Test
  void aRegionGoesAfterItsRegistration() throws Exception {
    NdkMr mr = wire.client.pd.createMr();
    MemorySegment memory = wire.client.memory(1 << 20);
    mr.registerMr(memory, 0, (status, _) -> order.add("registered " + status));
    close(mr, "mr");
    assertOrder("registered SUCCESS", "mr");
  }

  @Test
  void theWholeTreeMayBeClosedFromTheTop() throws Exception {
    Endpoint client = new Endpoint(wire.client, QpSizes.SMALL, 1);
    Endpoint server = new Endpoint(wire.server, QpSizes.SMALL, 2);
    Pair.connect(client, server);
    Buffer buffer = wire.client.buffer(64);
    close(wire.client.pd, "pd");
    close(client.receiveCq, "receive cq");
    close(client.initiatorCq, "initiator cq");
    close(client.qp, "qp");
    close(buffer.mr(), "mr");
    close(client.connector, "connector");
    Await.until(() -> "six closes, not " + order, () -> order.size() == 6);
    assertBefore("connector", "qp");
    assertBefore("qp", "receive cq");
    assertBefore("qp", "initiator cq");
    assertBefore("qp", "pd");
    assertBefore("mr", "pd");
  }

  private void assertBefore(String first, String second) {
    assertFalse(order.indexOf(first) > order.indexOf(second), order::toString);
  }

  @Test
  void closingAQueuePairCancelsItsRequestsWhileTheQueueLives() throws Exception {
    NdkCq cq = wire.client.cq();
    NdkQp qp = QpSizes.SMALL.create(wire.client.pd, cq, cq, 77);
    qp.receive(1, null, 0);
    qp.receive(2, null, 0);
    Await.done(qp.closeAsync());
    List<Result> results = Result.takeAll(cq);
    assertEquals(List.of(1L, 2L), Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.CANCELLED, result.status());
      assertEquals(77, result.qpContext());
    }
  }

  @Test
  void closesOfChildrenOfAClosedParentAreAwaited() throws Exception {
    NdkPd pd = wire.client.adapter.createPd();
    NdkMr mr = pd.createMr();
    CompletionStage<Void> closed = pd.closeAsync();
    assertThrows(NdkException.class, pd::createMr);
    wire.client.settle();
    assertFalse(Await.isDone(closed));
    Await.done(mr.registerMr(wire.client.memory(64), 0)); // the region does not mind
    mr.close();
    Await.done(closed);
  }

  @Test
  void manyObjectsOpenAndCloseInTurn() throws Exception {
    for (int round = 0; round < 50; round++) {
      NdkPd pd = wire.client.adapter.createPd();
      NdkCq cq = wire.client.adapter.createCq(8, _ -> {});
      NdkQp qp = QpSizes.SMALL.create(pd, cq, cq, round);
      pd.close();
      CompletionStage<Void> cqClosed = cq.closeAsync();
      qp.close();
      Await.done(cqClosed);
    }
  }
}
