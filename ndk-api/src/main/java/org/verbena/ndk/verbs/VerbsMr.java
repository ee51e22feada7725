package org.verbena.ndk.verbs;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mr;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;

/** A memory region; registration runs on the adapter's registrar thread. */
final class VerbsMr extends VerbsObject implements NdkMr {
  private static final int ALL_FLAGS =
      NDK_MR_FLAG_ALLOW_REMOTE_READ | NDK_MR_FLAG_ALLOW_REMOTE_WRITE | NDK_MR_FLAG_RDMA_READ_SINK;

  /** The bit that remote write has besides local write, without which it must not come. */
  private static final int REMOTE_WRITE_ONLY =
      NDK_MR_FLAG_ALLOW_REMOTE_WRITE & ~NDK_MR_FLAG_ALLOW_LOCAL_WRITE;

  private enum State {
    EMPTY,
    CHANGING,
    REGISTERED
  }

  /** A native region and the memory it keeps reachable. */
  private record Region(MemorySegment mr, MemorySegment memory, int localToken, int remoteToken) {}

  private final VerbsPd pd;
  private final AtomicReference<State> state = new AtomicReference<>(State.EMPTY);
  private volatile Region region;

  VerbsMr(VerbsPd pd) throws NdkException {
    super(pd.adapter, pd);
    this.pd = pd;
    publish();
  }

  @Override
  public NdkStatus registerMr(MemorySegment memory, int flags, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "the memory is on the heap; RDMA needs native memory, for example Arena.allocate");
    }
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("the memory's arena is closed");
    }
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    if (memory.byteSize() == 0
        || memory.byteSize() > adapter.queryAdapterInfo().maxRegistrationSize()
        || (flags & ~ALL_FLAGS) != 0
        || (flags & REMOTE_WRITE_ONLY) != 0 && (flags & NDK_MR_FLAG_ALLOW_LOCAL_WRITE) == 0) {
      return NdkStatus.INVALID_PARAMETER;
    }
    return change(State.EMPTY, completion, request -> register(memory, access(flags), request));
  }

  @Override
  public NdkStatus deregisterMr(NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    return change(State.REGISTERED, completion, this::deregister);
  }

  private NdkStatus change(State from, NdkRequestCompletion completion, Consumer<Request> action) {
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    if (!state.compareAndSet(from, State.CHANGING)) {
      return NdkStatus.INVALID_DEVICE_STATE;
    }
    Request request = Request.start(this, completion);
    if (request == null) {
      return NdkStatus.INVALID_HANDLE;
    }
    adapter.registrar().execute(() -> action.accept(request));
    return NdkStatus.PENDING;
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
      MemorySegment mr =
          VerbsControl.ibv_reg_mr(
              pd.pd(), MemorySegment.ofAddress(memory.address()), memory.byteSize(), access);
      region = new Region(mr, memory, ibv_mr.lkey(mr), ibv_mr.rkey(mr));
      state.set(State.REGISTERED);
      request.complete(NdkStatus.SUCCESS, null);
    } catch (ErrnoException e) {
      state.set(State.EMPTY);
      String size = memory.byteSize() + " bytes";
      if (e.errno() == RdmaCore.ENOMEM()) {
        size +=
            " (limit of locked memory: "
                + lockedMemoryLimit()
                + "; raise it with ulimit -l or LimitMEMLOCK)";
      }
      request.complete(Statuses.ofErrno(e.errno()), size + ": " + e.getMessage());
    }
  }

  private void deregister(Request request) {
    Region last = region;
    if (last == null) {
      request.complete(NdkStatus.CANCELLED, "closed");
      return;
    }
    try {
      VerbsControl.ibv_dereg_mr(last.mr);
      region = null;
      state.set(State.EMPTY);
      request.complete(NdkStatus.SUCCESS, null);
    } catch (ErrnoException e) {
      state.set(State.REGISTERED);
      // A bound window holds the region.
      boolean bound = e.errno() == RdmaCore.EBUSY() || e.errno() == RdmaCore.EINVAL();
      request.complete(bound ? NdkStatus.DEVICE_BUSY : Statuses.ofErrno(e.errno()), e.getMessage());
    }
  }

  private static int access(int flags) {
    int access = 0;
    if ((flags & (NDK_MR_FLAG_ALLOW_LOCAL_WRITE | NDK_MR_FLAG_RDMA_READ_SINK)) != 0) {
      access |= RdmaCore.IBV_ACCESS_LOCAL_WRITE();
    }
    if ((flags & NDK_MR_FLAG_ALLOW_REMOTE_READ) != 0) {
      access |= RdmaCore.IBV_ACCESS_REMOTE_READ();
    }
    if ((flags & NDK_MR_FLAG_ALLOW_REMOTE_WRITE) == NDK_MR_FLAG_ALLOW_REMOTE_WRITE) {
      access |= RdmaCore.IBV_ACCESS_LOCAL_WRITE() | RdmaCore.IBV_ACCESS_REMOTE_WRITE();
    }
    return access;
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

  @Override
  void startClose() {
    retain();
    adapter
        .registrar()
        .execute(
            () -> {
              free();
              release();
            });
  }

  @Override
  void destroy() {
    free(); // a registration may have come in just behind the close
  }

  private void free() {
    Region last = region;
    region = null;
    if (last != null) {
      try {
        VerbsControl.ibv_dereg_mr(last.mr);
      } catch (ErrnoException e) {
        adapter.log("a memory region could not be deregistered", e);
      }
    }
  }

  @Override
  public String toString() {
    return "memory region of " + adapter;
  }
}
