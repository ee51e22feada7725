package org.verbena.ndk.verbs.queue;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_RDMA_READ_LOCAL_INVALIDATE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_RDMA_READ_SINK;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_READ_FENCE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.CompletionTarget;
import org.verbena.ndk.verbs.adapter.SpareEntries;
import org.verbena.ndk.verbs.memory.AccessRights;
import org.verbena.ndk.verbs.memory.MemoryQueue;
import org.verbena.ndk.verbs.memory.Window;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * The initiator queue of a queue pair, and the queue pair's state, which decides whether anything
 * may be posted.
 *
 * <p>Requests are collected in a {@link SendChain}. A request without DEFER posts the chain; so
 * does a chain that is full, as deferral is only a hint.
 *
 * <p>A silent request occupies its slot until a later completion shows that it is done. To
 * guarantee one, some silent requests are signaled all the same: one in every half queue, and the
 * one that fills the queue.
 *
 * <p>The calls from {@link #post} to a field of a work request are few on purpose: C2 inlines some
 * 15 levels, of which access to a segment takes eight, and the consumer's own come on top.
 */
final class SendQueue extends WorkQueue implements MemoryQueue {
  private static final int COMMON_FLAGS =
      NDK_OP_FLAG_SILENT_SUCCESS | NDK_OP_FLAG_READ_FENCE | NDK_OP_FLAG_DEFER;
  static final int WRITE_FLAGS = COMMON_FLAGS | NDK_OP_FLAG_INLINE;
  static final int SEND_FLAGS = WRITE_FLAGS | NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;
  static final int READ_FLAGS = COMMON_FLAGS | NDK_OP_FLAG_RDMA_READ_LOCAL_INVALIDATE;
  private static final int BIND_FLAGS =
      COMMON_FLAGS | NDK_OP_FLAG_ALLOW_REMOTE_READ | NDK_OP_FLAG_ALLOW_REMOTE_WRITE;
  private static final int FAST_REGISTER_FLAGS = BIND_FLAGS | NDK_OP_FLAG_RDMA_READ_SINK;

  final VerbsCq cq;
  private final NativeQp nativeQp;
  private final SendChain chain;
  private final int maxSge;
  private final int maxReadSge;
  private final int inlineSize;
  private final long maxTransferLength;
  private final Runnable flushing = this::flushDeferred;

  // Guarded by the lock.
  private volatile QpState state = QpState.INITIAL; // read without it
  private int room; // requests that may be posted before state and tail are read again
  private int unsignaled;
  private int lastSilent = FIRST - 1;

  /**
   * Makes the queue.
   *
   * @param arena of the queue pair; nothing is posted once it is closed
   */
  SendQueue(Arena arena, QueuePair qp, VerbsCq cq, NativeQp nativeQp, NdkQpSizes sizes)
      throws NdkException {
    super(qp, sizes.initiatorDepth(), SpareEntries.INITIATOR);
    this.cq = cq;
    this.nativeQp = nativeQp;
    maxSge = sizes.initiatorSge();
    maxReadSge = Math.min(maxSge, qp.adapter.info().maxReadRequestSge());
    maxTransferLength = qp.adapter.maxTransferLength();
    inlineSize = sizes.inlineSize();
    chain = new SendChain(arena, qp.adapter, nativeQp, maxSge, inlineSize);
    place(cq.attach(this)); // last, so that a failure before it leaves nothing behind
  }

  // --- the state of the queue pair

  QpState state() {
    return state;
  }

  @Override
  public NdkStatus initiatorStatus() {
    return state.initiatorStatus;
  }

  @Override
  public boolean isFlushed() {
    return state.isFlushed();
  }

  /** Changes the state under the lock, so that no post is in progress in the old one. */
  void enter(QpState from, QpState to) {
    lock.lock();
    try {
      if (state == from) {
        change(to);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Changes to a final state, unless in one. */
  void leaveOpenStates(QpState to) {
    lock.lock();
    try {
      if (!state.isFlushed()) {
        change(to);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Every call fails from here on. */
  void closed() {
    lock.lock();
    try {
      change(QpState.CLOSED);
    } finally {
      lock.unlock();
    }
  }

  private void change(QpState to) {
    state = to;
    room = 0;
  }

  // --- each kind of request

  NdkStatus send(long requestContext, @Nullable NdkSgl sgl, int nSge, int flags) {
    return post(
        RdmaCore.IBV_WR_SEND(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        0,
        0,
        0,
        flags,
        SEND_FLAGS);
  }

  NdkStatus sendWithInvalidate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int remoteToken, int flags) {
    return post(
        RdmaCore.IBV_WR_SEND_WITH_INV(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        0,
        0,
        remoteToken,
        flags,
        SEND_FLAGS);
  }

  /**
   * Sends with immediate data.
   *
   * @param immediate in network byte order
   */
  NdkStatus sendWithImmediate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int immediate, int flags) {
    return post(
        RdmaCore.IBV_WR_SEND_WITH_IMM(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        0,
        0,
        immediate,
        flags,
        SEND_FLAGS);
  }

  NdkStatus read(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags) {
    return post(
        RdmaCore.IBV_WR_RDMA_READ(),
        NdkOperationType.READ,
        requestContext,
        sgl,
        nSge,
        remoteAddress,
        remoteToken,
        0,
        flags,
        READ_FLAGS);
  }

  NdkStatus write(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags) {
    return post(
        RdmaCore.IBV_WR_RDMA_WRITE(),
        NdkOperationType.WRITE,
        requestContext,
        sgl,
        nSge,
        remoteAddress,
        remoteToken,
        0,
        flags,
        WRITE_FLAGS);
  }

  /**
   * Writes with immediate data.
   *
   * @param immediate in network byte order
   */
  NdkStatus writeWithImmediate(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int immediate,
      int flags) {
    return post(
        RdmaCore.IBV_WR_RDMA_WRITE_WITH_IMM(),
        NdkOperationType.WRITE,
        requestContext,
        sgl,
        nSge,
        remoteAddress,
        remoteToken,
        immediate,
        flags,
        SEND_FLAGS);
  }

  NdkStatus compareAndSwap(
      long requestContext,
      @Nullable NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long expected,
      long replacement,
      int flags) {
    return postAtomic(
        RdmaCore.IBV_WR_ATOMIC_CMP_AND_SWP(),
        NdkOperationType.COMPARE_AND_SWAP,
        requestContext,
        sgl,
        remoteAddress,
        remoteToken,
        expected,
        replacement,
        flags);
  }

  NdkStatus fetchAndAdd(
      long requestContext,
      @Nullable NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long addend,
      int flags) {
    return postAtomic(
        RdmaCore.IBV_WR_ATOMIC_FETCH_AND_ADD(),
        NdkOperationType.FETCH_AND_ADD,
        requestContext,
        sgl,
        remoteAddress,
        remoteToken,
        addend,
        0,
        flags);
  }

  @Override
  public NdkStatus noOperation(NdkOperationType type, long requestContext, int flags) {
    return post(
        RdmaCore.IBV_WR_RDMA_WRITE(), type, requestContext, null, 0, 0, 0, 0, flags, COMMON_FLAGS);
  }

  @Override
  public NdkStatus bind(
      NdkOperationType type,
      long requestContext,
      Window window,
      Object owner,
      MemorySegment mr,
      long address,
      long length,
      int flags) {
    int allowedFlags = type == NdkOperationType.BIND ? BIND_FLAGS : FAST_REGISTER_FLAGS;
    lock.lock();
    try {
      if (window.awaits(flushing)) {
        postChain();
      }
      NdkStatus status =
          append(RdmaCore.IBV_WR_BIND_MW(), type, requestContext, null, 0, 0, flags, allowedFlags);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      nativeQp.bindsWindow();
      int token = window.bind(nativeQp, owner, flushing);
      if (token == 0) {
        head--;
        chain.removeLast();
        return refuse(NdkStatus.INVALID_DEVICE_REQUEST);
      }
      chain.setBind(window, token, mr, address, length, AccessRights.ofPeer(flags));
      return postOrDefer(flags);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public NdkStatus invalidate(long requestContext, Window window, int flags) {
    NdkOperationType type = NdkOperationType.INVALIDATE;
    lock.lock();
    try {
      NdkStatus status = check(type, null, 0, flags, COMMON_FLAGS);
      if (status != NdkStatus.SUCCESS) {
        return refuse(status);
      }
      if (qp.adapter.traits().softRoce()) {
        // The peer may have invalidated it: doing so twice crashes the kernel (6.1).
        qp.adapter.cqs().all().forEach(CompletionTarget::drain);
      }
      int token = window.tokenOn(nativeQp);
      if (token == 0) {
        return refuse(NdkStatus.INVALID_DEVICE_REQUEST);
      }
      status =
          append(
              RdmaCore.IBV_WR_LOCAL_INV(),
              type,
              requestContext,
              null,
              0,
              token,
              flags,
              COMMON_FLAGS);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      status = postOrDefer(flags);
      if (status == NdkStatus.SUCCESS) {
        window.invalidated(token);
      }
      return status;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Posts what is deferred.
   *
   * @param status SUCCESS, or why a request cannot be posted at all: every failure ends deferral
   * @return the status, unless that of the queue pair's state comes first
   */
  NdkStatus endDeferral(NdkStatus status) {
    lock.lock();
    try {
      return refuseInState(status);
    } finally {
      lock.unlock();
    }
  }

  // --- requests that are prepared

  /** Allocates requests that are prepared. */
  PreparedWrs prepare(int size) {
    if (size < 1 || size > depth) {
      throw new IllegalArgumentException("size must be from 1 to " + depth + ", not " + size);
    }
    return new PreparedWrs(size, maxSge, inlineSize);
  }

  /** Copies the elements of a request that is prepared. */
  NdkStatus copyElements(@Nullable NdkSgl sgl, int nSge, long target) {
    return Sges.copy(sgl, nSge, target, qp.pd, maxTransferLength);
  }

  /** Posts a run of prepared requests, all or none. */
  NdkStatus post(PreparedWrs batch, int first, int count) {
    Objects.checkFromIndexSize(first, count, batch.size());
    if (count == 0) {
      return endDeferral(NdkStatus.SUCCESS);
    }
    lock.lock();
    try {
      if (room < count && !makeRoom(count)) {
        return refuseInState(NdkStatus.NO_MORE_ENTRIES);
      }
      int end = first + count;
      if (!batch.isSet(first, end)) {
        return refuse(NdkStatus.INVALID_PARAMETER);
      }
      postChain();
      if (batch.hasSilent()) {
        recordSilent(batch, first, end);
      } else {
        unsignaled = 0;
        record(batch, first, end);
        room -= count;
      }
      batch.endAt(end - 1);
      long requests = batch.address(first);
      int errno = chain.post(requests);
      return errno == 0
          ? NdkStatus.SUCCESS
          : refused(errno, count, accepted(chain.takeAccepted(requests), count), false);
    } finally {
      lock.unlock();
    }
  }

  private void record(PreparedWrs batch, int first, int end) {
    int position = head;
    for (int i = first; i < end; i++) {
      contexts[position & contexts.length - 1] = batch.contexts[i];
      kinds[position & kinds.length - 1] = batch.kinds[i];
      batch.setId(i, batch.idBases[i] | Integer.toUnsignedLong(position));
      position++;
    }
    head = position;
  }

  /** Whether a silent request is signaled depends on those before it. */
  private void recordSilent(PreparedWrs batch, int first, int end) {
    for (int i = first; i < end; i++) {
      int flags = batch.flags[i];
      int kind = batch.kinds[i] | signaling(flags);
      batch.setSendFlags(i, sendFlags(flags, kind));
      batch.setId(i, record(kind, batch.contexts[i]));
      head++;
      room--;
    }
  }

  // --- posting

  /**
   * Posts or defers one request.
   *
   * @param opcode IBV_WR_*
   * @param immediate immediate data in network byte order, or the token to invalidate
   * @param allowedFlags the flags that are valid for this kind of request
   */
  private NdkStatus post(
      int opcode,
      NdkOperationType type,
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int immediate,
      int flags,
      int allowedFlags) {
    lock.lock();
    try {
      NdkStatus status =
          append(opcode, type, requestContext, sgl, nSge, immediate, flags, allowedFlags);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      chain.setRemote(remoteAddress, remoteToken);
      return postOrDefer(flags);
    } finally {
      lock.unlock();
    }
  }

  private NdkStatus postAtomic(
      int opcode,
      NdkOperationType type,
      long requestContext,
      @Nullable NdkSgl sgl,
      long remoteAddress,
      int remoteToken,
      long compareOrAdd,
      long swap,
      int flags) {
    lock.lock();
    try {
      NdkStatus status = append(opcode, type, requestContext, sgl, 1, 0, flags, COMMON_FLAGS);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      chain.setAtomic(remoteAddress, remoteToken, compareOrAdd, swap);
      return postOrDefer(flags);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Checks a request, fills in the next work request and records it; or posts the chain and returns
   * the status of the failure.
   */
  private NdkStatus append(
      int opcode,
      NdkOperationType type,
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      int immediate,
      int flags,
      int allowedFlags) {
    NdkStatus status = check(type, sgl, nSge, flags, allowedFlags);
    if (status != NdkStatus.SUCCESS) {
      return refuse(status);
    }
    int count = nSge;
    if ((flags & NDK_OP_FLAG_INLINE) != 0) {
      long bytes = chain.copyInline(sgl, nSge);
      if (bytes < 0) {
        return refuse(Sges.statusOf(bytes));
      }
      count = bytes == 0 ? 0 : 1;
    } else {
      status = Sges.copy(sgl, nSge, chain.nextSges(), qp.pd, maxTransferLength);
      if (status != NdkStatus.SUCCESS) {
        return refuse(status);
      }
    }
    int kind = type.ordinal();
    int sendFlags = RdmaCore.IBV_SEND_SIGNALED();
    if ((flags & ~NDK_OP_FLAG_DEFER) == 0) { // most requests
      unsignaled = 0;
    } else {
      kind |= signaling(flags);
      sendFlags = sendFlags(flags, kind);
    }
    long id = record(kind, requestContext);
    chain.add(id, opcode, count, sendFlags, immediate);
    head++;
    room--;
    return NdkStatus.SUCCESS;
  }

  /** A request that is refused ends deferral. */
  private NdkStatus refuse(NdkStatus status) {
    postChain();
    return status;
  }

  /** As {@link #refuse}, unless the queue pair's state is a reason that comes first. */
  private NdkStatus refuseInState(NdkStatus status) {
    QpState now = state;
    return refuse(now == QpState.CONNECTED ? status : now.initiatorStatus);
  }

  private NdkStatus postOrDefer(int flags) {
    boolean last = (flags & NDK_OP_FLAG_DEFER) == 0;
    return last || chain.isFull() ? handOver(last) : NdkStatus.SUCCESS;
  }

  private NdkStatus check(
      NdkOperationType type, @Nullable NdkSgl sgl, int nSge, int flags, int allowedFlags) {
    boolean full = room <= 0 && !makeRoom(1);
    if (full && state != QpState.CONNECTED) {
      return state.initiatorStatus;
    }
    NdkStatus status = checkForm(type, sgl, nSge, flags, allowedFlags);
    return full && status == NdkStatus.SUCCESS ? NdkStatus.NO_MORE_ENTRIES : status;
  }

  /** Checks what does not depend on the queue's state. */
  NdkStatus checkForm(
      NdkOperationType type, @Nullable NdkSgl sgl, int nSge, int flags, int allowedFlags) {
    if ((flags & ~allowedFlags) != 0 || !Sges.isCount(nSge, sgl)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    boolean inline = (flags & NDK_OP_FLAG_INLINE) != 0;
    if (!inline && nSge > (type == NdkOperationType.READ ? maxReadSge : maxSge)) {
      return NdkStatus.DATA_OVERRUN;
    }
    return NdkStatus.SUCCESS;
  }

  /** Whether so many requests may be posted, after a new look at the state and at the tail. */
  private boolean makeRoom(int count) {
    if (state != QpState.CONNECTED) {
      return false;
    }
    room = depth - outstanding();
    // Silent requests may be done without a result that the consumer could poll.
    if (room < count && Integer.compareUnsigned(lastSilent - tail(), depth) < 0) {
      postChain();
      cq.drain();
      room = depth - outstanding();
    }
    return room >= count;
  }

  /** Decides whether a request is signaled; returns flags of its {@link WrKind}. */
  private int signaling(int flags) {
    if ((flags & NDK_OP_FLAG_SILENT_SUCCESS) == 0) {
      unsignaled = 0;
      return 0;
    }
    lastSilent = head;
    if (++unsignaled >= depth >>> 1 || fillsQueue()) {
      unsignaled = 0;
      return WrKind.FORCED_SIGNALED;
    }
    return WrKind.UNSIGNALED;
  }

  private boolean fillsQueue() {
    if (room > 1) {
      return false;
    }
    room = depth - outstanding();
    return room == 1;
  }

  /** IBV_SEND_* of a request. */
  static int sendFlags(int flags, int kind) {
    return ((kind & WrKind.UNSIGNALED) == 0 ? RdmaCore.IBV_SEND_SIGNALED() : 0)
        | sendFlag(flags, NDK_OP_FLAG_INLINE, RdmaCore.IBV_SEND_INLINE())
        | sendFlag(flags, NDK_OP_FLAG_READ_FENCE, RdmaCore.IBV_SEND_FENCE())
        | sendFlag(flags, NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT, RdmaCore.IBV_SEND_SOLICITED());
  }

  /** Translates a flag without a branch: both are powers of two. */
  private static int sendFlag(int flags, int ndkFlag, int ibvFlag) {
    return (flags & ndkFlag) / ndkFlag * ibvFlag;
  }

  /** Posts the deferred requests, if any. */
  private void postChain() {
    if (!chain.isEmpty()) {
      handOver(false);
    }
  }

  /**
   * Posts the chain. If the driver accepts only a part, a result is synthesized for each request of
   * the rest that has returned SUCCESS.
   *
   * @param lastIsAnswered whether this method's result is the last request's status
   * @return the status of the last request
   */
  private NdkStatus handOver(boolean lastIsAnswered) {
    int errno = chain.post();
    int count = chain.postedLength();
    if (errno == 0) {
      chain.tellWindows(count);
      return NdkStatus.SUCCESS;
    }
    int accepted = accepted(chain.takeAccepted(), count);
    chain.tellWindows(accepted);
    return refused(errno, count, accepted, lastIsAnswered);
  }

  /**
   * How many of the requests that were posted last the driver has taken.
   *
   * @param told what it says, or -1
   */
  private int accepted(int told, int count) {
    // All are in Soft-RoCE's queue if only telling the kernel has failed.
    return told < 0 && qp.adapter.traits().softRoce() ? count : Math.clamp(told, 0, count);
  }

  /** The driver has taken the first requests of those that were posted last. */
  private NdkStatus refused(int errno, int count, int accepted, boolean lastIsAnswered) {
    if (accepted == count) {
      return NdkStatus.SUCCESS;
    }
    int firstLost = head - count + accepted;
    NdkStatus status = Statuses.ofPost(errno);
    if (lastIsAnswered) {
      head--;
    }
    List<LostRequest> lost = new ArrayList<>();
    for (int position = firstLost; position - head < 0; position++) {
      NdkOperationType type = WrKind.type(kind(position));
      lost.add(new LostRequest(this, position, contextOf(position), type, status, errno));
    }
    if (firstLost - tail() > 0 && isUnsignaled(firstLost - 1)) {
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
        chain.add(
            record(WrKind.MARKER, 0),
            RdmaCore.IBV_WR_RDMA_WRITE(),
            0,
            RdmaCore.IBV_SEND_SIGNALED(),
            0);
        head++;
        handOver(true);
      }
    } finally {
      lock.unlock();
    }
  }
}
