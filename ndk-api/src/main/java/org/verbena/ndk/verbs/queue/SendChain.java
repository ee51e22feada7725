package org.verbena.ndk.verbs.queue;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.Verbs;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.memory.Window;

/**
 * The native work requests of a send queue, whose memory is reused: a chain of {@code ibv_send_wr},
 * each with its own elements and inline bytes. Guarded by the lock of its queue.
 */
final class SendChain {
  private static final int CAPACITY = 32;

  private final MemorySegment postFunction;

  /** Whether a post executes the requests, which may take milliseconds. */
  private final boolean postsLong;

  private final long qpAddress;
  private final int inlineSize;
  private final long chainAddress;
  private final long chainEnd;
  private final MemorySegment badRequest;
  private final long badAddress;
  private final long elementsAddress;
  private final long elementsStride;
  private final MemorySegment inlineBytes;
  private final long inlineAddress;

  private final @Nullable Window[] windows = new Window[CAPACITY]; // that requests bind
  private int binds; // how many of these are set

  private long next; // the address of the next request
  private long nextSges;

  /** The only request that is not linked to the next: most chains are as long as the one before. */
  private long last;

  /**
   * Makes a chain for requests of at most so many elements or inline bytes.
   *
   * @param arena of the queue pair
   */
  SendChain(Arena arena, AdapterContext adapter, NativeQp qp, int maxSge, int inlineSize) {
    this.inlineSize = inlineSize;
    postFunction = adapter.ops().postSend();
    postsLong = adapter.traits().softRoce();
    qpAddress = qp.address();
    chainAddress = arena.allocate(CAPACITY * SendWr.SIZE, 64).address();
    chainEnd = chainAddress + CAPACITY * SendWr.SIZE;
    badRequest = arena.allocate(JAVA_LONG);
    badAddress = badRequest.address();
    elementsStride = (long) NdkSgl.SIZE * Math.max(1, maxSge);
    elementsAddress = arena.allocate(CAPACITY * elementsStride, NdkSgl.SIZE).address();
    inlineBytes = arena.allocate((long) CAPACITY * inlineSize, 8);
    inlineAddress = inlineBytes.address();
    next = chainAddress;
    nextSges = elementsAddress;
    last = chainEnd - SendWr.SIZE;
    for (int i = 0; i < CAPACITY; i++) {
      long wr = chainAddress + i * SendWr.SIZE;
      SendWr.SG_LIST.set(ALL, at(wr), elementsAddress + i * elementsStride);
      SendWr.NEXT.set(ALL, at(wr), wr == last ? 0 : wr + SendWr.SIZE);
    }
  }

  boolean isEmpty() {
    return next == chainAddress;
  }

  boolean isFull() {
    return next == chainEnd;
  }

  // --- building: first the elements of a request, then the request, then the fields of its kind

  /** The address of room for the elements of the next request. */
  long nextSges() {
    return nextSges;
  }

  /** Copies the bytes of the next request, an inline one; returns as {@link Sges#gather}. */
  long copyInline(@Nullable NdkSgl sgl, int count) {
    long offset = (long) indexOf(next) * inlineSize;
    long bytes = Sges.gather(sgl, count, inlineBytes, offset, inlineSize);
    if (bytes > 0) {
      Sges.set(nextSges, inlineAddress + offset, (int) bytes, 0);
    }
    return bytes;
  }

  /**
   * Adds a request.
   *
   * @param opcode IBV_WR_*
   * @param sendFlags IBV_SEND_*
   * @param immediate immediate data in network byte order, or the token to invalidate
   */
  void add(long id, int opcode, int sgeCount, int sendFlags, int immediate) {
    long wr = at(next);
    SendWr.ID.set(ALL, wr, id);
    SendWr.NUM_SGE_AND_OPCODE.set(ALL, wr, SendWr.pair(sgeCount, opcode));
    SendWr.FLAGS_AND_IMMEDIATE.set(ALL, wr, SendWr.pair(sendFlags, immediate));
    next += SendWr.SIZE;
    nextSges += elementsStride;
  }

  /** Removes the request that was added last. */
  void removeLast() {
    next -= SendWr.SIZE;
    nextSges -= elementsStride;
  }

  // The fields of the kind are those of the request that was added last.

  void setRemote(long address, int token) {
    long wr = at(next - SendWr.SIZE);
    SendWr.REMOTE_ADDR.set(ALL, wr, address);
    SendWr.RKEY.set(ALL, wr, token);
  }

  void setAtomic(long remoteAddress, int remoteToken, long compareOrAdd, long swap) {
    long wr = at(next - SendWr.SIZE);
    SendWr.ATOMIC_REMOTE_ADDR.set(ALL, wr, remoteAddress);
    SendWr.ATOMIC_COMPARE_ADD.set(ALL, wr, compareOrAdd);
    SendWr.ATOMIC_SWAP.set(ALL, wr, swap);
    SendWr.ATOMIC_RKEY.set(ALL, wr, remoteToken);
  }

  /**
   * Sets the fields of a bind; {@link #tellWindows} must follow the post.
   *
   * @param access IBV_ACCESS_REMOTE_*
   */
  void setBind(Window window, int token, MemorySegment mr, long address, long length, int access) {
    windows[indexOf(next - SendWr.SIZE)] = window;
    binds++;
    long wr = at(next - SendWr.SIZE);
    SendWr.BIND_MW.set(ALL, wr, window.handle().address());
    SendWr.BIND_RKEY.set(ALL, wr, token);
    SendWr.BIND_MR.set(ALL, wr, mr.address());
    SendWr.BIND_ADDR.set(ALL, wr, address);
    SendWr.BIND_LENGTH.set(ALL, wr, length);
    SendWr.BIND_ACCESS.set(ALL, wr, access);
  }

  // --- posting

  /** Posts the requests, at least one; returns 0 or an errno value. */
  int post() {
    end();
    clear();
    return post(chainAddress);
  }

  /** Posts requests that are not of this chain; returns 0 or an errno value. */
  int post(long requests) {
    return postsLong
        ? Verbs.ibv_post_send_long(postFunction, qpAddress, requests, badAddress)
        : Verbs.ibv_post_send(postFunction, qpAddress, requests, badAddress);
  }

  // Methods this small are inlined by C2 also where they are called once a chain.

  private void end() {
    if (next - SendWr.SIZE != last) {
      endAt(next - SendWr.SIZE);
    }
  }

  private void clear() {
    next = chainAddress;
    nextSges = elementsAddress;
  }

  private void endAt(long wr) {
    if (last + SendWr.SIZE != chainEnd) {
      SendWr.NEXT.set(ALL, at(last), last + SendWr.SIZE);
    }
    SendWr.NEXT.set(ALL, at(wr), 0L);
    last = wr;
  }

  /** After a post, tells the windows of its binds whether they are among those accepted. */
  void tellWindows(int accepted) {
    if (binds == 0) {
      return;
    }
    for (int i = 0; i < CAPACITY; i++) {
      Window window = windows[i];
      if (window != null) {
        windows[i] = null;
        if (i < accepted) {
          window.posted();
        } else {
          window.notPosted();
        }
      }
    }
    binds = 0;
  }

  /** After a post, the number of requests that were posted. */
  int postedLength() {
    return indexOf(last) + 1;
  }

  /** After a failed post, the number of requests that were accepted, or -1 if unknown. */
  int takeAccepted() {
    return takeAccepted(chainAddress);
  }

  /** As {@link #takeAccepted()}, of requests that are not of this chain. */
  int takeAccepted(long requests) {
    long bad = badRequest.get(JAVA_LONG, 0);
    badRequest.set(JAVA_LONG, 0, 0); // only a failed post sets it
    return bad == 0 ? -1 : (int) ((bad - requests) / SendWr.SIZE);
  }

  private int indexOf(long wr) {
    return (int) ((wr - chainAddress) / SendWr.SIZE);
  }
}
