package org.verbena.ndk.verbs.queue;

import static org.verbena.binding.NativeMemory.at;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_moderate_cq;
import org.verbena.binding.rdma.ibv_modify_cq_attr;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkCqNotification;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.AsyncEventTarget;
import org.verbena.ndk.verbs.adapter.CompletionChannel;
import org.verbena.ndk.verbs.adapter.CompletionTarget;
import org.verbena.ndk.verbs.adapter.DeviceTraits;
import org.verbena.ndk.verbs.adapter.Limits;
import org.verbena.ndk.verbs.adapter.Request;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/** A completion queue: polling, staging and arming, under one lock. */
public final class VerbsCq extends VerbsObject
    implements NdkCq, CompletionTarget, AsyncEventTarget {
  /** The most completions polled by one call into the driver. */
  private static final int BATCH = 128;

  private final long cookie;
  private final MemorySegment pollFunction;
  private final MemorySegment notifyFunction;
  private final Arena arena = Arena.ofShared(); // until it is destroyed
  private final CqRoom room;

  @SuppressWarnings("NullAway.Init") // by make
  private MemorySegment cq;

  private long cqAddress;
  private long completionsAddress;

  private boolean queuePairsEnded; // control thread only

  private final BiasedLock lock = new BiasedLock();
  // All below are guarded by the lock.
  private final CompletionTranslator translator;
  private final CqNotifier notifier;
  private final StagedResults staged = new StagedResults();
  private final List<LostRequest> lost = new ArrayList<>(); // in posting order for each queue
  private boolean direct; // nothing is staged or lost, and the queue is not closed
  private boolean refusing; // closed
  private boolean destroyed;

  private VerbsCq(
      AdapterContext adapter,
      int depth,
      @Nullable NdkCqNotification notification,
      @Nullable ReadyQueues waitSet,
      VerbsObject... antecedents) {
    super(adapter, antecedents);
    room = new CqRoom(adapter.info(), depth);
    translator = new CompletionTranslator(adapter.traits().softRoce());
    notifier = new CqNotifier(this, notification, waitSet);
    cookie = adapter.nextCookie();
    pollFunction = adapter.ops().pollCq();
    notifyFunction = adapter.ops().reqNotifyCq();
  }

  public static VerbsCq create(
      AdapterContext adapter, int depth, @Nullable NdkCqNotification notification, int vector)
      throws NdkException {
    checkDepth(adapter, depth);
    VerbsCq cq = new VerbsCq(adapter, depth, notification, null);
    return create(cq, () -> cq.make(depth, adapter.completions(), vector));
  }

  /** One that notifies in a wait set. */
  static VerbsCq create(
      VerbsObject waitSet,
      CompletionChannel completions,
      ReadyQueues ready,
      int depth,
      NdkCqNotification notification,
      int vector)
      throws NdkException {
    checkDepth(waitSet.adapter, depth);
    VerbsCq cq = new VerbsCq(waitSet.adapter, depth, notification, ready, waitSet);
    return create(cq, () -> cq.make(depth, completions, vector));
  }

  private static void checkDepth(AdapterContext adapter, int depth) throws NdkException {
    Limits.check("completion queue depth", depth, 1, adapter.info().maxCqDepth());
  }

  private void make(int depth, CompletionChannel completions, int vector) throws NdkException {
    completionsAddress = arena.allocate(BATCH * CompletionTranslator.WC_SIZE, 64).address();
    try {
      cq =
          VerbsControl.ibv_create_cq(
              adapter.context(),
              room.entries(),
              MemorySegment.ofAddress(cookie),
              completions.channel(),
              vector);
    } catch (ErrnoException e) {
      throw Statuses.creation("create a completion queue of " + depth, "its depth", e);
    }
    cqAddress = cq.address();
    room.made(cq);
    adapter.cqs().put(cookie, this);
    adapter.asyncTargets().put(cqAddress, this);
  }

  @Override
  public MemorySegment cq() {
    return cq;
  }

  // --- work queues

  /** Adds a work queue and returns its index. */
  int attach(WorkQueue queue) throws NdkException {
    if (queue.hidden > 0) {
      room.addInitiator();
    }
    lock.lock();
    try {
      return translator.add(queue);
    } catch (OutOfMemoryError e) {
      if (queue.hidden > 0) {
        room.removeInitiator();
      }
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /** Registers a queue pair that takes its receives from an SRQ. */
  void share(QueuePair qp) {
    lock.lock();
    try {
      translator.addSharing(qp);
    } finally {
      lock.unlock();
    }
  }

  /** Removes a work queue, after staging all its completions. */
  void detach(WorkQueue queue) {
    lock.lock();
    try {
      stageCompletions();
      translator.remove(queue);
      translator.removeSharing(queue.qp);
      if (queue.detached) {
        return;
      }
      queue.detached = true;
    } finally {
      lock.unlock();
    }
    if (queue.hidden > 0) {
      room.removeInitiator();
    }
  }

  // --- results

  @Override
  public int getCqResultsEx(NdkResultsEx results) {
    return getCqResults(results);
  }

  @Override
  public int getCqResults(NdkResults results) {
    boolean extended = results instanceof NdkResultsEx;
    lock.lock();
    try {
      return direct ? poll(results, 0, extended) : pollStaged(results, extended);
    } finally {
      lock.unlock();
      Reference.reachabilityFence(results);
      Reference.reachabilityFence(this);
    }
  }

  private static int size(boolean extended) {
    return extended ? NdkResultsEx.SIZE : NdkResults.SIZE;
  }

  /** Polls what is staged, then the device. */
  private int pollStaged(NdkResults results, boolean extended) {
    if (refusing) {
      throw closedException();
    }
    if (!lost.isEmpty()) {
      stageCompletions(); // one by one, as results of lost requests come between
    }
    int count = staged.moveTo(results, size(extended));
    direct = staged.isEmpty() && lost.isEmpty();
    return direct && count < results.capacity() ? poll(results, count, extended) : count;
  }

  /** Polls the device for the results behind the first ones; returns the new number. */
  private int poll(NdkResults results, int first, boolean extended) {
    int wanted = Math.min(results.capacity() - first, BATCH);
    int taken = Verbs.ibv_poll_cq(pollFunction, cqAddress, wanted, completionsAddress);
    if (taken <= 0) {
      if (taken < 0) {
        pollFailed();
      }
      return first;
    }
    long target = results.address() + (long) first * size(extended);
    int count = first;
    if (taken > 1) {
      count += translator.translateAll(completionsAddress, taken, target, extended);
    } else if (translator.translate(at(completionsAddress), at(target), extended)) {
      count++;
    }
    // More may be left: hidden ones took no room, or the batch was smaller than the array.
    return taken == wanted && count < results.capacity()
        ? pollAll(results, count, extended)
        : count;
  }

  /**
   * As {@link #poll}, as often as there is more. Apart, as a loop is compiled to twice the code.
   */
  private int pollAll(NdkResults results, int first, boolean extended) {
    int count = first;
    int wanted;
    int taken;
    do {
      wanted = Math.min(results.capacity() - count, BATCH);
      taken = Verbs.ibv_poll_cq(pollFunction, cqAddress, wanted, completionsAddress);
      if (taken > 0) {
        long target = results.address() + (long) count * size(extended);
        count += translator.translateAll(completionsAddress, taken, target, extended);
      }
    } while (taken == wanted && count < results.capacity());
    if (taken < 0) {
      pollFailed();
    }
    return count;
  }

  /** A poll has failed, and with it the queue. */
  private void pollFailed() {
    if (!notifier.hasFailed()) {
      notifier.setFailure(NdkStatus.INTERNAL_ERROR);
      adapter.control(() -> fail(NdkStatus.INTERNAL_ERROR));
    }
  }

  // --- staging

  /** Polls and stages everything, in order, so that queues can be drained without the consumer. */
  @Override
  public void drain() {
    lock.lock();
    try {
      stageCompletions();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether any silent request, which has no result, has completed. */
  private boolean stageCompletions() {
    if (destroyed) {
      return false;
    }
    direct = false;
    boolean silent = false;
    int taken;
    do {
      staged.reserve(BATCH + lost.size()); // so that no polled completion is lost
      taken = Verbs.ibv_poll_cq(pollFunction, cqAddress, BATCH, completionsAddress);
      for (int i = 0; i < taken; i++) {
        long wc = at(completionsAddress + i * CompletionTranslator.WC_SIZE);
        if (!lost.isEmpty()) {
          stageLostBefore(wc);
        }
        if (translator.translate(wc, at(staged.next()), true)) {
          staged.add();
          notifier.staged();
        } else {
          silent = true;
        }
      }
    } while (taken == BATCH);
    if (taken < 0) {
      pollFailed();
    }
    if (!lost.isEmpty()) {
      lost.removeIf(request -> request.isNext() && stage(request));
    }
    return silent;
  }

  /** A completion of a later request shows that those before it are done. */
  private void stageLostBefore(long wc) {
    WorkQueue queue = translator.queueOf(wc);
    if (queue != null) {
      int position = translator.positionOf(wc);
      lost.removeIf(request -> request.isBefore(queue, position) && stage(request));
    }
  }

  private boolean stage(LostRequest request) {
    if (request.position() - request.queue().tail() >= 0) {
      request.queue().retire(request.position());
    }
    stageResult(request);
    return true;
  }

  private void stageResult(LostRequest request) {
    stage(
        request.queue(),
        request.status(),
        request.providerError(),
        request.context(),
        request.type());
  }

  /** Synthesizes the result of a refused request that is no longer recorded. */
  void fail(LostRequest request) {
    lock.lock();
    try {
      stageResult(request);
      notifier.completed();
    } finally {
      lock.unlock();
    }
  }

  /** Synthesizes the results of refused requests, each in posting order. */
  void failInTurn(List<LostRequest> requests) {
    lock.lock();
    try {
      lost.addAll(requests);
      stageCompletions();
      if (notifier.hasStagedSince() && !staged.isEmpty()) {
        notifier.completed();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Synthesizes results for everything outstanding on a work queue.
   *
   * @param status CANCELLED, or INTERNAL_ERROR if the device may still access the buffers
   */
  void cancelOutstanding(WorkQueue queue, NdkStatus status) {
    lock.lock();
    try {
      lost.removeIf(request -> request.queue() == queue); // they are cancelled like all others
      for (int position = queue.tail(); position != queue.head; position++) {
        int kind = queue.kind(position);
        if (!WrKind.isHidden(kind, false)) {
          stageFlushed(queue, status, queue.contextOf(position), WrKind.type(kind));
        }
        queue.retire(position);
      }
      translator.removeForGood(queue);
      notifier.completed();
    } finally {
      lock.unlock();
    }
  }

  /** Synthesizes the result of a request that was flushed before it was posted to the device. */
  void cancel(WorkQueue queue, long requestContext, NdkOperationType type) {
    lock.lock();
    try {
      stageFlushed(queue, NdkStatus.CANCELLED, requestContext, type);
      notifier.completed();
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is room for one more synthesized result. */
  boolean hasRoomToCancel() {
    lock.lock();
    try {
      return staged.count() < room.depth();
    } finally {
      lock.unlock();
    }
  }

  private void stageFlushed(
      WorkQueue queue, NdkStatus status, long requestContext, NdkOperationType type) {
    int flushed = RdmaCore.IBV_WC_WR_FLUSH_ERR() << 24;
    stage(queue, status, flushed, requestContext, type);
  }

  private void stage(
      WorkQueue queue,
      NdkStatus status,
      int providerError,
      long requestContext,
      NdkOperationType type) {
    direct = false;
    queue.qp.recordFailure(status, type, requestContext, providerError);
    long target = at(staged.next());
    ResultLayout.writeResult(target, status, 0, queue.qpContext, requestContext);
    ResultLayout.writeExtension(target, type, providerError, 0);
    staged.add();
    notifier.staged();
  }

  // --- notification

  @Override
  public void armCq(int type) {
    if (type < NDK_CQ_NOTIFY_ERRORS || type > NDK_CQ_NOTIFY_SOLICITED) {
      throw new IllegalArgumentException("not an NDK_CQ_NOTIFY type: " + type);
    }
    if (!notifier.canNotify()) {
      throw new IllegalStateException(this + " was created without a notification");
    }
    lock.lock();
    try {
      if (destroyed || isClosed()) {
        throw closedException();
      }
      notifier.arm(type);
      if (notifier.awaitsCompletions() && !firesForStaged()) {
        // Verbs reports only what comes after the arm: look for what came before. Soft-RoCE's
        // driver misses failed and flushed requests when asked for solicited ones only.
        boolean solicited = notifier.awaitsSolicited() && !adapter.traits().softRoce();
        int errno = Verbs.ibv_req_notify_cq(notifyFunction, cqAddress, solicited ? 1 : 0);
        boolean silent = stageCompletions();
        if (errno != 0) {
          notifier.armFailed(); // completions would not be notified
        } else if (!firesForStaged() && silent) {
          notifier.completed(); // for consumers that wait for room in a queue
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean firesForStaged() {
    boolean fires = notifier.hasStagedSince() && !staged.isEmpty();
    if (fires) {
      notifier.completed();
    }
    return fires;
  }

  /** A late event finds the queue not armed and is ignored. */
  @Override
  public void completionEvent() {
    lock.lock();
    try {
      notifier.completed();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void asyncEvent(int type) {
    if (type == RdmaCore.IBV_EVENT_CQ_ERR()) {
      fail(NdkStatus.BUFFER_OVERFLOW);
    }
  }

  /**
   * The queue has failed: notifies at once if armed, else at the next arm. Its queue pairs are
   * flushed, so that pollers get results for everything outstanding. Control thread only.
   */
  private void fail(NdkStatus status) {
    Set<QueuePair> qps;
    lock.lock();
    try {
      qps = translator.queuePairs();
      notifier.failed(status);
    } finally {
      lock.unlock();
    }
    if (!queuePairsEnded) {
      queuePairsEnded = true;
      qps.forEach(QueuePair::completionQueueFailed);
    }
  }

  /** Whether the queue has failed. */
  boolean hasFailed() {
    lock.lock();
    try {
      return notifier.hasFailed();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void deviceRemoved() {
    lock.lock();
    try {
      notifier.failed(NdkStatus.DEVICE_REMOVED);
    } finally {
      lock.unlock();
    }
  }

  // --- changes

  @Override
  public NdkStatus resizeCq(int cqDepth, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (cqDepth < 1 || cqDepth > adapter.info().maxCqDepth()) {
      return NdkStatus.INVALID_PARAMETER;
    }
    Request request = new Request(this, completion, r -> resize(cqDepth, r), () -> {});
    return request.start(adapter.controlExecutor());
  }

  private void resize(int newDepth, Request request) {
    NdkStatus status = NdkStatus.SUCCESS;
    String detail = null;
    try {
      long waiting = stageAndCount();
      if (waiting > newDepth) {
        status = NdkStatus.BUFFER_OVERFLOW;
        detail = waiting + " results are waiting";
      } else {
        room.resize(newDepth);
      }
    } catch (ErrnoException e) {
      status = Statuses.ofErrno(e.errno());
      detail = e.getMessage();
    } catch (NdkException e) {
      status = e.status();
      detail = e.detail();
    }
    request.complete(status, detail);
  }

  /** Stages what the native queue holds, which a resize may lose. */
  private long stageAndCount() {
    lock.lock();
    try {
      stageCompletions();
      return staged.count();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public NdkStatus controlCqInterruptModeration(int moderationInterval, int moderationCount) {
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (!acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try (Arena arena = Arena.ofConfined()) {
      DeviceTraits traits = adapter.traits();
      if (!traits.moderates()) {
        return NdkStatus.NOT_SUPPORTED;
      }
      CqModeration moderation =
          CqModeration.of(
              moderationInterval,
              moderationCount,
              room.depth(),
              traits.moderationCount(),
              traits.moderationPeriod());
      if (moderation == null) {
        return NdkStatus.INVALID_PARAMETER_MIX;
      }
      MemorySegment attributes = arena.allocate(ibv_modify_cq_attr.layout());
      ibv_modify_cq_attr.attr_mask(attributes, RdmaCore.IBV_CQ_ATTR_MODERATE());
      MemorySegment moderate = ibv_modify_cq_attr.moderate(attributes);
      ibv_moderate_cq.cq_count(moderate, (short) moderation.count());
      ibv_moderate_cq.cq_period(moderate, (short) moderation.period());
      Verbs.ibv_modify_cq(cq, attributes);
      return NdkStatus.SUCCESS;
    } catch (ErrnoException e) {
      return Statuses.ofErrno(e.errno());
    } finally {
      release();
    }
  }

  // --- lifetime

  @Override
  protected void markClosed() {
    lock.lock();
    try {
      refusing = true;
      direct = false;
    } finally {
      lock.unlock();
    }
  }

  @Override
  protected void destroy() {
    lock.lock();
    try {
      destroyed = true;
    } finally {
      lock.unlock();
    }
    adapter.cqs().remove(cookie);
    if (cq != null) {
      adapter.asyncTargets().remove(cqAddress);
      adapter.destroy("a completion queue", () -> VerbsControl.ibv_destroy_cq(cq));
    }
    staged.close();
    arena.close();
  }

  @Override
  protected MemorySegment handle() {
    return cq;
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.CQ;
  }

  @Override
  public String toString() {
    return "completion queue of " + adapter;
  }
}
