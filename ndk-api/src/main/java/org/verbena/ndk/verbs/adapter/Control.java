package org.verbena.ndk.verbs.adapter;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The control thread: runs one task at a time. Another thread may run a task itself while nothing
 * else runs or waits, as a change of thread takes longer than most tasks. What a task throws is
 * logged.
 */
final class Control implements Executor {
  /** More, of the smallest kind, than any task uses. */
  private static final int FRAMES = 1000;

  private final ScheduledThreadPoolExecutor executor;
  private final Consumer<Throwable> log;
  private final MemoryShortage.Step<Runnable, RuntimeException> queueing = this::queue;

  /** Held by the task that runs. */
  private final ReentrantLock turn = new ReentrantLock();

  /** Tasks of {@link #execute} that have not ended; those that come after them must wait. */
  private final AtomicInteger executing = new AtomicInteger();

  // Of the thread whose turn it is.
  private final TimeLimits limits = new TimeLimits(this::runAfter);
  private final List<Runnable> following = new ArrayList<>();
  private volatile boolean standingIn; // for the control thread

  Control(ThreadFactory threads, Consumer<Throwable> log) {
    this.log = log;
    executor = new ScheduledThreadPoolExecutor(1, threads);
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false); // no limit runs any more
  }

  /** Starts the thread, so that no task finds that it cannot be started. */
  void start() {
    executor.prestartCoreThread();
  }

  @Override
  public void execute(Runnable task) {
    MemoryShortage.outlast(queueing, task);
  }

  private void queue(Runnable task) {
    if (standingIn && turn.isHeldByCurrentThread()) {
      following.add(task);
      return;
    }
    executing.incrementAndGet();
    try {
      executor.execute(
          () -> {
            try {
              inTurn(task);
            } finally {
              executing.decrementAndGet();
            }
          });
    } catch (RuntimeException | Error e) {
      executing.decrementAndGet();
      throw e;
    }
  }

  /** Runs a task at once, on this thread, if nothing else runs or waits, but for timers. */
  void executeHere(Runnable task) {
    if (executing.get() == 0
        && !turn.isHeldByCurrentThread()
        && hasStack(FRAMES)
        && turn.tryLock()) {
      try {
        standIn(task);
      } finally {
        turn.unlock();
      }
    } else {
      execute(task);
    }
  }

  /** Runs a task and those that it queues, before any that others have queued meanwhile. */
  private void standIn(Runnable task) {
    standingIn = true;
    try {
      logged(task);
      for (int i = 0; i < following.size(); i++) { // an iterator would need memory
        logged(following.get(i));
      }
    } finally {
      following.clear();
      standingIn = false;
    }
  }

  /** Whether the stack has room for a task, which must not end in the middle of a change. */
  private static boolean hasStack(int frames) {
    try {
      return frames == 0 || hasStack(frames - 1);
    } catch (StackOverflowError _) {
      return false;
    }
  }

  /** Runs a task when a limit has passed, unless that is cancelled; for its own tasks only. */
  TimeLimits.Limit limitTime(Duration limit, Runnable task) {
    return limits.add(limit, task);
  }

  private Future<?> runAfter(long nanos, Runnable task) {
    return executor.schedule(() -> inTurn(task), nanos, NANOSECONDS);
  }

  /** Runs a task again and again, until it is cancelled. */
  ScheduledFuture<?> executeEvery(Duration period, Runnable task) {
    long nanos = period.toNanos();
    return executor.scheduleWithFixedDelay(() -> inTurn(task), nanos, nanos, NANOSECONDS);
  }

  /** Runs a task and returns its result; of what it throws, errors only. */
  <T> T call(Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    execute(future);
    return join(future);
  }

  private static <T> T join(Future<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new AssertionError("control tasks throw nothing", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void inTurn(Runnable task) {
    turn.lock();
    try {
      logged(task);
    } finally {
      turn.unlock();
    }
  }

  private void logged(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      log.accept(e);
    }
  }

  /** Runs the tasks so far, and ends the thread. */
  void close() {
    executor.shutdown();
    executor.close();
  }
}
