package org.verbena.ndk.verbs;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.FileFlags;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_comp_channel;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.rdma_event_channel;
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
import org.verbena.ndk.extension.NativeHandle;

/** An open port of a device: its native context, its threads, and what has been made of it. */
final class VerbsAdapter implements NdkAdapter {
  private static final Logger LOG = System.getLogger("org.verbena.ndk");

  private final MemorySegment context;
  private final String deviceName;
  private final int port;
  private final Verbs.Ops ops;
  private final Duration connectionTimeout;
  private final NdkAdapterInfo info;
  private final DeviceTraits traits;
  private final long maxTransferLength;
  private final MemorySegment eventChannel;
  private final MemorySegment completionChannel;
  private final Dispatcher dispatcher;
  private final ScheduledThreadPoolExecutor control;
  private final ExecutorService registrar;

  /** Never reused, so that an event that comes late finds nobody. */
  private final AtomicLong cookies = new AtomicLong();

  private final CookieTable<VerbsCq> cqs = new CookieTable<>();
  private final Map<Long, VerbsQp> qps = new ConcurrentHashMap<>();
  private final Map<Long, VerbsSrq> srqs = new ConcurrentHashMap<>();
  private final CompletionVectors vectors;
  private final Windows windows = new Windows();
  private final Lams lams = new Lams();
  private final Map<Long, Consumer<CmEvent>> cmHandlers = new HashMap<>(); // control thread only

  // Guarded by `objects`.
  private final Set<VerbsObject> objects = new HashSet<>();
  private final Set<VerbsObject> published = new HashSet<>();
  private boolean closing;

  private volatile boolean removed; // set on the control thread

  /** Set once, with `closing`. */
  private volatile Thread closer;

  /** Takes over the context, also if it throws. */
  static VerbsAdapter open(MemorySegment context, int port, NdkOpenOptions options)
      throws NdkException {
    String name = VerbsDevices.portName(ibv_context.device(context), port);
    MemorySegment eventChannel = MemorySegment.NULL;
    MemorySegment completionChannel = MemorySegment.NULL;
    try {
      requireVersion(options.version());
      NdkAdapterInfo info = AdapterInfo.query(context, port);
      eventChannel = VerbsDevices.createEventChannel();
      completionChannel = VerbsControl.ibv_create_comp_channel(context);
      VerbsAdapter adapter =
          new VerbsAdapter(context, port, options, info, eventChannel, completionChannel);
      adapter.dispatcher.start();
      return adapter;
    } catch (ErrnoException e) {
      closeNative(context, eventChannel, completionChannel);
      throw Statuses.exception("open " + name, e);
    } catch (NdkException | RuntimeException | Error e) {
      closeNative(context, eventChannel, completionChannel);
      throw e;
    }
  }

  private static void requireVersion(NdkVersion wanted) throws NdkException {
    NdkVersion own = NdkVersion.CURRENT;
    if (wanted.major() != own.major() || wanted.minor() > own.minor()) {
      throw new NdkException(
          NdkStatus.BAD_VERSION, "NDK " + wanted + " was asked for, this is " + own);
    }
  }

  private static void closeNative(
      MemorySegment context, MemorySegment eventChannel, MemorySegment completionChannel) {
    if (completionChannel.address() != 0) {
      RdmaCore.ibv_destroy_comp_channel(completionChannel);
    }
    if (eventChannel.address() != 0) {
      RdmaCore.rdma_destroy_event_channel(eventChannel);
    }
    RdmaCore.ibv_close_device(context);
  }

  private VerbsAdapter(
      MemorySegment context,
      int port,
      NdkOpenOptions options,
      NdkAdapterInfo info,
      MemorySegment eventChannel,
      MemorySegment completionChannel)
      throws NdkException, ErrnoException {
    this.context = context;
    this.port = port;
    this.info = info;
    this.eventChannel = eventChannel;
    this.completionChannel = completionChannel;
    deviceName = VerbsDevices.deviceName(ibv_context.device(context));
    ops = Verbs.Ops.of(context);
    traits = DeviceTraits.of(context);
    vectors = new CompletionVectors(ibv_context.num_comp_vectors(context));
    maxTransferLength = info.maxTransferLength();
    connectionTimeout = options.connectionTimeout();
    FileFlags.setNonBlocking(rdma_event_channel.fd(eventChannel));
    FileFlags.setNonBlocking(ibv_comp_channel.fd(completionChannel));
    FileFlags.setNonBlocking(ibv_context.async_fd(context));
    dispatcher = new Dispatcher(this);
    control =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("verbena-" + this + "-control").factory());
    control.setRemoveOnCancelPolicy(true);
    registrar =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("verbena-" + this + "-registrar").factory());
  }

  // --- what the other classes of the provider use

  MemorySegment context() {
    return context;
  }

  Verbs.Ops ops() {
    return ops;
  }

  MemorySegment eventChannel() {
    return eventChannel;
  }

  MemorySegment completionChannel() {
    return completionChannel;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /** Registers and deregisters memory, which may take long and must hold up nothing else. */
  Executor registrar() {
    return registrar;
  }

  Duration connectionTimeout() {
    return connectionTimeout;
  }

  long nextCookie() {
    return cookies.incrementAndGet();
  }

  /** Completion queues by cookie. */
  CookieTable<VerbsCq> cqs() {
    return cqs;
  }

  /** The completion queue of an {@code ibv_cq}, or null. */
  VerbsCq cqOf(long address) {
    return cqs.all().stream().filter(cq -> cq.address() == address).findFirst().orElse(null);
  }

  /** Queue pairs by the address of their {@code ibv_qp}. */
  Map<Long, VerbsQp> qps() {
    return qps;
  }

  /** Shared receive queues by the address of their {@code ibv_srq}. */
  Map<Long, VerbsSrq> srqs() {
    return srqs;
  }

  Windows windows() {
    return windows;
  }

  Lams lams() {
    return lams;
  }

  DeviceTraits traits() {
    return traits;
  }

  /** The most bytes of one request. */
  long maxTransferLength() {
    return maxTransferLength;
  }

  /** Who gets the events of which identifier; control thread only. */
  Map<Long, Consumer<CmEvent>> cmHandlers() {
    return cmHandlers;
  }

  /** Runs a task on the control thread; what it throws is logged. */
  void control(Runnable task) {
    control.execute(logged(task));
  }

  ScheduledFuture<?> controlAfter(Duration delay, Runnable task) {
    return control.schedule(logged(task), delay.toNanos(), NANOSECONDS);
  }

  /** Runs a task on the control thread and waits for its answer. */
  <T> T controlAndWait(Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    control.execute(future);
    return join(future);
  }

  private static <T> T join(Future<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new AssertionError("control tasks throw nothing", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Runnable logged(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        log("the control thread failed", e);
      }
    };
  }

  void log(String message, Throwable e) {
    LOG.log(Level.WARNING, this + ": " + message, e);
  }

  boolean isRemoved() {
    return removed;
  }

  /** The device is gone, or as good as gone: tells every object, once; control thread only. */
  void deviceRemoved() {
    if (removed) {
      return;
    }
    LOG.log(Level.WARNING, this + ": the device has been removed or has failed");
    List<VerbsObject> open;
    synchronized (objects) {
      removed = true;
      open = List.copyOf(published);
    }
    open.forEach(object -> logged(object::deviceRemoved).run());
  }

  void connectionEvent(CmEvent event) {
    if (event.type() == RdmaCore.RDMA_CM_EVENT_DEVICE_REMOVAL()) {
      deviceRemoved();
    }
    Consumer<CmEvent> handler = cmHandlers.get(event.cookie());
    if (handler != null) {
      handler.accept(event);
    } else if (event.newId().address() != 0) {
      // The listener went while the request was on its way.
      CmId.adopt(this, event.newId(), e -> {}).destroy();
    }
  }

  /** Makes an object known, to be closed with the adapter; false if that is closing. */
  boolean add(VerbsObject object) {
    synchronized (objects) {
      return !closing && objects.add(object);
    }
  }

  /** An object has been made. */
  void publish(VerbsObject object) {
    boolean tooLate;
    synchronized (objects) {
      published.add(object);
      objects.notifyAll();
      tooLate = removed;
    }
    if (tooLate) {
      control(object::deviceRemoved);
    }
  }

  void remove(VerbsObject object) {
    synchronized (objects) {
      objects.remove(object);
      published.remove(object);
      objects.notifyAll();
    }
  }

  // --- NdkAdapter

  @Override
  public String deviceName() {
    return deviceName;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public NdkAdapterInfo queryAdapterInfo() {
    return info;
  }

  @Override
  public NdkCq createCq(int cqDepth, NdkCqNotification notification, NdkGroupAffinity affinity)
      throws NdkException {
    return VerbsCq.create(this, cqDepth, notification, vectors.next(affinity));
  }

  @Override
  public NdkPd createPd() throws NdkException {
    return VerbsPd.create(this);
  }

  @Override
  public NdkSharedEndpoint createSharedEndpoint(InetSocketAddress address) throws NdkException {
    return VerbsSharedEndpoint.create(this, address);
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
    if (info.frmrPageCount() == 0) {
      return NdkStatus.NOT_SUPPORTED;
    }
    if (memory.byteSize() == 0) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (pages > lam.capacity()) {
      return NdkStatus.BUFFER_TOO_SMALL;
    }
    if (!lams.claim(lam, memory)) {
      return NdkStatus.INVALID_DEVICE_STATE;
    }
    try {
      registrar.execute(() -> buildLam(lam, completion));
    } catch (RejectedExecutionException e) {
      return NdkStatus.INVALID_HANDLE; // closed meanwhile
    }
    return NdkStatus.PENDING;
  }

  private void buildLam(NdkLogicalAddressMapping lam, NdkRequestCompletion completion) {
    NdkStatus status = NdkStatus.SUCCESS;
    String detail = null;
    try {
      lams.build(lam);
    } catch (NdkException e) {
      status = e.status();
      detail = e.detail();
    }
    NdkStatus result = status;
    String why = detail;
    dispatcher.execute(() -> completion.completed(result, why));
  }

  @Override
  public void releaseLam(NdkLogicalAddressMapping lam) {
    Objects.requireNonNull(lam, "lam");
    if (!isClosing()) {
      lams.release(lam);
    }
  }

  private boolean isClosing() {
    synchronized (objects) {
      return closing;
    }
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
    return context;
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.ADAPTER;
  }

  @Override
  public NdkConnector createConnector() throws NdkException {
    return new VerbsConnector(this);
  }

  @Override
  public NdkListener createListener(NdkConnectEvent connectEvent) throws NdkException {
    return new VerbsListener(this, Objects.requireNonNull(connectEvent, "connectEvent"));
  }

  @Override
  public NdkStatus close(NdkCloseCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    synchronized (objects) {
      if (closing) {
        return NdkStatus.INVALID_HANDLE;
      }
      closing = true;
      closer =
          Thread.ofPlatform()
              .name("verbena-" + this + "-close")
              .unstarted(() -> closeAll(completion));
      closer.start();
    }
    return NdkStatus.PENDING;
  }

  @Override
  public void close() {
    if (dispatcher.isCurrentThread()) {
      throw new IllegalStateException(
          "an adapter's close() waits for its callbacks and cannot be called in one; use"
              + " closeAsync()");
    }
    close(() -> {});
    if (Thread.currentThread() != closer) {
      Dispatcher.join(closer);
    }
  }

  private void closeAll(NdkCloseCompletion completion) {
    closeObjects();
    stop();
    try {
      completion.closed();
    } catch (Throwable e) {
      log("a callback threw", e);
    }
  }

  private void closeObjects() {
    synchronized (objects) {
      while (!objects.isEmpty()) {
        List<VerbsObject> open = List.copyOf(published);
        published.clear();
        open.forEach(VerbsObject::close);
        try {
          objects.wait();
        } catch (InterruptedException e) {
          // Nobody knows this thread; and there is nothing better to do than to go on.
        }
      }
    }
  }

  private void stop() {
    registrar.shutdown();
    registrar.close(); // a mapping may be on its way to its completion
    dispatcher.stop();
    control.shutdown();
    control.close();
    closeNative(context, eventChannel, completionChannel);
  }

  @Override
  public String toString() {
    return deviceName + "/" + port;
  }
}
