package org.verbena.ndk.verbs.adapter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets a virtual thread sleep until a file is ready, while it holds no carrier thread: the
 * dispatcher watches the file meanwhile.
 */
public final class FileWatch implements AutoCloseable {
  /** How long it sleeps if the system has no room to watch another file. */
  private static final long UNWATCHED_NANOS = Duration.ofMillis(1).toNanos();

  private final Dispatcher dispatcher;
  private final int file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment event = arena.allocate(EventSelector.EVENT_BYTES, Long.BYTES);
  private final SpinLock lock = new SpinLock();
  private boolean watched; // guarded by the lock
  private volatile @Nullable Thread sleeper;
  private volatile boolean ready; // since it fell asleep

  public FileWatch(Dispatcher dispatcher, int file) {
    this.dispatcher = dispatcher;
    this.file = file;
    dispatcher.watches().put(file, this::ready);
  }

  /**
   * Parks the current thread until the file is ready. For one thread at a time; an interrupt does
   * not end it, and stays set.
   *
   * @param nanos how long it sleeps at most
   */
  public void sleep(long nanos) {
    long start = System.nanoTime();
    boolean interrupted = false;
    ready = false;
    sleeper = Thread.currentThread();
    try {
      long limit = watch() ? nanos : Math.min(nanos, UNWATCHED_NANOS);
      for (long left = limit; !ready && left > 0; left = limit - (System.nanoTime() - start)) {
        LockSupport.parkNanos(this, left);
        interrupted |= Thread.interrupted();
      }
    } finally {
      unwatch();
      sleeper = null;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean watch() {
    lock.lock();
    try {
      if (!watched) {
        watched = dispatcher.watch(event, file);
      }
      return watched;
    } finally {
      lock.unlock();
    }
  }

  private void unwatch() {
    lock.lock();
    try {
      if (watched) {
        dispatcher.unwatch(file);
        watched = false;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The file is, or was a moment ago, ready: it is watched no longer, lest that be told again. */
  private void ready() {
    unwatch();
    ready = true;
    LockSupport.unpark(sleeper);
  }

  /** Must come before the file is closed, and not while a thread sleeps. */
  @Override
  public void close() {
    dispatcher.watches().remove(file);
    unwatch(); // waits for the dispatcher if it is here
    arena.close();
  }
}
