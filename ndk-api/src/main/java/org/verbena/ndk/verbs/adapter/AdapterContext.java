package org.verbena.ndk.verbs.adapter;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.FileFlags;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.rdma_event_channel;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * What all objects of an adapter share: the open device, its limits, its event channels, the
 * threads, and the tables that lead from an event to its object.
 */
public final class AdapterContext implements Dispatcher.Events {
  private static final Logger LOG = System.getLogger("org.verbena.ndk");

  /** How long a close waits for routes that nobody needs any more. */
  private static final Duration ROUTE_LIMIT = Duration.ofSeconds(1);

  private final MemorySegment context;
  private final String deviceName;
  private final int port;
  private final Verbs.Ops ops;
  private final Duration connectionTimeout;
  private final NdkAdapterInfo info;
  private final DeviceTraits traits;
  private final long maxTransferLength;
  private final MemorySegment eventChannel;
  private final CompletionChannel completions;
  private final Dispatcher dispatcher;
  private final Control control;
  private final ExecutorService memoryExecutor;
  private final Executor memory;
  private final ExecutorService routeExecutor;
  private final CompletionVectors vectors;
  private final ObjectRegistry objects = new ObjectRegistry();

  private final Queue<Undestroyed> undestroyed = new ConcurrentLinkedQueue<>();

  /** Never reused, so that a late event finds no object. */
  private final AtomicLong cookies = new AtomicLong();

  private final CookieTable<CompletionTarget> cqs;
  private final Map<Long, AsyncEventTarget> asyncTargets = new ConcurrentHashMap<>();
  private final Map<Long, Consumer<CmEvent>> cmHandlers = new HashMap<>(); // control thread only

  // Created early, as there may be no memory later.
  private final Executor soon = this::controlSoon;
  private final MemoryShortage.Step<CmEvent, RuntimeException> connectionEvents = this::handleSoon;
  private final MemoryShortage.Step<MemorySegment, RuntimeException> orphans = this::destroyId;

  /**
   * Opens the event channels of a device and starts its dispatcher; takes ownership of the context,
   * also if it throws.
   */
  public static AdapterContext open(MemorySegment context, int port, Duration connectionTimeout)
      throws NdkException {
    MemorySegment eventChannel = MemorySegment.NULL;
    CompletionChannel completions = null;
    EventSelector selector = null;
    boolean opened = false;
    try {
      NdkAdapterInfo info = AdapterInfo.query(context, port);
      eventChannel = EventChannel.create();
      CookieTable<CompletionTarget> cqs = new CookieTable<>();
      completions = CompletionChannel.create(context, cqs);
      selector = new EventSelector(Dispatcher.files(context, eventChannel, completions));
      AdapterContext adapter =
          new AdapterContext(
              context, port, connectionTimeout, info, eventChannel, completions, cqs, selector);
      adapter.start();
      opened = true;
      return adapter;
    } catch (ErrnoException e) {
      String name = DevicePort.name(ibv_context.device(context), port);
      throw Statuses.exception("open " + name, e);
    } finally {
      if (!opened) {
        if (selector != null) {
          selector.close();
        }
        closeNative(context, eventChannel, completions);
      }
    }
  }

  private void start() {
    control.start();
    boolean started = false;
    try {
      dispatcher.start();
      started = true;
    } finally {
      if (!started) {
        control.close();
      }
    }
  }

  private static void closeNative(
      MemorySegment context, MemorySegment eventChannel, @Nullable CompletionChannel completions) {
    if (completions != null) {
      completions.close();
    }
    if (eventChannel.address() != 0) {
      RdmaCore.rdma_destroy_event_channel(eventChannel);
    }
    RdmaCore.ibv_close_device(context);
  }

  private AdapterContext(
      MemorySegment context,
      int port,
      Duration connectionTimeout,
      NdkAdapterInfo info,
      MemorySegment eventChannel,
      CompletionChannel completions,
      CookieTable<CompletionTarget> cqs,
      EventSelector selector)
      throws ErrnoException {
    this.context = context;
    this.port = port;
    this.connectionTimeout = connectionTimeout;
    this.info = info;
    this.eventChannel = eventChannel;
    this.completions = completions;
    this.cqs = cqs;
    deviceName = DevicePort.deviceName(ibv_context.device(context));
    ops = Verbs.Ops.of(context);
    traits = DeviceTraits.of(context);
    vectors = new CompletionVectors(ibv_context.num_comp_vectors(context));
    maxTransferLength = info.maxTransferLength();
    FileFlags.setNonBlocking(rdma_event_channel.fd(eventChannel));
    FileFlags.setNonBlocking(ibv_context.async_fd(context));
    dispatcher =
        new Dispatcher(
            "verbena-" + this + "-dispatcher", context, eventChannel, completions, selector, this);
    control = new Control(threads("control"), e -> log("a control task failed", e));
    memoryExecutor = Executors.newSingleThreadExecutor(threads("memory"));
    MemoryShortage.Step<Runnable, RuntimeException> queueing = this::queueMemoryTask;
    memory = task -> MemoryShortage.outlast(queueing, task);
    routeExecutor = Executors.newSingleThreadExecutor(threads("route"));
  }

  private ThreadFactory threads(String role) {
    return Thread.ofPlatform().daemon().name("verbena-" + this + "-" + role).factory();
  }

  // --- the device

  public MemorySegment context() {
    return context;
  }

  public String deviceName() {
    return deviceName;
  }

  public int port() {
    return port;
  }

  public Verbs.Ops ops() {
    return ops;
  }

  public NdkAdapterInfo info() {
    return info;
  }

  public DeviceTraits traits() {
    return traits;
  }

  /** The most bytes of one request. */
  public long maxTransferLength() {
    return maxTransferLength;
  }

  public CompletionVectors vectors() {
    return vectors;
  }

  public MemorySegment eventChannel() {
    return eventChannel;
  }

  /** The channel that the dispatcher reads. */
  public CompletionChannel completions() {
    return completions;
  }

  public Duration connectionTimeout() {
    return connectionTimeout;
  }

  // --- threads

  public Dispatcher dispatcher() {
    return dispatcher;
  }

  /** Runs registration and deregistration, which may be slow and must not delay anything else. */
  public Executor memoryExecutor() {
    return memory;
  }

  private void queueMemoryTask(Runnable task) {
    memoryExecutor.execute(task);
  }

  /** Runs a task that asks for a route, which may hang, on a thread of its own. */
  public void route(Runnable task) {
    routeExecutor.execute(
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            log("a route could not be asked for", e);
          }
        });
  }

  /** Runs a task on the control thread; what it throws is logged. */
  public void control(Runnable task) {
    control.execute(task);
  }

  /** As {@link #control}. */
  public Executor controlExecutor() {
    return control;
  }

  /** As {@link #controlSoon}. */
  public Executor controlSoonExecutor() {
    return soon;
  }

  /**
   * As {@link #control}, but at once on this thread if the control thread is idle. Not on a virtual
   * thread, which may be unmounted.
   */
  public void controlSoon(Runnable task) {
    if (Thread.currentThread().isVirtual()) {
      control.execute(task);
    } else {
      control.executeHere(task);
    }
  }

  /** Runs a task when a time limit has passed, unless that is cancelled; control thread only. */
  public TimeLimits.Limit limitTime(Duration limit, Runnable task) {
    return control.limitTime(limit, task);
  }

  /** Runs a task on the control thread again and again, until it is cancelled. */
  public ScheduledFuture<?> controlEvery(Duration period, Runnable task) {
    return control.executeEvery(period, task);
  }

  /** Runs a task on the control thread and returns its result; the task must not throw. */
  public <T> T controlAndWait(Callable<T> task) {
    return control.call(task);
  }

  /** Logs; the adapter's threads outlive a logger that throws, or is out of memory. */
  @Override
  public void log(String message, @Nullable Throwable e) {
    try {
      LOG.log(Level.WARNING, this + ": " + message, e);
    } catch (Throwable _) {
      // There is nowhere else to report it.
    }
  }

  // --- events

  public long nextCookie() {
    return cookies.incrementAndGet();
  }

  /** Completion queues by cookie. */
  public CookieTable<CompletionTarget> cqs() {
    return cqs;
  }

  /** Queue pairs, completion queues and shared receive queues by their native address. */
  public Map<Long, AsyncEventTarget> asyncTargets() {
    return asyncTargets;
  }

  /**
   * Handlers of connection events by the cookie of their {@code rdma_cm_id}; control thread only.
   */
  public Map<Long, Consumer<CmEvent>> cmHandlers() {
    return cmHandlers;
  }

  @Override
  public void connectionEvent(CmEvent event) {
    MemoryShortage.outlast(connectionEvents, event);
  }

  private void handleSoon(CmEvent event) {
    controlSoon(() -> handle(event));
  }

  private void handle(CmEvent event) {
    if (event.type() == RdmaCore.RDMA_CM_EVENT_DEVICE_REMOVAL()) {
      deviceRemoved();
    }
    Consumer<CmEvent> handler = cmHandlers.get(event.cookie());
    if (handler != null) {
      handler.accept(event);
    } else if (event.newId().address() != 0) {
      destroyOrphan(event.newId());
    }
  }

  /** Destroys the identifier of a connect request that nobody takes. */
  public void destroyOrphan(MemorySegment id) {
    MemoryShortage.outlast(orphans, id);
  }

  private void destroyId(MemorySegment id) {
    destroy("an rdma_cm_id", () -> RdmaCm.rdma_destroy_id(id));
  }

  @Override
  public void asyncEvent(int type, long element) {
    if (type == RdmaCore.IBV_EVENT_DEVICE_FATAL()) {
      control(this::deviceRemoved);
      return;
    }
    AsyncEventTarget target = asyncTargets.get(element);
    if (target != null) {
      control(() -> target.asyncEvent(type));
    }
  }

  /** Who waits for an event would wait for ever. */
  @Override
  public void eventsLost() {
    control(this::deviceRemoved);
  }

  // --- objects

  public ObjectRegistry objects() {
    return objects;
  }

  public boolean isRemoved() {
    return objects.isRemoved();
  }

  /** A call that destroys a native object. */
  @FunctionalInterface
  public interface Destruction {
    void run() throws ErrnoException;
  }

  private record Undestroyed(String what, Destruction destruction) {}

  /**
   * Destroys a native object. If that fails, it is tried once more before the device is closed, so
   * that nothing is left of a failure that does not last.
   */
  public void destroy(String what, Destruction destruction) {
    try {
      MemoryShortage.outlast(Destruction::run, destruction);
    } catch (ErrnoException e) {
      log(what + " could not be destroyed", e);
      undestroyed.add(new Undestroyed(what, destruction));
    }
  }

  private void destroyTheRest() {
    for (Undestroyed rest = undestroyed.poll(); rest != null; rest = undestroyed.poll()) {
      try {
        MemoryShortage.outlast(Destruction::run, rest.destruction);
      } catch (ErrnoException e) {
        log(rest.what, e);
      }
    }
  }

  /** Notifies every object, once, that the device is gone or has failed; control thread only. */
  private void deviceRemoved() {
    if (!objects.isRemoved()) {
      log("the device has been removed or has failed", null);
      for (ObjectRegistry.Member member :
          MemoryShortage.outlastAndGet(ObjectRegistry::removeDevice, objects)) {
        try {
          MemoryShortage.outlast(ObjectRegistry.Member::deviceRemoved, member);
        } catch (Throwable e) {
          log("an object was not told", e);
        }
      }
    }
  }

  /** Closes all objects, then the device; on a thread of its own. */
  public void close() {
    MemoryShortage.outlast(ObjectRegistry::closeAll, objects);
    memoryExecutor.shutdown();
    memoryExecutor.close(); // a mapping may still have to complete
    boolean routesResolved = endRoutes();
    dispatcher.stop();
    MemoryShortage.outlast(Control::close, control);
    if (routesResolved) {
      destroyTheRest();
      closeNative(context, eventChannel, completions);
    } else { // it would be used after it is freed
      log("rdma_resolve_route hangs, maybe with ibacm: the device stays open", null);
    }
  }

  /** Returns whether the calls for routes have returned. */
  private boolean endRoutes() {
    routeExecutor.shutdown();
    try {
      return routeExecutor.awaitTermination(ROUTE_LIMIT.toMillis(), MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts the closing thread", e);
    }
  }

  @Override
  public String toString() {
    return deviceName + "/" + port;
  }
}
