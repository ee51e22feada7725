package org.verbena.ndk.verbs.queue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkCqNotification;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkGroupAffinity;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkWaitSet;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.CompletionChannel;
import org.verbena.ndk.verbs.adapter.Dispatcher;
import org.verbena.ndk.verbs.adapter.EventSelector;
import org.verbena.ndk.verbs.adapter.FileWatch;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/** A wait set: a completion channel, a selector to sleep in, and the queues that are ready. */
public final class VerbsWaitSet extends VerbsObject implements NdkWaitSet {
  /** The only file of the selector. */
  private static final int COMPLETION = 0;

  /** The most events read before notifications run. */
  private static final int MAX_EVENTS = 64;

  private static final long NANOS_PER_MILLI = Duration.ofMillis(1).toNanos();
  private static final Duration LONGEST = Duration.ofDays(1); // it may wake in vain

  @SuppressWarnings("NullAway.Init") // by make
  private CompletionChannel completions;

  @SuppressWarnings("NullAway.Init") // by make
  private EventSelector selector;

  @SuppressWarnings("NullAway.Init") // by make
  private FileWatch watch;

  /** The thread in {@link #await}. */
  private final AtomicReference<@Nullable Thread> waiter = new AtomicReference<>();

  private volatile boolean woken; // by the consumer or a close, since the last await
  private volatile boolean watchedByOthers; // its file
  private int failedReads; // in a row; of the waiter

  private final ReadyQueues ready =
      new ReadyQueues() {
        @Override
        void wake() {
          if (waiter.get() != Thread.currentThread()) { // which looks itself
            selector.wakeup();
          }
        }
      };

  private VerbsWaitSet(AdapterContext adapter) {
    super(adapter);
  }

  public static VerbsWaitSet create(AdapterContext adapter) throws NdkException {
    VerbsWaitSet set = new VerbsWaitSet(adapter);
    return create(set, set::make);
  }

  private void make() throws NdkException {
    try {
      completions = CompletionChannel.create(adapter.context(), adapter.cqs());
    } catch (ErrnoException e) {
      throw Statuses.exception("create a wait set", e);
    }
    selector = new EventSelector(completions.file());
    watch = new FileWatch(adapter.dispatcher(), selector.file());
  }

  @Override
  public NdkCq createCq(
      int cqDepth, NdkCqNotification notification, @Nullable NdkGroupAffinity affinity)
      throws NdkException {
    return createCq(cqDepth, notification, adapter.vectors().next(affinity));
  }

  /** As above, with this completion vector. */
  public NdkCq createCq(int cqDepth, NdkCqNotification notification, int vector)
      throws NdkException {
    Objects.requireNonNull(notification, "notification");
    return VerbsCq.create(this, completions, ready, cqDepth, notification, vector);
  }

  // --- waiting

  @Override
  public int await(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("a limit must not be negative: " + limit);
    }
    if (!acquire()) {
      throw closedException();
    }
    try {
      if (!waiter.compareAndSet(null, Thread.currentThread())) {
        throw new IllegalStateException("a thread waits on this " + this + " already");
      }
      try {
        return sleep((limit.compareTo(LONGEST) < 0 ? limit : LONGEST).toNanos());
      } finally {
        waiter.set(null);
        if (watchedByOthers && !ready.isEmpty()) {
          selector.wakeup();
        }
      }
    } finally {
      release();
    }
  }

  /** Sleeps until a queue is told, it is woken, or the time has passed; returns how many are. */
  private int sleep(long nanos) {
    long end = System.nanoTime() + nanos;
    long left = nanos;
    int told;
    do {
      takeEvents(ready.isEmpty() ? left : 0);
      told = ready.tellAll();
      left = end - System.nanoTime();
    } while (told == 0 && !woken && left > 0);
    woken = false;
    return told;
  }

  /** Takes the events that are there, else sleeps until there is one. */
  private void takeEvents(long nanos) {
    int milliseconds = (int) Math.ceilDiv(nanos, NANOS_PER_MILLI);
    if (milliseconds > 0 && Thread.currentThread().isVirtual()) {
      if (!takeEvent(0)) {
        watch.sleep(nanos);
      }
      milliseconds = 0;
    }
    for (int i = 0; i < MAX_EVENTS && takeEvent(milliseconds); i++) {
      milliseconds = 0;
    }
  }

  /** Takes an event, if there is one in time. */
  private boolean takeEvent(int milliseconds) {
    int key = selector.select(milliseconds);
    if (key == COMPLETION) {
      takeCompletionEvent();
    }
    return key != EventSelector.NONE;
  }

  private void takeCompletionEvent() {
    try {
      completions.take();
      failedReads = 0;
    } catch (ErrnoException e) {
      if (e.errno() != RdmaCore.EAGAIN() && e.errno() != RdmaCore.EINTR()) {
        adapter.log("an event of " + this + " could not be read", e);
        if (++failedReads == Dispatcher.MAX_FAILED_READS) {
          selector.deregister(completions.file()); // it would stay ready for ever
          adapter.eventsLost();
        }
      }
    }
  }

  @Override
  public void wakeup() {
    if (!acquire()) {
      throw closedException();
    }
    try {
      wake();
    } finally {
      release();
    }
  }

  private void wake() {
    woken = true;
    selector.wakeup();
  }

  @Override
  public int fileDescriptor() {
    if (isClosed()) {
      throw closedException();
    }
    watchedByOthers = true;
    return selector.file();
  }

  // --- lifetime

  @Override
  protected void markClosed() {
    wake();
  }

  @Override
  protected void destroy() {
    if (watch != null) {
      watch.close();
    }
    if (selector != null) {
      selector.close();
    }
    if (completions != null) {
      completions.close();
    }
  }

  @Override
  protected MemorySegment handle() {
    return completions.channel();
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.WAIT_SET;
  }

  @Override
  public String toString() {
    return "wait set of " + adapter;
  }
}
