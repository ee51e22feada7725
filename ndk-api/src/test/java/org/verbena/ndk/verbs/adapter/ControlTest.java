package org.verbena.ndk.verbs.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControlTest {
  private final Queue<String> ran = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> logged = new ConcurrentLinkedQueue<>();
  private final Control control = new Control(Thread.ofPlatform().daemon().factory(), logged::add);

  ControlTest() {
    control.start();
  }

  @AfterEach
  void close() {
    control.close();
  }

  private Runnable task(String name) {
    return () -> ran.add(name);
  }

  private void awaitQueued() {
    control.call(() -> null);
  }

  @Test
  void whatAStandInQueuesRunsAfterItOnItsThread() {
    Thread[] thread = new Thread[1];
    control.executeHere(
        () -> {
          control.execute(task("second"));
          control.executeHere(
              () -> {
                ran.add("third");
                thread[0] = Thread.currentThread();
                control.execute(task("fourth"));
              });
          ran.add("first");
        });
    assertEquals(List.of("first", "second", "third", "fourth"), List.copyOf(ran));
    assertSame(Thread.currentThread(), thread[0]);
  }

  @Test
  void aTaskThatThrowsHoldsUpNoOther() {
    control.executeHere(
        () -> {
          control.execute(task("next"));
          throw new IllegalStateException("as intended");
        });
    assertEquals(List.of("next"), List.copyOf(ran));
    assertEquals(1, logged.size());
    control.executeHere(task("another"));
    assertEquals(List.of("next", "another"), List.copyOf(ran));
  }

  @Test
  void whatOthersQueueRunsAfterTheStandIn() throws InterruptedException {
    CountDownLatch queued = new CountDownLatch(1);
    Thread other =
        Thread.ofPlatform()
            .unstarted(
                () -> {
                  control.execute(
                      () -> {
                        ran.add("other's");
                        control.execute(task("of the control thread"));
                      });
                  queued.countDown();
                });
    control.executeHere(
        () -> {
          other.start();
          try {
            queued.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          control.execute(task("own"));
        });
    other.join();
    awaitQueued();
    awaitQueued();
    assertEquals(List.of("own", "other's", "of the control thread"), List.copyOf(ran));
  }
}
