package org.verbena.ndk.verbs.adapter;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_async_event;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.rdma_event_channel;

/**
 * The thread that waits for an adapter's events and runs its callbacks, one at a time. It may stand
 * in for the control thread, see {@link Control}.
 *
 * <p>It sleeps until there is a connection event, a completion event or an asynchronous event, or a
 * callback; events and callbacks take turns. Every event is copied and acknowledged at once, so
 * that destroying an object never waits for it.
 */
public final class Dispatcher implements Executor {
  // Positions in the files of events.
  private static final int CONNECTION = 0;
  private static final int COMPLETION = 1;
  private static final int ASYNC = 2;
  private static final int FILES = 3;

  /** A file that cannot be read so often in a row is broken, and would stay ready for ever. */
  public static final int MAX_FAILED_READS = 10;

  /** The receiver of events, called on this thread. */
  interface Events {
    void connectionEvent(CmEvent event);

    /**
     * An asynchronous event that is not yet acknowledged, so that its element still exists.
     *
     * @param type IBV_EVENT_*
     * @param element the native object it is about
     */
    void asyncEvent(int type, long element);

    /** Events of one kind cannot be read any more. */
    void eventsLost();

    void log(String message, Throwable e);
  }

  private final MemorySegment context;
  private final MemorySegment eventChannel;
  private final CompletionChannel completions;
  private final Events events;
  private final Thread thread;
  private final int[] files;
  private final EventSelector selector;

  /** What is told that another file is ready, by its number. */
  private final CookieTable<Runnable> watches = new CookieTable<>();

  // Created early, as there may be no memory later.
  private final MemoryShortage.Step<Runnable, RuntimeException> queueing = this::queue;
  private final MemoryShortage.Step<MemorySegment, RuntimeException> asyncEvents = this::asyncEvent;
  private final Runnable stopping = this::setStopped;

  /** Not a monitor, on which a virtual thread would park while it holds the lock of a queue. */
  private final SpinLock lock = new SpinLock();

  // Guarded by the lock. Lists are left as they were if they cannot grow.
  private List<Runnable> callbacks = new ArrayList<>();
  private boolean woken; // since callbacks were last taken
  private int wakers; // that use the selector, which must not be closed meanwhile
  private volatile boolean stopped; // read without it

  // Of the thread itself.
  private final MemorySegment scratch;
  private List<Runnable> spare = new ArrayList<>(); // empty
  private final int[] failedReads = new int[FILES]; // in a row

  Dispatcher(
      String name,
      MemorySegment context,
      MemorySegment eventChannel,
      CompletionChannel completions,
      EventSelector selector,
      Events events) {
    this.context = context;
    this.eventChannel = eventChannel;
    this.completions = completions;
    this.events = events;
    this.selector = selector;
    scratch = selector.arena().allocate(ibv_async_event.layout());
    files = files(context, eventChannel, completions);
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** The files of events, for the selector. */
  static int[] files(
      MemorySegment context, MemorySegment eventChannel, CompletionChannel completions) {
    return new int[] {
      rdma_event_channel.fd(eventChannel), completions.file(), ibv_context.async_fd(context)
    };
  }

  void start() {
    thread.start();
  }

  public boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Queues a callback; what it throws is logged. */
  @Override
  public void execute(Runnable callback) {
    MemoryShortage.outlast(queueing, callback);
  }

  private void queue(Runnable callback) {
    boolean wakes;
    lock.lock();
    try {
      callbacks.add(callback);
      // The thread itself checks for callbacks before it sleeps.
      wakes = !woken && !stopped && !isCurrentThread();
      if (wakes) {
        woken = true;
        wakers++;
      }
    } finally {
      lock.unlock();
    }
    if (wakes) {
      wakeUp();
    }
  }

  /** Not under the lock, for which the woken thread would spin. */
  private void wakeUp() {
    boolean succeeded = false;
    try {
      selector.wakeup();
      succeeded = true;
    } catch (Throwable e) { // the caller's stack is full: the callback is queued all the same
      events.log("the dispatcher could not be woken", e);
    } finally {
      lock.lock();
      wakers--;
      if (!succeeded) {
        woken = false; // so that the next callback does it
      }
      lock.unlock();
    }
  }

  /** Ends the thread after the callbacks queued so far, and waits for it. */
  void stop() {
    execute(stopping);
    join(thread);
    for (int spins = 1; isWoken(); spins++) {
      SpinLock.pause(spins);
    }
    selector.close();
  }

  private boolean isWoken() {
    lock.lock();
    boolean woken = wakers > 0;
    lock.unlock();
    return woken;
  }

  /** Joins a thread uninterruptibly; an interrupt stays set. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  CookieTable<Runnable> watches() {
    return watches;
  }

  /** Watches a file, if there is room: see {@link EventSelector#register}. Any thread. */
  boolean watch(MemorySegment event, int file) {
    return selector.register(event, file, FILES + file);
  }

  void unwatch(int file) {
    selector.deregister(file);
  }

  private void setStopped() {
    lock.lock();
    stopped = true;
    lock.unlock();
  }

  private void run() {
    while (true) {
      boolean moreCallbacks = runCallbacks();
      if (stopped && !moreCallbacks) {
        return;
      }
      try {
        takeEvent(selector.select(moreCallbacks ? 0 : EventSelector.FOR_EVER));
      } catch (Throwable e) {
        events.log("an event could not be handled", e);
      }
    }
  }

  // One event at a time: polling again for another, which is rarely there, costs more than epoll.

  private void takeEvent(int kind) {
    switch (kind) {
      case CONNECTION -> takeConnectionEvent();
      case COMPLETION -> takeCompletionEvent();
      case ASYNC -> takeAsyncEvent();
      case EventSelector.NONE, EventSelector.WOKEN -> {}
      default -> tellWatch(kind - FILES);
    }
  }

  private void tellWatch(int file) {
    Runnable ready = watches.get(file);
    if (ready != null) {
      ready.run();
    }
  }

  /**
   * Runs the callbacks that are queued now, but not those that they queue: events get their turn,
   * though a callback may cause the next one each time.
   *
   * @return whether more are queued
   */
  private boolean runCallbacks() {
    lock.lock();
    List<Runnable> batch = callbacks;
    callbacks = spare;
    woken = false;
    lock.unlock();
    for (int i = 0; i < batch.size(); i++) { // an iterator would need memory
      try {
        batch.get(i).run();
      } catch (Throwable e) {
        events.log("a callback threw", e);
      }
    }
    batch.clear();
    spare = batch;
    lock.lock();
    try {
      return !callbacks.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void takeConnectionEvent() {
    try {
      RdmaCm.rdma_get_cm_event(eventChannel, scratch);
      failedReads[CONNECTION] = 0;
      MemorySegment event = MemoryShortage.pointerAt(scratch);
      CmEvent copy;
      try {
        copy = MemoryShortage.outlastAndGet(CmEvent::copyOf, event);
      } finally {
        int _ = RdmaCore.rdma_ack_cm_event(event); // needs no memory; fails for NULL only
      }
      events.connectionEvent(copy);
    } catch (ErrnoException e) {
      expectNone(e, CONNECTION);
    }
  }

  private void takeCompletionEvent() {
    try {
      completions.take();
      failedReads[COMPLETION] = 0;
    } catch (ErrnoException e) {
      expectNone(e, COMPLETION);
    }
  }

  private void takeAsyncEvent() {
    try {
      VerbsControl.ibv_get_async_event(context, scratch);
      failedReads[ASYNC] = 0;
      try {
        MemoryShortage.outlast(asyncEvents, scratch);
      } finally {
        RdmaCore.ibv_ack_async_event(scratch);
      }
    } catch (ErrnoException e) {
      expectNone(e, ASYNC);
    }
  }

  private void asyncEvent(MemorySegment event) {
    events.asyncEvent(ibv_async_event.event_type(event), event.get(JAVA_LONG, 0));
  }

  private void expectNone(ErrnoException e, int kind) {
    if (e.errno() == RdmaCore.EAGAIN() || e.errno() == RdmaCore.EINTR()) {
      return;
    }
    events.log("an event could not be read", e);
    if (++failedReads[kind] == MAX_FAILED_READS) {
      selector.deregister(files[kind]);
      events.eventsLost();
    }
  }
}
