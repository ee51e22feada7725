package org.verbena.ndk.verbs.queue;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_recv_wr;
import org.verbena.binding.rdma.ibv_srq_attr;
import org.verbena.binding.rdma.ibv_srq_init_attr;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkSrq;
import org.verbena.ndk.NdkSrqNotification;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AsyncEventTarget;
import org.verbena.ndk.verbs.adapter.Limits;
import org.verbena.ndk.verbs.adapter.Request;
import org.verbena.ndk.verbs.adapter.SpareEntries;
import org.verbena.ndk.verbs.adapter.SpinLock;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.memory.ProtectionDomain;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A shared receive queue. Its receives complete in any order, on any completion queue: their
 * contexts are kept in slots that are allocated and freed one by one.
 *
 * <p>The device raises the limit event only when it consumes a receive below the limit; a queue
 * that is below it already is detected here, when posting, arming, or polling a result.
 */
public final class VerbsSrq extends VerbsObject implements NdkSrq, AsyncEventTarget {
  /** Set in a wr_id that names a slot here and not a request of a work queue. */
  static final long ID_BIT = Long.MIN_VALUE;

  private static final long ID = ibv_recv_wr.wr_id$offset();
  private static final long SGES = ibv_recv_wr.sg_list$offset();
  private static final long SGE_COUNT = ibv_recv_wr.num_sge$offset();

  public final ProtectionDomain pd;
  private final int maxSge;
  private final @Nullable NdkSrqNotification notification;
  private final MemorySegment postFunction;
  private final Arena arena = Arena.ofShared(); // until it is destroyed

  @SuppressWarnings("NullAway.Init") // by make
  private MemorySegment srq;

  private long address;

  @SuppressWarnings("NullAway.Init") // by make
  private MemorySegment request;

  private long requestAddress;
  private long badAddress;
  private long elementsAddress;

  // Created early, as there may be no memory later.
  private final Runnable arming = this::armDevice;
  private final Runnable notifySuccess = thenRelease(() -> notifyConsumer(NdkStatus.SUCCESS));

  private final SpinLock lock = new SpinLock();
  // Guarded by the lock.
  private int depth;
  private long[] contexts;
  private int[] freeSlots;
  private int freeCount;
  private int threshold; // 0 when not armed
  private boolean armWhenReached;
  private boolean destroyed;

  private VerbsSrq(
      ProtectionDomain pd,
      int depth,
      int maxSge,
      int threshold,
      @Nullable NdkSrqNotification notification) {
    super(pd.adapter, pd);
    this.pd = pd;
    contexts = new long[depth];
    freeSlots = new int[depth];
    this.depth = depth;
    this.maxSge = maxSge;
    this.threshold = threshold;
    this.notification = notification;
    armWhenReached = threshold > 0;
    postFunction = adapter.ops().postSrqRecv();
    freeSlots(0);
  }

  public static VerbsSrq create(
      ProtectionDomain pd,
      int depth,
      int maxSge,
      int threshold,
      @Nullable NdkSrqNotification notification)
      throws NdkException {
    int maxDepth = pd.adapter.info().maxSrqDepth();
    if (maxDepth == 0) {
      throw new NdkException(NdkStatus.NOT_SUPPORTED, pd.adapter + " has no shared receive queues");
    }
    Limits.check("shared receive queue depth", depth, 1, maxDepth);
    int maxElements = pd.adapter.info().maxReceiveRequestSge();
    Limits.check("receive request elements", maxSge, 0, maxElements);
    Limits.check("threshold", threshold, 0, notification == null ? 0 : depth);
    VerbsSrq srq = new VerbsSrq(pd, depth, maxSge, threshold, notification);
    return create(srq, srq::make);
  }

  private void make() throws NdkException {
    allocate();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_srq_init_attr.layout());
      MemorySegment sizes = ibv_srq_init_attr.attr(init);
      ibv_srq_attr.max_wr(sizes, depth + SpareEntries.SRQ);
      ibv_srq_attr.max_sge(sizes, Math.max(1, maxSge));
      srq = VerbsControl.ibv_create_srq(pd.pd(), init);
    } catch (ErrnoException e) {
      throw Statuses.creation(
          "create a shared receive queue of %d with %d elements each".formatted(depth, maxSge),
          "its depth or elements",
          e);
    }
    address = srq.address();
    adapter.asyncTargets().put(address, this);
  }

  private void allocate() {
    request = arena.allocate(ibv_recv_wr.layout());
    requestAddress = request.address();
    badAddress = arena.allocate(JAVA_LONG).address();
    elementsAddress =
        arena.allocate((long) NdkSgl.SIZE * Math.max(1, maxSge), NdkSgl.SIZE).address();
    request.set(JAVA_LONG, SGES, elementsAddress);
  }

  MemorySegment srq() {
    return srq;
  }

  private void addSlots(int capacity) {
    int old = contexts.length;
    if (capacity > old) {
      int[] moreSlots = Arrays.copyOf(freeSlots, capacity);
      contexts = Arrays.copyOf(contexts, capacity);
      freeSlots = moreSlots;
      freeSlots(old);
    }
  }

  private void freeSlots(int first) {
    for (int slot = contexts.length - 1; slot >= first; slot--) {
      freeSlots[freeCount++] = slot;
    }
  }

  private int queued() {
    return contexts.length - freeCount;
  }

  // --- the data path

  @Override
  public NdkStatus srqReceive(long requestContext, @Nullable NdkSgl sgl, int nSge) {
    lock.lock();
    try {
      if (isClosed() || destroyed) {
        return NdkStatus.INVALID_HANDLE;
      }
      if (adapter.isRemoved()) {
        return NdkStatus.DEVICE_REMOVED;
      }
      if (!Sges.isCount(nSge, sgl)) {
        return NdkStatus.INVALID_PARAMETER;
      }
      if (nSge > maxSge) {
        return NdkStatus.DATA_OVERRUN;
      }
      if (queued() >= depth) {
        return NdkStatus.NO_MORE_ENTRIES;
      }
      NdkStatus status = Sges.copy(sgl, nSge, elementsAddress, pd, adapter.maxTransferLength());
      return status == NdkStatus.SUCCESS ? post(requestContext, nSge) : status;
    } finally {
      lock.unlock();
    }
  }

  private NdkStatus post(long requestContext, int nSge) {
    int slot = freeSlots[--freeCount];
    contexts[slot] = requestContext;
    request.set(JAVA_LONG, ID, ID_BIT | slot);
    request.set(JAVA_INT, SGE_COUNT, nSge);
    int errno = Verbs.ibv_post_srq_recv(postFunction, address, requestAddress, badAddress);
    if (errno != 0) {
      freeSlots[freeCount++] = slot;
      return Statuses.ofPost(errno);
    }
    if (armWhenReached && queued() >= threshold) {
      armWhenReached = false;
      adapter.control(arming);
    }
    return NdkStatus.SUCCESS;
  }

  /**
   * Frees the slot of a completed receive and returns its context; under a completion queue's lock.
   */
  long complete(int slot) {
    lock.lock();
    try {
      long context = contexts[slot];
      freeSlots[freeCount++] = slot;
      fireIfLow();
      return context;
    } finally {
      lock.unlock();
    }
  }

  // --- notification

  private void fireIfLow() {
    if (threshold > 0 && !armWhenReached && queued() < threshold) {
      fire(NdkStatus.SUCCESS);
    }
  }

  private void fire(NdkStatus status) {
    threshold = 0;
    armWhenReached = false;
    dispatch(
        status == NdkStatus.SUCCESS ? notifySuccess : thenRelease(() -> notifyConsumer(status)));
  }

  private void notifyConsumer(NdkStatus status) {
    if (!isClosed() && notification != null) {
      notification.notified(status);
    }
  }

  /** Arms the limit event of the device; control thread only. */
  private void armDevice() {
    int limit;
    lock.lock();
    try {
      fireIfLow();
      limit = threshold;
    } finally {
      lock.unlock();
    }
    if (limit > 0 && !isGone()) {
      try {
        modify(0, limit, RdmaCore.IBV_SRQ_LIMIT());
      } catch (ErrnoException e) {
        adapter.log("a shared receive queue could not be armed", e);
      }
    }
  }

  @Override
  public void asyncEvent(int type) {
    if (type == RdmaCore.IBV_EVENT_SRQ_LIMIT_REACHED()) {
      limitReached();
    } else if (type == RdmaCore.IBV_EVENT_SRQ_ERR()) {
      failed();
    }
  }

  /** The queue has fallen below the limit, maybe that of an earlier arm. */
  private void limitReached() {
    if (isGone()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_srq_attr.layout());
      VerbsControl.ibv_query_srq(srq, attributes);
      if (ibv_srq_attr.srq_limit(attributes) != 0) {
        return; // armed again since
      }
    } catch (ErrnoException e) {
      adapter.log("a shared receive queue could not be queried", e);
    }
    lock.lock();
    try {
      if (threshold > 0 && !armWhenReached) {
        fire(NdkStatus.SUCCESS);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void deviceRemoved() {
    failed();
  }

  /** The queue has failed. */
  private void failed() {
    lock.lock();
    try {
      fire(NdkStatus.INTERNAL_ERROR);
    } finally {
      lock.unlock();
    }
  }

  // --- modifying

  @Override
  public NdkStatus modifySrq(int srqDepth, int notifyThreshold, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (srqDepth < 0
        || srqDepth > adapter.info().maxSrqDepth()
        || notifyThreshold < 0
        || (notifyThreshold > 0 && notification == null)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    Request request =
        new Request(this, completion, r -> modify(srqDepth, notifyThreshold, r), () -> {});
    return request.start(adapter.controlExecutor());
  }

  private void modify(int newDepth, int newThreshold, Request pending) {
    if (newThreshold > (newDepth > 0 ? newDepth : depth)) {
      pending.complete(NdkStatus.INVALID_PARAMETER, "the threshold is above the depth");
      return;
    }
    if (newDepth > 0) {
      NdkStatus status = resize(newDepth, newThreshold > 0);
      if (status != NdkStatus.SUCCESS) {
        pending.complete(status, "change the depth to " + newDepth);
        return;
      }
    }
    if (newThreshold > 0) {
      lock.lock();
      threshold = newThreshold;
      armWhenReached = false;
      lock.unlock();
      armDevice();
    }
    pending.complete(NdkStatus.SUCCESS, null);
  }

  private NdkStatus resize(int newDepth, boolean newThreshold) {
    int old;
    lock.lock();
    try {
      if (queued() > newDepth || (!newThreshold && threshold > newDepth)) {
        return NdkStatus.INVALID_PARAMETER;
      }
      old = depth;
      depth = Math.min(depth, newDepth); // no posts beyond it meanwhile
    } finally {
      lock.unlock();
    }
    NdkStatus status = NdkStatus.SUCCESS;
    try {
      modify(newDepth + SpareEntries.SRQ, 0, RdmaCore.IBV_SRQ_MAX_WR());
    } catch (ErrnoException e) {
      boolean cannot = e.errno() == RdmaCore.EINVAL(); // all sizes have been checked
      status = cannot ? NdkStatus.NOT_SUPPORTED : Statuses.ofErrno(e.errno());
    } catch (OutOfMemoryError e) {
      status = Statuses.ofThrowable(e);
    }
    lock.lock();
    try {
      addSlots(status == NdkStatus.SUCCESS ? newDepth : old);
      depth = status == NdkStatus.SUCCESS ? newDepth : old; // if there is memory for the slots
      return status;
    } finally {
      lock.unlock();
    }
  }

  private void modify(int entries, int limit, int mask) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_srq_attr.layout());
      ibv_srq_attr.max_wr(attributes, entries);
      ibv_srq_attr.srq_limit(attributes, limit);
      VerbsControl.ibv_modify_srq(srq, attributes, mask);
    }
  }

  // --- lifetime

  private boolean isGone() {
    lock.lock();
    try {
      return destroyed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  protected void destroy() {
    lock.lock();
    destroyed = true;
    lock.unlock();
    if (srq != null) {
      adapter.asyncTargets().remove(address);
      adapter.destroy("a shared receive queue", () -> VerbsControl.ibv_destroy_srq(srq));
    }
    arena.close();
  }

  @Override
  protected MemorySegment handle() {
    return srq;
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.SRQ;
  }

  @Override
  public String toString() {
    return "shared receive queue of " + adapter;
  }
}
