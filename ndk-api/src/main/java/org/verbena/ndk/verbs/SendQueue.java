package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_READ_FENCE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.binding.rdma.ibv_mw_bind_info;
import org.verbena.binding.rdma.ibv_send_wr;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/**
 * The initiator queue of a queue pair.
 *
 * <p>Requests are built in a short chain of work requests, each with its own elements and inline
 * bytes. A request without DEFER posts the chain; so does a chain that is full, as deferral is only
 * a hint.
 *
 * <p>A silent request holds its slot until a later completion shows that it is done. So that there
 * always is one, some silent requests are signalled in secret: one in every half queue, and the one
 * that fills the queue.
 */
final class SendQueue extends WorkQueue {
  /** The drain marker, which may be outstanding besides the consumer's requests. */
  static final int HIDDEN_REQUESTS = 1;

  private static final int CHAIN = 32;

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
  private final int maxSge;
  private final int maxReadSge;
  private final int inlineSize;
  private final MemorySegment requests = Arena.ofAuto().allocate(CHAIN * WR_SIZE, 64);
  private final long requestsAddress = requests.address();
  private final MemorySegment badRequest = Arena.ofAuto().allocate(JAVA_LONG);
  private final long badAddress = badRequest.address();
  private final MemorySegment elements;
  private final long elementsAddress;
  private final long maxTransferLength;
  private final long elementsStride;
  private final MemorySegment inlineBytes;
  private final long inlineAddress;

  // Guarded by the lock.
  private int chained;
  private int unsignalled;
  private int lastSilent = FIRST - 1;

  SendQueue(VerbsQp qp, VerbsCq cq, MemorySegment nativeQp, QpSizes sizes, int maxReadSge)
      throws NdkException {
    super(qp, cq, sizes.initiatorDepth(), HIDDEN_REQUESTS);
    postFunction = cq.adapter.ops().postSend();
    qpAddress = nativeQp.address();
    maxSge = sizes.initiatorSge();
    this.maxReadSge = Math.min(maxSge, maxReadSge);
    inlineSize = sizes.inline();
    maxTransferLength = cq.adapter.maxTransferLength();
    elementsStride = (long) NdkSgl.SIZE * Math.max(1, maxSge);
    elements = Arena.ofAuto().allocate(CHAIN * elementsStride, NdkSgl.SIZE);
    elementsAddress = elements.address();
    inlineBytes = Arena.ofAuto().allocate((long) CHAIN * inlineSize, 8);
    inlineAddress = inlineBytes.address();
    for (int i = 0; i < CHAIN; i++) {
      WR_SG_LIST.set(ALL, request(i), elementsAddress + i * elementsStride);
    }
  }

  /**
   * Posts or defers one request.
   *
   * @param opcode IBV_WR_*
   * @param immediate immediate data in network byte order, or the token to invalidate
   * @param taken the flags that this kind of request takes
   */
  NdkStatus post(
      int opcode,
      NdkOperationType type,
      long requestContext,
      NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int immediate,
      int flags,
      int taken) {
    lock.lock();
    try {
      NdkStatus status = append(opcode, type, requestContext, sgl, nSge, immediate, flags, taken);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      long wr = last();
      WR_REMOTE_ADDR.set(ALL, wr, remoteAddress);
      WR_RKEY.set(ALL, wr, remoteToken);
      return postOrDefer(flags);
    } finally {
      lock.unlock();
    }
  }

  /** Posts or defers an atomic operation; as {@link #post}. */
  NdkStatus postAtomic(
      int opcode,
      NdkOperationType type,
      long requestContext,
      NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long compareOrAdd,
      long swap,
      int flags,
      int taken) {
    lock.lock();
    try {
      NdkStatus status = append(opcode, type, requestContext, sgl, 1, 0, flags, taken);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      long wr = last();
      WR_ATOMIC_REMOTE_ADDR.set(ALL, wr, remoteAddress);
      WR_ATOMIC_COMPARE_ADD.set(ALL, wr, compareOrAdd);
      WR_ATOMIC_SWAP.set(ALL, wr, swap);
      WR_ATOMIC_RKEY.set(ALL, wr, remoteToken);
      return postOrDefer(flags);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Binds a window. Never deferred: the driver must know of one bind of a window before the next
   * one is built.
   *
   * @param owner what the window is bound to: a memory region or a mapping's
   * @param access IBV_ACCESS_REMOTE_* flags
   */
  NdkStatus bind(
      NdkOperationType type,
      long requestContext,
      Window window,
      Object owner,
      MemorySegment mr,
      long address,
      long length,
      int access,
      int flags,
      int taken) {
    lock.lock();
    try {
      postChain(); // so that nobody else's request can fail under the window's lock
      NdkStatus status =
          append(RdmaCore.IBV_WR_BIND_MW(), type, requestContext, null, 0, 0, flags, taken);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      window.lock();
      try {
        MemorySegment mw = window.toBind();
        if (mw == null) {
          chained = 0;
          head--;
          return NdkStatus.INVALID_DEVICE_REQUEST;
        }
        int token = Verbs.ibv_inc_rkey(ibv_mw.rkey(mw));
        long wr = last();
        WR_BIND_MW.set(ALL, wr, mw.address());
        WR_BIND_RKEY.set(ALL, wr, token);
        WR_BIND_MR.set(ALL, wr, mr.address());
        WR_BIND_ADDR.set(ALL, wr, address);
        WR_BIND_LENGTH.set(ALL, wr, length);
        WR_BIND_ACCESS.set(ALL, wr, access);
        status = handOver(true);
        if (status == NdkStatus.SUCCESS) {
          window.bound(qp, owner, token);
        }
        return status;
      } finally {
        window.unlock();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Invalidates what a window is bound to. */
  NdkStatus invalidate(long requestContext, Window window, int flags, int taken) {
    lock.lock();
    try {
      NdkStatus status = check(NdkOperationType.INVALIDATE, null, 0, flags, taken);
      if (status != NdkStatus.SUCCESS) {
        return refuse(status);
      }
      if (cq.adapter.traits().softRoce()) {
        // The peer may have invalidated it: the kernel (6.1) does not survive a second time.
        cq.adapter.cqs().all().forEach(CompletionTarget::drain);
      }
      int token = window.tokenOn(qp);
      if (token == 0) {
        return refuse(NdkStatus.INVALID_DEVICE_REQUEST);
      }
      build(
          RdmaCore.IBV_WR_LOCAL_INV(),
          NdkOperationType.INVALIDATE,
          requestContext,
          null,
          0,
          token,
          flags);
      status = postOrDefer(flags);
      if (status == NdkStatus.SUCCESS) {
        window.invalidated(token);
      }
      return status;
    } finally {
      lock.unlock();
    }
  }

  /** Appends a request to the chain, or posts the chain and says why it cannot be. */
  private NdkStatus append(
      int opcode,
      NdkOperationType type,
      long requestContext,
      NdkSgl sgl,
      int nSge,
      int immediate,
      int flags,
      int taken) {
    NdkStatus status = check(type, sgl, nSge, flags, taken);
    if (status == NdkStatus.SUCCESS) {
      status = build(opcode, type, requestContext, sgl, nSge, immediate, flags);
    }
    return status == NdkStatus.SUCCESS ? status : refuse(status);
  }

  /** A request that is refused ends deferral. */
  private NdkStatus refuse(NdkStatus status) {
    postChain();
    return status;
  }

  private NdkStatus postOrDefer(int flags) {
    boolean last = (flags & NDK_OP_FLAG_DEFER) == 0;
    return last || chained == CHAIN ? handOver(last) : NdkStatus.SUCCESS;
  }

  private NdkStatus check(NdkOperationType type, NdkSgl sgl, int nSge, int flags, int taken) {
    NdkStatus status = qp.initiatorStatus();
    if (status != NdkStatus.SUCCESS) {
      return status;
    }
    if ((flags & ~taken) != 0 || !Elements.isCount(nSge, sgl)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    boolean inline = (flags & NDK_OP_FLAG_INLINE) != 0;
    if (!inline && nSge > (type == NdkOperationType.READ ? maxReadSge : maxSge)) {
      return NdkStatus.DATA_OVERRUN;
    }
    return hasRoom() ? NdkStatus.SUCCESS : NdkStatus.NO_MORE_ENTRIES;
  }

  private boolean hasRoom() {
    if (outstanding() < depth) {
      return true;
    }
    // Silent requests may be done without the consumer's having any result to take.
    if (Integer.compareUnsigned(lastSilent - tail(), depth) < 0) {
      postChain();
      cq.drain();
    }
    return outstanding() < depth;
  }

  /** Fills in the next work request of the chain and records it. */
  private NdkStatus build(
      int opcode,
      NdkOperationType type,
      long requestContext,
      NdkSgl sgl,
      int nSge,
      int immediate,
      int flags) {
    int count = nSge;
    if ((flags & NDK_OP_FLAG_INLINE) != 0) {
      long bytes = gather(sgl, nSge);
      if (bytes < 0) {
        return bytes == -1 ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.ACCESS_VIOLATION;
      }
      count = bytes == 0 ? 0 : 1;
    } else {
      NdkStatus status =
          Elements.copy(
              sgl, nSge, elementsAddress + chained * elementsStride, qp.pd(), maxTransferLength);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
    }
    int kind = type.ordinal();
    int sendFlags = RdmaCore.IBV_SEND_SIGNALED();
    int silentInARow = unsignalled + 1;
    unsignalled = 0;
    if ((flags & ~NDK_OP_FLAG_DEFER) != 0) { // most requests have no other
      sendFlags |= sendFlags(flags);
      if ((flags & NDK_OP_FLAG_SILENT_SUCCESS) != 0) {
        lastSilent = head;
        if (silentInARow >= depth / 2 || outstanding() + 1 >= depth) {
          kind |= Kind.SILENT_BUT_SIGNALLED;
        } else {
          unsignalled = silentInARow;
          kind |= Kind.UNSIGNALLED;
          sendFlags &= ~RdmaCore.IBV_SEND_SIGNALED();
        }
      }
    }
    append(opcode, kind, requestContext, count, sendFlags, immediate);
    return NdkStatus.SUCCESS;
  }

  private static int sendFlags(int flags) {
    return ((flags & NDK_OP_FLAG_INLINE) != 0 ? RdmaCore.IBV_SEND_INLINE() : 0)
        | ((flags & NDK_OP_FLAG_READ_FENCE) != 0 ? RdmaCore.IBV_SEND_FENCE() : 0)
        | ((flags & NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT) != 0 ? RdmaCore.IBV_SEND_SOLICITED() : 0);
  }

  /** The number of bytes, -1 if they are too many, -2 if a buffer cannot be read. */
  private long gather(NdkSgl sgl, int nSge) {
    long offset = (long) chained * inlineSize;
    long bytes;
    try {
      bytes = Elements.gather(sgl, nSge, inlineBytes, offset, inlineSize);
    } catch (IllegalStateException | WrongThreadException e) {
      return -2;
    }
    if (bytes > 0) {
      Elements.set(elementsAddress + chained * elementsStride, inlineAddress + offset, (int) bytes);
    }
    return bytes;
  }

  private void append(int opcode, int kind, long context, int count, int sendFlags, int immediate) {
    long wr = request(chained);
    if (chained > 0) {
      WR_NEXT.set(ALL, last(), wr);
    }
    WR_ID.set(ALL, wr, record(kind, context));
    WR_NUM_SGE_AND_OPCODE.set(ALL, wr, pair(count, opcode));
    WR_FLAGS_AND_IMMEDIATE.set(ALL, wr, pair(sendFlags, immediate));
    head++;
    chained++;
  }

  /** Two ints that follow each other in memory. */
  private static long pair(int first, int second) {
    return (long) second << 32 | Integer.toUnsignedLong(first);
  }

  /** The address of the last work request of the chain. */
  private long last() {
    return request(chained - 1);
  }

  private long request(int index) {
    return at(requestsAddress + index * WR_SIZE);
  }

  /** Posts what is deferred, if anything is. */
  private void postChain() {
    if (chained > 0) {
      handOver(false);
    }
  }

  /**
   * Hands the chain to the device. If it takes only a part, a result is made for every request of
   * the rest that was already answered SUCCESS.
   *
   * @param lastIsAnswered whether the last request's status is this method's to give
   * @return the status of the last request
   */
  private NdkStatus handOver(boolean lastIsAnswered) {
    int count = chained;
    WR_NEXT.set(ALL, last(), 0L);
    chained = 0;
    int errno = Verbs.ibv_post_send(postFunction, qpAddress, requestsAddress, badAddress);
    if (errno == 0) {
      return NdkStatus.SUCCESS;
    }
    return refused(errno, count, lastIsAnswered);
  }

  /** The device has taken the requests before the bad one. */
  private NdkStatus refused(int errno, int count, boolean lastIsAnswered) {
    long bad = badRequest.get(JAVA_LONG, 0);
    badRequest.set(JAVA_LONG, 0, 0); // only a failed post sets it
    if (bad == 0 && cq.adapter.traits().softRoce()) {
      return NdkStatus.SUCCESS; // all are in its queue, and only telling the kernel has failed
    }
    long taken = bad == 0 ? 0 : (bad - requestsAddress) / WR_SIZE;
    int firstLost = head - count + Math.clamp(taken, 0, count);
    NdkStatus status = VerbsQp.postStatus(errno);
    if (lastIsAnswered) {
      head--;
    }
    List<LostRequest> lost = new ArrayList<>();
    for (int position = firstLost; position - head < 0; position++) {
      NdkOperationType type = Kind.type(kind(position));
      lost.add(new LostRequest(this, position, contextOf(position), type, status, errno));
    }
    if (firstLost - tail() > 0 && isUnsignalled(firstLost - 1)) {
      head = firstLost; // nothing would show that their turn has come
      lost.forEach(cq::fail);
    } else if (!lost.isEmpty()) {
      cq.failInTurn(lost);
    }
    return lastIsAnswered ? status : NdkStatus.SUCCESS;
  }

  /** Posts what is deferred; no more comes after it, as the queue pair has left its state. */
  void flushDeferred() {
    lock.lock();
    try {
      postChain();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Posts a request that is flushed behind all others: silent ones that have succeeded give no
   * other sign of it. The queue pair is in the error state.
   */
  void postDrainMarker() {
    lock.lock();
    try {
      if (outstanding() > 0) {
        append(RdmaCore.IBV_WR_RDMA_WRITE(), Kind.MARKER, 0, 0, RdmaCore.IBV_SEND_SIGNALED(), 0);
        handOver(true);
      }
    } finally {
      lock.unlock();
    }
  }
}
