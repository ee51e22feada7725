package org.verbena.ndk.verbs;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_LOCAL_WRITE;
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
import java.time.Duration;
import java.util.Arrays;
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
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkFailure;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkRdmaTechnology;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.ImmediateData;
import org.verbena.ndk.extension.RemoteAtomics;

/** A queue pair: the two work queues, its native state, flushing and draining. */
final class VerbsQp extends VerbsObject implements NdkQp {
  static final int COMMON_FLAGS =
      NDK_OP_FLAG_SILENT_SUCCESS | NDK_OP_FLAG_READ_FENCE | NDK_OP_FLAG_DEFER;
  private static final int WRITE_FLAGS = COMMON_FLAGS | NDK_OP_FLAG_INLINE;
  static final int SEND_FLAGS = WRITE_FLAGS | NDK_OP_FLAG_SEND_AND_SOLICIT_EVENT;
  private static final int READ_FLAGS = COMMON_FLAGS | NDK_OP_FLAG_RDMA_READ_LOCAL_INVALIDATE;
  private static final int REMOTE_RIGHTS =
      NDK_OP_FLAG_ALLOW_REMOTE_READ | NDK_OP_FLAG_ALLOW_REMOTE_WRITE;
  private static final int BIND_FLAGS = COMMON_FLAGS | REMOTE_RIGHTS;
  private static final int FAST_REGISTER_FLAGS = BIND_FLAGS | NDK_OP_FLAG_RDMA_READ_SINK;

  /** The bit that remote write has besides local write, without which it must not come. */
  private static final int REMOTE_WRITE_ONLY =
      NDK_OP_FLAG_ALLOW_REMOTE_WRITE & ~NDK_OP_FLAG_ALLOW_LOCAL_WRITE;

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
    REMOVED, // with its device
    CLOSED
  }

  private final VerbsPd pd;
  private final VerbsSrq srq;
  private final VerbsCq receiveCq;
  private final VerbsCq initiatorCq;
  private final long context;
  private final AtomicReference<NdkFailure> firstFailure = new AtomicReference<>();
  private final AtomicReference<VerbsConnector> connector = new AtomicReference<>();
  private MemorySegment qp;
  private int number;
  private volatile boolean destroyed; // set on the control thread
  private SendQueue sendQueue;
  private ReceiveQueue receiveQueue;
  private volatile State state = State.INITIAL;
  private volatile boolean complete; // has both its queues
  // Control thread only.
  private boolean flushing;
  private boolean wasConnected;
  private boolean lastReceiveIsBack;

  private VerbsQp(VerbsPd pd, VerbsCq receiveCq, VerbsCq initiatorCq, VerbsSrq srq, long context)
      throws NdkException {
    VerbsObject[] antecedents = {pd, receiveCq, initiatorCq, srq};
    super(pd.adapter, srq == null ? Arrays.copyOf(antecedents, 3) : antecedents);
    this.pd = pd;
    this.srq = srq;
    this.receiveCq = receiveCq;
    this.initiatorCq = initiatorCq;
    this.context = context;
  }

  /**
   * Creates a queue pair.
   *
   * @param srq where its receives come from, or null for a receive queue of its own
   */
  static VerbsQp create(
      VerbsPd pd, NdkCq receiveCq, NdkCq initiatorCq, VerbsSrq srq, long context, QpSizes sizes)
      throws NdkException {
    sizes.check(pd.adapter.queryAdapterInfo(), srq == null);
    VerbsQp qp =
        new VerbsQp(
            pd, own(pd, receiveCq, "receiveCq"), own(pd, initiatorCq, "initiatorCq"), srq, context);
    try {
      qp.make(pd, sizes);
    } catch (NdkException | RuntimeException | Error e) {
      qp.destroy();
      qp.abandon();
      throw e;
    }
    qp.complete = true;
    qp.publish();
    if (qp.initiatorCq.hasFailed() || qp.receiveCq.hasFailed()) { // while it was made
      qp.adapter.control(qp::completionQueueFailed);
    }
    return qp;
  }

  private void make(VerbsPd pd, QpSizes sizes) throws NdkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
      ibv_qp_init_attr.recv_cq(init, receiveCq.cq());
      ibv_qp_init_attr.send_cq(init, initiatorCq.cq());
      ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
      ibv_qp_init_attr.srq(init, srq == null ? MemorySegment.NULL : srq.srq());
      sizes.write(ibv_qp_init_attr.cap(init));
      try {
        qp = VerbsControl.ibv_create_qp(pd.pd(), init);
      } catch (ErrnoException e) {
        throw Statuses.creation(
            "create a queue pair with " + sizes,
            "its initiator depth, elements or inline bytes",
            e);
      }
    }
    number = ibv_qp.qp_num(qp);
    adapter.qps().put(qp.address(), this);
    int maxReadSge = adapter.queryAdapterInfo().maxReadRequestSge();
    sendQueue = new SendQueue(this, initiatorCq, qp, sizes, maxReadSge);
    receiveQueue = new ReceiveQueue(this, receiveCq, qp, sizes);
    if (srq != null) {
      receiveCq.share(this);
    }
    try {
      toInit();
    } catch (ErrnoException e) {
      throw Statuses.exception("ready a queue pair", e);
    }
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

  VerbsPd pd() {
    return pd;
  }

  /** The shared receive queue, or null. */
  VerbsSrq srq() {
    return srq;
  }

  // --- posting

  @Override
  public NdkStatus send(long requestContext, NdkSgl sgl, int nSge, int flags) {
    return send(RdmaCore.IBV_WR_SEND(), requestContext, sgl, nSge, 0, flags);
  }

  @Override
  public NdkStatus sendAndInvalidate(
      long requestContext, NdkSgl sgl, int nSge, int flags, int remoteToken) {
    if (!adapter.traits().sendsWithInvalidate()) {
      return NdkStatus.NOT_SUPPORTED;
    }
    return send(RdmaCore.IBV_WR_SEND_WITH_INV(), requestContext, sgl, nSge, remoteToken, flags);
  }

  private NdkStatus send(
      int opcode, long requestContext, NdkSgl sgl, int nSge, int immediate, int flags) {
    return sendQueue.post(
        opcode,
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
        0,
        flags,
        READ_FLAGS);
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
        0,
        flags,
        WRITE_FLAGS);
  }

  // --- windows

  @Override
  public NdkStatus bind(
      long requestContext,
      NdkMr mr,
      NdkMw mw,
      MemorySegment memory,
      long offset,
      long length,
      int flags) {
    Objects.checkFromIndexSize(offset, length, memory.byteSize());
    return ended(postBind(requestContext, mr, mw, memory, offset, length, flags));
  }

  private NdkStatus postBind(
      long requestContext,
      NdkMr mr,
      NdkMw mw,
      MemorySegment memory,
      long offset,
      long length,
      int flags) {
    Objects.requireNonNull(mr, "mr");
    Objects.requireNonNull(mw, "mw");
    boolean own =
        mr instanceof VerbsMr ownMr
            && ownMr.pd == pd
            && mw instanceof VerbsMw ownMw
            && ownMw.pd == pd;
    if (!own || length == 0 || isHalfWrite(flags) || !memory.isNative()) {
      return NdkStatus.INVALID_PARAMETER;
    }
    VerbsMr region = (VerbsMr) mr;
    VerbsMw window = (VerbsMw) mw;
    if (!window.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return region.bind(
          this, requestContext, window.window(), memory.address() + offset, length, flags);
    } finally {
      window.release();
    }
  }

  /** Binds a window over bytes that have been checked. */
  NdkStatus bind(
      NdkOperationType type,
      long requestContext,
      Window window,
      Object owner,
      MemorySegment mr,
      long address,
      long length,
      int flags) {
    return sendQueue.bind(
        type,
        requestContext,
        window,
        owner,
        mr,
        address,
        length,
        remoteAccess(flags),
        flags,
        type == NdkOperationType.BIND ? BIND_FLAGS : FAST_REGISTER_FLAGS);
  }

  /** The rights of the peer among operation flags, as IBV_ACCESS_* flags. */
  static int remoteAccess(int flags) {
    int access = 0;
    if ((flags & NDK_OP_FLAG_ALLOW_REMOTE_READ) != 0) {
      access |= RdmaCore.IBV_ACCESS_REMOTE_READ();
    }
    if ((flags & NDK_OP_FLAG_ALLOW_REMOTE_WRITE) == NDK_OP_FLAG_ALLOW_REMOTE_WRITE) {
      access |= RdmaCore.IBV_ACCESS_REMOTE_WRITE();
    }
    return access;
  }

  private static boolean isHalfWrite(int flags) {
    return (flags & REMOTE_WRITE_ONLY) != 0 && (flags & NDK_OP_FLAG_ALLOW_LOCAL_WRITE) == 0;
  }

  @Override
  public NdkStatus invalidate(long requestContext, NdkMw mw, int flags) {
    return ended(postInvalidate(requestContext, mw, flags));
  }

  private NdkStatus postInvalidate(long requestContext, NdkMw mw, int flags) {
    Objects.requireNonNull(mw, "mw");
    if (!(mw instanceof VerbsMw own) || own.pd != pd) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (!own.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return invalidate(requestContext, own.window(), flags);
    } finally {
      own.release();
    }
  }

  @Override
  public NdkStatus invalidate(long requestContext, NdkMr mr, int flags) {
    return ended(postInvalidate(requestContext, mr, flags));
  }

  private NdkStatus postInvalidate(long requestContext, NdkMr mr, int flags) {
    Objects.requireNonNull(mr, "mr");
    if (mr instanceof VerbsMr) {
      return NdkStatus.INVALID_DEVICE_REQUEST;
    }
    if (!(mr instanceof VerbsFastMr own) || own.pd != pd) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (!own.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return own.invalidate(this, requestContext, flags);
    } finally {
      own.release();
    }
  }

  NdkStatus invalidate(long requestContext, Window window, int flags) {
    return sendQueue.invalidate(requestContext, window, flags, COMMON_FLAGS);
  }

  @Override
  public NdkStatus fastRegister(
      long requestContext,
      NdkMr mr,
      int adapterPageCount,
      MemorySegment adapterPageArray,
      int fbo,
      long length,
      long baseVirtualAddress,
      int flags) {
    return ended(
        postFastRegister(
            requestContext,
            mr,
            adapterPageCount,
            adapterPageArray,
            fbo,
            length,
            baseVirtualAddress,
            flags));
  }

  private NdkStatus postFastRegister(
      long requestContext,
      NdkMr mr,
      int adapterPageCount,
      MemorySegment adapterPageArray,
      int fbo,
      long length,
      long baseVirtualAddress,
      int flags) {
    Objects.requireNonNull(mr, "mr");
    Objects.requireNonNull(adapterPageArray, "adapterPageArray");
    if (mr instanceof VerbsMr) {
      return NdkStatus.INVALID_DEVICE_REQUEST;
    }
    if (!(mr instanceof VerbsFastMr own)
        || own.pd != pd
        || isHalfWrite(flags)
        || !FastRegistration.fits(
            adapterPageCount, adapterPageArray, fbo, length, baseVirtualAddress)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (!own.acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      return own.fastRegister(
          this, requestContext, adapterPageCount, baseVirtualAddress, length, flags);
    } finally {
      own.release();
    }
  }

  /** Whatever a request is refused for, those deferred before it are handed to the device. */
  private NdkStatus ended(NdkStatus status) {
    if (status == NdkStatus.SUCCESS) {
      return status;
    }
    sendQueue.flushDeferred();
    return isClosed() ? NdkStatus.INVALID_HANDLE : status; // whatever else is wrong
  }

  /** A request that does nothing, in its turn: what a registration for this side alone needs. */
  NdkStatus postEmpty(NdkOperationType type, long requestContext, int flags) {
    return sendQueue.post(
        RdmaCore.IBV_WR_RDMA_WRITE(), type, requestContext, null, 0, 0, 0, 0, flags, COMMON_FLAGS);
  }

  /** Whether initiator requests may be posted; called with the send queue's lock. */
  NdkStatus initiatorStatus() {
    State now = state;
    if (now == State.CONNECTED) {
      return NdkStatus.SUCCESS;
    }
    return switch (now) {
      case CLOSED -> NdkStatus.INVALID_HANDLE;
      case REMOVED -> NdkStatus.DEVICE_REMOVED;
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

  /**
   * Whether a flushed request is the first sign of a failure: nobody has flushed the queue pair.
   */
  boolean isEndedByDeviceAlone() {
    State now = state;
    return (now == State.CONNECTED || now == State.DISCONNECTED) && firstFailure.get() == null;
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
    wasConnected = true; // or nearly: from RTR on it may take receives
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
    return state == State.FLUSHED || state == State.REMOVED || state == State.CLOSED;
  }

  /** The peer is gone: nothing more is posted, nothing is flushed. */
  void peerDisconnected() {
    enter(State.CONNECTED, State.DISCONNECTED);
  }

  /** The device has put the queue pair into the error state. */
  void failed(int asyncEvent) {
    VerbsConnector owner = connector.get();
    if (owner != null) {
      owner.lost(CmStatuses.disconnectReason(asyncEvent));
    }
  }

  /** A completion queue that is lost ends its queue pairs: what is outstanding is given back. */
  void completionQueueFailed() {
    if (complete && acquire()) { // else its close, or its creation, does so
      failed(RdmaCore.IBV_EVENT_CQ_ERR());
      flushThen(this::release);
    }
  }

  @Override
  void deviceRemoved() {
    for (State open : new State[] {State.INITIAL, State.CONNECTED, State.DISCONNECTED}) {
      enter(open, State.REMOVED);
    }
    if (acquire()) { // else its close does so
      flushThen(this::release);
    }
  }

  boolean isRemoved() {
    return state == State.REMOVED;
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
      adapter.windows().release(this);
      drained.run();
    } else {
      var _ = adapter.controlAfter(DRAIN_STEP, () -> awaitDrained(drained, deadline));
    }
  }

  private boolean isDrained() {
    return sendQueue.outstanding() == 0
        && receiveQueue.outstanding() == 0
        && !mayHoldSharedReceive();
  }

  /**
   * Whether the device may still have a receive of the SRQ for this queue pair, whose result would
   * be lost with it. Soft-RoCE gives it back with the flush, and tells nothing.
   */
  private boolean mayHoldSharedReceive() {
    return srq != null
        && wasConnected
        && !lastReceiveIsBack
        && !destroyed
        && !adapter.traits().softRoce();
  }

  /** The device has no receive of the SRQ any more. */
  void lastReceiveIsBack() {
    lastReceiveIsBack = true;
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
    adapter.windows().release(this); // a bound window would hold the queue pair
    adapter.qps().remove(qp.address());
    try {
      VerbsControl.ibv_destroy_qp(qp);
    } catch (ErrnoException e) {
      adapter.log("a queue pair could not be destroyed", e);
    }
  }

  @Override
  MemorySegment handle() {
    return destroyed ? MemorySegment.NULL : qp;
  }

  @Override
  Object extension(NdkExtension<?> asked) throws NdkException {
    boolean has =
        Extensions.matches(asked, ImmediateData.EXTENSION)
            || (adapter.traits().atomics() && Extensions.matches(asked, RemoteAtomics.EXTENSION));
    return has ? new QpExtensions(sendQueue) : super.extension(asked);
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.QP;
  }

  @Override
  public String toString() {
    return "queue pair of " + adapter;
  }
}
