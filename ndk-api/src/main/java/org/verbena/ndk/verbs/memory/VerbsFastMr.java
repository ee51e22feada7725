package org.verbena.ndk.verbs.memory;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_RDMA_READ_SINK;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.Request;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A fast-register memory region. User-space verbs has none: remote access is that of a window bound
 * to a logical address mapping, local access is the mapping's own.
 */
public final class VerbsFastMr extends VerbsObject implements NdkMr, MappingRegions.User {
  /** Local access, which is always granted. */
  private static final int NO_EFFECT_HERE =
      NDK_OP_FLAG_ALLOW_LOCAL_WRITE | NDK_OP_FLAG_RDMA_READ_SINK;

  public final ProtectionDomain pd;

  // Guarded by this.
  private int pages; // 0 until initialised
  private @Nullable Window window; // null without remote access
  private boolean initialising;
  private @Nullable MemoryQueue localOn; // where it is registered without remote access
  private MappingRegions.@Nullable Region localRegion;

  private VerbsFastMr(ProtectionDomain pd) {
    super(pd.adapter, pd);
    this.pd = pd;
  }

  public static VerbsFastMr create(ProtectionDomain pd) throws NdkException {
    VerbsFastMr mr = new VerbsFastMr(pd);
    return create(mr, () -> pd.mappingRegions().users().add(mr));
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
    Request request =
        new Request(
            this,
            completion,
            r -> initialize(adapterPageCount, remoteAccess, r),
            this::endInitialising);
    synchronized (this) {
      if (initialising || isRegistered()) {
        return NdkStatus.INVALID_DEVICE_STATE;
      }
      initialising = true;
    }
    return request.start(adapter.controlExecutor());
  }

  private synchronized void endInitialising() {
    initialising = false;
  }

  private synchronized void initialize(int count, boolean remoteAccess, Request request) {
    initialising = false;
    int limit = adapter.info().frmrPageCount();
    if (count > limit) {
      request.complete(NdkStatus.IMPLEMENTATION_LIMIT, count + " pages; the limit is " + limit);
      return;
    }
    try {
      if (remoteAccess && window == null) {
        window = pd.memory().windows().allocate(pd.pd());
      } else if (!remoteAccess && window != null) {
        pd.memory().windows().free(window);
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

  @Override
  public synchronized boolean isLocallyOn(MappingRegions.Region region) {
    return isLocal() && localRegion == region;
  }

  /** Posts a registration, whose arguments have been checked. */
  public NdkStatus fastRegister(
      MemoryQueue queue, long requestContext, int pageCount, long address, long length, int flags) {
    synchronized (pd.mappingRegions()) {
      return register(queue, requestContext, pageCount, address, length, flags);
    }
  }

  private synchronized NdkStatus register(
      MemoryQueue queue, long requestContext, int pageCount, long address, long length, int flags) {
    if (queue.initiatorStatus() != NdkStatus.SUCCESS) {
      return queue.initiatorStatus();
    }
    if (pages == 0 || initialising || isRegistered()) {
      return NdkStatus.INVALID_DEVICE_REQUEST;
    }
    MappingRegions.Region region = pd.mappingRegions().find(address, length);
    if (pageCount > pages || region == null) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (AccessRights.ofPeer(flags) == 0) {
      NdkStatus status =
          queue.noOperation(
              NdkOperationType.FAST_REGISTER, requestContext, flags & ~NO_EFFECT_HERE);
      localOn = status == NdkStatus.SUCCESS ? queue : null;
      localRegion = region;
      return status;
    }
    if (window == null) {
      return NdkStatus.ACCESS_VIOLATION;
    }
    return queue.bind(
        NdkOperationType.FAST_REGISTER,
        requestContext,
        window,
        region,
        region.mr(),
        address,
        length,
        flags);
  }

  /** Posts an invalidation. */
  public synchronized NdkStatus invalidate(MemoryQueue queue, long requestContext, int flags) {
    if (localOn == queue) {
      NdkStatus status = queue.noOperation(NdkOperationType.INVALIDATE, requestContext, flags);
      if (status == NdkStatus.SUCCESS) {
        localOn = null;
      }
      return status;
    }
    if (window != null) {
      return queue.invalidate(requestContext, window, flags);
    }
    NdkStatus status = queue.initiatorStatus();
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
    return MappingRegions.PRIVILEGED_TOKEN;
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
  protected synchronized void destroy() {
    pd.mappingRegions().users().remove(this);
    if (window != null) {
      pd.memory().windows().free(window);
    }
  }

  @Override
  protected MemorySegment handle() {
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
