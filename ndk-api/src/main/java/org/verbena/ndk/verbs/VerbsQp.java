package org.verbena.ndk.verbs;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_READ_FENCE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_qp;
import org.verbena.binding.rdma.ibv_qp_attr;
import org.verbena.binding.rdma.ibv_qp_init_attr;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkFailure;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkRdmaTechnology;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/** A queue pair: the two work queues, its native state, flushing and draining. */
final class VerbsQp extends VerbsObject implements NdkQp {
  private static final int COMMON_FLAGS =
      NDK_OP_FLAG_SILENT_SUCCESS | NDK_OP_FLAG_READ_FENCE | NDK_OP_FLAG_DEFER;
  private static final int WRITE_FLAGS = COMMON_FLAGS | NDK_OP_FLAG_INLINE;
  private static final int SEND_FLAGS = WRITE_FLAGS | NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;

  /** How often, and how long, a flushed queue pair is looked at until all its requests are back. */
  private static final Duration DRAIN_STEP = Duration.ofMillis(1);

  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);

  /** IBTA's code for 0.64 ms: how long a sender waits for a receive to be posted. */
  private static final byte RNR_TIMER = 12;

  /** What librdmacm leaves out on InfiniBand when it moves a queue pair to RTR. */
  private static final int IB_RTR_MASK = ~0xE00000;

  private enum State {
    INITIAL,
    CONNECTED,
    DISCONNECTED,
    FLUSHED,
    CLOSED
  }

  private final VerbsCq receiveCq;
  private final VerbsCq initiatorCq;
  private final long context;
  private final long maxTransferLength;
  private final AtomicReference<NdkFailure> firstFailure = new AtomicReference<>();
  private final AtomicReference<VerbsConnector> connector = new AtomicReference<>();
  private MemorySegment qp;
  private int number;
  private boolean destroyed; // control thread only
  private SendQueue sendQueue;
  private ReceiveQueue receiveQueue;
  private volatile State state = State.INITIAL;
  private boolean flushing; // control thread only

  private VerbsQp(VerbsPd pd, VerbsCq receiveCq, VerbsCq initiatorCq, long context)
      throws NdkException {
    super(pd.adapter, pd, receiveCq, initiatorCq);
    this.receiveCq = receiveCq;
    this.initiatorCq = initiatorCq;
    this.context = context;
    maxTransferLength = Integer.toUnsignedLong(adapter.queryAdapterInfo().maxTransferLength());
  }

  static VerbsQp create(VerbsPd pd, NdkCq receiveCq, NdkCq initiatorCq, long context, QpSizes sizes)
      throws NdkException {
    sizes.check(pd.adapter.queryAdapterInfo());
    VerbsQp qp =
        new VerbsQp(
            pd, own(pd, receiveCq, "receiveCq"), own(pd, initiatorCq, "initiatorCq"), context);
    try {
      qp.make(pd, sizes);
    } catch (ErrnoException e) {
      qp.destroy();
      qp.abandon();
      throw Statuses.exception("create a queue pair with " + sizes, e);
    } catch (RuntimeException | Error e) {
      qp.destroy();
      qp.abandon();
      throw e;
    }
    qp.publish();
    return qp;
  }

  private void make(VerbsPd pd, QpSizes sizes) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
      ibv_qp_init_attr.recv_cq(init, receiveCq.cq());
      ibv_qp_init_attr.send_cq(init, initiatorCq.cq());
      ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
      sizes.write(ibv_qp_init_attr.cap(init));
      qp = VerbsControl.ibv_create_qp(pd.pd(), init);
    }
    number = ibv_qp.qp_num(qp);
    adapter.qps().put(qp.address(), this);
    int maxReadSge = adapter.queryAdapterInfo().maxReadRequestSge();
    sendQueue = new SendQueue(this, initiatorCq, qp, sizes, maxReadSge);
    receiveQueue = new ReceiveQueue(this, receiveCq, qp, sizes);
    toInit();
  }

  private static VerbsCq own(VerbsPd pd, NdkCq cq, String name) throws NdkException {
    Objects.requireNonNull(cq, name);
    if (cq instanceof VerbsCq verbs && verbs.adapter == pd.adapter) {
      return verbs;
    }
    throw new NdkException(
        NdkStatus.INVALID_PARAMETER, name + " must be a completion queue of " + pd.adapter);
  }

  int number() {
    return number;
  }

  long context() {
    return context;
  }

  long maxTransferLength() {
    return maxTransferLength;
  }

  // --- posting

  @Override
  public NdkStatus send(long requestContext, NdkSgl sgl, int nSge, int flags) {
    return sendQueue.post(
        RdmaCore.IBV_WR_SEND(),
        NdkOperationType.SEND,
        requestContext,
        sgl,
        nSge,
        0,
        0,
        flags,
        SEND_FLAGS);
  }

  @Override
  public NdkStatus receive(long requestContext, NdkSgl sgl, int nSge) {
    return receiveQueue.post(requestContext, sgl, nSge);
  }

  @Override
  public NdkStatus read(
      long requestContext, NdkSgl sgl, int nSge, long remoteAddress, int remoteToken, int flags) {
    return sendQueue.post(
        RdmaCore.IBV_WR_RDMA_READ(),
        NdkOperationType.READ,
        requestContext,
        sgl,
        nSge,
        remoteAddress,
        remoteToken,
        flags,
        COMMON_FLAGS);
  }

  @Override
  public NdkStatus write(
      long requestContext, NdkSgl sgl, int nSge, long remoteAddress, int remoteToken, int flags) {
    return sendQueue.post(
        RdmaCore.IBV_WR_RDMA_WRITE(),
        NdkOperationType.WRITE,
        requestContext,
        sgl,
        nSge,
        remoteAddress,
        remoteToken,
        flags,
        WRITE_FLAGS);
  }

  /** Whether initiator requests may be posted; called with the send queue's lock. */
  NdkStatus initiatorStatus() {
    return switch (state) {
      case CONNECTED -> NdkStatus.SUCCESS;
      case CLOSED -> NdkStatus.INVALID_HANDLE;
      default -> NdkStatus.CONNECTION_INVALID;
    };
  }

  /** The status of a post that the driver refused. */
  static NdkStatus postStatus(int errno) {
    if (errno == RdmaCore.ENOMEM() || errno == RdmaCore.EAGAIN() || errno == RdmaCore.ENOSPC()) {
      return NdkStatus.NO_MORE_ENTRIES;
    }
    return Statuses.ofErrno(errno);
  }

  void recordFailure(
      NdkStatus status, NdkOperationType type, long requestContext, int providerErrorCode) {
    if (status != NdkStatus.CANCELLED && firstFailure.get() == null) {
      firstFailure.compareAndSet(
          null, new NdkFailure(status, type, requestContext, providerErrorCode));
    }
  }

  @Override
  public Optional<NdkFailure> firstFailure() {
    return Optional.ofNullable(firstFailure.get());
  }

  // --- connecting; on the control thread, but for attach

  /** Gives the queue pair to a connector, which then holds a reference. */
  NdkStatus attach(VerbsConnector owner) {
    if (!acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    if (state != State.INITIAL) {
      release();
      return state == State.CONNECTED ? NdkStatus.CONNECTION_ACTIVE : NdkStatus.CONNECTION_INVALID;
    }
    if (!connector.compareAndSet(null, owner)) {
      release();
      return NdkStatus.CONNECTION_ACTIVE;
    }
    return NdkStatus.SUCCESS;
  }

  /** Takes it back from a connector. */
  void detach(VerbsConnector owner) {
    if (connector.compareAndSet(owner, null)) {
      release();
    }
  }

  private void toInit() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_qp_attr.layout());
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_INIT());
      ibv_qp_attr.port_num(attributes, (byte) adapter.port());
      ibv_qp_attr.qp_access_flags(
          attributes, RdmaCore.IBV_ACCESS_REMOTE_READ() | RdmaCore.IBV_ACCESS_REMOTE_WRITE());
      VerbsControl.ibv_modify_qp(
          qp,
          attributes,
          RdmaCore.IBV_QP_STATE()
              | RdmaCore.IBV_QP_PKEY_INDEX()
              | RdmaCore.IBV_QP_PORT()
              | RdmaCore.IBV_QP_ACCESS_FLAGS());
    }
  }

  /** Makes the queue pair ready for the connection an identifier stands for; posting may begin. */
  void toReadyToSend(CmId id, int inboundReadLimit, int outboundReadLimit) throws ErrnoException {
    if (isFlushed()) {
      throw new ErrnoException("ibv_modify_qp", RdmaCore.EINVAL());
    }
    boolean infiniBand =
        adapter.queryAdapterInfo().rdmaTechnology() == NdkRdmaTechnology.INFINIBAND;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_qp_attr.layout());
      MemorySegment mask = arena.allocate(RdmaCore.C_INT);
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_INIT());
      id.initQpAttributes(attributes, mask);
      VerbsControl.ibv_modify_qp(qp, attributes, mask.get(RdmaCore.C_INT, 0));

      attributes.fill((byte) 0);
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_RTR());
      id.initQpAttributes(attributes, mask);
      ibv_qp_attr.max_dest_rd_atomic(attributes, (byte) inboundReadLimit);
      ibv_qp_attr.min_rnr_timer(attributes, RNR_TIMER);
      int bits =
          mask.get(RdmaCore.C_INT, 0)
              | RdmaCore.IBV_QP_MAX_DEST_RD_ATOMIC()
              | RdmaCore.IBV_QP_MIN_RNR_TIMER();
      VerbsControl.ibv_modify_qp(qp, attributes, infiniBand ? bits & IB_RTR_MASK : bits);

      attributes.fill((byte) 0);
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_RTS());
      id.initQpAttributes(attributes, mask);
      ibv_qp_attr.max_rd_atomic(attributes, (byte) outboundReadLimit);
      VerbsControl.ibv_modify_qp(
          qp, attributes, mask.get(RdmaCore.C_INT, 0) | RdmaCore.IBV_QP_MAX_QP_RD_ATOMIC());
    }
    enter(State.INITIAL, State.CONNECTED);
  }

  /** Whether it was flushed or closed, and cannot be connected any more. */
  boolean isFlushed() {
    return state == State.FLUSHED || state == State.CLOSED;
  }

  /** The peer is gone: nothing more is posted, nothing is flushed. */
  void peerDisconnected() {
    enter(State.CONNECTED, State.DISCONNECTED);
  }

  /** The device has put the queue pair into the error state. */
  void failed() {
    VerbsConnector owner = connector.get();
    if (owner != null) {
      owner.lost();
    }
  }

  /** The first message may come before the connection manager's own. */
  void communicationEstablished() {
    VerbsConnector owner = connector.get();
    if (owner != null) {
      owner.communicationEstablished();
    }
  }

  /** Changes the state under the send queue's lock, so that no post is under way in the old one. */
  private void enter(State from, State to) {
    sendQueue.lock.lock();
    try {
      if (state == from) {
        state = to;
      }
    } finally {
      sendQueue.lock.unlock();
    }
  }

  // --- flushing and draining

  @Override
  public void flush() {
    if (acquire()) {
      try {
        adapter.controlAndWait(
            () -> {
              retain();
              flushThen(this::release);
              return null;
            });
      } finally {
        release();
      }
    }
  }

  private void startFlush() {
    if (flushing) {
      return;
    }
    flushing = true;
    for (State open : new State[] {State.INITIAL, State.CONNECTED, State.DISCONNECTED}) {
      enter(open, State.FLUSHED);
    }
    sendQueue.flushDeferred();
    receiveQueue.flush();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_qp_attr.layout());
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_ERR());
      VerbsControl.ibv_modify_qp(qp, attributes, RdmaCore.IBV_QP_STATE());
    } catch (ErrnoException e) {
      adapter.log("a queue pair could not be flushed", e);
    }
    sendQueue.postDrainMarker();
  }

  /** Flushes, and goes on when every request has its result; control thread only. */
  void flushThen(Runnable drained) {
    startFlush();
    awaitDrained(drained, System.nanoTime() + DRAIN_LIMIT.toNanos());
  }

  private void awaitDrained(Runnable drained, long deadline) {
    initiatorCq.drain();
    receiveCq.drain();
    if (!isDrained() && System.nanoTime() - deadline > 0) {
      // The device keeps them. Without its queue pair it can touch no buffer any more.
      destroyNative();
      initiatorCq.drain();
      receiveCq.drain();
      initiatorCq.cancelOutstanding(sendQueue);
      receiveCq.cancelOutstanding(receiveQueue);
    }
    if (isDrained()) {
      receiveQueue.drained();
      drained.run();
    } else {
      adapter.controlAfter(DRAIN_STEP, () -> awaitDrained(drained, deadline));
    }
  }

  private boolean isDrained() {
    return sendQueue.outstanding() == 0 && receiveQueue.outstanding() == 0;
  }

  // --- lifetime

  @Override
  void markClosed() {
    sendQueue.lock.lock();
    try {
      state = State.CLOSED;
    } finally {
      sendQueue.lock.unlock();
    }
  }

  @Override
  void startClose() {
    retain();
    flushThen(this::release);
  }

  @Override
  void destroy() {
    destroyNative();
    if (sendQueue != null) {
      initiatorCq.detach(sendQueue);
    }
    if (receiveQueue != null) {
      receiveCq.detach(receiveQueue);
    }
  }

  private void destroyNative() {
    if (qp == null || destroyed) {
      return;
    }
    destroyed = true;
    adapter.qps().remove(qp.address());
    try {
      VerbsControl.ibv_destroy_qp(qp);
    } catch (ErrnoException e) {
      adapter.log("a queue pair could not be destroyed", e);
    }
  }

  @Override
  public String toString() {
    return "queue pair of " + adapter;
  }
}
