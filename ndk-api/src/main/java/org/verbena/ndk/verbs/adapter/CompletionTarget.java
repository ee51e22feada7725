package org.verbena.ndk.verbs.adapter;

import java.lang.foreign.MemorySegment;

/** A completion queue as the threads of its adapter see it. */
public interface CompletionTarget {
  /** The native queue, an {@code ibv_cq}. */
  MemorySegment cq();

  /** The device has raised the event it was armed for; dispatcher thread only. */
  void completionEvent();

  /** Polls and stages all completions that the device has. */
  void drain();
}
