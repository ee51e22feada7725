package org.verbena.ndk.verbs;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mw;

/**
 * A native memory window and what it is bound to. It changes state when a request is posted, as the
 * device works off its requests in order; only what the peer does shows when its message is taken.
 */
final class Window {
  private final VerbsPd pd;
  private final SpinLock lock = new SpinLock();

  // Guarded by the lock.
  private MemorySegment mw;
  private VerbsQp qp; // where it is bound, or was last
  private Object region; // what it is bound to, or was last
  private boolean bound;

  private Window(VerbsPd pd) {
    this.pd = pd;
  }

  static Window allocate(VerbsPd pd) throws ErrnoException {
    Window window = new Window(pd);
    window.mw = make(pd);
    window.adapterWindows().add(ibv_mw.rkey(window.mw), window);
    return window;
  }

  private static MemorySegment make(VerbsPd pd) throws ErrnoException {
    return Verbs.ibv_alloc_mw(pd.pd(), RdmaCore.IBV_MW_TYPE_2());
  }

  /** Frees the native window, bound or not; control thread only. */
  void free() {
    replace(null);
  }

  /**
   * Invalidates it without a request, by taking another native window, if the device may still know
   * of a queue pair or region through it; control thread only.
   */
  void renewIfAt(Object queuePairOrRegion) {
    if (!wasLastAt(queuePairOrRegion)) {
      return;
    }
    MemorySegment fresh = null;
    try {
      fresh = make(pd);
      adapterWindows().add(ibv_mw.rkey(fresh), this);
    } catch (ErrnoException e) {
      pd.adapter.log("a memory window could not be renewed", e);
    }
    replace(fresh);
  }

  private void replace(MemorySegment fresh) {
    MemorySegment last;
    lock.lock();
    try {
      last = mw;
      mw = fresh;
      bound = false;
      qp = null;
      region = null;
    } finally {
      lock.unlock();
    }
    if (last == null) {
      return;
    }
    adapterWindows().remove(ibv_mw.rkey(last));
    try {
      Verbs.ibv_dealloc_mw(last);
    } catch (ErrnoException e) {
      pd.adapter.log("a memory window could not be freed", e);
    }
  }

  private Windows adapterWindows() {
    return pd.memory().windows();
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

  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  /** The window to bind, or null if there is none that is free. */
  MemorySegment toBind() {
    return bound ? null : mw;
  }

  /** A request that binds it has been posted. The driver wants to know the token only now. */
  void bound(VerbsQp on, Object to, int token) {
    ibv_mw.rkey(mw, token);
    bound = true;
    qp = on;
    region = to;
  }

  // --- invalidating

  /** The token that it is bound with on a queue pair, or 0. */
  int tokenOn(VerbsQp on) {
    lock.lock();
    try {
      return bound && qp == on ? ibv_mw.rkey(mw) : 0;
    } finally {
      lock.unlock();
    }
  }

  /** A request that invalidates a token has been posted, or the peer has done so. */
  void invalidated(int token) {
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

  private boolean wasLastAt(Object queuePairOrRegion) {
    lock.lock();
    try {
      return qp == queuePairOrRegion || region == queuePairOrRegion;
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
