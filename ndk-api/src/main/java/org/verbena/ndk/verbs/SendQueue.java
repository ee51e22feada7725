package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_READ_FENCE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.binding.rdma.ibv_mw_bind_info;
import org.verbena.binding.rdma.ibv_send_wr;
import org.verbena.binding.rdma.ibv_sge;
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

  private static final byte CONSUMERS = 0;
  private static final byte SILENT_BUT_SIGNALLED = 1;
  private static final byte MARKER = 2;

  private static final long WR_SIZE = ibv_send_wr.layout().byteSize();
  private static final long WR_ID = ibv_send_wr.wr_id$offset();
  private static final long WR_NEXT = ibv_send_wr.next$offset();
  private static final long WR_SG_LIST = ibv_send_wr.sg_list$offset();
  private static final long WR_NUM_SGE = ibv_send_wr.num_sge$offset();
  private static final long WR_OPCODE = ibv_send_wr.opcode$offset();
  private static final long WR_FLAGS = ibv_send_wr.send_flags$offset();
  private static final long WR_REMOTE_ADDR =
      ibv_send_wr.wr$offset() + ibv_send_wr.wr.rdma.remote_addr$offset();
  private static final long WR_RKEY = ibv_send_wr.wr$offset() + ibv_send_wr.wr.rdma.rkey$offset();
  private static final long WR_IMMEDIATE = ibv_send_wr.imm_data$offset();
  private static final long WR_ATOMIC = ibv_send_wr.wr$offset();
  private static final long WR_ATOMIC_REMOTE_ADDR =
      WR_ATOMIC + ibv_send_wr.wr.atomic.remote_addr$offset();
  private static final long WR_ATOMIC_COMPARE_ADD =
      WR_ATOMIC + ibv_send_wr.wr.atomic.compare_add$offset();
  private static final long WR_ATOMIC_SWAP = WR_ATOMIC + ibv_send_wr.wr.atomic.swap$offset();
  private static final long WR_ATOMIC_RKEY = WR_ATOMIC + ibv_send_wr.wr.atomic.rkey$offset();
  private static final long WR_BIND = ibv_send_wr.bind_mw$offset();
  private static final long WR_BIND_MW = WR_BIND + ibv_send_wr.bind_mw.mw$offset();
  private static final long WR_BIND_RKEY = WR_BIND + ibv_send_wr.bind_mw.rkey$offset();
  private static final long WR_BIND_INFO = WR_BIND + ibv_send_wr.bind_mw.bind_info$offset();
  private static final long WR_BIND_MR = WR_BIND_INFO + ibv_mw_bind_info.mr$offset();
  private static final long WR_BIND_ADDR = WR_BIND_INFO + ibv_mw_bind_info.addr$offset();
  private static final long WR_BIND_LENGTH = WR_BIND_INFO + ibv_mw_bind_info.length$offset();
  private static final long WR_BIND_ACCESS =
      WR_BIND_INFO + ibv_mw_bind_info.mw_access_flags$offset();

  private final MemorySegment postFunction;
  private final long qpAddress;
  private final int maxSge;
  private final int maxReadSge;
  private final int inlineSize;
  private final MemorySegment requests = Arena.ofAuto().allocate(CHAIN * WR_SIZE, 64);
  private final MemorySegment badRequest = Arena.ofAuto().allocate(JAVA_LONG);
  private final MemorySegment elements;
  private final long elementsStride;
  private final MemorySegment inlineBytes;

  private final NdkOperationType[] types;
  private final byte[] kinds;

  // Guarded by the lock.
  private int chained;
  private int unsignalled;
  private long lastSilent = -1;

  SendQueue(VerbsQp qp, VerbsCq cq, MemorySegment nativeQp, QpSizes sizes, int maxReadSge) {
    super(qp, cq, sizes.initiatorDepth(), HIDDEN_REQUESTS);
    postFunction = cq.adapter.ops().postSend();
    qpAddress = nativeQp.address();
    maxSge = sizes.initiatorSge();
    this.maxReadSge = Math.min(maxSge, maxReadSge);
    inlineSize = sizes.inline();
    types = new NdkOperationType[mask + 1];
    kinds = new byte[mask + 1];
    elementsStride = (long) NdkSgl.SIZE * Math.max(1, maxSge);
    elements = Arena.ofAuto().allocate(CHAIN * elementsStride, NdkSgl.SIZE);
    inlineBytes = Arena.ofAuto().allocate((long) CHAIN * inlineSize, 8);
    for (int i = 0; i < CHAIN; i++) {
      requests.set(JAVA_LONG, i * WR_SIZE + WR_SG_LIST, elements.address() + i * elementsStride);
    }
  }

  @Override
  NdkOperationType type(int slot) {
    return types[slot];
  }

  @Override
  boolean isHidden(int slot, boolean success) {
    byte kind = kinds[slot];
    return kind != CONSUMERS && (success || kind == MARKER);
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
      NdkStatus status = append(opcode, type, requestContext, sgl, nSge, flags, taken);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      long wr = (chained - 1) * WR_SIZE;
      requests.set(JAVA_LONG, wr + WR_REMOTE_ADDR, remoteAddress);
      requests.set(JAVA_INT, wr + WR_RKEY, remoteToken);
      requests.set(JAVA_INT, wr + WR_IMMEDIATE, immediate);
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
      NdkStatus status = append(opcode, type, requestContext, sgl, 1, flags, taken);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      long wr = (chained - 1) * WR_SIZE;
      requests.set(JAVA_LONG, wr + WR_ATOMIC_REMOTE_ADDR, remoteAddress);
      requests.set(JAVA_LONG, wr + WR_ATOMIC_COMPARE_ADD, compareOrAdd);
      requests.set(JAVA_LONG, wr + WR_ATOMIC_SWAP, swap);
      requests.set(JAVA_INT, wr + WR_ATOMIC_RKEY, remoteToken);
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
      postChain(false); // so that nobody else's request can fail under the window's lock
      NdkStatus status =
          append(RdmaCore.IBV_WR_BIND_MW(), type, requestContext, null, 0, flags, taken);
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
        requests.set(JAVA_INT, WR_IMMEDIATE, 0); // Soft-RoCE insists
        requests.set(JAVA_LONG, WR_BIND_MW, mw.address());
        requests.set(JAVA_INT, WR_BIND_RKEY, token);
        requests.set(JAVA_LONG, WR_BIND_MR, mr.address());
        requests.set(JAVA_LONG, WR_BIND_ADDR, address);
        requests.set(JAVA_LONG, WR_BIND_LENGTH, length);
        requests.set(JAVA_INT, WR_BIND_ACCESS, access);
        status = postChain(true);
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
        cq.adapter.cqs().values().forEach(VerbsCq::drain);
      }
      int token = window.tokenOn(qp);
      if (token == 0) {
        return refuse(NdkStatus.INVALID_DEVICE_REQUEST);
      }
      build(
          RdmaCore.IBV_WR_LOCAL_INV(), NdkOperationType.INVALIDATE, requestContext, null, 0, flags);
      requests.set(JAVA_INT, (chained - 1) * WR_SIZE + WR_IMMEDIATE, token);
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
      int flags,
      int taken) {
    NdkStatus status = check(type, sgl, nSge, flags, taken);
    if (status == NdkStatus.SUCCESS) {
      status = build(opcode, type, requestContext, sgl, nSge, flags);
    }
    return status == NdkStatus.SUCCESS ? status : refuse(status);
  }

  /** A request that is refused ends deferral. */
  private NdkStatus refuse(NdkStatus status) {
    postChain(false);
    return status;
  }

  private NdkStatus postOrDefer(int flags) {
    boolean last = (flags & NDK_OP_FLAG_DEFER) == 0;
    return last || chained == CHAIN ? postChain(last) : NdkStatus.SUCCESS;
  }

  private NdkStatus check(NdkOperationType type, NdkSgl sgl, int nSge, int flags, int taken) {
    NdkStatus status = qp.initiatorStatus();
    if (status != NdkStatus.SUCCESS) {
      return status;
    }
    if ((flags & ~taken) != 0 || nSge < 0 || nSge > 0 && (sgl == null || nSge > sgl.capacity())) {
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
    if (lastSilent >= tail()) {
      postChain(false);
      cq.drain();
    }
    return outstanding() < depth;
  }

  /** Fills in the next work request of the chain and records it. */
  private NdkStatus build(
      int opcode, NdkOperationType type, long requestContext, NdkSgl sgl, int nSge, int flags) {
    int sendFlags = 0;
    int count = nSge;
    if ((flags & NDK_OP_FLAG_INLINE) != 0) {
      long bytes = gather(sgl, nSge);
      if (bytes < 0) {
        return bytes == -1 ? NdkStatus.BUFFER_OVERFLOW : NdkStatus.ACCESS_VIOLATION;
      }
      count = bytes == 0 ? 0 : 1;
      sendFlags = RdmaCore.IBV_SEND_INLINE();
    } else {
      NdkStatus status =
          Elements.copy(
              sgl,
              nSge,
              elements,
              chained * elementsStride,
              qp.pd(),
              cq.adapter.maxTransferLength());
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
    }
    if ((flags & NDK_OP_FLAG_READ_FENCE) != 0) {
      sendFlags |= RdmaCore.IBV_SEND_FENCE();
    }
    if ((flags & NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT) != 0) {
      sendFlags |= RdmaCore.IBV_SEND_SOLICITED();
    }
    byte kind = CONSUMERS;
    boolean signalled = true;
    if ((flags & NDK_OP_FLAG_SILENT_SUCCESS) != 0) {
      lastSilent = head;
      signalled = ++unsignalled >= depth / 2 || outstanding() + 1 >= depth;
      kind = signalled ? SILENT_BUT_SIGNALLED : CONSUMERS;
    }
    if (signalled) {
      unsignalled = 0;
      sendFlags |= RdmaCore.IBV_SEND_SIGNALED();
    }
    append(opcode, type, kind, requestContext, count, sendFlags);
    return NdkStatus.SUCCESS;
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
      MemorySegment element = elements.asSlice(chained * elementsStride, NdkSgl.SIZE);
      ibv_sge.addr(element, inlineBytes.address() + offset);
      ibv_sge.length(element, (int) bytes);
    }
    return bytes;
  }

  private void append(
      int opcode, NdkOperationType type, byte kind, long context, int count, int sendFlags) {
    long wr = chained * WR_SIZE;
    if (chained > 0) {
      requests.set(JAVA_LONG, wr - WR_SIZE + WR_NEXT, requests.address() + wr);
    }
    int slot = (int) head & mask;
    types[slot] = type;
    kinds[slot] = kind;
    requests.set(JAVA_LONG, wr + WR_ID, record(context));
    requests.set(JAVA_LONG, wr + WR_NEXT, 0L);
    requests.set(JAVA_INT, wr + WR_NUM_SGE, count);
    requests.set(JAVA_INT, wr + WR_OPCODE, opcode);
    requests.set(JAVA_INT, wr + WR_FLAGS, sendFlags);
    head++;
    chained++;
  }

  /**
   * Hands the chain to the device. If it takes only a part, every request of the rest that was
   * already answered SUCCESS gets a result by hand.
   *
   * @param lastIsAnswered whether the last request's status is this method's to give
   * @return the status of the last request
   */
  private NdkStatus postChain(boolean lastIsAnswered) {
    if (chained == 0) {
      return NdkStatus.SUCCESS;
    }
    int count = chained;
    chained = 0;
    int errno =
        Verbs.ibv_post_send(postFunction, qpAddress, requests.address(), badRequest.address());
    if (errno == 0) {
      return NdkStatus.SUCCESS;
    }
    long bad = (badRequest.get(JAVA_LONG, 0) - requests.address()) / WR_SIZE;
    if (bad < 0 || bad >= count) {
      // Soft-RoCE: all are in its queue, and only telling the kernel of them has failed.
      return NdkStatus.SUCCESS;
    }
    NdkStatus status = VerbsQp.postStatus(errno);
    long firstLost = head - (count - bad);
    long answered = lastIsAnswered ? head - 1 : head;
    for (long position = firstLost; position < answered; position++) {
      int slot = (int) position & mask;
      cq.fail(this, status, contextOf(slot), types[slot]);
    }
    head = firstLost;
    return lastIsAnswered ? status : NdkStatus.SUCCESS;
  }

  /** Posts what is deferred; no more comes after it, as the queue pair has left its state. */
  void flushDeferred() {
    lock.lock();
    try {
      postChain(false);
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
        append(
            RdmaCore.IBV_WR_RDMA_WRITE(),
            NdkOperationType.WRITE,
            MARKER,
            0,
            0,
            RdmaCore.IBV_SEND_SIGNALED());
        postChain(true);
      }
    } finally {
      lock.unlock();
    }
  }
}
