package org.verbena.ndk.verbs.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** A thread that owns the lock, and others that come in between. */
class BiasedLockTest {
  private static final long NANOSECONDS = 2_000_000_000L;

  private final BiasedLock lock = new BiasedLock();

  // Guarded by the lock.
  private long first;
  private long second;

  private void turn() {
    lock.lock();
    try {
      assertEquals(first, second, "another thread is inside");
      first++;
      second++;
    } finally {
      lock.unlock();
    }
  }

  /** Takes turns in a row, then lets time pass, again and again; returns how many turns. */
  private FutureTask<Long> visitor(int turnsInARow, int pause) {
    FutureTask<Long> task =
        new FutureTask<>(
            () -> {
              long turns = 0;
              long end = System.nanoTime() + NANOSECONDS;
              while (System.nanoTime() < end) {
                for (int i = 0; i < turnsInARow; i++) {
                  turn();
                  turns++;
                }
                for (int i = 0; i < pause; i++) {
                  Thread.onSpinWait();
                }
              }
              return turns;
            });
    Thread.ofPlatform().start(task);
    return task;
  }

  @Test
  void oneThreadAtATime() throws Exception {
    FutureTask<Long> owner = visitor(100_000, 0);
    FutureTask<Long> rival = visitor(3_000, 10_000);
    FutureTask<Long> guest = visitor(1, 1_000);
    assertEquals(owner.get() + rival.get() + guest.get(), first);
  }
}
