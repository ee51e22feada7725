package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A thread that keeps its queue full: it writes rising versions to a few places, and checks before
 * each write that the place still has the last acknowledged version.
 */
final class Writer implements AutoCloseable {
  static final int BLOCKS = 8;
  static final int BYTES = 4096;

  private final IoQueue queue;
  private final Namespace namespace;
  private final IoBuffer buffer;
  private final long first;
  private final long[] acknowledged;
  private final boolean[] busy;
  private final int[] places; // of the slots
  private final long[] versions; // of the slots
  private final IoHandler onRead = this::ended;
  private final IoHandler onWritten = this::written;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile long count;
  private volatile Throwable failure;
  private int place;
  private long version;

  /** Starts to write to a part of the memory namespace that only this queue uses. */
  Writer(NvmfHost host, Controller controller, int index) throws IOException {
    queue = controller.queue(index);
    namespace = controller.namespace(KernelTarget.MEMORY);
    int depth = queue.depth();
    buffer = host.allocate((long) depth * BYTES);
    // Few, so that each is soon written again: a late write shows.
    acknowledged = new long[2 * depth];
    busy = new boolean[2 * depth];
    places = new int[depth];
    versions = new long[depth];
    first = 2L * index * 128 * BLOCKS;
    version = System.nanoTime(); // others have written here before
    thread = Thread.ofPlatform().start(this::run);
  }

  private void run() {
    try {
      for (int slot = 0; slot < places.length; slot++) {
        begin(slot);
      }
      while (queue.inFlight() > 0) {
        queue.await(Duration.ofSeconds(1));
      }
    } catch (Throwable e) {
      failure = e;
    }
  }

  private void begin(int slot) {
    do {
      place = (place + 1) % busy.length;
    } while (busy[place]);
    busy[place] = true;
    places[slot] = place;
    assertTrue(queue.read(namespace, lba(place), BLOCKS, buffer, at(slot), slot, onRead));
  }

  private void ended(long context, int status) {
    assertEquals(NvmeStatus.SUCCESS, status);
    int slot = (int) context;
    int at = places[slot];
    check(at, slot);
    versions[slot] = ++version;
    MemorySegment memory = buffer.memory().asSlice(at(slot), BYTES);
    for (long i = 0; i < BYTES; i += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG, i, version);
    }
    assertTrue(queue.write(namespace, lba(at), BLOCKS, buffer, at(slot), slot, onWritten));
  }

  private void written(long context, int status) {
    assertEquals(NvmeStatus.SUCCESS, status);
    int slot = (int) context;
    int at = places[slot];
    busy[at] = false;
    acknowledged[at] = versions[slot];
    count = count + 1;
    if (!stopped) {
      begin(slot);
    }
  }

  private void check(int at, int slot) {
    for (long i = 0; acknowledged[at] != 0 && i < BYTES; i += Long.BYTES) {
      long is = buffer.memory().get(ValueLayout.JAVA_LONG, at(slot) + i);
      assertEquals(acknowledged[at], is, "place %d, byte %d".formatted(at, i));
    }
  }

  private long lba(int at) {
    return first + (long) at * BLOCKS;
  }

  private static long at(int slot) {
    return (long) slot * BYTES;
  }

  /** Waits until that many more writes have been acknowledged. */
  void awaitMore(long more) throws InterruptedException {
    long wanted = count + more;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (count < wanted) {
      if (failure != null) {
        throw new AssertionError(failure);
      }
      assertTrue(System.nanoTime() < deadline, "only " + count + " writes, not " + wanted);
      Thread.sleep(5);
    }
  }

  /** Stops the thread, and reads all places once more. */
  void finish() throws InterruptedException {
    stopped = true;
    thread.join();
    if (failure != null) {
      throw new AssertionError(failure);
    }
    TestQueue test = new TestQueue(queue);
    for (int at = 0; at < acknowledged.length; at++) {
      test.read(namespace, lba(at), BLOCKS, buffer, 0);
      check(at, 0);
    }
  }

  /** Ends the thread and frees its memory. */
  @Override
  public void close() {
    stopped = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(60));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    buffer.close();
  }
}
