package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.ndk.verbs.adapter.SpinLock;

/**
 * A native memory window and what it is bound to. It changes state when a request is posted, as the
 * device works off its requests in order; only what the peer does shows when its message is taken.
 */
public final class Window {
  /** The native protection domain. */
  final MemorySegment pd;

  private final SpinLock lock = new SpinLock();

  // Guarded by the lock.
  private MemorySegment mw;
  private Object queuePair; // where it is bound, or was last
  private Object region; // what it is bound to, or was last
  private boolean bound;

  Window(MemorySegment pd, MemorySegment mw) {
    this.pd = pd;
    this.mw = mw;
  }

  /** Takes another native window, or none, which is not bound; returns the last one. */
  MemorySegment replace(MemorySegment fresh) {
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

  // --- binding: with the lock, so that the native window stays while the driver reads it

  public void lock() {
    lock.lock();
  }

  public void unlock() {
    lock.unlock();
  }

  /** The window to bind, or null if there is none that is free. */
  public MemorySegment toBind() {
    return bound ? null : mw;
  }

  /** A request that binds it has been posted. The driver wants to know the token only now. */
  public void bound(Object on, Object to, int token) {
    ibv_mw.rkey(mw, token);
    bound = true;
    queuePair = on;
    region = to;
  }

  // --- invalidating

  /** The token that it is bound with on a queue pair, or 0. */
  public int tokenOn(Object on) {
    lock.lock();
    try {
      return bound && queuePair == on ? ibv_mw.rkey(mw) : 0;
    } finally {
      lock.unlock();
    }
  }

  /** A request that invalidates a token has been posted, or the peer has done so. */
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

  /** The token for the peer, or 0 if it is not bound. */
  int token() {
    lock.lock();
    try {
      return bound ? ibv_mw.rkey(mw) : 0;
    } finally {
      lock.unlock();
    }
  }

  /** The token now or, when not bound, the last one. */
  int lastToken() {
    lock.lock();
    try {
      return mw == null ? 0 : ibv_mw.rkey(mw);
    } finally {
      lock.unlock();
    }
  }
}
