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

/** NDKPI's close rules: an antecedent closes after its successors. */
@Tag("device")
@Covers({"NdkCloseXxx", "NDK_FN_CLOSE_COMPLETION"})
@ExtendWith(Fixtures.class)
class CloseRulesTest {
  private final Sides sides;
  private final List<String> order = Collections.synchronizedList(new ArrayList<>());

  CloseRulesTest(Sides sides) {
    this.sides = sides;
  }

  private void close(NdkObject object, String name) {
    assertEquals(NdkStatus.PENDING, object.close(() -> order.add(name)));
  }

  private void assertOrder(String... names) {
    Await.until(() -> names.length + " closes, not " + order, () -> order.size() == names.length);
    assertEquals(List.of(names), List.copyOf(order));
  }

  private void assertStillOpen() throws Exception {
    sides.client.settle();
    sides.server.settle();
    assertEquals(List.of(), List.copyOf(order));
  }

  @Test
  void aListenerGoesAfterItsConnectors() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    Handshake handshake = Handshake.request(sides.client, sides.client.qp(), acceptor);
    close(acceptor.listener, "listener");
    assertStillOpen();
    close(handshake.passive, "connector");
    assertOrder("connector", "listener");
  }

  @Test
  void aRegionGoesAfterItsRegistration() throws Exception {
    NdkMr mr = sides.client.pd.createMr();
    MemorySegment memory = sides.client.memory(1 << 20);
    mr.registerMr(memory, 0, (status, _) -> order.add("registered " + status));
    close(mr, "mr");
    assertOrder("registered SUCCESS", "mr");
  }

  @Test
  void theWholeTreeMayBeClosedFromTheTop() throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Pair.connect(client, server);
    Buffer buffer = sides.client.buffer(64);
    close(sides.client.pd, "pd");
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
    NdkCq cq = sides.client.cq();
    NdkQp qp = sides.client.pd.createQp(cq, cq, 77, Endpoint.SMALL);
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
    NdkPd pd = sides.client.adapter.createPd();
    NdkMr mr = pd.createMr();
    CompletionStage<Void> closed = pd.closeAsync();
    assertThrows(NdkException.class, pd::createMr);
    sides.client.settle();
    assertFalse(Await.isDone(closed));
    Await.done(mr.registerMr(sides.client.memory(64), 0)); // the region is still usable
    mr.close();
    Await.done(closed);
  }

  @Test
  void manyObjectsOpenAndCloseInTurn() throws Exception {
    for (int round = 0; round < 50; round++) {
      NdkPd pd = sides.client.adapter.createPd();
      NdkCq cq = sides.client.adapter.createCq(8, _ -> {});
      NdkQp qp = pd.createQp(cq, cq, round, Endpoint.SMALL);
      pd.close();
      CompletionStage<Void> cqClosed = cq.closeAsync();
      qp.close();
      Await.done(cqClosed);
    }
  }
}
