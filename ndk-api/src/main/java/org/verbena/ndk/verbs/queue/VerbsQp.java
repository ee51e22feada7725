package org.verbena.ndk.verbs.queue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_qp_init_attr;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMw;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.ImmediateData;
import org.verbena.ndk.extension.PreparedRequests;
import org.verbena.ndk.extension.RemoteAtomics;
import org.verbena.ndk.verbs.adapter.AsyncEventTarget;
import org.verbena.ndk.verbs.adapter.Extensions;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.memory.ProtectionDomain;
import org.verbena.ndk.verbs.status.Statuses;

/** A queue pair: its work queues, its connection, its failure and its lifetime. */
public final class VerbsQp extends QueuePair implements NdkQp, AsyncEventTarget {
  private final VerbsCq receiveCq;
  private final VerbsCq initiatorCq;
  private final AtomicReference<@Nullable ConnectionListener> connector = new AtomicReference<>();
  private final Arena arena = Arena.ofShared(); // until it is destroyed
  private final Runnable requestsEnded = this::requestsEnded; // there may be no memory then

  // Set once, in this order, during creation; null if creation failed before.
  @SuppressWarnings("NullAway.Init") // by make
  private NativeQp qp;

  private int number;

  @SuppressWarnings("NullAway.Init") // by make
  private SendQueue sendQueue;

  @SuppressWarnings("NullAway.Init") // by make
  private ReceiveQueue receiveQueue;

  @SuppressWarnings("NullAway.Init") // by make
  private MemoryRequests memoryRequests;

  @SuppressWarnings("NullAway.Init") // by make
  private QpDrain drain;

  private volatile boolean complete;

  private VerbsQp(
      ProtectionDomain pd,
      VerbsCq receiveCq,
      VerbsCq initiatorCq,
      @Nullable VerbsSrq srq,
      long context) {
    VerbsObject[] antecedents = {pd, receiveCq, initiatorCq, srq};
    super(pd, srq, context, srq == null ? Arrays.copyOf(antecedents, 3) : antecedents);
    this.receiveCq = receiveCq;
    this.initiatorCq = initiatorCq;
  }

  /**
   * Creates a queue pair.
   *
   * @param srq where its receives come from, or null for a receive queue of its own
   */
  public static VerbsQp create(
      ProtectionDomain pd,
      NdkCq receiveCq,
      NdkCq initiatorCq,
      @Nullable VerbsSrq srq,
      long context,
      NdkQpSizes sizes)
      throws NdkException {
    QpCap.check(sizes, pd.adapter.info(), srq == null);
    VerbsQp qp =
        new VerbsQp(
            pd, own(pd, receiveCq, "receiveCq"), own(pd, initiatorCq, "initiatorCq"), srq, context);
    Runnable failing = qp::completionQueueFailed; // no memory may be left once it is created
    create(qp, () -> qp.make(sizes));
    if (qp.initiatorCq.hasFailed() || qp.receiveCq.hasFailed()) { // while it was made
      qp.adapter.control(failing);
    }
    return qp;
  }

  private void make(NdkQpSizes sizes) throws NdkException {
    qp = createNative(sizes);
    number = qp.number();
    adapter.asyncTargets().put(qp.address(), this);
    sendQueue = new SendQueue(arena, this, initiatorCq, qp, sizes);
    receiveQueue = new ReceiveQueue(arena, this, receiveCq, qp, sizes);
    memoryRequests = new MemoryRequests(sendQueue);
    drain = new QpDrain(this, qp, sendQueue, receiveQueue);
    if (srq != null) {
      receiveCq.share(this);
    }
    try {
      qp.toInit();
    } catch (ErrnoException e) {
      throw Statuses.exception("ready a queue pair", e);
    }
    complete = true;
  }

  private NativeQp createNative(NdkQpSizes sizes) throws NdkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
      ibv_qp_init_attr.recv_cq(init, receiveCq.cq());
      ibv_qp_init_attr.send_cq(init, initiatorCq.cq());
      ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
      ibv_qp_init_attr.srq(init, srq == null ? MemorySegment.NULL : srq.srq());
      QpCap.write(sizes, ibv_qp_init_attr.cap(init));
      return new NativeQp(pd, init);
    } catch (ErrnoException e) {
      throw Statuses.creation(
          "create a queue pair with " + sizes, "its initiator depth, elements or inline bytes", e);
    }
  }

  private static VerbsCq own(ProtectionDomain pd, NdkCq cq, String name) throws NdkException {
    Objects.requireNonNull(cq, name);
    if (cq instanceof VerbsCq verbs && verbs.adapter == pd.adapter) {
      return verbs;
    }
    throw new NdkException(
        NdkStatus.INVALID_PARAMETER, name + " must be a completion queue of " + pd.adapter);
  }

  @Override
  public int number() {
    return number;
  }

  // --- requests

  @Override
  public NdkStatus send(long requestContext, @Nullable NdkSgl sgl, int nSge, int flags) {
    return sendQueue.send(requestContext, sgl, nSge, flags);
  }

  @Override
  public NdkStatus sendAndInvalidate(
      long requestContext, @Nullable NdkSgl sgl, int nSge, int flags, int remoteToken) {
    return adapter.traits().sendsWithInvalidate()
        ? sendQueue.sendWithInvalidate(requestContext, sgl, nSge, remoteToken, flags)
        : sendQueue.endDeferral(NdkStatus.NOT_SUPPORTED);
  }

  @Override
  public NdkStatus receive(long requestContext, @Nullable NdkSgl sgl, int nSge) {
    return receiveQueue.post(requestContext, sgl, nSge);
  }

  @Override
  public NdkStatus read(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags) {
    return sendQueue.read(requestContext, sgl, nSge, remoteAddress, remoteToken, flags);
  }

  @Override
  public NdkStatus write(
      long requestContext,
      @Nullable NdkSgl sgl,
      int nSge,
      long remoteAddress,
      int remoteToken,
      int flags) {
    return sendQueue.write(requestContext, sgl, nSge, remoteAddress, remoteToken, flags);
  }

  @Override
  public NdkStatus bind(
      long requestContext,
      NdkMr mr,
      NdkMw mw,
      MemorySegment memory,
      long offset,
      long length,
      int flags) {
    return memoryRequests.bind(requestContext, mr, mw, memory, offset, length, flags);
  }

  @Override
  public NdkStatus invalidate(long requestContext, NdkMw mw, int flags) {
    return memoryRequests.invalidate(requestContext, mw, flags);
  }

  @Override
  public NdkStatus invalidate(long requestContext, NdkMr mr, int flags) {
    return memoryRequests.invalidate(requestContext, mr, flags);
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
    return memoryRequests.fastRegister(
        requestContext,
        mr,
        adapterPageCount,
        adapterPageArray,
        fbo,
        length,
        baseVirtualAddress,
        flags);
  }

  @Override
  public NdkStatus submit() {
    return sendQueue.endDeferral(NdkStatus.SUCCESS);
  }

  // --- connecting; on the control thread, but for attach

  /** Attaches a connector, which then holds a reference. */
  public NdkStatus attach(ConnectionListener owner) {
    if (!acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    QpState state = sendQueue.state();
    if (state != QpState.INITIAL) {
      release();
      return state == QpState.CONNECTED
          ? NdkStatus.CONNECTION_ACTIVE
          : NdkStatus.CONNECTION_INVALID;
    }
    if (!connector.compareAndSet(null, owner)) {
      release();
      return NdkStatus.CONNECTION_ACTIVE;
    }
    return NdkStatus.SUCCESS;
  }

  /** Detaches a connector. */
  public void detach(ConnectionListener owner) {
    if (connector.compareAndSet(owner, null)) {
      release();
    }
  }

  /** Moves it to RTS for a connection; posting may begin. */
  public void toReadyToSend(
      NativeQp.ConnectionAttributes connection, int inboundReadLimit, int outboundReadLimit)
      throws ErrnoException {
    if (isFlushed()) {
      throw new ErrnoException("ibv_modify_qp", RdmaCore.EINVAL());
    }
    qp.toReadyToSend(connection, inboundReadLimit, outboundReadLimit);
    sendQueue.enter(QpState.INITIAL, QpState.CONNECTED);
  }

  /** Whether it was flushed or closed, and can never be connected again. */
  public boolean isFlushed() {
    return sendQueue.isFlushed();
  }

  /** The peer is gone: no more is posted; nothing is flushed yet. */
  public void peerDisconnected() {
    sendQueue.enter(QpState.CONNECTED, QpState.DISCONNECTED);
  }

  // --- failing

  @Override
  public void asyncEvent(int type) {
    if (type == RdmaCore.IBV_EVENT_COMM_EST()) {
      ConnectionListener owner = connector.get();
      if (owner != null) {
        owner.communicationEstablished();
      }
    } else if (type == RdmaCore.IBV_EVENT_QP_LAST_WQE_REACHED()) {
      drain.lastWqeReached();
    } else if (type == RdmaCore.IBV_EVENT_QP_FATAL()
        || type == RdmaCore.IBV_EVENT_QP_REQ_ERR()
        || type == RdmaCore.IBV_EVENT_QP_ACCESS_ERR()) {
      failed(type);
    }
  }

  @Override
  void failedInDevice() {
    adapter.control(requestsEnded);
  }

  private void requestsEnded() {
    ConnectionListener owner = connector.get();
    if (owner != null) {
      owner.requestsEnded();
    }
  }

  private void failed(int asyncEvent) {
    ConnectionListener owner = connector.get();
    if (owner != null) {
      owner.queuePairFailed(asyncEvent);
    }
  }

  @Override
  void completionQueueFailed() {
    if (complete && acquire()) { // else its close, or its creation, does so
      try {
        failed(RdmaCore.IBV_EVENT_CQ_ERR());
        holding(drain::flushThen);
      } finally {
        release();
      }
    }
  }

  @Override
  public void deviceRemoved() {
    sendQueue.leaveOpenStates(QpState.REMOVED);
    if (acquire()) { // else its close does so
      try {
        holding(drain::flushThen);
      } finally {
        release();
      }
    }
  }

  @Override
  boolean isRemoved() {
    return sendQueue.state() == QpState.REMOVED;
  }

  @Override
  boolean isEndedByDeviceAlone() {
    QpState now = sendQueue.state();
    return (now == QpState.CONNECTED || now == QpState.DISCONNECTED) && !hasFailed();
  }

  // --- flushing and closing

  @Override
  public void flush() {
    if (acquire()) {
      try {
        adapter.controlAndWait(
            () -> {
              holding(drain::flushThen);
              requestsEnded();
              return null;
            });
      } finally {
        release();
      }
    }
  }

  /** Flushes, then runs a task when every request has its result; control thread only. */
  public void flushThen(Runnable drained) {
    drain.flushThen(drained);
  }

  @Override
  protected void markClosed() {
    sendQueue.closed();
  }

  @Override
  protected void startClose() {
    holding(drain::flushThen);
  }

  @Override
  protected void destroy() {
    if (qp != null) {
      adapter.destroy("a queue pair", qp::destroy);
    }
    if (sendQueue != null) {
      initiatorCq.detach(sendQueue);
    }
    if (receiveQueue != null) {
      receiveCq.detach(receiveQueue);
    }
    arena.close();
  }

  @Override
  protected MemorySegment handle() {
    return qp.handle();
  }

  @Override
  protected Object extension(NdkExtension<?> asked) throws NdkException {
    boolean has =
        Extensions.matches(asked, ImmediateData.EXTENSION)
            || Extensions.matches(asked, PreparedRequests.EXTENSION)
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
