package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** Shared receive queues: heavy traffic, misuse, and queue pairs that end. */
@Tag("device")
@ExtendWith(Fixtures.class)
class SrqTest {
  private static final int DEPTH = 8;

  private final Sides sides;
  private final NdkPd pd;
  private final NdkCq cq;
  private final NdkSrq srq;
  private final Endpoint client;
  private final Endpoint server;

  SrqTest(Sides sides) throws Exception {
    this.sides = sides;
    pd = sides.server.pd;
    cq = sides.server.cq();
    srq = pd.createSrq(DEPTH, 2, 0, null);
    server = new Endpoint(sides.server, Endpoint.SMALL, Pair.SERVER_CONTEXT, cq, srq);
    client = connected(server);
  }

  private Endpoint connected(Endpoint to) throws Exception {
    Endpoint from = new Endpoint(sides.client, Endpoint.SMALL, Pair.CLIENT_CONTEXT);
    Pair.connect(from, to);
    return from;
  }

  private static NdkStatus modify(NdkSrq srq, int depth, int threshold) {
    return Completion.of(completion -> srq.modifySrq(depth, threshold, completion));
  }

  /** The status that the call itself returns, which must be final. */
  private static NdkStatus refused(NdkSrq srq, int depth, int threshold) {
    Completion none = new Completion();
    NdkStatus status = srq.modifySrq(depth, threshold, none);
    assertEquals(0, none.calls());
    return status;
  }

  private static void assertFails(NdkStatus status, Executable call) {
    assertEquals(status, assertThrows(NdkException.class, call).status());
  }

  /** Consumes one receive of the shared queue with an empty message. */
  private void message(Endpoint from, NdkCq to, long context) {
    assertEquals(NdkStatus.SUCCESS, from.qp.send(1, null, 0, 0));
    Result.success(from.initiatorCq, 1);
    Result.success(to, context);
  }

  private static List<Long> numbers(int count) {
    return LongStream.range(0, count).boxed().toList();
  }

  // --- posting

  @Test
  void exactlyTheDepthFits() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < DEPTH; i++) {
        assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, null, 0));
      }
      assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
      message(client, cq, 0);
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(DEPTH, null, 0));
      assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
      for (int i = 1; i <= DEPTH; i++) {
        message(client, cq, i);
      }
    }
    Result.assertNone(cq);
  }

  @Test
  void asManyReceivesAsTheAdapterSaysCanBePosted() throws Exception {
    int max = sides.server.info().maxSrqDepth();
    NdkSrq deepest = pd.createSrq(max, 1, 0, null);
    for (int i = 0; i < max; i++) {
      assertEquals(NdkStatus.SUCCESS, deepest.srqReceive(i, null, 0));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, deepest.srqReceive(max, null, 0));
    Endpoint other = new Endpoint(sides.server, Endpoint.SMALL, 1, cq, deepest);
    Endpoint from = connected(other);
    message(from, cq, 0);
    message(from, cq, 1);
  }

  @Test
  void listsAreCheckedAsOnAQueuePair() throws Exception {
    Buffer target = sides.server.buffer(16);
    NdkSgl one = target.sgl(0, 8);
    NdkSgl two = new NdkSgl(3);
    for (int i = 0; i < two.capacity(); i++) {
      two.set(i, target.memory().asSlice(8 + i, i == 1 ? 0 : 1), target.localToken());
    }
    assertEquals(NdkStatus.INVALID_PARAMETER, srq.srqReceive(9, null, 1));
    assertEquals(NdkStatus.INVALID_PARAMETER, srq.srqReceive(9, one, 2));
    assertEquals(NdkStatus.INVALID_PARAMETER, srq.srqReceive(9, one, -1));
    assertEquals(NdkStatus.DATA_OVERRUN, srq.srqReceive(9, two, 3));
    NdkSgl tooLong =
        sides.server.buffer(1).sglOfLength(sides.server.info().maxTransferLength() + 1);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, srq.srqReceive(9, tooLong, 1));
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(0, two, 2));
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(1, one, 0));
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(2, null, 0));
    assertEquals(NdkStatus.SUCCESS, client.qp.send(1, sides.client.buffer(1).sgl(), 1, 0));
    Result.success(client.initiatorCq, 1);
    assertEquals(1, Result.take(cq).bytes());
    message(client, cq, 1);
    message(client, cq, 2);
    Result.assertNone(cq);
  }

  @Test
  void severalThreadsMayPost() throws Exception {
    int count = 300;
    NdkSrq deep = pd.createSrq(count, 1, 0, null);
    AtomicInteger next = new AtomicInteger();
    AtomicReference<NdkStatus> last = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    int context;
                    while ((context = next.getAndIncrement()) < count) {
                      NdkStatus status = deep.srqReceive(context, null, 0);
                      if (status != NdkStatus.SUCCESS) {
                        last.set(status);
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertTrue(thread.join(Await.DEADLINE), "a thread hangs");
    }
    assertEquals(null, last.get());
    assertEquals(NdkStatus.NO_MORE_ENTRIES, deep.srqReceive(count, null, 0));
    NdkCq deepCq = sides.server.adapter.createCq(count, null);
    Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, 1, deepCq, deep);
    Endpoint from = connected(to);
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, from.qp.send(i, null, 0, 0));
      Result.success(from.initiatorCq, i);
    }
    List<Long> taken = Result.contexts(Result.takeAll(deepCq));
    assertEquals(numbers(count), taken.stream().sorted().toList());
  }

  /** One of many senders, and how far it has got. */
  private static final class Sender {
    final Endpoint from;
    final NdkCq receiveCq;
    final Buffer source;
    long sent;
    long completed;
    long received;

    Sender(Endpoint from, NdkCq receiveCq) throws Exception {
      this.from = from;
      this.receiveCq = receiveCq;
      source = from.side.buffer(16 * 16);
    }

    /** Sends its own number and the message's, if there is room. */
    void send(int number) {
      if (sent - completed < 16) {
        long place = sent % 16 * 16;
        source.memory().set(JAVA_LONG, place, number);
        source.memory().set(JAVA_LONG, place + 8, sent);
        assertEquals(NdkStatus.SUCCESS, from.qp.send(sent, source.sgl(place, 16), 1, 0));
        sent++;
      }
    }

    void takeCompletions(NdkResultsEx results) {
      int count = from.initiatorCq.getCqResultsEx(results);
      for (int i = 0; i < count; i++) {
        assertEquals(NdkStatus.SUCCESS, results.status(i));
        assertEquals(completed++, results.requestContext(i));
      }
    }
  }

  @Test
  void manyQueuePairsTakeFromOneQueueAndEveryReceiveHasOneResult() throws Exception {
    int depth = 32;
    int messages = 400;
    long high = 0x8000_0000_0000_0000L;
    NdkSrq shared = pd.createSrq(depth, 1, 0, null);
    Buffer target = sides.server.buffer(depth * 16L);
    NdkCq[] cqs = {sides.server.cq(), sides.server.cq()};
    List<Sender> senders = new ArrayList<>();
    for (int number = 0; number < 5; number++) {
      NdkCq receiveCq = cqs[number % 2];
      Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, high | number, receiveCq, shared);
      senders.add(new Sender(connected(to), receiveCq));
    }
    Random random = new Random(1);
    NdkResultsEx results = new NdkResultsEx(7);
    Deque<Integer> free = new ArrayDeque<>();
    for (int place = 0; place < depth; place++) {
      free.add(place);
    }
    Set<Long> posted = new HashSet<>();
    long generation = 0;
    int open = senders.size() * messages;
    long deadline = System.nanoTime() + 3 * Await.DEADLINE.toNanos();
    while (open > 0) {
      assertTrue(System.nanoTime() < deadline, open + " messages have not arrived");
      // Sometimes the queue runs empty.
      while (!free.isEmpty() && (posted.isEmpty() || random.nextInt(20) > 0)) {
        int place = free.remove();
        long context = high | generation++ << 8 | place;
        posted.add(context);
        assertEquals(NdkStatus.SUCCESS, shared.srqReceive(context, target.sgl(place * 16L, 16), 1));
      }
      for (int number = 0; number < senders.size(); number++) {
        Sender sender = senders.get(number);
        if (sender.sent < messages && random.nextBoolean()) {
          sender.send(number);
        }
        sender.takeCompletions(results);
      }
      for (NdkCq receiveCq : cqs) {
        int count = receiveCq.getCqResultsEx(results);
        for (int i = 0; i < count; i++, open--) {
          long context = results.requestContext(i);
          assertTrue(posted.remove(context), "a context that is not posted");
          int place = (int) (context & 0xFF);
          int number = (int) target.memory().get(JAVA_LONG, place * 16L);
          Sender sender = senders.get(number);
          assertEquals(NdkStatus.SUCCESS, results.status(i));
          assertEquals(NdkOperationType.RECEIVE, results.type(i));
          assertEquals(16, results.bytesTransferred(i));
          assertEquals(high | number, results.qpContext(i));
          assertEquals(sender.receiveCq, receiveCq);
          assertEquals(sender.received++, target.memory().get(JAVA_LONG, place * 16L + 8));
          free.add(place);
        }
      }
    }
    for (Sender sender : senders) {
      Await.until(
          "the last completions",
          () -> {
            sender.takeCompletions(results);
            return sender.completed == messages;
          });
      assertEquals(messages, sender.received);
    }
    Result.assertNone(cqs[0]);
    Result.assertNone(cqs[1]);
    assertEquals(depth, posted.size() + free.size());
    // Exactly as many fit as there are free slots.
    for (int i = 0; i < free.size(); i++) {
      assertEquals(NdkStatus.SUCCESS, shared.srqReceive(i, null, 0));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, shared.srqReceive(0, null, 0));
  }

  // --- the threshold

  @Test
  void aNotificationMayRefillTheQueueAndAskForTheNext() throws Exception {
    int count = 200;
    AtomicReference<NdkSrq> queue = new AtomicReference<>();
    AtomicInteger posted = new AtomicInteger();
    AtomicInteger calls = new AtomicInteger();
    Completion modified = new Completion();
    NdkSrq shared =
        pd.createSrq(
            DEPTH,
            1,
            DEPTH / 2,
            status -> {
              assertEquals(NdkStatus.SUCCESS, status);
              calls.incrementAndGet();
              while (queue.get().srqReceive(posted.get(), null, 0) == NdkStatus.SUCCESS) {
                posted.incrementAndGet();
              }
              assertEquals(NdkStatus.PENDING, queue.get().modifySrq(0, DEPTH / 2, modified));
            });
    queue.set(shared);
    NdkCq receiveCq = sides.server.cq();
    Endpoint from = connected(new Endpoint(sides.server, Endpoint.SMALL, 1, receiveCq, shared));
    while (shared.srqReceive(posted.get(), null, 0) == NdkStatus.SUCCESS) {
      posted.incrementAndGet();
    }
    for (int i = 0; i < count; i++) {
      message(from, receiveCq, i);
    }
    sides.server.settle();
    assertEquals(calls.get(), modified.calls());
    assertTrue(calls.get() >= count / DEPTH, () -> calls + " notifications");
    assertTrue(posted.get() >= count, () -> posted + " posted");
  }

  @Test
  void aThresholdNeedsANotificationAndMustNotBeNegative() throws Exception {
    assertFails(NdkStatus.INVALID_PARAMETER, () -> pd.createSrq(DEPTH, 1, 1, null));
    assertFails(NdkStatus.INVALID_PARAMETER, () -> pd.createSrq(DEPTH, 1, -1, _ -> {}));
    assertEquals(NdkStatus.INVALID_PARAMETER, refused(srq, 0, 1));
    NdkSrq told = pd.createSrq(DEPTH, 1, 0, _ -> {});
    assertEquals(NdkStatus.INVALID_PARAMETER, refused(told, 0, -1));
    assertEquals(NdkStatus.SUCCESS, modify(told, 0, 1));
    assertEquals(NdkStatus.SUCCESS, modify(srq, 0, 0));
  }

  @Test
  void noNotificationComesAfterClose() throws Exception {
    Notifications notifications = new Notifications();
    NdkSrq told = pd.createSrq(DEPTH, 1, 4, notifications);
    Endpoint to = new Endpoint(sides.server, Endpoint.SMALL, 1, cq, told);
    Endpoint from = connected(to);
    for (int i = 0; i < 4; i++) {
      told.srqReceive(i, null, 0);
    }
    told.close();
    to.connector.close();
    Await.done(to.qp.closeAsync());
    from.qp.flush();
    sides.server.settle();
    assertEquals(List.of(), notifications.statuses());
  }

  // --- sizes

  @Test
  void sizesOutOfRangeAreRefused() throws Exception {
    int maxSge = sides.server.info().maxReceiveRequestSge();
    int maxDepth = sides.server.info().maxSrqDepth();
    for (int depth : new int[] {0, -1, maxDepth + 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertFails(NdkStatus.INVALID_PARAMETER, () -> pd.createSrq(depth, 1, 0, null));
      if (depth != 0) {
        assertEquals(NdkStatus.INVALID_PARAMETER, refused(srq, depth, 0));
      }
    }
    for (int sge : new int[] {-1, maxSge + 1, Integer.MAX_VALUE}) {
      assertFails(NdkStatus.INVALID_PARAMETER, () -> pd.createSrq(1, sge, 0, null));
    }
    Await.done(pd.createSrq(1, 0, 0, null).closeAsync());
    assertEquals(NdkStatus.SUCCESS, modify(srq, maxDepth, 0));
  }

  @Test
  void theDepthIsNotMadeSmallerThanWhatIsQueued() {
    for (int i = 0; i < 5; i++) {
      srq.srqReceive(i, null, 0);
    }
    assertEquals(NdkStatus.INVALID_PARAMETER, modify(srq, 4, 0));
    for (int i = 5; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, null, 0), "the depth is unchanged");
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    for (int i = 0; i < 3; i++) {
      message(client, cq, i);
    }
    assertEquals(NdkStatus.SUCCESS, modify(srq, 5, 0));
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    message(client, cq, 3);
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(DEPTH, null, 0));
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    for (int i = 4; i <= DEPTH; i++) {
      message(client, cq, i);
    }
  }

  @Test
  void aLargerDepthHoldsMoreAndKeepsWhatIsQueued() {
    for (int i = 0; i < DEPTH; i++) {
      srq.srqReceive(i, null, 0);
    }
    message(client, cq, 0);
    assertEquals(NdkStatus.SUCCESS, modify(srq, 100, 0));
    for (int i = DEPTH; i <= 100; i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, null, 0));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(999, null, 0));
    for (int i = 1; i <= 100; i++) {
      message(client, cq, i);
    }
  }

  @Test
  void depthAndThresholdMayChangeTogether() throws Exception {
    Notifications notifications = new Notifications();
    NdkSrq told = pd.createSrq(DEPTH, 1, 0, notifications);
    Endpoint from = connected(new Endpoint(sides.server, Endpoint.SMALL, 1, cq, told));
    for (int i = 0; i < DEPTH; i++) {
      told.srqReceive(i, null, 0);
    }
    assertEquals(NdkStatus.SUCCESS, modify(told, 2 * DEPTH, DEPTH + 1));
    notifications.await(1); // it was below the threshold already
    assertEquals(NdkStatus.SUCCESS, modify(told, DEPTH, DEPTH));
    assertEquals(NdkStatus.NO_MORE_ENTRIES, told.srqReceive(99, null, 0));
    sides.server.settle();
    assertEquals(1, notifications.statuses().size());
    message(from, cq, 0);
    notifications.await(2);
  }

  // --- queue pairs on it

  @Test
  void aQueuePairOnItReceivesNothingOfItsOwn() throws Exception {
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.qp.receive(1, null, 0));
    server.qp.flush();
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.qp.receive(1, null, 0));
    sides.server.settle();
    Result.assertNone(cq);
  }

  @Test
  void anotherQueueOrNoneIsRefused() throws Exception {
    NdkPd other = sides.server.adapter.createPd();
    NdkQpSizes sizes = Endpoint.SMALL;
    assertFails(NdkStatus.INVALID_PARAMETER, () -> other.createQpWithSrq(cq, cq, srq, 1, sizes));
    assertFails(
        NdkStatus.INVALID_PARAMETER,
        () -> sides.client.pd.createQpWithSrq(sides.client.cq(), sides.client.cq(), srq, 1, sizes));
    assertThrows(NullPointerException.class, () -> pd.createQpWithSrq(cq, cq, null, 1, sizes));
  }

  @Test
  void aFlushLeavesTheSharedQueueToTheOthers() throws Exception {
    Endpoint otherServer = new Endpoint(sides.server, Endpoint.SMALL, 7, cq, srq);
    Endpoint other = connected(otherServer);
    for (int i = 0; i < 4; i++) {
      srq.srqReceive(i, null, 0);
    }
    message(client, cq, 0);
    server.qp.send(1, null, 0, 0); // no receive is posted
    server.qp.flush();
    assertEquals(NdkStatus.CANCELLED, Result.take(server.initiatorCq).status());
    Await.done(server.connector.disconnect());
    sides.server.settle();
    Result.assertNone(cq);
    Await.done(server.connector.closeAsync());
    Await.done(server.qp.closeAsync());
    for (int i = 1; i < 4; i++) {
      message(other, cq, i);
    }
    srq.srqReceive(4, null, 0);
    message(other, cq, 4);
  }

  @Test
  void aReceiveThatIsBeingFilledIsCancelledByAFlush() throws Exception {
    Endpoint otherServer = new Endpoint(sides.server, Endpoint.SMALL, 7, cq, srq);
    Endpoint other = connected(otherServer);
    long length = sides.server.longTransfer();
    Buffer source = sides.client.buffer(length).fill(1);
    Buffer target = sides.server.buffer(length);
    srq.srqReceive(0, target.sgl(), 1);
    for (int i = 1; i < DEPTH; i++) {
      srq.srqReceive(i, null, 0);
    }
    client.qp.send(1, source.sgl(), 1, 0);
    Await.until("the first bytes", () -> target.memory().get(JAVA_LONG, 0) != 0);
    server.qp.flush();
    Await.done(server.connector.closeAsync());
    Await.done(server.qp.closeAsync()); // everything has been returned
    List<Result> results = Result.takeAll(cq);
    int left = DEPTH - 1;
    if (results.isEmpty()) {
      // Soft-RoCE in newer kernels (6.12) drops it, and does not report which one it was.
      assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
    } else {
      Result cancelled = results.getFirst();
      assertEquals(1, results.size(), results::toString);
      assertEquals(NdkStatus.CANCELLED, cancelled.status(), cancelled::toString);
      assertEquals(0, cancelled.requestContext());
      assertEquals(Pair.SERVER_CONTEXT, cancelled.qpContext());
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(DEPTH, null, 0));
      assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(99, null, 0));
      left = DEPTH;
    }
    for (int i = 1; i <= left; i++) {
      message(other, cq, i);
    }
  }

  @Test
  void whatHasArrivedOutlivesItsQueuePair() throws Exception {
    Endpoint otherServer = new Endpoint(sides.server, Endpoint.SMALL, 7, cq, srq);
    Endpoint other = connected(otherServer);
    for (int i = 0; i < DEPTH; i++) {
      srq.srqReceive(i, null, 0);
    }
    for (int i = 0; i < DEPTH; i++) {
      Endpoint from = i % 2 == 0 ? client : other;
      from.qp.send(i, null, 0, 0);
      Result.success(from.initiatorCq, i);
    }
    server.connector.close();
    Await.done(server.qp.closeAsync());
    List<Result> results = Result.take(cq, DEPTH);
    assertEquals(numbers(DEPTH), Result.contexts(results));
    assertEquals(Collections.nCopies(DEPTH, NdkStatus.SUCCESS), Result.statuses(results));
    for (Result result : results) {
      long expected = result.requestContext() % 2 == 0 ? Pair.SERVER_CONTEXT : 7;
      assertEquals(expected, result.qpContext());
    }
    // All slots are free again.
    for (int i = 0; i < DEPTH; i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, null, 0));
    }
    message(other, cq, 0);
  }

  @Test
  void aMessageThatIsTooLongEndsItsOwnConnectionOnly() throws Exception {
    Endpoint otherServer = new Endpoint(sides.server, Endpoint.SMALL, 7, cq, srq);
    Endpoint other = connected(otherServer);
    Buffer target = sides.server.buffer(8);
    Buffer source = sides.client.buffer(8);
    for (int i = 0; i < 3; i++) {
      srq.srqReceive(i, target.sgl(0, 4), 1);
    }
    client.qp.send(1, source.sgl(0, 5), 1, 0);
    assertEquals(NdkStatus.REMOTE_RESOURCES, Result.take(client.initiatorCq).status());
    Result failed = Result.take(cq);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, failed.status(), failed::toString);
    assertEquals(0, failed.requestContext());
    assertEquals(Pair.SERVER_CONTEXT, failed.qpContext());
    assertEquals(NdkOperationType.RECEIVE, failed.type());
    message(other, cq, 1);
    message(other, cq, 2);
    Result.assertNone(cq);
    assertFalse(otherServer.qp.firstFailure().isPresent());
    assertEquals(NdkStatus.BUFFER_OVERFLOW, server.qp.firstFailure().orElseThrow().status());
  }

  // --- close

  @Test
  void aClosedQueueTakesNothingMoreAndItsCloseWaitsForItsQueuePairs() throws Exception {
    srq.srqReceive(1, null, 0);
    Completion closed = new Completion();
    assertEquals(NdkStatus.PENDING, srq.close(() -> closed.completed(NdkStatus.SUCCESS, null)));
    assertEquals(NdkStatus.INVALID_HANDLE, srq.srqReceive(2, null, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, refused(srq, 0, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, refused(srq, 2 * DEPTH, 0));
    assertEquals(NdkStatus.INVALID_HANDLE, srq.close(() -> {}));
    assertFails(NdkStatus.INVALID_HANDLE, () -> pd.createQpWithSrq(cq, cq, srq, 1, Endpoint.SMALL));
    sides.server.settle();
    assertEquals(0, closed.calls());
    server.connector.close();
    server.qp.close();
    closed.await();
    sides.server.settle();
    assertEquals(1, closed.calls());
    Result.assertNone(cq);
    assertEquals(NdkStatus.INVALID_HANDLE, srq.srqReceive(3, null, 0));
  }

  @Test
  void aQueueWithReceivesAndWithoutQueuePairsClosesAtOnce() throws Exception {
    NdkSrq idle = pd.createSrq(DEPTH, 1, 0, null);
    for (int i = 0; i < DEPTH; i++) {
      idle.srqReceive(i, null, 0);
    }
    Await.done(idle.closeAsync());
  }
}
