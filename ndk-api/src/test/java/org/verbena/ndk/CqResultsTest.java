package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Polling a completion queue. */
@Tag("device")
@Covers("NdkGetCqResultsEx")
@ExtendWith(Fixtures.class)
class CqResultsTest {
  private static final int COUNT = 12;

  private final Pair pair;
  private final NdkCq cq;

  CqResultsTest(Pair pair) {
    this.pair = pair;
    cq = pair.server.receiveCq;
  }

  /** Fills the queue with results of messages of i bytes and context i. */
  private void receiveMessages() throws Exception {
    Buffer source = pair.client.side.buffer(COUNT);
    Buffer target = pair.server.side.buffer(COUNT);
    for (int i = 0; i < COUNT; i++) {
      assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(i, target.sgl(), 1));
      assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(i, source.sgl(0, i), 1, 0));
    }
    // What has completed at the client is in the server's queue.
    Result.take(pair.client.initiatorCq, COUNT);
  }

  @Test
  void anArrayTakesAsManyAsItHolds() throws Exception {
    receiveMessages();
    NdkResultsEx five = new NdkResultsEx(5);
    assertEquals(5, cq.getCqResultsEx(five));
    assertEquals(0, five.requestContext(0));
    assertEquals(4, five.requestContext(4));
    assertEquals(5, cq.getCqResultsEx(five));
    assertEquals(9, five.requestContext(4));
    assertEquals(2, cq.getCqResultsEx(five));
    assertEquals(10, five.requestContext(0));
    assertEquals(11, five.requestContext(1));
    assertEquals(7, five.requestContext(2), "an entry not filled keeps its value");
    assertEquals(0, cq.getCqResultsEx(five));
  }

  @Test
  @Covers("NdkGetCqResults")
  void bothFormsTakeFromTheSameQueue() throws Exception {
    receiveMessages();
    NdkResults plain = new NdkResults(3);
    NdkResultsEx extended = new NdkResultsEx(3);
    assertEquals(3, cq.getCqResults(plain));
    assertEquals(3, cq.getCqResultsEx(extended));
    assertEquals(2, plain.requestContext(2));
    assertEquals(3, extended.requestContext(0));
    assertEquals(NdkOperationType.RECEIVE, extended.type(2));
    assertEquals(5, extended.bytesTransferred(2));
    assertEquals(0, extended.providerErrorCode(2));
  }

  @Test
  @Covers("NdkGetCqResults")
  void thePlainFormFillsAnExtendedArrayAsSuch() throws Exception {
    receiveMessages();
    NdkResultsEx extended = new NdkResultsEx(COUNT);
    assertEquals(COUNT, cq.getCqResults(extended));
    for (int i = 0; i < COUNT; i++) {
      assertEquals(i, extended.requestContext(i));
    }
  }

  @Test
  void resultsSetAsideByADisconnectComeFirstAndInOrder() throws Exception {
    receiveMessages();
    pair.server.qp.receive(COUNT, null, 0);
    Await.done(pair.server.connector.disconnect());
    List<Result> results = Result.takeAll(cq);
    assertEquals(LongStream.rangeClosed(0, COUNT).boxed().toList(), Result.contexts(results));
    assertEquals(5, results.get(5).bytes());
    assertEquals(NdkStatus.SUCCESS, results.get(COUNT - 1).status());
    assertEquals(NdkStatus.CANCELLED, results.get(COUNT).status());
  }

  @Test
  void resultsOfSeveralQueuePairsAreToldApart() throws Exception {
    NdkCq shared = pair.server.side.cq();
    for (long context : new long[] {Long.MIN_VALUE, -1, 0x1_0000_0000L}) {
      Endpoint server = new Endpoint(pair.server.side, Endpoint.SMALL, context, shared, shared);
      Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL, 0);
      Pair.connect(client, server);
      server.qp.receive(context + 1, null, 0);
      client.qp.send(0, null, 0, 0);
      Result.success(client.initiatorCq, 0);
    }
    List<Result> results = Result.take(shared, 3);
    assertEquals(
        List.of(Long.MIN_VALUE, -1L, 0x1_0000_0000L),
        results.stream().map(Result::qpContext).toList());
    assertEquals(List.of(Long.MIN_VALUE + 1, 0L, 0x1_0000_0001L), Result.contexts(results));
  }

  @Test
  void resultsStayWhenManyQueuePairsJoin() throws Exception {
    receiveMessages();
    for (int i = 0; i < 120; i++) {
      pair.server.side.pd.createQp(cq, cq, i, Endpoint.SMALL);
    }
    List<Result> results = Result.takeAll(cq);
    assertEquals(LongStream.range(0, COUNT).boxed().toList(), Result.contexts(results));
    receiveMessages();
    assertEquals(results, Result.takeAll(cq));
  }

  @Test
  void queuePairsMayComeAndGo() throws Exception {
    NdkCq shared = pair.server.side.cq();
    Endpoint stays = new Endpoint(pair.server.side, Endpoint.SMALL, 100, shared, shared);
    Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL, 0);
    Pair.connect(client, stays);
    for (int i = 0; i < 8; i++) {
      Endpoint goes = new Endpoint(pair.server.side, Endpoint.SMALL, i, shared, shared);
      goes.qp.receive(i, null, 0);
      stays.qp.receive(100 + i, null, 0);
      client.qp.send(i, null, 0, 0);
      Result.success(client.initiatorCq, i);
      Await.done(goes.qp.closeAsync());
      List<Result> results = Result.take(shared, 2);
      assertEquals(List.of(100L, (long) i), results.stream().map(Result::qpContext).toList());
      assertEquals(List.of(100L + i, (long) i), Result.contexts(results));
      assertEquals(List.of(NdkStatus.SUCCESS, NdkStatus.CANCELLED), Result.statuses(results));
    }
  }

  @Test
  void aQueueHoldsAsManyResultsAsItsDepth() throws Exception {
    int depth = 8;
    NdkCq small = pair.server.side.adapter.createCq(depth, null);
    Endpoint server = new Endpoint(pair.server.side, Endpoint.SMALL, 0, small, small);
    Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL, 0);
    Pair.connect(client, server);
    for (int i = 0; i < depth; i++) {
      server.qp.receive(i, null, 0);
      client.qp.send(i, null, 0, 0);
    }
    Result.take(client.initiatorCq, depth);
    assertEquals(depth, Result.takeAll(small).size());
  }

  @Test
  @Covers("NdkGetCqResults")
  void nothingIsTakenAfterClose() {
    cq.close();
    assertThrows(IllegalStateException.class, () -> cq.getCqResults(new NdkResults(1)));
    assertThrows(IllegalStateException.class, () -> cq.getCqResultsEx(new NdkResultsEx(1)));
  }
}
