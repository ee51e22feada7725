package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Both sides send and receive at once, each queue on a thread of its own, as NDKPI allows. */
@Tag("device")
@Covers({"NdkSend", "NdkReceive"})
class DuplexTest {
  private static final int MESSAGES = 3000;
  private static final int DEPTH = 16;

  @Test
  void nothingIsLostDoubledOrOutOfOrder() throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    try (Pair pair = new Pair(Endpoint.SMALL.withReceiveDepth(DEPTH).withInitiatorDepth(DEPTH))) {
      for (Endpoint endpoint : new Endpoint[] {pair.client, pair.server}) {
        Buffer outgoing = endpoint.side.buffer(DEPTH * Long.BYTES);
        Buffer incoming = endpoint.side.buffer(DEPTH * Long.BYTES);
        for (int i = 0; i < DEPTH; i++) {
          postReceive(endpoint, incoming, i);
        }
        threads.add(start(failure, () -> send(endpoint, outgoing)));
        threads.add(start(failure, () -> receive(endpoint, incoming)));
      }
      for (Thread thread : threads) {
        assertTrue(thread.join(Await.DEADLINE), "a thread hangs");
      }
    }
    assertNull(failure.get());
  }

  private static Thread start(AtomicReference<Throwable> failure, Runnable work) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failure.compareAndSet(null, e);
              }
            });
  }

  /** The slot of a message in a buffer, which is reused. */
  private static NdkSgl place(Buffer buffer, long message) {
    return buffer.sgl(message % DEPTH * Long.BYTES, Long.BYTES);
  }

  private static void send(Endpoint endpoint, Buffer buffer) {
    NdkResults results = new NdkResults(DEPTH);
    long done = 0;
    for (long message = 0; message < MESSAGES; message++) {
      while (message - done == DEPTH) {
        done += takeInOrder(endpoint.initiatorCq, results, done);
      }
      buffer.memory().set(JAVA_LONG, message % DEPTH * Long.BYTES, message);
      assertEquals(NdkStatus.SUCCESS, endpoint.qp.send(message, place(buffer, message), 1, 0));
    }
    while (done < MESSAGES) {
      done += takeInOrder(endpoint.initiatorCq, results, done);
    }
  }

  private static void receive(Endpoint endpoint, Buffer buffer) {
    NdkResults results = new NdkResults(DEPTH);
    MemorySegment memory = buffer.memory();
    for (long done = 0; done < MESSAGES; ) {
      int count = takeInOrder(endpoint.receiveCq, results, done);
      for (int i = 0; i < count; i++, done++) {
        assertEquals(Long.BYTES, results.bytesTransferred(i));
        assertEquals(done, memory.get(JAVA_LONG, done % DEPTH * Long.BYTES));
        postReceive(endpoint, buffer, done + DEPTH);
      }
    }
  }

  private static void postReceive(Endpoint endpoint, Buffer buffer, long message) {
    assertEquals(NdkStatus.SUCCESS, endpoint.qp.receive(message, place(buffer, message), 1));
  }

  /** Polls what is there: successes, whose contexts continue from {@code next}. */
  private static int takeInOrder(NdkCq cq, NdkResults results, long next) {
    int count = cq.getCqResults(results);
    for (int i = 0; i < count; i++) {
      assertEquals(NdkStatus.SUCCESS, results.status(i));
      assertEquals(next + i, results.requestContext(i));
    }
    if (count == 0) {
      Thread.yield();
    }
    return count;
  }
}
