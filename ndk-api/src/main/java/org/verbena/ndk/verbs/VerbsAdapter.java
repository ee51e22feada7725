package org.verbena.ndk.verbs;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
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
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.verbena.binding.ErrnoException;
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
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkOpenOptions;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkStatus;

/** An open port of a device: its native context, its threads, and what has been made of it. */
final class VerbsAdapter implements NdkAdapter {
  static final int MAJOR_VERSION = 2;
  static final int MINOR_VERSION = 1;

  private static final Logger LOG = System.getLogger("org.verbena.ndk");

  private final MemorySegment context;
  private final String deviceName;
  private final int port;
  private final Verbs.Ops ops;
  private final Duration connectionTimeout;
  private final NdkAdapterInfo info;
  private final MemorySegment eventChannel;
  private final MemorySegment completionChannel;
  private final Dispatcher dispatcher;
  private final ScheduledThreadPoolExecutor control;
  private final ExecutorService registrar;

  /** Never reused, so that an event that comes late finds nobody. */
  private final AtomicLong cookies = new AtomicLong();

  private final Map<Long, VerbsCq> cqs = new ConcurrentHashMap<>();
  private final Map<Long, VerbsQp> qps = new ConcurrentHashMap<>();
  private final Map<Long, Consumer<CmEvent>> cmHandlers = new HashMap<>(); // control thread only

  // Guarded by `objects`.
  private final Set<VerbsObject> objects = new HashSet<>();
  private final Set<VerbsObject> published = new HashSet<>();
  private boolean closing;

  /** Set once, with `closing`. */
  private volatile Thread closer;

  /** Takes over the context, also if it throws. */
  static VerbsAdapter open(MemorySegment context, int port, NdkOpenOptions options)
      throws NdkException {
    String name = VerbsDevices.portName(ibv_context.device(context), port);
    MemorySegment eventChannel = MemorySegment.NULL;
    MemorySegment completionChannel = MemorySegment.NULL;
    try {
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
      throws NdkException {
    this.context = context;
    this.port = port;
    this.info = info;
    this.eventChannel = eventChannel;
    this.completionChannel = completionChannel;
    deviceName = VerbsDevices.deviceName(ibv_context.device(context));
    ops = Verbs.Ops.of(context);
    connectionTimeout = options.connectionTimeout();
    setNonBlocking(rdma_event_channel.fd(eventChannel));
    setNonBlocking(ibv_comp_channel.fd(completionChannel));
    setNonBlocking(ibv_context.async_fd(context));
    dispatcher = new Dispatcher(this);
    control =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("verbena-" + this + "-control").factory());
    control.setRemoveOnCancelPolicy(true);
    registrar =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("verbena-" + this + "-registrar").factory());
  }

  private static void setNonBlocking(int file) {
    int flags = RdmaCore.fcntl.makeInvoker().apply(file, RdmaCore.F_GETFL());
    RdmaCore.fcntl
        .makeInvoker(RdmaCore.C_INT)
        .apply(file, RdmaCore.F_SETFL(), flags | RdmaCore.O_NONBLOCK());
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
  Map<Long, VerbsCq> cqs() {
    return cqs;
  }

  /** Queue pairs by the address of their {@code ibv_qp}. */
  Map<Long, VerbsQp> qps() {
    return qps;
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

  void connectionEvent(CmEvent event) {
    Consumer<CmEvent> handler = cmHandlers.get(event.cookie());
    if (handler != null) {
      handler.accept(event);
    } else if (event.newId().address() != 0) {
      // The listener went while the request was on its way.
      CmId.adopt(this, event.newId(), e -> {}).destroy();
    }
  }

  /** Finds what an asynchronous event is about and says what to do. */
  Runnable asyncEvent(int type, long element) {
    if (type == RdmaCore.IBV_EVENT_CQ_ERR()) {
      return cqs.values().stream()
          .filter(cq -> cq.address() == element)
          .findFirst()
          .<Runnable>map(cq -> () -> cq.fail(NdkStatus.BUFFER_OVERFLOW))
          .orElse(() -> {});
    }
    if (type == RdmaCore.IBV_EVENT_COMM_EST()) {
      VerbsQp qp = qps.get(element);
      return qp == null ? () -> {} : qp::communicationEstablished;
    }
    if (type == RdmaCore.IBV_EVENT_QP_FATAL()
        || type == RdmaCore.IBV_EVENT_QP_REQ_ERR()
        || type == RdmaCore.IBV_EVENT_QP_ACCESS_ERR()) {
      VerbsQp qp = qps.get(element);
      return qp == null ? () -> {} : qp::failed;
    }
    if (type == RdmaCore.IBV_EVENT_DEVICE_FATAL()) {
      return () -> {
        cqs.values().forEach(cq -> cq.fail(NdkStatus.INTERNAL_ERROR));
        qps.values().forEach(VerbsQp::failed);
      };
    }
    return () -> {};
  }

  /** Makes an object known, to be closed with the adapter; false if that is closing. */
  boolean add(VerbsObject object) {
    synchronized (objects) {
      return !closing && objects.add(object);
    }
  }

  /** An object has been made. */
  void publish(VerbsObject object) {
    synchronized (objects) {
      published.add(object);
      objects.notifyAll();
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
  public NdkCq createCq(int cqDepth, NdkCqNotification notification) throws NdkException {
    return VerbsCq.create(this, cqDepth, notification);
  }

  @Override
  public NdkPd createPd() throws NdkException {
    return VerbsPd.create(this);
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
    dispatcher.stop();
    control.shutdown();
    registrar.shutdown();
    control.close();
    registrar.close();
    closeNative(context, eventChannel, completionChannel);
  }

  @Override
  public String toString() {
    return deviceName + "/" + port;
  }
}
