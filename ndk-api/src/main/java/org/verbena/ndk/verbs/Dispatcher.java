package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_async_event;
import org.verbena.binding.rdma.ibv_comp_channel;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.pollfd;
import org.verbena.binding.rdma.rdma_event_channel;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;

/**
 * The thread that waits for an adapter's events and runs its callbacks, one at a time.
 *
 * <p>It sleeps in {@code poll} on four files: connection events, completion events, asynchronous
 * events, and one of its own that wakes it for a callback. Every event is copied and acknowledged
 * here at once, so that nobody who destroys an object waits for it.
 */
final class Dispatcher implements Executor {
  private static final int WAKE = 0;
  private static final int CONNECTION = 1;
  private static final int COMPLETION = 2;
  private static final int ASYNC = 3;

  private final VerbsAdapter adapter;
  private final Thread thread;
  private final int wakeFile;

  // Guarded by this, as is the wake file's being open.
  private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
  private boolean stopped;

  Dispatcher(VerbsAdapter adapter) throws NdkException {
    this.adapter = adapter;
    wakeFile = RdmaCore.eventfd(0, RdmaCore.EFD_CLOEXEC() | RdmaCore.EFD_NONBLOCK());
    if (wakeFile < 0) {
      throw new NdkException(
          NdkStatus.INSUFFICIENT_RESOURCES, "no file is left (ulimit -n): eventfd");
    }
    thread = new Thread(this::run, "verbena-" + adapter + "-dispatcher");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Queues a callback; what it throws is logged. */
  @Override
  public synchronized void execute(Runnable callback) {
    callbacks.add(callback);
    // The thread itself looks at its callbacks before it sleeps.
    if (!stopped && !isCurrentThread()) {
      RdmaCore.eventfd_write(wakeFile, 1);
    }
  }

  /** Ends the thread after the callbacks queued so far, and waits for it. */
  void stop() {
    execute(
        () -> {
          synchronized (this) {
            stopped = true;
          }
        });
    join(thread);
    RdmaCore.close(wakeFile);
  }

  /** Waits for a thread's end; an interrupt does not cut the wait short and stays set. */
  static void join(Thread thread) {
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

  private synchronized boolean isStopped() {
    return stopped;
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment files = pollfd.allocateArray(4, arena);
      watch(files, WAKE, wakeFile);
      watch(files, CONNECTION, rdma_event_channel.fd(adapter.eventChannel()));
      watch(files, COMPLETION, ibv_comp_channel.fd(adapter.completionChannel()));
      watch(files, ASYNC, ibv_context.async_fd(adapter.context()));
      MemorySegment scratch = arena.allocate(ibv_async_event.layout().byteSize() * 2, 8);
      while (true) {
        runCallbacks();
        if (isStopped()) {
          return;
        }
        // A signal that interrupts it, or an error that cannot happen, only means another round.
        RdmaCore.poll(files, 4, -1);
        try {
          takeEvents(files, scratch);
        } catch (RuntimeException | Error e) {
          adapter.log("an event could not be handled", e);
        }
      }
    }
  }

  private void takeEvents(MemorySegment files, MemorySegment scratch) {
    if (isReady(files, WAKE)) {
      RdmaCore.eventfd_read(wakeFile, scratch);
    }
    if (isReady(files, CONNECTION)) {
      takeConnectionEvent(scratch, pollfd.asSlice(files, CONNECTION));
    }
    if (isReady(files, COMPLETION)) {
      takeCompletionEvent(scratch, pollfd.asSlice(files, COMPLETION));
    }
    if (isReady(files, ASYNC)) {
      takeAsyncEvent(scratch, pollfd.asSlice(files, ASYNC));
    }
  }

  private static void watch(MemorySegment files, int index, int file) {
    MemorySegment entry = pollfd.asSlice(files, index);
    pollfd.fd(entry, file);
    pollfd.events(entry, (short) RdmaCore.POLLIN());
  }

  private static boolean isReady(MemorySegment files, int index) {
    return pollfd.revents(pollfd.asSlice(files, index)) != 0;
  }

  private void runCallbacks() {
    for (Runnable callback = next(); callback != null; callback = next()) {
      try {
        callback.run();
      } catch (Throwable e) {
        adapter.log("a callback threw", e);
      }
    }
  }

  private synchronized Runnable next() {
    return callbacks.poll();
  }

  // One event of a kind at a time: to sleep again costs less than to ask for another that is seldom
  // there.

  private void takeConnectionEvent(MemorySegment scratch, MemorySegment file) {
    try {
      RdmaCm.rdma_get_cm_event(adapter.eventChannel(), scratch);
      MemorySegment event = scratch.get(RdmaCore.C_POINTER, 0);
      CmEvent copy;
      try {
        copy = CmEvent.copyOf(event);
      } finally {
        RdmaCm.rdma_ack_cm_event(event);
      }
      adapter.control(() -> adapter.connectionEvent(copy));
    } catch (ErrnoException e) {
      expectNone(e, file);
    }
  }

  /** Allocates nothing. */
  private void takeCompletionEvent(MemorySegment scratch, MemorySegment file) {
    MemorySegment channel = adapter.completionChannel();
    MemorySegment context = scratch.asSlice(8, 8);
    try {
      if (RdmaCore.ibv_get_cq_event(channel, scratch, context) != 0) {
        VerbsControl.ibv_get_cq_event(channel, scratch, context); // says why not
      }
    } catch (ErrnoException e) {
      expectNone(e, file);
      return;
    }
    RdmaCore.ibv_ack_cq_events(scratch.get(ADDRESS, 0), 1);
    VerbsCq cq = adapter.cqs().get(context.get(JAVA_LONG, 0));
    if (cq != null) {
      cq.completionEvent();
    }
  }

  private void takeAsyncEvent(MemorySegment event, MemorySegment file) {
    try {
      VerbsControl.ibv_get_async_event(adapter.context(), event);
      int type = ibv_async_event.event_type(event);
      long element = event.get(JAVA_LONG, 0);
      // An element belongs to the event until it is acknowledged: look it up before.
      Runnable reaction = AsyncEvents.reaction(adapter, type, element);
      RdmaCore.ibv_ack_async_event(event);
      adapter.control(reaction);
    } catch (ErrnoException e) {
      expectNone(e, file);
    }
  }

  private void expectNone(ErrnoException e, MemorySegment file) {
    if (e.errno() != RdmaCore.EAGAIN() && e.errno() != RdmaCore.EINTR()) {
      pollfd.fd(file, -1); // a broken file would be ready for ever
      adapter.log("an event could not be read", e);
    }
  }
}
