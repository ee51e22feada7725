package org.verbena.ndk.verbs.memory;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mr;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStages;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.RemoteAtomics;
import org.verbena.ndk.verbs.adapter.Request;
import org.verbena.ndk.verbs.adapter.SpinLock;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A memory region; registration runs on the adapter's memory thread, that of small memory on the
 * caller's if it asks for a stage.
 */
public final class VerbsMr extends VerbsObject implements NdkMr {
  private static final int ALL_FLAGS =
      NDK_MR_FLAG_ALLOW_REMOTE_READ
          | NDK_MR_FLAG_ALLOW_REMOTE_WRITE
          | NDK_MR_FLAG_RDMA_READ_SINK
          | RemoteAtomics.MR_FLAG_ALLOW_REMOTE_ATOMIC;

  private static final long MAX_INLINE_BYTES = 1 << 20;

  private static final String WHY_NOT_PINNED =
      "the memory is not mapped, or is mapped for reading only (before Linux 6.2 no shared mapping"
          + " for reading only can be registered), or is from a file that must not be written to"
          + " behind the file system's back";

  private enum State {
    EMPTY,
    CHANGING,
    REGISTERED
  }

  /** A native region, and the memory that it keeps reachable. */
  private record Region(
      MemorySegment mr, MemorySegment memory, int access, int localToken, int remoteToken) {
    private boolean contains(long address, long length) {
      long offset = address - memory.address();
      return offset >= 0 && length <= memory.byteSize() - offset;
    }
  }

  public final ProtectionDomain pd;
  private final AtomicReference<State> state = new AtomicReference<>(State.EMPTY);
  private final SpinLock binding = new SpinLock();
  private volatile @Nullable Region region; // replaced by null under the lock
  private volatile boolean windowsBound; // ever

  private VerbsMr(ProtectionDomain pd) {
    super(pd.adapter, pd);
    this.pd = pd;
  }

  public static VerbsMr create(ProtectionDomain pd) throws NdkException {
    return create(new VerbsMr(pd), () -> {});
  }

  @Override
  public NdkStatus registerMr(MemorySegment memory, int flags, NdkRequestCompletion completion) {
    return registerMr(memory, flags, completion, false);
  }

  @Override
  public CompletionStage<Void> registerMr(MemorySegment memory, int flags) {
    boolean inline = runsInline(memory.byteSize());
    return NdkStages.of("register", c -> registerMr(memory, flags, c, inline));
  }

  /** A change of thread would take longer. */
  private static boolean runsInline(long bytes) {
    return bytes <= MAX_INLINE_BYTES;
  }

  private NdkStatus registerMr(
      MemorySegment memory, int flags, NdkRequestCompletion completion, boolean inline) {
    Objects.requireNonNull(completion, "completion");
    requireRegistrable(memory);
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (memory.byteSize() == 0
        || memory.byteSize() > adapter.info().maxRegistrationSize()
        || (flags & ~ALL_FLAGS) != 0
        || AccessRights.isRemoteWriteOnly(flags)) {
      return NdkStatus.INVALID_PARAMETER;
    }
    return change(
        State.EMPTY,
        completion,
        inline,
        request -> register(memory, AccessRights.ofRegion(flags), request));
  }

  @Override
  public NdkStatus deregisterMr(NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    return change(State.REGISTERED, completion, false, this::deregister);
  }

  @Override
  public CompletionStage<Void> deregisterMr() {
    Region current = region;
    boolean inline = current != null && runsInline(current.memory.byteSize());
    return NdkStages.of("deregister", c -> change(State.REGISTERED, c, inline, this::deregister));
  }

  /** Throws for memory that no device can access. */
  public static void requireRegistrable(MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "the memory is on the heap; RDMA needs native memory, for example Arena.allocate");
    }
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("the memory's arena is closed");
    }
  }

  private NdkStatus change(
      State from, NdkRequestCompletion completion, boolean inline, Consumer<Request> action) {
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    Request request =
        new Request(
            this,
            completion,
            r -> change(from, action, r),
            () -> state.compareAndSet(State.CHANGING, from),
            inline);
    if (!state.compareAndSet(from, State.CHANGING)) {
      return NdkStatus.INVALID_DEVICE_STATE;
    }
    return request.start(inline ? Runnable::run : adapter.memoryExecutor());
  }

  private void change(State from, Consumer<Request> action, Request request) {
    try {
      action.accept(request);
    } catch (RuntimeException | Error e) {
      state.compareAndSet(State.CHANGING, from);
      throw e;
    }
  }

  private void register(MemorySegment memory, int access, Request request) {
    if (memory.isReadOnly() && (access & RdmaCore.IBV_ACCESS_LOCAL_WRITE()) != 0) {
      state.set(State.EMPTY);
      request.complete(NdkStatus.ACCESS_VIOLATION, "the segment is read-only");
      return;
    }
    if (!memory.scope().isAlive()) {
      state.set(State.EMPTY);
      request.complete(NdkStatus.ACCESS_VIOLATION, "the memory's arena was closed");
      return;
    }
    try {
      region = register(memory, access);
      state.set(State.REGISTERED);
      request.complete(NdkStatus.SUCCESS, null);
    } catch (ErrnoException e) {
      // The text first: from EMPTY on, another request may claim the region.
      String why = whyNotRegistered(memory, e);
      state.set(State.EMPTY);
      request.complete(Statuses.ofErrno(e.errno()), why);
    }
  }

  private static String whyNotRegistered(MemorySegment memory, ErrnoException e) {
    if (e.errno() == RdmaCore.EFAULT()) {
      return WHY_NOT_PINNED + ": " + e.getMessage();
    }
    String size = memory.byteSize() + " bytes";
    if (e.errno() == RdmaCore.ENOMEM()) {
      size +=
          " (limit of locked memory: "
              + lockedMemoryLimit()
              + "; raise it with ulimit -l or LimitMEMLOCK. If it is enough, the device's own"
              + " limit is lower than it says: register the memory in parts)";
    }
    return size + ": " + e.getMessage();
  }

  /**
   * Every region allows windows, for which the kernel requires writable pages; read-only memory
   * that nobody is to write is registered without.
   */
  private Region register(MemorySegment memory, int access) throws ErrnoException {
    int windows = adapter.info().maxWindowSize() > 0 ? RdmaCore.IBV_ACCESS_MW_BIND() : 0;
    try {
      return makeRegion(memory, access | windows);
    } catch (ErrnoException e) {
      boolean retry =
          windows != 0
              && e.errno() == RdmaCore.EFAULT()
              && (access & RdmaCore.IBV_ACCESS_LOCAL_WRITE()) == 0;
      if (!retry) {
        throw e;
      }
      return makeRegion(memory, access);
    }
  }

  private Region makeRegion(MemorySegment memory, int access) throws ErrnoException {
    MemorySegment mr =
        VerbsControl.ibv_reg_mr(
            pd.pd(), MemorySegment.ofAddress(memory.address()), memory.byteSize(), access);
    try {
      return new Region(mr, memory, access, ibv_mr.lkey(mr), ibv_mr.rkey(mr));
    } catch (Error e) {
      VerbsControl.ibv_dereg_mr(mr);
      throw e;
    }
  }

  private void deregister(Request request) {
    if (windowsBound && pd.memory().windows().anyBoundTo(this)) { // no more are bound in this state
      state.set(State.REGISTERED);
      request.complete(NdkStatus.DEVICE_BUSY, "a memory window is bound to it");
      return;
    }
    Region last = takeRegion();
    if (last == null) {
      request.complete(NdkStatus.CANCELLED, "closed");
      return;
    }
    try {
      deregister(last);
    } catch (ErrnoException e) {
      state.set(State.REGISTERED);
      // A window that the device still holds bound.
      boolean bound = e.errno() == RdmaCore.EBUSY() || e.errno() == RdmaCore.EINVAL();
      request.complete(bound ? NdkStatus.DEVICE_BUSY : Statuses.ofErrno(e.errno()), e.getMessage());
      return;
    }
    state.set(State.EMPTY);
    request.complete(NdkStatus.SUCCESS, null);
  }

  /** Deregisters a region that was taken; puts it back if that fails. */
  private void deregister(Region taken) throws ErrnoException {
    if (!taken.memory.scope().isAlive()) {
      adapter.log("memory was freed while it was registered; see NdkArena", null);
    }
    try {
      VerbsControl.ibv_dereg_mr(taken.mr);
    } catch (ErrnoException | Error e) {
      region = taken;
      throw e;
    }
  }

  /** Posts the bind of a window to a part of the region. */
  public NdkStatus bind(
      MemoryQueue queue, long requestContext, Window window, long address, long length, int flags) {
    if (!acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    binding.lock();
    try {
      NdkStatus status = queue.initiatorStatus();
      if (status != NdkStatus.SUCCESS) {
        return status;
      }
      Region current = region;
      if (current == null || state.get() != State.REGISTERED) {
        return NdkStatus.INVALID_DEVICE_REQUEST;
      }
      boolean writes = (AccessRights.ofPeer(flags) & RdmaCore.IBV_ACCESS_REMOTE_WRITE()) != 0;
      if (!current.contains(address, length)
          || (current.access & RdmaCore.IBV_ACCESS_MW_BIND()) == 0
          || (writes && (current.access & RdmaCore.IBV_ACCESS_LOCAL_WRITE()) == 0)) {
        return NdkStatus.ACCESS_VIOLATION;
      }
      windowsBound = true;
      return queue.bind(
          NdkOperationType.BIND, requestContext, window, this, current.mr, address, length, flags);
    } finally {
      binding.unlock();
      release();
    }
  }

  @Override
  public NdkStatus initializeFastRegisterMr(
      int adapterPageCount, boolean remoteAccess, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    return isClosed() ? NdkStatus.INVALID_HANDLE : NdkStatus.INVALID_DEVICE_REQUEST;
  }

  private static String lockedMemoryLimit() {
    try {
      return Files.readAllLines(Path.of("/proc/self/limits")).stream()
          .filter(line -> line.startsWith("Max locked memory"))
          .findFirst()
          .map(line -> line.split(" +")[3] + " bytes") // the soft limit
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public int getLocalTokenFromMr() {
    return registered().localToken;
  }

  @Override
  public int getRemoteTokenFromMr() {
    return registered().remoteToken;
  }

  private Region registered() {
    Region current = region;
    if (isClosed()) {
      throw closedException();
    }
    if (current == null) {
      throw new IllegalStateException("no memory is registered");
    }
    return current;
  }

  private void releaseWindows() {
    if (windowsBound) { // else no search among all windows
      pd.memory().windows().release(this);
    }
  }

  @Override
  protected void startClose() {
    releaseWindows();
    Runnable freeing = thenRelease(this::free);
    holding(_ -> adapter.memoryExecutor().execute(freeing)); // else freed when it is destroyed
  }

  @Override
  protected void destroy() {
    // A registration or a bind may have raced with the close.
    releaseWindows();
    free();
    if (region != null) {
      throw new IllegalStateException("the device may still access the memory");
    }
  }

  /** Takes the native region, so that no bind in progress uses it. */
  private @Nullable Region takeRegion() {
    binding.lock();
    try {
      Region last = region;
      region = null;
      return last;
    } finally {
      binding.unlock();
    }
  }

  /** If that fails, it is tried again when nothing references this. */
  private void free() {
    Region last = takeRegion();
    if (last != null) {
      try {
        deregister(last);
      } catch (ErrnoException | Error e) {
        adapter.log("a memory region could not be deregistered", e);
      }
    }
  }

  @Override
  protected MemorySegment handle() {
    Region current = region;
    return current == null ? MemorySegment.NULL : current.mr;
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.MR;
  }

  @Override
  public String toString() {
    return "memory region of " + adapter;
  }
}
