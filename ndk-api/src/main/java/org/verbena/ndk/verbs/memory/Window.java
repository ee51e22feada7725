package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.ndk.verbs.adapter.SpinLock;

/**
 * A native memory window and what it is bound to. Its state changes when a request is built, as the
 * device executes requests in order; the peer's invalidation shows when its message is polled.
 *
 * <p>A driver reads the token that the window had before from the native window when a bind is
 * posted. So that changes only then, and a window has one bind at most that awaits its post.
 */
public final class Window {
  /** The native protection domain. */
  final MemorySegment pd;

  private final SpinLock lock = new SpinLock();

  // Guarded by the lock.
  private @Nullable MemorySegment mw;
  private int token; // of the last bind that has been built
  private @Nullable Object queuePair; // where it is bound, or was last
  private @Nullable Object region; // what it is bound to, or was last
  private boolean bound;
  private @Nullable Runnable awaitedPost; // of the bind that has been built

  Window(MemorySegment pd, MemorySegment mw) {
    this.pd = pd;
    this.mw = mw;
    token = ibv_mw.rkey(mw);
  }

  /** Takes the native window away; returns it, or null if there is none. */
  @Nullable MemorySegment take() {
    lockPosted();
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
    lockPosted();
    try {
      return isLastAt(queuePairOrRegion) ? exchange(fresh) : fresh;
    } finally {
      lock.unlock();
    }
  }

  /** Locks it when no bind awaits its post, for which the driver will read the native window. */
  private void lockPosted() {
    lock.lock();
    while (awaitedPost != null) {
      Runnable post = awaitedPost;
      int built = token;
      lock.unlock();
      post.run();
      lock.lock();
      if (awaitedPost == post && token == built) {
        awaitedPost = null; // an error came between: it never will be posted
      }
    }
  }

  private @Nullable MemorySegment exchange(@Nullable MemorySegment fresh) {
    MemorySegment last = mw;
    mw = fresh;
    token = fresh == null ? 0 : ibv_mw.rkey(fresh);
    bound = false;
    queuePair = null;
    region = null;
    return last;
  }

  private boolean isLastAt(Object queuePairOrRegion) {
    return queuePair == queuePairOrRegion || region == queuePairOrRegion;
  }

  public MemorySegment handle() {
    lock.lock();
    try {
      return mw == null ? MemorySegment.NULL : mw;
    } finally {
      lock.unlock();
    }
  }

  // --- binding

  /** Whether its last bind awaits this post, so that the next cannot be built. */
  public boolean awaits(Runnable post) {
    lock.lock();
    try {
      return awaitedPost == post;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Builds a bind. {@link #posted} or {@link #notPosted} must follow; until then the native window
   * stays.
   *
   * @param post posts what is built, this bind included
   * @return the new token, or 0 if the window is bound or gone
   */
  public int bind(Object on, Object to, Runnable post) {
    lock.lock();
    try {
      if (bound || mw == null || awaitedPost != null) {
        return 0;
      }
      token = Verbs.ibv_inc_rkey(token);
      bound = true;
      queuePair = on;
      region = to;
      awaitedPost = post;
      return token;
    } finally {
      lock.unlock();
    }
  }

  /** The bind has been posted. */
  public void posted() {
    lock.lock();
    try {
      if (awaitedPost != null) {
        ibv_mw.rkey(mw, token);
        awaitedPost = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The driver has not taken the bind. */
  public void notPosted() {
    lock.lock();
    try {
      if (awaitedPost != null) {
        token = ibv_mw.rkey(mw);
        bound = false;
        awaitedPost = null;
      }
    } finally {
      lock.unlock();
    }
  }

  // --- invalidating

  /** The token with which it is bound on a queue pair, or 0. */
  public int tokenOn(Object on) {
    lock.lock();
    try {
      return bound && queuePair == on ? token : 0;
    } finally {
      lock.unlock();
    }
  }

  /** A token has been invalidated, by a posted request or by the peer. */
  public void invalidated(int invalidToken) {
    lock.lock();
    try {
      if (token == invalidToken) {
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

  /** Whether it is bound to this, or will be by a bind that awaits its post. */
  boolean isBoundTo(Object candidate) {
    lock.lock();
    try {
      return (bound || awaitedPost != null) && region == candidate;
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
      return bound ? token : 0;
    } finally {
      lock.unlock();
    }
  }

  /** The current token or, when not bound, the last one. */
  int lastToken() {
    lock.lock();
    try {
      return token;
    } finally {
      lock.unlock();
    }
  }
}
