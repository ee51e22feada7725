package org.verbena.ndk.verbs.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.IntObjectMap;
import org.verbena.ndk.verbs.adapter.SpinLock;

/** The memory windows of an adapter: allocates, renews and frees them, and finds them by token. */
public final class Windows {
  private final AdapterContext adapter;
  private final SpinLock lock = new SpinLock();
  private final IntObjectMap<Window> windows = new IntObjectMap<>(); // guarded by the lock

  Windows(AdapterContext adapter) {
    this.adapter = adapter;
  }

  /** The tokens of a window differ in their lowest byte only. */
  private static int key(int token) {
    return token >>> 8;
  }

  Window allocate(MemorySegment pd) throws ErrnoException {
    Disposal disposal = new Disposal();
    MemorySegment mw = make(pd);
    try {
      Window window = new Window(pd, mw);
      put(mw, window);
      return window;
    } catch (OutOfMemoryError e) {
      disposal.of(mw);
      throw e;
    }
  }

  private static MemorySegment make(MemorySegment pd) throws ErrnoException {
    return Verbs.ibv_alloc_mw(pd, RdmaCore.IBV_MW_TYPE_2());
  }

  private void put(MemorySegment mw, Window window) {
    lock.lock();
    try {
      windows.put(key(ibv_mw.rkey(mw)), window);
    } finally {
      lock.unlock();
    }
  }

  /** Frees a window, bound or not; control thread only. */
  void free(Window window) {
    new Disposal().of(window.take());
  }

  /**
   * Releases a queue pair or region that is being destroyed: windows that may still reference it in
   * the device are invalidated by replacing their native window. Control thread only.
   */
  public void release(Object queuePairOrRegion) {
    for (Window window : all()) {
      if (window.wasLastAt(queuePairOrRegion)) {
        renew(window, queuePairOrRegion);
      }
    }
  }

  private void renew(Window window, Object queuePairOrRegion) {
    Disposal disposal = new Disposal();
    MemorySegment fresh = null;
    try {
      fresh = make(window.pd);
      put(fresh, window);
    } catch (OutOfMemoryError e) {
      disposal.of(fresh);
      throw e;
    } catch (ErrnoException e) {
      adapter.log("a memory window could not be renewed", e);
    }
    disposal.of(window.renew(queuePairOrRegion, fresh));
  }

  /** Disposes of a native window. Created before, as there may be no memory when it is needed. */
  private final class Disposal implements AdapterContext.Destruction {
    private @Nullable MemorySegment mw;

    void of(@Nullable MemorySegment unneeded) {
      if (unneeded == null) {
        return;
      }
      mw = unneeded;
      lock.lock();
      try {
        windows.remove(key(ibv_mw.rkey(unneeded)));
      } finally {
        lock.unlock();
      }
      adapter.destroy("a memory window", this);
    }

    @Override
    public void run() throws ErrnoException {
      Verbs.ibv_dealloc_mw(Objects.requireNonNull(mw));
    }
  }

  /** The peer's message has invalidated a token. */
  public void invalidatedByPeer(int token) {
    Window window;
    lock.lock();
    try {
      window = windows.get(key(token));
    } finally {
      lock.unlock();
    }
    if (window != null) {
      window.invalidated(token);
    }
  }

  boolean anyBoundTo(Object region) {
    return all().stream().anyMatch(window -> window.isBoundTo(region));
  }

  private List<Window> all() {
    List<Window> all = new ArrayList<>();
    lock.lock();
    try {
      windows.forEach(all::add);
    } finally {
      lock.unlock();
    }
    return all;
  }
}
