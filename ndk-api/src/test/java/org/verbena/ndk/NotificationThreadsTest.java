package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Adapters whose completion queues notify on several threads. */
@Tag("device")
class NotificationThreadsTest {
  private static final int THREADS = 3;

  private final Side side =
      new Side(
          RigDevice.A,
          RigDevice.A.address4(),
          NdkOpenOptions.DEFAULT.withNotificationThreads(THREADS));

  NotificationThreadsTest() throws Exception {}

  @AfterEach
  void close() {
    side.close();
  }

  /** A queue that notifies of the result it has. */
  private NdkCq notifying(NdkGroupAffinity affinity, NdkCqNotification notification)
      throws Exception {
    NdkCq cq = side.adapter.createCq(64, notification, affinity);
    NdkQp qp = side.pd.createQp(cq, side.cq(), 0, Endpoint.SMALL);
    qp.flush();
    qp.receive(1, null, 0);
    cq.armCq(NDK_CQ_NOTIFY_ANY);
    return cq;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void queuesInTurnHaveDifferentThreadsWhichDoNotWaitForEachOther() throws Exception {
    CountDownLatch all = new CountDownLatch(THREADS);
    Set<Thread> threads = new HashSet<>();
    for (int i = 0; i < THREADS; i++) {
      notifying(
          null,
          _ -> {
            synchronized (threads) {
              threads.add(Thread.currentThread());
            }
            all.countDown();
            await(all); // each is inside at the same time
          });
    }
    await(all);
    synchronized (threads) {
      assertEquals(THREADS, threads.size());
    }
  }

  @Test
  void queuesWithTheSameAffinityShareAThread() throws Exception {
    ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 2 * THREADS; i++) {
      notifying(NdkGroupAffinity.ofProcessor(1), _ -> threads.add(Thread.currentThread()));
    }
    Await.until("all notifications", () -> threads.size() == 2 * THREADS);
    assertEquals(1, Set.copyOf(threads).size());
  }

  @Test
  void aNotificationMayThrow() throws Exception {
    for (int i = 0; i < THREADS; i++) {
      notifying(
          NdkGroupAffinity.ofProcessor(i),
          _ -> {
            throw new IllegalStateException("thrown by a test, on purpose");
          });
    }
    CountDownLatch all = new CountDownLatch(THREADS);
    for (int i = 0; i < THREADS; i++) {
      notifying(NdkGroupAffinity.ofProcessor(i), _ -> all.countDown());
    }
    await(all);
  }

  @Test
  void noneMayCloseTheAdapterAndWaitAndNoneIsLeftAfterIt() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      CountDownLatch done = new CountDownLatch(1);
      notifying(
          NdkGroupAffinity.ofProcessor(i),
          _ -> {
            threads.add(Thread.currentThread());
            thrown.set(assertThrows(IllegalStateException.class, side.adapter::close));
            done.countDown();
          });
      await(done);
      assertTrue(thrown.get().getMessage().contains("callbacks"), thrown.get()::toString);
    }
    assertEquals(THREADS, Set.copyOf(threads).size());
    side.adapter.close();
    for (Thread thread : threads) {
      assertEquals(Thread.State.TERMINATED, thread.getState());
    }
  }
}
