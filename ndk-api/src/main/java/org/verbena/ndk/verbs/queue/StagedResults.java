package org.verbena.ndk.verbs.queue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkResultsEx;

/**
 * Results that were taken from the device before the consumer asked for them, and results that no
 * device makes, oldest first. Grows as needed; guarded by its completion queue's lock.
 */
final class StagedResults {
  private static final int ENTRY = NdkResultsEx.SIZE;

  private MemorySegment entries = Arena.ofAuto().allocate(16 * ENTRY, 8);
  private long first; // byte offsets
  private long end;

  boolean isEmpty() {
    return first == end;
  }

  long count() {
    return (end - first) / ENTRY;
  }

  /** Makes room for one more entry and returns its address, which the next call may change. */
  long next() {
    reserve(1);
    return entries.address() + end;
  }

  /** Makes room for more entries. */
  void reserve(int count) {
    long more = (long) count * ENTRY;
    if (end + more > entries.byteSize()) {
      long used = end - first;
      MemorySegment target =
          used + more > entries.byteSize()
              ? Arena.ofAuto().allocate(2 * (used + more), 8)
              : entries;
      MemorySegment.copy(entries, first, target, 0, used);
      entries = target;
      first = 0;
      end = used;
    }
  }

  /** Keeps the entry that {@link #next} made room for. */
  void add() {
    end += ENTRY;
  }

  /** Moves the oldest entries to the consumer's array; returns how many. */
  int moveTo(NdkResults results, int size) {
    int count = (int) Math.min((end - first) / ENTRY, results.capacity());
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(entries, first, results.segment(), (long) i * size, size);
      first += ENTRY;
    }
    if (first == end) {
      first = 0;
      end = 0;
    }
    return count;
  }
}
