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

  /** Replaces the native window by an unbound one, or by none; returns the previous one. */
  @Nullable MemorySegment replace(@Nullable MemorySegment fresh) {
    lock.lock();
    try {
      MemorySegment last = mw;
      mw = fresh;
      bound = false;
      queuePair = null;
      region = null;
      return last;
    } finally {
      lock.unlock();
    }
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
      return queuePair == queuePairOrRegion || region == queuePairOrRegion;
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
