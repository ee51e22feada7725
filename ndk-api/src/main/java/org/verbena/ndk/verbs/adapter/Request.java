package org.verbena.ndk.verbs.adapter;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;

/** A request that returned PENDING: references its object and completes exactly once. */
public final class Request {
  private final VerbsObject owner;
  private final NdkRequestCompletion completion;
  private final AtomicBoolean completed = new AtomicBoolean();

  private Request(VerbsObject owner, NdkRequestCompletion completion) {
    this.owner = owner;
    this.completion = completion;
  }

  /** Starts a request; null if the object has been closed. */
  public static @Nullable Request start(VerbsObject owner, NdkRequestCompletion completion) {
    return owner.acquire() ? new Request(owner, completion) : null;
  }

  public void complete(NdkStatus status, @Nullable String detail) {
    if (completed.compareAndSet(false, true)) {
      owner.callback(() -> completion.completed(status, detail));
      owner.release();
    }
  }
}
