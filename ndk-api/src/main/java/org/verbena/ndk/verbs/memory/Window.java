package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.ndk.verbs.adapter.SpinLock;

/**
 * A native memory window and what it is bound to. Its state changes when a request is posted, as
 * the device executes requests in order; the peer's invalidation shows when its message is polled.
 */
public final class Window {
  /** The native protection domain. */
  final MemorySegment pd;

  private final SpinLock lock = new SpinLock();

  // Guarded by the lock.
  private @Nullable MemorySegment mw;
  private @Nullable Object queuePair; // where it is bound, or was last
  private @Nullable Object region; // what it is bound to, or was last
  private boolean bound;

  Window(MemorySegment pd, MemorySegment mw) {
    this.pd = pd;
    this.mw = mw;
  }

  /** Takes the native window away; returns it, or null if there is none. */
  @Nullable MemorySegment take() {
    lock.lock();
    try {
      return exchange(null);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Replaces the native window by an unbound one, or by none, if it is or was last bound on a queue
   * pair or to a region; it may have been bound elsewhere since the caller looked.
   *
   * @return the native window that is no longer needed: the previous or the fresh one
   */
  @Nullable MemorySegment renew(Object queuePairOrRegion, @Nullable MemorySegment fresh) {
    lock.lock();
    try {
      return isLastAt(queuePairOrRegion) ? exchange(fresh) : fresh;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable MemorySegment exchange(@Nullable MemorySegment fresh) {
    MemorySegment last = mw;
    mw = fresh;
    bound = false;
    queuePair = null;
    region = null;
    return last;
  }

  private boolean isLastAt(Object queuePairOrRegion) {
    return queuePair == queuePairOrRegion || region == queuePairOrRegion;
  }

  MemorySegment handle() {
    lock.lock();
    try {
      return mw == null ? MemorySegment.NULL : mw;
    } finally {
      lock.unlock();
    }
  }

  // --- binding: under the lock, so that the native window exists while the driver reads it

  public void lock() {
    lock.lock();
  }

  public void unlock() {
    lock.unlock();
  }

  /** The native window, or null if it is bound or gone. */
  public @Nullable MemorySegment toBind() {
    return bound ? null : mw;
  }

  /** A bind has been posted. Only now may the driver's copy of the token change. */
  public void bound(Object on, Object to, int token) {
    ibv_mw.rkey(mw, token);
    bound = true;
    queuePair = on;
    region = to;
  }

  // --- invalidating

  /** The token with which it is bound on a queue pair, or 0. */
  public int tokenOn(Object on) {
    lock.lock();
    try {
      return bound && queuePair == on ? ibv_mw.rkey(mw) : 0;
    } finally {
      lock.unlock();
    }
  }

  /** A token has been invalidated, by a posted request or by the peer. */
  public void invalidated(int token) {
    lock.lock();
    try {
      if (mw != null && ibv_mw.rkey(mw) == token) {
        bound = false;
      }
    } finally {
      lock.unlock();
    }
  }

  // --- state

  boolean isBound() {
    lock.lock();
    try {
      return bound;
    } finally {
      lock.unlock();
    }
  }

  boolean isBoundTo(Object candidate) {
    lock.lock();
    try {
      return bound && region == candidate;
    } finally {
      lock.unlock();
    }
  }

  boolean wasLastAt(Object queuePairOrRegion) {
    lock.lock();
    try {
      return isLastAt(queuePairOrRegion);
    } finally {
      lock.unlock();
    }
  }

  /** The remote token, or 0 if it is not bound. */
  int token() {
    lock.lock();
    try {
      return bound ? ibv_mw.rkey(mw) : 0;
    } finally {
      lock.unlock();
    }
  }

  /** The current token or, when not bound, the last one. */
  int lastToken() {
    lock.lock();
    try {
      return mw == null ? 0 : ibv_mw.rkey(mw);
    } finally {
      lock.unlock();
    }
  }
}
