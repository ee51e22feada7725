package org.verbena.ndk.verbs.adapter;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A request that returned PENDING: references its object and completes exactly once. Its memory is
 * allocated when it is created, so that it completes also if there is no more.
 */
public final class Request {
  private final VerbsObject owner;
  private final NdkRequestCompletion completion;
  private final Consumer<Request> task;
  private final Runnable undo;
  private final boolean inline;
  private final Runnable run = this::runTask;
  private final Runnable deliver = this::deliver;
  private final AtomicBoolean completed = new AtomicBoolean();

  /** The thread on which the completion may run at once, while it is in the call. */
  private volatile @Nullable Thread caller;

  // Set once, before the completion is queued.
  private NdkStatus status = NdkStatus.PENDING;
  private @Nullable String detail;

  /**
   * Creates a request, which {@link #start} starts.
   *
   * @param task completes it, now or later; if it throws, that completes it
   * @param undo undoes what the caller has claimed for it, if the task cannot run
   */
  public Request(
      VerbsObject owner, NdkRequestCompletion completion, Consumer<Request> task, Runnable undo) {
    this(owner, completion, task, undo, false);
  }

  /**
   * As {@link #Request(VerbsObject, NdkRequestCompletion, Consumer, Runnable)}.
   *
   * @param inline whether its completion, that of a stage, runs on the calling thread if the
   *     request ends within {@link #start}
   */
  public Request(
      VerbsObject owner,
      NdkRequestCompletion completion,
      Consumer<Request> task,
      Runnable undo,
      boolean inline) {
    this.owner = owner;
    this.completion = completion;
    this.task = task;
    this.undo = undo;
    this.inline = inline;
  }

  /** Runs the task on an executor: PENDING, or INVALID_HANDLE if the object has been closed. */
  public NdkStatus start(Executor executor) {
    if (!owner.acquire()) {
      undo.run();
      return NdkStatus.INVALID_HANDLE;
    }
    caller = inline ? Thread.currentThread() : null;
    try {
      executor.execute(run);
    } catch (RuntimeException | Error e) {
      undo.run();
      fail(e);
    } finally {
      caller = null;
    }
    return NdkStatus.PENDING;
  }

  private void runTask() {
    try {
      task.accept(this);
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  /** Undoes what was claimed for it, and completes it, as its object has been closed. */
  public void cancel() {
    undo.run();
    complete(NdkStatus.CANCELLED, "closed");
  }

  /** Completes it with the status of what was thrown. */
  private void fail(Throwable e) {
    complete(Statuses.ofThrowable(e), Statuses.text(e));
    owner.adapter.log("a request failed", e);
  }

  public void complete(NdkStatus result, @Nullable String why) {
    if (completed.compareAndSet(false, true)) {
      status = result;
      detail = why;
      if (Thread.currentThread() == caller) {
        deliver();
      } else {
        owner.adapter.dispatcher().execute(deliver);
      }
    }
  }

  private void deliver() {
    try {
      completion.completed(status, detail);
    } finally {
      owner.release();
    }
  }
}
