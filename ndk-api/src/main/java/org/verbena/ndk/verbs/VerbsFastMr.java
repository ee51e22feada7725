package org.verbena.ndk.verbs;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_RDMA_READ_SINK;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.verbena.binding.ErrnoException;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;

/**
 * A memory region for fast registration. User-space verbs has no such thing: rights of the peer are
 * a window's, bound over a logical address mapping, and local rights are the mapping's own.
 */
final class VerbsFastMr extends VerbsObject implements NdkMr {
  /** Rights that this side always has. */
  private static final int NO_EFFECT_HERE =
      NDK_OP_FLAG_ALLOW_LOCAL_WRITE | NDK_OP_FLAG_RDMA_READ_SINK;

  final VerbsPd pd;

  // Guarded by this.
  private int pages; // 0 until initialised
  private Window window; // null without rights for the peer
  private boolean initialising;
  private VerbsQp localOn; // where it is registered without rights for the peer
  private LamRegions.Region localRegion;

  VerbsFastMr(VerbsPd pd) throws NdkException {
    super(pd.adapter, pd);
    this.pd = pd;
    pd.lams().fastMrs().add(this);
    publish();
  }

  @Override
  public NdkStatus initializeFastRegisterMr(
      int adapterPageCount, boolean remoteAccess, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    if (adapterPageCount < 1) {
      return NdkStatus.INVALID_PARAMETER;
    }
    synchronized (this) {
      if (initialising || isRegistered()) {
        return NdkStatus.INVALID_DEVICE_STATE;
      }
      initialising = true;
    }
    Request request = Request.start(this, completion);
    if (request == null) {
      return NdkStatus.INVALID_HANDLE;
    }
    adapter.control(() -> initialize(adapterPageCount, remoteAccess, request));
    return NdkStatus.PENDING;
  }

  private synchronized void initialize(int count, boolean remoteAccess, Request request) {
    initialising = false;
    int limit = adapter.queryAdapterInfo().frmrPageCount();
    if (count > limit) {
      request.complete(NdkStatus.IMPLEMENTATION_LIMIT, count + " pages; the limit is " + limit);
      return;
    }
    try {
      if (remoteAccess && window == null) {
        window = Window.allocate(pd);
      } else if (!remoteAccess && window != null) {
        window.free();
        window = null;
      }
      pages = count;
      request.complete(NdkStatus.SUCCESS, null);
    } catch (ErrnoException e) {
      request.complete(Statuses.ofErrno(e.errno()), e.getMessage());
    }
  }

  private boolean isRegistered() {
    return isLocal() || (window != null && window.isBound());
  }

  private boolean isLocal() {
    return localOn != null && !localOn.isFlushed();
  }

  /** Whether a registration without rights for the peer is valid on a mapping. */
  synchronized boolean isLocallyOn(LamRegions.Region region) {
    return isLocal() && localRegion == region;
  }

  /** Posts the registration of bytes that have been checked. */
  NdkStatus fastRegister(
      VerbsQp qp, long requestContext, int pageCount, long address, long length, int flags) {
    synchronized (pd.lams()) {
      return register(qp, requestContext, pageCount, address, length, flags);
    }
  }

  private synchronized NdkStatus register(
      VerbsQp qp, long requestContext, int pageCount, long address, long length, int flags) {
    if (qp.initiatorStatus() != NdkStatus.SUCCESS) {
      return qp.initiatorStatus();
    }
    if (pages == 0 || initialising || isRegistered()) {
      return NdkStatus.INVALID_DEVICE_REQUEST;
    }
    LamRegions.Region region = pd.lams().find(address, length);
    if (pageCount > pages || region == null) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (VerbsQp.remoteAccess(flags) == 0) {
      NdkStatus status =
          qp.postEmpty(NdkOperationType.FAST_REGISTER, requestContext, flags & ~NO_EFFECT_HERE);
      localOn = status == NdkStatus.SUCCESS ? qp : null;
      localRegion = region;
      return status;
    }
    if (window == null) {
      return NdkStatus.ACCESS_VIOLATION;
    }
    return qp.bind(
        NdkOperationType.FAST_REGISTER,
        requestContext,
        window,
        region,
        region.mr(),
        address,
        length,
        flags);
  }

  /** Posts the end of a registration. */
  synchronized NdkStatus invalidate(VerbsQp qp, long requestContext, int flags) {
    if (localOn == qp) {
      NdkStatus status = qp.postEmpty(NdkOperationType.INVALIDATE, requestContext, flags);
      if (status == NdkStatus.SUCCESS) {
        localOn = null;
      }
      return status;
    }
    if (window != null) {
      return qp.invalidate(requestContext, window, flags);
    }
    NdkStatus status = qp.initiatorStatus();
    return status == NdkStatus.SUCCESS ? NdkStatus.INVALID_DEVICE_REQUEST : status;
  }

  @Override
  public NdkStatus registerMr(MemorySegment memory, int flags, NdkRequestCompletion completion) {
    Objects.requireNonNull(memory, "memory");
    return refuse(completion);
  }

  @Override
  public NdkStatus deregisterMr(NdkRequestCompletion completion) {
    return refuse(completion);
  }

  private NdkStatus refuse(NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    return isClosed() ? NdkStatus.INVALID_HANDLE : NdkStatus.INVALID_DEVICE_REQUEST;
  }

  @Override
  public synchronized int getLocalTokenFromMr() {
    requireInitialised();
    return LamRegions.PRIVILEGED_TOKEN;
  }

  @Override
  public synchronized int getRemoteTokenFromMr() {
    requireInitialised();
    if (window == null) {
      throw new IllegalStateException("the region was initialised without remote access");
    }
    return window.lastToken();
  }

  private void requireInitialised() {
    if (isClosed()) {
      throw closedException();
    }
    if (pages == 0) {
      throw new IllegalStateException("the region has not been initialised");
    }
  }

  @Override
  synchronized void destroy() {
    pd.lams().fastMrs().remove(this);
    if (window != null) {
      window.free();
    }
  }

  @Override
  MemorySegment handle() {
    return MemorySegment.NULL; // it has no ibv_mr
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.MR;
  }

  @Override
  public String toString() {
    return "fast-register memory region of " + adapter;
  }
}
