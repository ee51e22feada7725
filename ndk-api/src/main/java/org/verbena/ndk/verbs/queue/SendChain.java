package org.verbena.ndk.verbs.queue;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.ibv_mw_bind_info;
import org.verbena.binding.rdma.ibv_send_wr;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.verbs.adapter.AdapterContext;

/**
 * The native work requests of a send queue, whose memory is reused: a chain of {@code ibv_send_wr},
 * each with its own elements and inline bytes. Guarded by the lock of its queue.
 */
final class SendChain {
  private static final int CAPACITY = 32;

  private static final long WR_SIZE = ibv_send_wr.layout().byteSize();
  private static final VarHandle WR_ID = longAt(ibv_send_wr.wr_id$offset(), WR_SIZE);
  private static final VarHandle WR_NEXT = longAt(ibv_send_wr.next$offset(), WR_SIZE);
  private static final VarHandle WR_SG_LIST = longAt(ibv_send_wr.sg_list$offset(), WR_SIZE);
  private static final VarHandle WR_NUM_SGE_AND_OPCODE =
      longAt(ibv_send_wr.num_sge$offset(), WR_SIZE);

  /** The flags, and the immediate data or the token to invalidate. */
  private static final VarHandle WR_FLAGS_AND_IMMEDIATE =
      longAt(ibv_send_wr.send_flags$offset(), WR_SIZE);

  private static final long RDMA = ibv_send_wr.wr$offset();
  private static final VarHandle WR_REMOTE_ADDR =
      longAt(RDMA + ibv_send_wr.wr.rdma.remote_addr$offset(), WR_SIZE);
  private static final VarHandle WR_RKEY = intAt(RDMA + ibv_send_wr.wr.rdma.rkey$offset(), WR_SIZE);
  private static final VarHandle WR_ATOMIC_REMOTE_ADDR =
      longAt(RDMA + ibv_send_wr.wr.atomic.remote_addr$offset(), WR_SIZE);
  private static final VarHandle WR_ATOMIC_COMPARE_ADD =
      longAt(RDMA + ibv_send_wr.wr.atomic.compare_add$offset(), WR_SIZE);
  private static final VarHandle WR_ATOMIC_SWAP =
      longAt(RDMA + ibv_send_wr.wr.atomic.swap$offset(), WR_SIZE);
  private static final VarHandle WR_ATOMIC_RKEY =
      intAt(RDMA + ibv_send_wr.wr.atomic.rkey$offset(), WR_SIZE);
  private static final long BIND = ibv_send_wr.bind_mw$offset();
  private static final VarHandle WR_BIND_MW =
      longAt(BIND + ibv_send_wr.bind_mw.mw$offset(), WR_SIZE);
  private static final VarHandle WR_BIND_RKEY =
      intAt(BIND + ibv_send_wr.bind_mw.rkey$offset(), WR_SIZE);
  private static final long BIND_INFO = BIND + ibv_send_wr.bind_mw.bind_info$offset();
  private static final VarHandle WR_BIND_MR =
      longAt(BIND_INFO + ibv_mw_bind_info.mr$offset(), WR_SIZE);
  private static final VarHandle WR_BIND_ADDR =
      longAt(BIND_INFO + ibv_mw_bind_info.addr$offset(), WR_SIZE);
  private static final VarHandle WR_BIND_LENGTH =
      longAt(BIND_INFO + ibv_mw_bind_info.length$offset(), WR_SIZE);
  private static final VarHandle WR_BIND_ACCESS =
      intAt(BIND_INFO + ibv_mw_bind_info.mw_access_flags$offset(), WR_SIZE);

  private final MemorySegment postFunction;
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
    qpAddress = qp.address();
    chainAddress = arena.allocate(CAPACITY * WR_SIZE, 64).address();
    chainEnd = chainAddress + CAPACITY * WR_SIZE;
    badRequest = arena.allocate(JAVA_LONG);
    badAddress = badRequest.address();
    elementsStride = (long) NdkSgl.SIZE * Math.max(1, maxSge);
    elementsAddress = arena.allocate(CAPACITY * elementsStride, NdkSgl.SIZE).address();
    inlineBytes = arena.allocate((long) CAPACITY * inlineSize, 8);
    inlineAddress = inlineBytes.address();
    next = chainAddress;
    nextSges = elementsAddress;
    last = chainEnd - WR_SIZE;
    for (int i = 0; i < CAPACITY; i++) {
      long wr = chainAddress + i * WR_SIZE;
      WR_SG_LIST.set(ALL, at(wr), elementsAddress + i * elementsStride);
      WR_NEXT.set(ALL, at(wr), wr == last ? 0 : wr + WR_SIZE);
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

  /** Copies the bytes of the next request, an inline one; their number, or -1 if too many. */
  long copyInline(@Nullable NdkSgl sgl, int count) {
    long offset = (long) indexOf(next) * inlineSize;
    long bytes = Sges.gather(sgl, count, inlineBytes, offset, inlineSize);
    if (bytes > 0) {
      Sges.set(nextSges, inlineAddress + offset, (int) bytes);
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
    WR_ID.set(ALL, wr, id);
    WR_NUM_SGE_AND_OPCODE.set(ALL, wr, pair(sgeCount, opcode));
    WR_FLAGS_AND_IMMEDIATE.set(ALL, wr, pair(sendFlags, immediate));
    next += WR_SIZE;
    nextSges += elementsStride;
  }

  /** Removes the request that was added last. */
  void removeLast() {
    next -= WR_SIZE;
    nextSges -= elementsStride;
  }

  /** Two ints that follow each other in memory. */
  private static long pair(int first, int second) {
    return (long) second << 32 | Integer.toUnsignedLong(first);
  }

  // The fields of the kind are those of the request that was added last.

  void setRemote(long address, int token) {
    long wr = at(next - WR_SIZE);
    WR_REMOTE_ADDR.set(ALL, wr, address);
    WR_RKEY.set(ALL, wr, token);
  }

  void setAtomic(long remoteAddress, int remoteToken, long compareOrAdd, long swap) {
    long wr = at(next - WR_SIZE);
    WR_ATOMIC_REMOTE_ADDR.set(ALL, wr, remoteAddress);
    WR_ATOMIC_COMPARE_ADD.set(ALL, wr, compareOrAdd);
    WR_ATOMIC_SWAP.set(ALL, wr, swap);
    WR_ATOMIC_RKEY.set(ALL, wr, remoteToken);
  }

  /**
   * Sets the fields of a bind.
   *
   * @param access IBV_ACCESS_REMOTE_*
   */
  void setBind(
      MemorySegment mw, int token, MemorySegment mr, long address, long length, int access) {
    long wr = at(next - WR_SIZE);
    WR_BIND_MW.set(ALL, wr, mw.address());
    WR_BIND_RKEY.set(ALL, wr, token);
    WR_BIND_MR.set(ALL, wr, mr.address());
    WR_BIND_ADDR.set(ALL, wr, address);
    WR_BIND_LENGTH.set(ALL, wr, length);
    WR_BIND_ACCESS.set(ALL, wr, access);
  }

  // --- posting

  /** Posts the requests, at least one; returns 0 or an errno value. */
  int post() {
    end();
    clear();
    return Verbs.ibv_post_send(postFunction, qpAddress, chainAddress, badAddress);
  }

  // Methods this small are inlined by C2 also where they are called once a chain.

  private void end() {
    if (next - WR_SIZE != last) {
      endAt(next - WR_SIZE);
    }
  }

  private void clear() {
    next = chainAddress;
    nextSges = elementsAddress;
  }

  private void endAt(long wr) {
    if (last + WR_SIZE != chainEnd) {
      WR_NEXT.set(ALL, at(last), last + WR_SIZE);
    }
    WR_NEXT.set(ALL, at(wr), 0L);
    last = wr;
  }

  /** After a failed post, the number of requests that were posted. */
  int postedLength() {
    return indexOf(last) + 1;
  }

  /** After a failed post, the number of requests that were accepted, or -1 if unknown. */
  int takeAccepted() {
    long bad = badRequest.get(JAVA_LONG, 0);
    badRequest.set(JAVA_LONG, 0, 0); // only a failed post sets it
    return bad == 0 ? -1 : indexOf(bad);
  }

  private int indexOf(long wr) {
    return (int) ((wr - chainAddress) / WR_SIZE);
  }
}
