package org.verbena.ndk.verbs;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkCloseCompletion;
import org.verbena.ndk.NdkConnectEvent;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkCqNotification;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkGroupAffinity;
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkLogicalAddressMapping;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOpenOptions;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkSharedEndpoint;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;
import org.verbena.ndk.NdkWaitSet;
import org.verbena.ndk.extension.NativeHandle;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.Dispatcher;
import org.verbena.ndk.verbs.adapter.Extensions;
import org.verbena.ndk.verbs.adapter.MemoryShortage;
import org.verbena.ndk.verbs.cm.VerbsConnector;
import org.verbena.ndk.verbs.cm.VerbsListener;
import org.verbena.ndk.verbs.cm.VerbsSharedEndpoint;
import org.verbena.ndk.verbs.memory.AdapterMemory;
import org.verbena.ndk.verbs.memory.VerbsMr;
import org.verbena.ndk.verbs.queue.VerbsCq;
import org.verbena.ndk.verbs.queue.VerbsWaitSet;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * An open port of a device: creates the NDK objects, and closes those still open when it is closed.
 */
final class VerbsAdapter implements NdkAdapter {
  private final AdapterContext adapter;
  private final AdapterMemory adapterMemory;
  private final NotificationThreads notificationThreads;

  /** Created early, as a close must not fail for want of memory. */
  private final Thread closer;

  /** Set once, by the first close. */
  @SuppressWarnings("NullAway.Init") // by close
  private NdkCloseCompletion closeCompletion;

  private VerbsAdapter(AdapterContext adapter, int notificationThreadCount) {
    this.adapter = adapter;
    adapterMemory = new AdapterMemory(adapter);
    notificationThreads = new NotificationThreads(adapter, notificationThreadCount);
    closer = Thread.ofPlatform().name("verbena-" + adapter + "-close").unstarted(this::closeAll);
  }

  /** Takes ownership of the context, also if it throws. */
  static VerbsAdapter open(MemorySegment context, int port, NdkOpenOptions options)
      throws NdkException {
    try {
      requireVersion(options.version());
    } catch (NdkException | OutOfMemoryError e) {
      RdmaCore.ibv_close_device(context);
      throw e;
    }
    AdapterContext adapter = AdapterContext.open(context, port, options.connectionTimeout());
    try {
      VerbsAdapter opened = new VerbsAdapter(adapter, options.notificationThreads());
      opened.notificationThreads.start();
      return opened;
    } catch (NdkException | OutOfMemoryError e) {
      adapter.close();
      throw e;
    }
  }

  private static void requireVersion(NdkVersion wanted) throws NdkException {
    NdkVersion own = NdkVersion.CURRENT;
    if (wanted.major() != own.major() || wanted.minor() > own.minor()) {
      throw new NdkException(
          NdkStatus.BAD_VERSION, "NDK " + wanted + " was requested; this is " + own);
    }
  }

  @Override
  public String deviceName() {
    return adapter.deviceName();
  }

  @Override
  public int port() {
    return adapter.port();
  }

  @Override
  public NdkAdapterInfo queryAdapterInfo() {
    return adapter.info();
  }

  @Override
  public NdkCq createCq(
      int cqDepth, @Nullable NdkCqNotification notification, @Nullable NdkGroupAffinity affinity)
      throws NdkException {
    int vector = adapter.vectors().next(affinity);
    if (notification != null) {
      VerbsWaitSet set = notificationThreads.next(affinity);
      if (set != null) {
        return set.createCq(cqDepth, notification, vector);
      }
    }
    return VerbsCq.create(adapter, cqDepth, notification, vector);
  }

  @Override
  public NdkWaitSet createWaitSet() throws NdkException {
    return VerbsWaitSet.create(adapter);
  }

  @Override
  public NdkPd createPd() throws NdkException {
    return VerbsPd.create(adapter, adapterMemory);
  }

  @Override
  public NdkSharedEndpoint createSharedEndpoint(InetSocketAddress address) throws NdkException {
    return VerbsSharedEndpoint.create(adapter, address);
  }

  @Override
  public NdkStatus buildLam(
      MemorySegment memory, NdkLogicalAddressMapping lam, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    VerbsMr.requireRegistrable(memory);
    long pages = NdkLogicalAddressMapping.pages(memory);
    if (isClosing()) {
      return NdkStatus.INVALID_HANDLE;
    }
    if (adapter.isRemoved()) {
      return NdkStatus.DEVICE_REMOVED;
    }
    if (adapter.info().frmrPageCount() == 0) {
      return NdkStatus.NOT_SUPPORTED;
    }
    if (memory.byteSize() == 0) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (pages > lam.capacity()) {
      return NdkStatus.BUFFER_TOO_SMALL;
    }
    MappingBuild build = new MappingBuild(lam, completion);
    if (!adapterMemory.mappings().claim(lam, memory)) {
      return NdkStatus.INVALID_DEVICE_STATE;
    }
    boolean started = false;
    try {
      adapter.memoryExecutor().execute(build);
      started = true;
    } catch (RejectedExecutionException e) {
      return NdkStatus.INVALID_HANDLE; // closed meanwhile
    } finally {
      if (!started) {
        adapterMemory.mappings().abandon(lam);
      }
    }
    return NdkStatus.PENDING;
  }

  /** A request of the adapter; like a {@link Request}, it needs no memory to complete. */
  private final class MappingBuild implements Runnable {
    private final NdkLogicalAddressMapping lam;
    private final NdkRequestCompletion completion;
    private final Runnable complete = this::complete;
    private NdkStatus status = NdkStatus.SUCCESS;
    private @Nullable String detail;

    MappingBuild(NdkLogicalAddressMapping lam, NdkRequestCompletion completion) {
      this.lam = lam;
      this.completion = completion;
    }

    @Override
    public void run() {
      try {
        adapterMemory.mappings().build(lam);
      } catch (NdkException e) {
        status = e.status();
        detail = e.detail();
      } catch (RuntimeException | Error e) {
        adapter.log("a logical address mapping could not be built", e);
        status = Statuses.ofThrowable(e);
        detail = Statuses.text(e);
      }
      adapter.dispatcher().execute(complete);
    }

    private void complete() {
      completion.completed(status, detail);
    }
  }

  @Override
  public void releaseLam(NdkLogicalAddressMapping lam) {
    Objects.requireNonNull(lam, "lam");
    if (!isClosing()) {
      adapterMemory.mappings().release(lam);
    }
  }

  private boolean isClosing() {
    return adapter.objects().isClosing();
  }

  @Override
  public <T> T queryExtension(NdkExtension<T> asked) throws NdkException {
    if (isClosing()) {
      throw new NdkException(NdkStatus.INVALID_HANDLE, this + " has been closed");
    }
    if (!Extensions.matches(asked, NativeHandle.EXTENSION)) {
      throw Extensions.notSupported(this, asked);
    }
    return asked.type().cast((NativeHandle) this::openContext);
  }

  private MemorySegment openContext() {
    if (isClosing()) {
      throw new IllegalStateException(this + " has been closed");
    }
    return adapter.context();
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.ADAPTER;
  }

  @Override
  public NdkConnector createConnector() throws NdkException {
    return VerbsConnector.create(adapter);
  }

  @Override
  public NdkListener createListener(NdkConnectEvent connectEvent) throws NdkException {
    return VerbsListener.create(adapter, Objects.requireNonNull(connectEvent, "connectEvent"));
  }

  @Override
  public NdkStatus close(NdkCloseCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    synchronized (this) { // a second close() waits for the thread
      if (!adapter.objects().startClosing()) {
        return NdkStatus.INVALID_HANDLE;
      }
      closeCompletion = completion;
      try {
        MemoryShortage.outlast(Thread::start, closer);
      } catch (OutOfMemoryError e) {
        adapter.objects().cancelClosing();
        throw e;
      }
    }
    return NdkStatus.PENDING;
  }

  @Override
  public void close() {
    if (adapter.dispatcher().isCurrentThread() || notificationThreads.isCurrentThread()) {
      throw new IllegalStateException(
          "an adapter's close() waits for its callbacks and cannot be called in one; use"
              + " closeAsync()");
    }
    close(() -> {});
    if (Thread.currentThread() != closer) {
      Dispatcher.join(closer);
    }
  }

  private void closeAll() {
    adapter.close();
    notificationThreads.join();
    try {
      closeCompletion.closed();
    } catch (Throwable e) {
      adapter.log("a callback threw", e);
    }
  }

  @Override
  public String toString() {
    return adapter.toString();
  }
}
