package org.verbena.ndk.verbs.queue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkResultsEx;

/**
 * Results that were taken from the device before the consumer asked for them, and results that no
 * device makes, oldest first. Grows as needed; guarded by its completion queue's lock. Its memory
 * is its own, so that other users of the JVM's direct memory cannot make it fail.
 */
final class StagedResults implements AutoCloseable {
  private static final int ENTRY = NdkResultsEx.SIZE;

  /** Memory of its own. */
  private static final class Block {
    final Arena arena = Arena.ofShared();
    final MemorySegment memory;

    Block(long size) {
      memory = arena.allocate(size, 8);
    }
  }

  private @Nullable Block block; // none until the first result
  private MemorySegment entries = MemorySegment.NULL;
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
    if (end + more <= entries.byteSize()) {
      return;
    }
    long used = end - first;
    if (used + more > entries.byteSize()) {
      grow(2 * (used + more));
    } else {
      MemorySegment.copy(entries, first, entries, 0, used);
    }
    first = 0;
    end = used;
  }

  private void grow(long size) {
    Block larger = new Block(size);
    MemorySegment.copy(entries, first, larger.memory, 0, end - first);
    close();
    block = larger;
    entries = larger.memory;
  }

  /** Frees the memory; nothing may be staged or moved from here on. */
  @Override
  public void close() {
    if (block != null) {
      block.arena.close();
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
