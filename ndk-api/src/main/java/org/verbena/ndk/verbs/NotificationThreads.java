package org.verbena.ndk.verbs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkGroupAffinity;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.CompletionVectors;
import org.verbena.ndk.verbs.adapter.Dispatcher;
import org.verbena.ndk.verbs.queue.VerbsWaitSet;

/**
 * The threads that run notifications of completion queues: the dispatcher, and others that wait on
 * a wait set each, until the adapter closes that.
 */
final class NotificationThreads {
  private static final Duration FOR_EVER = Duration.ofDays(1);

  private final AdapterContext adapter;
  private final int count;
  private final CompletionVectors turns;
  private final List<VerbsWaitSet> sets = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /** So many, with the dispatcher. */
  NotificationThreads(AdapterContext adapter, int count) {
    this.adapter = adapter;
    this.count = count;
    turns = new CompletionVectors(count);
  }

  /** Starts them, before the adapter is used; what has been started ends when that is closed. */
  void start() throws NdkException {
    for (int i = 1; i < count; i++) {
      VerbsWaitSet set = VerbsWaitSet.create(adapter);
      sets.add(set);
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .name("verbena-" + adapter + "-notification-" + i)
              .unstarted(() -> run(set));
      threads.add(thread);
      thread.start();
    }
  }

  private void run(VerbsWaitSet set) {
    while (!set.isClosed()) {
      try {
        set.await(FOR_EVER);
      } catch (Throwable e) {
        if (!set.isClosed()) {
          adapter.log("a callback threw", e);
        }
      }
    }
  }

  /** The wait set for another queue; null for the dispatcher. */
  @Nullable VerbsWaitSet next(@Nullable NdkGroupAffinity affinity) {
    int turn = turns.next(affinity);
    return turn == 0 ? null : sets.get(turn - 1);
  }

  boolean isCurrentThread() {
    return threads.contains(Thread.currentThread());
  }

  /** Waits for their end, after the adapter has closed their wait sets. */
  void join() {
    threads.forEach(Dispatcher::join);
  }
}
