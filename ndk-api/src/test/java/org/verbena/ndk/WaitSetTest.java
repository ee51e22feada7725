package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.verbena.ndk.verbs.adapter.EventSelector;

/** Waiting for the notifications of many completion queues on one thread. */
@Tag("device")
@ExtendWith(Fixtures.class)
class WaitSetTest {
  private static final Duration LONG = Await.DEADLINE.plusSeconds(60);

  private static final int MOST_ROUNDS = 20;
  private static final int NOTIFICATIONS = 1000;

  private final Side side;
  private final NdkWaitSet waitSet;

  WaitSetTest(Sides sides) throws Exception {
    side = sides.server;
    waitSet = side.adapter.createWaitSet();
  }

  /** A queue of the set, with a queue pair whose receives come back at once. */
  private static final class Source implements NdkCqNotification {
    final NdkCq cq;
    final NdkQp qp;
    final NdkResults results = new NdkResults(4);
    final AtomicInteger notified = new AtomicInteger();
    volatile NdkStatus status;
    volatile Thread thread;

    Source(Side side, NdkWaitSet waitSet) throws Exception {
      cq = waitSet.createCq(64, this, null);
      qp = side.pd.createQp(cq, side.cq(), 0, Endpoint.SMALL);
      qp.flush();
    }

    void arm() {
      cq.armCq(NDK_CQ_NOTIFY_ANY);
    }

    /** Puts one result into the queue. */
    void raise() {
      qp.receive(1, null, 0);
    }

    @Override
    public void notified(NdkStatus status) {
      this.status = status;
      thread = Thread.currentThread();
      notified.incrementAndGet();
      cq.getCqResults(results);
    }
  }

  private Source armed() throws Exception {
    Source source = new Source(side, waitSet);
    source.arm();
    return source;
  }

  /** A thread in a task. */
  private record Running<T>(Thread thread, FutureTask<T> task) {
    T result() throws Exception {
      return task.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static <T> Running<T> start(boolean virtual, Callable<T> callable) {
    FutureTask<T> task = new FutureTask<>(callable);
    Thread.Builder builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
    return new Running<>(builder.start(task), task);
  }

  /** Waits on the set, on another thread; returns when that sleeps, or is about to. */
  private Running<Integer> sleeping(boolean virtual) {
    Running<Integer> running = start(virtual, () -> waitSet.await(LONG));
    awaitSleep(running);
    return running;
  }

  private static void awaitSleep(Running<?> running) {
    Await.until(
        "a thread that sleeps",
        () ->
            Arrays.stream(running.thread.getStackTrace())
                .anyMatch(frame -> Set.of("select", "sleep").contains(frame.getMethodName())));
  }

  @Test
  void theReadyOnesAreToldOnTheThreadThatWaits() throws Exception {
    Source first = armed();
    Source second = armed();
    final Source third = armed();
    assertEquals(0, waitSet.await(Duration.ZERO));
    second.raise();
    first.raise();
    assertEquals(0, first.notified.get() + second.notified.get(), "before anyone waits");
    int told = 0;
    while (told < 2) {
      told += waitSet.await(LONG);
    }
    assertEquals(2, told);
    assertEquals(List.of(1, 1), List.of(first.notified.get(), second.notified.get()));
    assertEquals(0, third.notified.get());
    assertEquals(NdkStatus.SUCCESS, first.status);
    assertSame(Thread.currentThread(), first.thread);
    assertSame(Thread.currentThread(), second.thread);
    assertEquals(0, waitSet.await(Duration.ZERO), "they are not armed");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aResultOfThePeerWakesAThreadThatSleeps(boolean virtual) throws Exception {
    try (Sides sides = new Sides()) {
      Source source = new Source(side, waitSet);
      NdkCq cq = source.cq;
      Endpoint server = new Endpoint(side, Endpoint.SMALL, 0, cq, side.cq());
      Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 0);
      Pair.connect(client, server);
      source.arm();
      Running<Integer> waiting = sleeping(virtual);
      server.qp.receive(7, null, 0);
      client.qp.send(8, null, 0, 0);
      assertEquals(1, waiting.result());
      assertEquals(7, source.results.requestContext(0));
      Result.success(client.initiatorCq, 8);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLimitIsKept(boolean virtual) throws Exception {
    armed();
    Duration limit = Duration.ofMillis(150);
    Running<Duration> waiting =
        start(
            virtual,
            () -> {
              long start = System.nanoTime();
              assertEquals(0, waitSet.await(limit));
              return Duration.ofNanos(System.nanoTime() - start);
            });
    Duration took = waiting.result();
    assertTrue(took.compareTo(limit) >= 0, took::toString);
    assertThrows(IllegalArgumentException.class, () -> waitSet.await(Duration.ofNanos(-1)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWakeupEndsASleepOrTheNext(boolean virtual) throws Exception {
    waitSet.wakeup();
    waitSet.wakeup();
    assertEquals(0, waitSet.await(LONG));
    Running<Integer> waiting = sleeping(virtual);
    waitSet.wakeup();
    assertEquals(0, waiting.result());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptIsKeptAndEndsNoSleep(boolean virtual) throws Exception {
    Source source = armed();
    Running<Boolean> waiting =
        start(
            virtual,
            () -> {
              assertEquals(1, waitSet.await(LONG));
              return Thread.currentThread().isInterrupted();
            });
    awaitSleep(waiting);
    waiting.thread.interrupt();
    source.raise();
    assertTrue(waiting.result());
  }

  @Test
  void aQueueThatIsReadyAgainAtOnceWaitsForTheNextCall() throws Exception {
    NdkCq[] self = new NdkCq[1];
    AtomicInteger count = new AtomicInteger();
    self[0] =
        waitSet.createCq(
            64,
            _ -> {
              count.incrementAndGet();
              self[0].armCq(NDK_CQ_NOTIFY_ANY); // the result is still there
            },
            null);
    NdkQp qp = side.pd.createQp(self[0], side.cq(), 0, Endpoint.SMALL);
    qp.flush();
    qp.receive(1, null, 0);
    self[0].armCq(NDK_CQ_NOTIFY_ANY);
    assertEquals(1, waitSet.await(LONG));
    qp.receive(2, null, 0);
    assertEquals(1, waitSet.await(LONG));
    assertEquals(2, count.get());
  }

  @Test
  void whatANotificationThrowsComesOutAndTheOthersAreToldNext() throws Exception {
    IllegalStateException thrown = new IllegalStateException("thrown by a test, on purpose");
    NdkCq throwing =
        waitSet.createCq(
            64,
            _ -> {
              throw thrown;
            },
            null);
    NdkQp qp = side.pd.createQp(throwing, side.cq(), 0, Endpoint.SMALL);
    qp.flush();
    throwing.armCq(NDK_CQ_NOTIFY_ANY);
    qp.receive(1, null, 0);
    Source other = armed();
    other.raise();
    assertSame(thrown, assertThrows(IllegalStateException.class, () -> waitSet.await(LONG)));
    assertEquals(0, other.notified.get());
    assertEquals(1, waitSet.await(LONG));
    assertEquals(1, other.notified.get());
  }

  @Test
  void oneThreadWaitsAtATime() throws Exception {
    Running<Integer> waiting = sleeping(false);
    assertThrows(IllegalStateException.class, () -> waitSet.await(LONG));
    waitSet.wakeup();
    assertEquals(0, waiting.result());

    NdkCq nested = waitSet.createCq(64, _ -> waitSet.await(Duration.ZERO), null);
    NdkQp qp = side.pd.createQp(nested, side.cq(), 0, Endpoint.SMALL);
    qp.flush();
    nested.armCq(NDK_CQ_NOTIFY_ANY);
    qp.receive(1, null, 0);
    assertThrows(IllegalStateException.class, () -> waitSet.await(LONG));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseEndsTheSleepAndComesAfterTheQueues(boolean virtual) throws Exception {
    Source source = armed();
    Running<Integer> waiting = sleeping(virtual);
    Completion closed = new Completion();
    waitSet.close(() -> closed.completed(NdkStatus.SUCCESS, null));
    assertEquals(0, waiting.result());
    assertThrows(IllegalStateException.class, () -> waitSet.await(LONG));
    assertThrows(IllegalStateException.class, waitSet::wakeup);
    source.raise(); // a queue can still be used
    Result.take(source.cq);
    source.arm();
    source.raise();
    side.settle();
    assertEquals(0, source.notified.get());
    assertEquals(0, closed.calls());
    source.qp.close();
    source.cq.close();
    closed.await();
  }

  @Test
  void aQueueThatIsReadyCanBeClosedWithoutAWait() throws Exception {
    Source source = armed();
    source.raise();
    Await.closed(source.qp, source.cq);
    assertEquals(0, waitSet.await(Duration.ZERO));
    assertEquals(0, source.notified.get());
  }

  @Test
  void aQueueClosedInItsNotificationGoesAfterIt() throws Exception {
    List<String> order = new ArrayList<>();
    CountDownLatch closed = new CountDownLatch(1);
    NdkCq[] self = new NdkCq[1];
    self[0] =
        waitSet.createCq(
            64,
            _ -> {
              self[0].close(closed::countDown);
              try {
                side.settle();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              order.add("closed: " + (closed.getCount() == 0));
            },
            null);
    NdkQp qp = side.pd.createQp(self[0], side.cq(), 0, Endpoint.SMALL);
    qp.receive(1, null, 0);
    Await.done(qp.closeAsync());
    self[0].armCq(NDK_CQ_NOTIFY_ANY);
    assertEquals(1, waitSet.await(LONG));
    assertEquals(List.of("closed: false"), order);
    assertTrue(closed.await(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void itsFileIsReadableWhenThereIsSomethingToTell() throws Exception {
    EventSelector others = new EventSelector(waitSet.fileDescriptor());
    try {
      assertEquals(EventSelector.NONE, others.select(0));
      Source source = armed();
      assertEquals(EventSelector.NONE, others.select(0));
      source.raise();
      assertEquals(0, others.select((int) Await.DEADLINE.toMillis()));
      assertEquals(1, waitSet.await(Duration.ZERO));
      assertEquals(EventSelector.NONE, others.select(0));
      waitSet.wakeup();
      assertEquals(0, others.select((int) Await.DEADLINE.toMillis()));
      assertEquals(0, waitSet.await(LONG));
      assertEquals(EventSelector.NONE, others.select(0));
      // Ready again at once, told by the next call only.
      source.raise();
      source.arm();
      assertEquals(0, others.select((int) Await.DEADLINE.toMillis()));
    } finally {
      others.close();
    }
  }

  @Test
  void manyVirtualThreadsSleepAndHoldNoCarrier() throws Exception {
    int count = 4 * Runtime.getRuntime().availableProcessors();
    List<NdkWaitSet> sets = new ArrayList<>();
    List<Source> sources = new ArrayList<>();
    List<Running<Integer>> waiting = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      NdkWaitSet set = side.adapter.createWaitSet();
      sets.add(set);
      sources.add(new Source(side, set));
      sources.getLast().arm();
      waiting.add(start(true, () -> set.await(LONG)));
    }
    waiting.forEach(WaitSetTest::awaitSleep);
    assertTrue(start(true, () -> true).result(), "another one runs");
    for (Source source : sources.reversed()) {
      source.raise();
    }
    for (Running<Integer> each : waiting) {
      assertEquals(1, each.result());
    }
    for (int i = 0; i < count; i++) {
      Await.closed(sources.get(i).qp, sources.get(i).cq, sets.get(i));
    }
  }

  @Test
  void aQueueThatFailsTellsIt() throws Exception {
    try (Sides sides = new Sides()) {
      AtomicReference<NdkStatus> told = new AtomicReference<>();
      int depth = Math.min(2048, side.info().maxInitiatorQueueDepth());
      NdkCq tiny = waitSet.createCq(1, told::set, null);
      Endpoint from = new Endpoint(side, new NdkQpSizes(1, depth, 1, 1, 0), 0, side.cq(), tiny);
      Pair.connect(from, new Endpoint(sides.client, Endpoint.SMALL, 0));
      Buffer remote = sides.client.buffer(8);
      NdkSgl source = side.buffer(8).sgl();
      tiny.armCq(NDK_CQ_NOTIFY_ERRORS);
      Await.until(
          "the end of the queue pair, whose results are lost",
          () ->
              from.qp.write(1, source, 1, remote.address(), remote.remoteToken(), 0)
                  == NdkStatus.CONNECTION_INVALID);
      assertEquals(1, waitSet.await(LONG));
      assertEquals(NdkStatus.BUFFER_OVERFLOW, told.get());
    }
  }

  @Test
  void aNotificationAllocatesNothing() throws Exception {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    Source source = new Source(side, waitSet);
    long allocated = Long.MAX_VALUE;
    // What is not compiled yet allocates.
    for (int i = 0; i < MOST_ROUNDS && allocated >= NOTIFICATIONS; i++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int j = 0; j < NOTIFICATIONS; j++) {
        source.arm();
        source.raise();
        assertEquals(1, waitSet.await(LONG));
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    String bytes = allocated + " bytes for " + NOTIFICATIONS + " notifications";
    assertTrue(allocated < NOTIFICATIONS, bytes);
  }
}
