package org.verbena.ndk.verbs.queue;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.ibv_recv_wr;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.status.Statuses;

/** The receive queue of a queue pair. It reuses one native work request. */
final class ReceiveQueue extends WorkQueue {
  private static final long WR_SIZE = ibv_recv_wr.layout().byteSize();
  private static final VarHandle WR_ID = longAt(ibv_recv_wr.wr_id$offset(), WR_SIZE);
  private static final VarHandle WR_SG_LIST = longAt(ibv_recv_wr.sg_list$offset(), WR_SIZE);
  private static final VarHandle WR_NUM_SGE = intAt(ibv_recv_wr.num_sge$offset(), WR_SIZE);

  final VerbsCq cq;
  private final MemorySegment postFunction;
  private final long qpAddress;
  private final int maxSge;
  private final long requestAddress;
  private final long badAddress;
  private final long elementsAddress;
  private final long maxTransferLength;

  /**
   * After a flush the device would never return a receive: it is cancelled here, after those that
   * the device still has.
   */
  private boolean flushed; // guarded by the lock, as are the next two

  private boolean drained;
  private final List<Long> late = new ArrayList<>();
  private int cancelled; // of the late ones

  /**
   * Makes the queue.
   *
   * @param arena of the queue pair; nothing is posted once it is closed
   */
  ReceiveQueue(Arena arena, QueuePair qp, VerbsCq cq, NativeQp nativeQp, NdkQpSizes sizes)
      throws NdkException {
    super(qp, sizes.receiveDepth(), 0);
    this.cq = cq;
    postFunction = qp.adapter.ops().postRecv();
    qpAddress = nativeQp.address();
    maxSge = sizes.receiveSge();
    requestAddress = arena.allocate(ibv_recv_wr.layout()).address();
    badAddress = arena.allocate(JAVA_LONG).address();
    elementsAddress =
        arena.allocate((long) NdkSgl.SIZE * Math.max(1, maxSge), NdkSgl.SIZE).address();
    WR_SG_LIST.set(ALL, at(requestAddress), elementsAddress);
    maxTransferLength = qp.adapter.maxTransferLength();
    place(cq.attach(this)); // last, so that a failure before it leaves nothing behind
  }

  NdkStatus post(long requestContext, @Nullable NdkSgl sgl, int nSge) {
    lock.lock();
    try {
      if (qp.isClosed()) {
        return NdkStatus.INVALID_HANDLE;
      }
      if (qp.isRemoved()) {
        return NdkStatus.DEVICE_REMOVED;
      }
      if (qp.srq != null) {
        return NdkStatus.INVALID_DEVICE_REQUEST;
      }
      if (!Sges.isCount(nSge, sgl)) {
        return NdkStatus.INVALID_PARAMETER;
      }
      if (nSge > maxSge) {
        return NdkStatus.DATA_OVERRUN;
      }
      if (flushed) {
        return postLate(requestContext);
      }
      if (outstanding() >= depth) {
        return NdkStatus.NO_MORE_ENTRIES;
      }
      NdkStatus status = Sges.copy(sgl, nSge, elementsAddress, qp.pd, maxTransferLength);
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      WR_ID.set(ALL, at(requestAddress), record(WrKind.RECEIVE, requestContext));
      WR_NUM_SGE.set(ALL, at(requestAddress), nSge);
      head++; // first, as the completion may come before the call returns
      int errno = Verbs.ibv_post_recv(postFunction, qpAddress, requestAddress, badAddress);
      if (errno != 0) {
        head--;
        return Statuses.ofPost(errno);
      }
      return NdkStatus.SUCCESS;
    } finally {
      lock.unlock();
    }
  }

  private NdkStatus postLate(long requestContext) {
    if (outstanding() + late.size() >= depth) {
      return NdkStatus.NO_MORE_ENTRIES;
    }
    if (drained) {
      return cq.hasRoomToCancel() ? cancel(requestContext) : NdkStatus.NO_MORE_ENTRIES;
    }
    late.add(requestContext);
    return NdkStatus.SUCCESS;
  }

  /** No receive is posted to the device from here on. */
  void flush() {
    lock.lock();
    flushed = true;
    lock.unlock();
  }

  /** The device has returned all receives: cancels those posted later. */
  void drained() {
    lock.lock();
    try {
      drained = true;
      while (cancelled < late.size()) {
        cancel(late.get(cancelled));
        cancelled++;
      }
      late.clear();
      cancelled = 0;
    } finally {
      lock.unlock();
    }
  }

  private NdkStatus cancel(long requestContext) {
    cq.cancel(this, requestContext, NdkOperationType.RECEIVE);
    return NdkStatus.SUCCESS;
  }
}
