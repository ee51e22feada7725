package org.verbena.ndk.verbs.queue;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.SpinLock;

/**
 * The completion queues of a wait set that have something to tell, in the order in which they got
 * it. Allocates nothing.
 */
abstract class ReadyQueues {
  /** A completion queue's place in the list. */
  abstract static class Entry {
    private NdkStatus status = NdkStatus.SUCCESS;
    private boolean listed;
    private @Nullable Entry next;

    /** Notifies the consumer; returns false if the queue is closed. */
    abstract boolean tell(NdkStatus status);
  }

  /** Not a monitor, on which a virtual thread would park while it holds the lock of a queue. */
  private final SpinLock lock = new SpinLock();

  private @Nullable Entry first;
  private @Nullable Entry last;

  /** There is one again. Called without the lock. */
  abstract void wake();

  /** Adds a queue; if it is there already, the first failure is told. Any thread. */
  void add(Entry entry, NdkStatus status) {
    boolean wasEmpty;
    lock.lock();
    try {
      if (entry.listed) {
        if (entry.status == NdkStatus.SUCCESS) {
          entry.status = status;
        }
        return;
      }
      entry.listed = true;
      entry.status = status;
      wasEmpty = last == null;
      if (last == null) {
        first = entry;
      } else {
        last.next = entry;
      }
      last = entry;
    } finally {
      lock.unlock();
    }
    if (wasEmpty) {
      wake();
    }
  }

  boolean isEmpty() {
    lock.lock();
    boolean empty = first == null;
    lock.unlock();
    return empty;
  }

  /**
   * Tells those that are in the list now, not those that are added meanwhile. For one thread at a
   * time.
   *
   * @return how many have notified their consumer
   */
  int tellAll() {
    lock.lock();
    Entry end = last;
    lock.unlock();
    int told = 0;
    for (Entry entry = null; entry != end; ) {
      lock.lock();
      entry = takeFirst();
      NdkStatus status = entry.status;
      lock.unlock();
      if (entry.tell(status)) {
        told++;
      }
    }
    return told;
  }

  /** Takes the first one, of which there must be one, off the list. */
  private Entry takeFirst() {
    Entry entry = Objects.requireNonNull(first);
    first = entry.next;
    if (first == null) {
      last = null;
    }
    entry.next = null;
    entry.listed = false;
    return entry;
  }
}
