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
      int flags,
      int taken) {
    lock.lock();
    try {
      NdkStatus status = check(type, sgl, nSge, flags, taken);
      if (status == NdkStatus.SUCCESS) {
        status = build(opcode, type, requestContext, sgl, nSge, flags);
      }
      if (status != NdkStatus.SUCCESS) {
        postChain(false);
        return status;
      }
      long wr = (chained - 1) * WR_SIZE;
      requests.set(JAVA_LONG, wr + WR_REMOTE_ADDR, remoteAddress);
      requests.set(JAVA_INT, wr + WR_RKEY, remoteToken);
      if ((flags & NDK_OP_FLAG_DEFER) != 0 && chained < CHAIN) {
        return NdkStatus.SUCCESS;
      }
      return postChain((flags & NDK_OP_FLAG_DEFER) == 0);
    } finally {
      lock.unlock();
    }
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
    } else if (Elements.copy(sgl, nSge, elements, chained * elementsStride)
        > qp.maxTransferLength()) {
      return NdkStatus.BUFFER_OVERFLOW;
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
