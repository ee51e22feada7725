package org.verbena.ndk.verbs.adapter;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.status.Statuses;

/** A request that returned PENDING: references its object and completes exactly once. */
public final class Request {
  private final VerbsObject owner;
  private final NdkRequestCompletion completion;
  private final AtomicBoolean completed = new AtomicBoolean();

  /** The thread on which the completion may run at once, while it is in the call. */
  private volatile @Nullable Thread caller;

  private Request(VerbsObject owner, NdkRequestCompletion completion, @Nullable Thread caller) {
    this.owner = owner;
    this.completion = completion;
    this.caller = caller;
  }

  /** Starts a request; null if the object has been closed. */
  public static @Nullable Request start(VerbsObject owner, NdkRequestCompletion completion) {
    return start(owner, completion, false);
  }

  /**
   * As {@link #start(VerbsObject, NdkRequestCompletion)}.
   *
   * @param inline whether its completion, that of a stage, runs on this thread if the request ends
   *     within {@link #run}
   */
  public static @Nullable Request start(
      VerbsObject owner, NdkRequestCompletion completion, boolean inline) {
    return owner.acquire()
        ? new Request(owner, completion, inline ? Thread.currentThread() : null)
        : null;
  }

  /** Runs a task that completes this request, now or later. If it throws, that completes it. */
  public void run(Executor executor, Runnable task) {
    try {
      executor.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException | Error e) {
              fail(e);
            }
          });
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      caller = null;
    }
  }

  private void fail(Throwable e) {
    owner.adapter.log("a request of " + owner + " failed", e);
    complete(Statuses.ofThrowable(e), e.toString());
  }

  public void complete(NdkStatus status, @Nullable String detail) {
    if (completed.compareAndSet(false, true)) {
      try {
        if (Thread.currentThread() == caller) {
          completion.completed(status, detail);
        } else {
          owner.callback(() -> completion.completed(status, detail));
        }
      } finally {
        owner.release();
      }
    }
  }
}
