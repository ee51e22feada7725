package org.verbena.ndk.verbs;

import java.util.ArrayList;
import java.util.List;

/** The windows of an adapter, found by their tokens. */
final class Windows {
  private final SpinLock lock = new SpinLock();
  private final IntTable<Window> windows = new IntTable<>(); // guarded by the lock

  /** All tokens that a window ever has differ in their lowest byte only. */
  private static int key(int token) {
    return token >>> 8;
  }

  void add(int token, Window window) {
    lock.lock();
    try {
      windows.put(key(token), window);
    } finally {
      lock.unlock();
    }
  }

  void remove(int token) {
    lock.lock();
    try {
      windows.remove(key(token));
    } finally {
      lock.unlock();
    }
  }

  /** The peer's message has invalidated a token. */
  void invalidatedByPeer(int token) {
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

  /** A queue pair or region goes: its windows, which hold it, are renewed. Control thread only. */
  void release(Object queuePairOrRegion) {
    all().forEach(window -> window.renewIfAt(queuePairOrRegion));
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
