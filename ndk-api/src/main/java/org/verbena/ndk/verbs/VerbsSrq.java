package org.verbena.ndk.verbs;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
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

/**
 * A shared receive queue. Its receives end in no order that it knows, on any completion queue:
 * their contexts are kept in slots that are taken and given back one by one.
 *
 * <p>The device tells when it falls below the limit, but only when it takes a receive; what had
 * fallen before is seen here, when posting, arming, or taking a result.
 */
final class VerbsSrq extends VerbsObject implements NdkSrq {
  /** Set in a wr_id that names a slot here, not one of a work queue. */
  static final long ID_BIT = Long.MIN_VALUE;

  /** Drivers want the limit to be less than the depth. */
  static final int SPARE_ENTRIES = 1;

  private static final long ID = ibv_recv_wr.wr_id$offset();
  private static final long SGE_COUNT = ibv_recv_wr.num_sge$offset();

  final VerbsPd pd;
  private final int maxSge;
  private final NdkSrqNotification notification;
  private final MemorySegment postFunction;
  private final MemorySegment request;
  private final MemorySegment badRequest;
  private final MemorySegment elements;
  private MemorySegment srq;
  private long address;

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
      VerbsPd pd, int depth, int maxSge, int threshold, NdkSrqNotification notification)
      throws NdkException {
    // First what may fail.
    request = Arena.ofAuto().allocate(ibv_recv_wr.layout());
    badRequest = Arena.ofAuto().allocate(JAVA_LONG);
    elements = Arena.ofAuto().allocate((long) NdkSgl.SIZE * Math.max(1, maxSge), NdkSgl.SIZE);
    contexts = new long[depth];
    freeSlots = new int[depth];
    super(pd.adapter, pd);
    this.pd = pd;
    this.depth = depth;
    this.maxSge = maxSge;
    this.threshold = threshold;
    this.notification = notification;
    armWhenReached = threshold > 0;
    postFunction = adapter.ops().postSrqRecv();
    ibv_recv_wr.sg_list(request, elements);
    freeSlots(0);
  }

  static VerbsSrq create(
      VerbsPd pd, int depth, int maxSge, int threshold, NdkSrqNotification notification)
      throws NdkException {
    int maxDepth = pd.adapter.queryAdapterInfo().maxSrqDepth();
    if (maxDepth == 0) {
      throw new NdkException(NdkStatus.NOT_SUPPORTED, pd.adapter + " has no shared receive queues");
    }
    QpSizes.check("shared receive queue depth", depth, 1, maxDepth);
    int maxElements = pd.adapter.queryAdapterInfo().maxReceiveRequestSge();
    QpSizes.check("receive request elements", maxSge, 0, maxElements);
    QpSizes.check("threshold", threshold, 0, notification == null ? 0 : depth);
    VerbsSrq srq = new VerbsSrq(pd, depth, maxSge, threshold, notification);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_srq_init_attr.layout());
      MemorySegment sizes = ibv_srq_init_attr.attr(init);
      ibv_srq_attr.max_wr(sizes, depth + SPARE_ENTRIES);
      ibv_srq_attr.max_sge(sizes, Math.max(1, maxSge));
      srq.srq = VerbsControl.ibv_create_srq(pd.pd(), init);
    } catch (ErrnoException e) {
      srq.abandon();
      throw Statuses.creation(
          "create a shared receive queue of %d with %d elements each".formatted(depth, maxSge),
          "its depth or elements",
          e);
    }
    srq.address = srq.srq.address();
    srq.adapter.srqs().put(srq.address, srq);
    srq.publish();
    return srq;
  }

  MemorySegment srq() {
    return srq;
  }

  private void addSlots(int capacity) {
    int old = contexts.length;
    if (capacity > old) {
      contexts = Arrays.copyOf(contexts, capacity);
      freeSlots = Arrays.copyOf(freeSlots, capacity);
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
  public NdkStatus srqReceive(long requestContext, NdkSgl sgl, int nSge) {
    lock.lock();
    try {
      if (isClosed() || destroyed) {
        return NdkStatus.INVALID_HANDLE;
      }
      if (adapter.isRemoved()) {
        return NdkStatus.DEVICE_REMOVED;
      }
      if (!Elements.isCount(nSge, sgl)) {
        return NdkStatus.INVALID_PARAMETER;
      }
      if (nSge > maxSge) {
        return NdkStatus.DATA_OVERRUN;
      }
      if (queued() >= depth) {
        return NdkStatus.NO_MORE_ENTRIES;
      }
      NdkStatus status =
          Elements.copy(sgl, nSge, elements.address(), pd, adapter.maxTransferLength());
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
    int errno =
        Verbs.ibv_post_srq_recv(postFunction, address, request.address(), badRequest.address());
    if (errno != 0) {
      freeSlots[freeCount++] = slot;
      return VerbsQp.postStatus(errno);
    }
    if (armWhenReached && queued() >= threshold) {
      armWhenReached = false;
      adapter.control(this::armDevice);
    }
    return NdkStatus.SUCCESS;
  }

  /** A receive has its result; called with a completion queue's lock. Returns its context. */
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
    callback(
        () -> {
          if (!isClosed() && notification != null) {
            notification.notified(status);
          }
        });
  }

  /** Asks the device to tell; control thread only. */
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

  /** The device says that it has fallen below the limit; maybe that of an earlier arm. */
  void limitReached() {
    if (isGone()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_srq_attr.layout());
      VerbsControl.ibv_query_srq(srq, attributes);
      if (ibv_srq_attr.srq_limit(attributes) != 0) {
        return; // armed anew since
      }
    } catch (ErrnoException e) {
      adapter.log("a shared receive queue could not be asked", e);
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
  void deviceRemoved() {
    failed();
  }

  /** The device has lost the queue. */
  void failed() {
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
        || srqDepth > adapter.queryAdapterInfo().maxSrqDepth()
        || notifyThreshold < 0
        || (notifyThreshold > 0 && notification == null)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    Request pending = Request.start(this, completion);
    if (pending == null) {
      return NdkStatus.INVALID_HANDLE;
    }
    adapter.control(() -> modify(srqDepth, notifyThreshold, pending));
    return NdkStatus.PENDING;
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
      depth = Math.min(depth, newDepth); // nothing is posted beyond it meanwhile
    } finally {
      lock.unlock();
    }
    NdkStatus status = NdkStatus.SUCCESS;
    try {
      modify(newDepth + SPARE_ENTRIES, 0, RdmaCore.IBV_SRQ_MAX_WR());
    } catch (ErrnoException e) {
      boolean cannot = e.errno() == RdmaCore.EINVAL(); // all sizes have been checked
      status = cannot ? NdkStatus.NOT_SUPPORTED : Statuses.ofErrno(e.errno());
    }
    lock.lock();
    try {
      depth = status == NdkStatus.SUCCESS ? newDepth : old;
      addSlots(depth);
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
  void destroy() {
    lock.lock();
    destroyed = true;
    lock.unlock();
    adapter.srqs().remove(address);
    try {
      VerbsControl.ibv_destroy_srq(srq);
    } catch (ErrnoException e) {
      adapter.log("a shared receive queue could not be destroyed", e);
    }
  }

  @Override
  MemorySegment handle() {
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
