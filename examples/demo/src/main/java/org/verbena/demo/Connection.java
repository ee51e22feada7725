package org.verbena.demo;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStages;
import org.verbena.ndk.NdkStatus;

/**
 * One end of a connection: a queue pair, its two completion queues, and buffers for small messages.
 * Closed with its adapter.
 */
final class Connection {
  /** Bytes of a message: a long of content, and padding. */
  static final int MESSAGE_BYTES = 64;

  /** Requests that may be in flight in either direction. */
  static final int DEPTH = 16;

  private static final ValueLayout.OfLong CONTENT =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

  final Completions received;
  final Completions done;

  private final NdkPd pd;
  private final NdkQp qp;
  private final int sendFlags;
  private final MemorySegment outgoing;
  private final NdkSgl outgoingSgl;
  private final MemorySegment[] incoming = new MemorySegment[DEPTH];
  private final NdkSgl[] incomingSgl = new NdkSgl[DEPTH];
  private final CountDownLatch disconnected = new CountDownLatch(1);
  private boolean fastInFlight;

  /**
   * Creates a queue pair that is ready to connect, with its receives posted: a message that finds
   * no receive is retransmitted, which takes time.
   */
  Connection(NdkAdapter adapter, Arena arena)
      throws NdkException, DemoException, InterruptedException {
    received = new Completions(adapter, DEPTH);
    done = new Completions(adapter, DEPTH);
    pd = adapter.createPd();
    int inline = Math.min(MESSAGE_BYTES, adapter.queryAdapterInfo().maxInlineDataSize());
    NdkQpSizes sizes = new NdkQpSizes(DEPTH, DEPTH, 1, 1, inline);
    qp = pd.createQp(received.cq(), done.cq(), 0, sizes);
    // Inline data saves the device a DMA read; not every device supports it.
    sendFlags = inline == MESSAGE_BYTES ? NDK_OP_FLAG_INLINE : 0;

    MemorySegment messages = arena.allocate((DEPTH + 1L) * MESSAGE_BYTES, MESSAGE_BYTES);
    int token = register(messages, NDK_MR_FLAG_ALLOW_LOCAL_WRITE).getLocalTokenFromMr();
    outgoing = messages.asSlice(0, MESSAGE_BYTES);
    outgoingSgl = NdkSgl.of(outgoing, token);
    for (int slot = 0; slot < DEPTH; slot++) {
      incoming[slot] = messages.asSlice((slot + 1L) * MESSAGE_BYTES, MESSAGE_BYTES);
      incomingSgl[slot] = NdkSgl.of(incoming[slot], token);
      postReceive(slot);
    }
  }

  NdkQp qp() {
    return qp;
  }

  /** Registers memory for this connection. */
  NdkMr register(MemorySegment memory, int flags)
      throws NdkException, DemoException, InterruptedException {
    NdkMr mr = pd.createMr();
    NdkStages.await(mr.registerMr(memory, flags));
    return mr;
  }

  /** Sends a message and waits until the peer's device has acknowledged it. */
  void send(long content) throws DemoException, InterruptedException {
    postSend(content);
    done.await();
  }

  /** Sleeps until a message comes. */
  long receive() throws DemoException, InterruptedException {
    received.await();
    return readMessage();
  }

  /**
   * Sends a message without waiting for its result, which the next call polls. The last message's
   * result is never awaited: the peer may disconnect before it has acknowledged the message.
   */
  void sendFast(long content) throws DemoException {
    if (fastInFlight) {
      done.spin();
    }
    postSend(content);
    fastInFlight = true;
  }

  /** Spins until a message comes. */
  long receiveFast() throws DemoException {
    received.spin();
    return readMessage();
  }

  private void postSend(long content) throws DemoException {
    outgoing.set(CONTENT, 0, content);
    posted("SEND", qp.send(0, outgoingSgl, 1, sendFlags));
  }

  private void postReceive(int slot) throws DemoException {
    posted("RECEIVE", qp.receive(slot, incomingSgl[slot], 1));
  }

  /** The ends take turns, so one wait returns one message. */
  private long readMessage() throws DemoException {
    int slot = (int) received.results().requestContext(0);
    long length = received.results().bytesTransferred(0);
    if (length != MESSAGE_BYTES) {
      throw new DemoException(
          "received a message of %d bytes, not %d".formatted(length, MESSAGE_BYTES));
    }
    long content = incoming[slot].get(CONTENT, 0);
    postReceive(slot);
    return content;
  }

  static void posted(String what, NdkStatus status) throws DemoException {
    if (status != NdkStatus.SUCCESS) {
      throw new DemoException(what + " could not be posted: " + status);
    }
  }

  /**
   * The disconnect event: wakes a thread that waits for a message. The library flushes the requests
   * of this end.
   */
  void onDisconnect() {
    disconnected.countDown();
    received.stop();
  }

  void awaitDisconnect() throws DemoException, InterruptedException {
    if (!disconnected.await(Completions.TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new DemoException("the peer did not disconnect");
    }
  }
}
