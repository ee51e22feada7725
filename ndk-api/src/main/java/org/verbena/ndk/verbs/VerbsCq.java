package org.verbena.ndk.verbs;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_ERRORS;
import static org.verbena.ndk.NdkCqNotifyTypes.NDK_CQ_NOTIFY_SOLICITED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_moderate_cq;
import org.verbena.binding.rdma.ibv_modify_cq_attr;
import org.verbena.binding.rdma.ibv_wc;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkCqNotification;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkOperationType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkResultsEx;
import org.verbena.ndk.NdkStatus;

/**
 * A completion queue: polling, staging and arming, all under one lock.
 *
 * <p>A completion names its request by {@code wr_id}: see {@link WorkQueue}.
 */
final class VerbsCq extends VerbsObject implements NdkCq, CompletionTarget, AsyncEventTarget {
  /** The most completions one call into the driver takes. */
  private static final int BATCH = 128;

  private static final int NOT_ARMED = -1;

  private static final long WC_SIZE = ibv_wc.layout().byteSize();
  private static final VarHandle WC_ID = longAt(ibv_wc.wr_id$offset(), WC_SIZE);
  private static final VarHandle WC_STATUS = intAt(ibv_wc.status$offset(), WC_SIZE);
  private static final VarHandle WC_VENDOR_ERR = intAt(ibv_wc.vendor_err$offset(), WC_SIZE);
  private static final VarHandle WC_BYTE_LEN = intAt(ibv_wc.byte_len$offset(), WC_SIZE);
  private static final VarHandle WC_OPCODE = intAt(ibv_wc.opcode$offset(), WC_SIZE);
  private static final VarHandle WC_IMMEDIATE = intAt(ibv_wc.imm_data$offset(), WC_SIZE);
  private static final VarHandle WC_QP_NUM = intAt(ibv_wc.qp_num$offset(), WC_SIZE);
  private static final VarHandle WC_FLAGS = intAt(ibv_wc.wc_flags$offset(), WC_SIZE);

  // Fields of NDK_RESULT, then of NDK_RESULT_EX.
  private static final VarHandle STATUS_AND_BYTES = longAt(0, NdkResults.SIZE);
  private static final VarHandle QP_CONTEXT = longAt(8, NdkResults.SIZE);
  private static final VarHandle REQUEST_CONTEXT = longAt(16, NdkResults.SIZE);
  private static final VarHandle TYPE = intAt(24, NdkResultsEx.SIZE);
  private static final VarHandle PROVIDER_ERROR_CODE = intAt(28, NdkResultsEx.SIZE);
  private static final VarHandle TYPE_SPECIFIC_OUTPUT = longAt(32, NdkResultsEx.SIZE);

  private final int withInvalidate; // IBV_WC_* flags
  private final NdkCqNotification notification;
  private final Runnable notifySuccess = thenRelease(() -> notifyConsumer(NdkStatus.SUCCESS));
  private final long cookie;
  private final MemorySegment pollFunction;
  private final MemorySegment notifyFunction;
  private final MemorySegment completions;
  private final long completionsAddress;
  private final CqRoom room;
  private MemorySegment cq;
  private long cqAddress;

  private boolean queuePairsEnded; // control thread only

  private final QueueLock lock = new QueueLock();
  // All below are guarded by the lock.
  private final StagedResults staged = new StagedResults();
  private WorkQueue[] queues = new WorkQueue[2];
  private final IntTable<VerbsQp> sharingQps = new IntTable<>(); // with an SRQ, by number
  private final List<LostRequest> lost = new ArrayList<>(); // in the order of each queue
  private int armed = NOT_ARMED;
  private boolean stagedSinceNotification;
  private NdkStatus failure;
  private boolean refusing; // closed
  private boolean destroyed;

  private VerbsCq(AdapterContext adapter, int depth, NdkCqNotification notification)
      throws NdkException {
    completions = Arena.ofAuto().allocate(BATCH * WC_SIZE, 64); // first, as it may fail
    super(adapter);
    room = new CqRoom(adapter.info(), depth);
    this.notification = notification;
    // Soft-RoCE gives the kernel's own flag, which has another meaning in verbs, but none for RC.
    withInvalidate =
        adapter.traits().softRoce()
            ? RdmaCore.IBV_WC_WITH_INV() | RdmaCore.IBV_WC_IP_CSUM_OK()
            : RdmaCore.IBV_WC_WITH_INV();
    cookie = adapter.nextCookie();
    pollFunction = adapter.ops().pollCq();
    notifyFunction = adapter.ops().reqNotifyCq();
    completionsAddress = completions.address();
  }

  static VerbsCq create(
      AdapterContext adapter, int depth, NdkCqNotification notification, int vector)
      throws NdkException {
    QpSizes.check("completion queue depth", depth, 1, adapter.info().maxCqDepth());
    VerbsCq cq = new VerbsCq(adapter, depth, notification);
    try {
      cq.cq =
          VerbsControl.ibv_create_cq(
              adapter.context(),
              cq.room.entries(),
              MemorySegment.ofAddress(cq.cookie),
              adapter.completionChannel(),
              vector);
    } catch (ErrnoException e) {
      cq.abandon();
      throw Statuses.creation("create a completion queue of " + depth, "its depth", e);
    }
    cq.cqAddress = cq.cq.address();
    cq.room.made(cq.cq);
    adapter.cqs().put(cq.cookie, cq);
    adapter.asyncTargets().put(cq.cqAddress, cq);
    cq.publish();
    return cq;
  }

  @Override
  public MemorySegment cq() {
    return cq;
  }

  // --- work queues

  /** Gives a work queue its index, and room for what it hides. */
  int attach(WorkQueue queue) throws NdkException {
    if (queue instanceof SendQueue) {
      room.addInitiator();
    }
    lock.lock();
    try {
      int index = 0;
      while (index < queues.length && queues[index] != null) {
        index++;
      }
      if (index == queues.length) {
        queues = Arrays.copyOf(queues, 2 * index);
      }
      queues[index] = queue;
      return index;
    } finally {
      lock.unlock();
    }
  }

  /** Expects completions of an SRQ's receives on a queue pair. */
  void share(VerbsQp qp) {
    lock.lock();
    try {
      sharingQps.put(qp.number(), qp);
    } finally {
      lock.unlock();
    }
  }

  /** Frees a work queue's index; all its completions are staged before. */
  void detach(WorkQueue queue) {
    lock.lock();
    try {
      stageCompletions();
      forget(queue);
      if (sharingQps.get(queue.qp.number()) == queue.qp) { // the number may be another's by now
        sharingQps.remove(queue.qp.number());
      }
    } finally {
      lock.unlock();
    }
    if (queue instanceof SendQueue) {
      room.removeInitiator();
    }
  }

  private void forget(WorkQueue queue) {
    for (int i = 0; i < queues.length; i++) {
      if (queues[i] == queue) {
        queues[i] = null;
      }
    }
  }

  // --- results

  @Override
  public int getCqResultsEx(NdkResultsEx results) {
    return getCqResults(results);
  }

  @Override
  public int getCqResults(NdkResults results) {
    int size = results instanceof NdkResultsEx ? NdkResultsEx.SIZE : NdkResults.SIZE;
    lock.lock();
    try {
      if (refusing) {
        throw closedException();
      }
      int capacity = results.capacity();
      int count = 0;
      if (!lost.isEmpty()) {
        stageCompletions(); // one by one, as the lost ones come between them
        return staged.moveTo(results, size);
      }
      if (!staged.isEmpty()) {
        count = staged.moveTo(results, size);
        if (count == capacity) {
          return count;
        }
      }
      int taken;
      int wanted;
      do {
        wanted = Math.min(capacity - count, BATCH);
        taken = Verbs.ibv_poll_cq(pollFunction, cqAddress, wanted, completionsAddress);
        if (taken > 0) {
          count += translate(taken, results.address() + (long) count * size, size);
        }
        // Entries may be left: hidden ones made room, or the batch was smaller than the array.
      } while (taken == wanted && count < capacity);
      if (taken < 0) {
        pollFailed();
      }
      return count;
    } finally {
      lock.unlock();
      Reference.reachabilityFence(results);
      Reference.reachabilityFence(this);
    }
  }

  /** The driver cannot say any more what is done. */
  private void pollFailed() {
    if (failure == null) {
      failure = NdkStatus.INTERNAL_ERROR;
      adapter.control(() -> fail(NdkStatus.INTERNAL_ERROR));
    }
  }

  /** Writes completions, at least one, as results; returns how many were not the provider's own. */
  private int translate(int taken, long target, int size) {
    int count = 0;
    long next = target;
    long wc = completionsAddress;
    long end = wc + taken * WC_SIZE;
    do {
      if (translate(at(wc), at(next), size)) {
        next += size;
        count++;
      }
      wc += WC_SIZE;
    } while (wc != end);
    return count;
  }

  /** Writes one completion as a result; false if it was the provider's own. */
  private boolean translate(long wc, long target, int size) {
    long id = (long) WC_ID.get(ALL, wc);
    boolean success = (int) WC_STATUS.get(ALL, wc) == 0;
    if (id < 0) {
      return translateShared((int) id, wc, target, size);
    }
    WorkQueue queue = queues[WorkQueue.queueOf(id)];
    if (queue == null) {
      return false; // too late: it was cancelled by hand
    }
    int position = WorkQueue.positionOf(id);
    int kind = WorkQueue.kindOf(id);
    long context = queue.contextOf(position);
    queue.retire(position); // the slot is the poster's again
    if (Kind.isHidden(kind, success)) {
      return false;
    }
    if (success && (kind != Kind.RECEIVE || isPlain(wc))) {
      int bytes = (int) WC_BYTE_LEN.get(ALL, wc);
      write(target, 0, bytes, queue.qpContext, context);
      if (size == NdkResultsEx.SIZE) {
        writeEx(target, Kind.type(kind), 0, 0);
      }
    } else {
      translate(wc, success, queue.qp, Kind.type(kind), context, target, size);
    }
    return true;
  }

  /** Whether a receive brought nothing but its bytes. */
  private boolean isPlain(long wc) {
    return ((int) WC_FLAGS.get(ALL, wc) & (withInvalidate | RdmaCore.IBV_WC_WITH_IMM())) == 0;
  }

  /** Writes the completion of a receive of an SRQ, which is that of the queue pair it names. */
  private boolean translateShared(int slot, long wc, long target, int size) {
    boolean success = (int) WC_STATUS.get(ALL, wc) == 0;
    VerbsQp qp = sharingQps.get((int) WC_QP_NUM.get(ALL, wc));
    if (qp == null) {
      return false;
    }
    long context = qp.srq().complete(slot);
    translate(wc, success, qp, NdkOperationType.RECEIVE, context, target, size);
    return true;
  }

  private void translate(
      long wc,
      boolean success,
      VerbsQp qp,
      NdkOperationType type,
      long context,
      long target,
      int size) {
    if (!success) {
      int wcStatus = (int) WC_STATUS.get(ALL, wc);
      NdkStatus status = Statuses.ofWc(wcStatus, type, adapter.traits().softRoce());
      if (status == NdkStatus.CANCELLED
          && type != NdkOperationType.RECEIVE
          && qp.isEndedByDeviceAlone()) {
        status = NdkStatus.INTERNAL_ERROR; // the first failure, which the device calls flushed
      }
      int vendorError = (int) WC_VENDOR_ERR.get(ALL, wc) & 0xFF_FFFF;
      int providerError = wcStatus << 24 | vendorError;
      qp.recordFailure(status, type, context, providerError);
      write(target, size, status, 0, qp.context(), context, type, providerError, 0);
      return;
    }
    int bytes = (int) WC_BYTE_LEN.get(ALL, wc);
    NdkOperationType exactType = type;
    int output = 0;
    if (type == NdkOperationType.RECEIVE) {
      int wcFlags = (int) WC_FLAGS.get(ALL, wc);
      if ((wcFlags & withInvalidate) != 0) {
        output = (int) WC_IMMEDIATE.get(ALL, wc);
        exactType = NdkOperationType.RECEIVE_AND_INVALIDATE;
        qp.pd().memory().windows().invalidatedByPeer(output);
      } else if ((wcFlags & RdmaCore.IBV_WC_WITH_IMM()) != 0) {
        output = QpExtensions.networkOrder((int) WC_IMMEDIATE.get(ALL, wc));
        exactType =
            (int) WC_OPCODE.get(ALL, wc) == RdmaCore.IBV_WC_RECV_RDMA_WITH_IMM()
                ? NdkOperationType.RECEIVE_WRITE_WITH_IMMEDIATE
                : NdkOperationType.RECEIVE_WITH_IMMEDIATE;
      }
    }
    write(target, size, NdkStatus.SUCCESS, bytes, qp.context(), context, exactType, 0, output);
  }

  /** Lays out an NDK_RESULT or NDK_RESULT_EX. */
  private static void write(
      long target,
      int size,
      NdkStatus status,
      int bytes,
      long qpContext,
      long requestContext,
      NdkOperationType type,
      int providerError,
      int output) {
    write(target, status.code(), bytes, qpContext, requestContext);
    if (size == NdkResultsEx.SIZE) {
      writeEx(target, type, providerError, output);
    }
  }

  private static void write(
      long target, int status, int bytes, long qpContext, long requestContext) {
    STATUS_AND_BYTES.set(ALL, target, (long) bytes << 32 | Integer.toUnsignedLong(status));
    QP_CONTEXT.set(ALL, target, qpContext);
    REQUEST_CONTEXT.set(ALL, target, requestContext);
  }

  private static void writeEx(long target, NdkOperationType type, int providerError, int output) {
    TYPE.set(ALL, target, type.value());
    PROVIDER_ERROR_CODE.set(ALL, target, providerError);
    TYPE_SPECIFIC_OUTPUT.set(ALL, target, Integer.toUnsignedLong(output));
  }

  // --- staging

  /**
   * Takes everything the device has, in order, so that queues can be drained without the consumer.
   */
  @Override
  public void drain() {
    lock.lock();
    try {
      stageCompletions();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether silent requests are done, which leave no result. */
  private boolean stageCompletions() {
    boolean silent = false;
    int taken;
    do {
      staged.reserve(BATCH + lost.size()); // what has been taken must not be lost
      taken = destroyed ? 0 : Verbs.ibv_poll_cq(pollFunction, cqAddress, BATCH, completionsAddress);
      for (int i = 0; i < taken; i++) {
        long wc = at(completionsAddress + i * WC_SIZE);
        if (!lost.isEmpty()) {
          stageLostBefore((long) WC_ID.get(ALL, wc));
        }
        long offset = staged.next();
        if (translate(wc, at(staged.memory().address() + offset), NdkResultsEx.SIZE)) {
          staged.add();
          stagedSinceNotification = true;
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

  /** A completion of a later request shows that those before are done. */
  private void stageLostBefore(long id) {
    if (id >= 0) {
      WorkQueue queue = queues[WorkQueue.queueOf(id)];
      int position = WorkQueue.positionOf(id);
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

  /** Makes the result of a request that the device did not take and that has no place any more. */
  void fail(LostRequest request) {
    lock.lock();
    try {
      stageResult(request);
      fireIfArmed();
    } finally {
      lock.unlock();
    }
  }

  /** Makes the results of requests that the device did not take, each in its turn. */
  void failInTurn(List<LostRequest> requests) {
    lock.lock();
    try {
      lost.addAll(requests);
      stageCompletions();
      if (stagedSinceNotification && !staged.isEmpty()) {
        fireIfArmed();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives the consumer results for what a work queue still has outstanding. */
  void cancelOutstanding(WorkQueue queue) {
    lock.lock();
    try {
      lost.removeIf(request -> request.queue() == queue); // as all that is outstanding
      queue.cancelOutstanding();
      forget(queue);
      fireIfArmed();
    } finally {
      lock.unlock();
    }
  }

  /** Makes the result of a request that was flushed before the device has ever seen it. */
  void cancel(WorkQueue queue, long requestContext, NdkOperationType type) {
    lock.lock();
    try {
      stageCancelled(queue, requestContext, type);
      fireIfArmed();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the consumer has taken enough results for one more that costs no device anything. */
  boolean hasRoomToCancel() {
    lock.lock();
    try {
      return staged.count() < room.depth();
    } finally {
      lock.unlock();
    }
  }

  /** Makes the result of a flushed request; with the lock. */
  void stageCancelled(WorkQueue queue, long requestContext, NdkOperationType type) {
    int flushed = RdmaCore.IBV_WC_WR_FLUSH_ERR() << 24;
    stage(queue, NdkStatus.CANCELLED, flushed, requestContext, type);
  }

  private void stage(
      WorkQueue queue,
      NdkStatus status,
      int providerError,
      long requestContext,
      NdkOperationType type) {
    queue.qp.recordFailure(status, type, requestContext, providerError);
    long offset = staged.next();
    write(
        at(staged.memory().address() + offset),
        NdkResultsEx.SIZE,
        status,
        0,
        queue.qp.context(),
        requestContext,
        type,
        providerError,
        0);
    staged.add();
    stagedSinceNotification = true;
  }

  // --- notification

  @Override
  public void armCq(int type) {
    if (type < NDK_CQ_NOTIFY_ERRORS || type > NDK_CQ_NOTIFY_SOLICITED) {
      throw new IllegalArgumentException("not an NDK_CQ_NOTIFY type: " + type);
    }
    if (notification == null) {
      throw new IllegalStateException(this + " was created without a notification");
    }
    lock.lock();
    try {
      if (destroyed || isClosed()) {
        throw closedException();
      }
      armed = merge(armed, type);
      if (failure != null) {
        fire(failure);
      } else if (armed != NDK_CQ_NOTIFY_ERRORS && !firesForStaged()) {
        // Verbs tells only of what comes after the arm: look for what came before. Soft-RoCE's
        // driver misses failed and flushed requests when asked for solicited ones only.
        boolean solicited = armed == NDK_CQ_NOTIFY_SOLICITED && !adapter.traits().softRoce();
        int errno = Verbs.ibv_req_notify_cq(notifyFunction, cqAddress, solicited ? 1 : 0);
        boolean silent = stageCompletions();
        if (errno != 0) {
          fire(NdkStatus.INTERNAL_ERROR); // nobody would be told of what comes
        } else if (!firesForStaged() && silent) {
          fire(NdkStatus.SUCCESS); // whoever waits for room waits for these, too
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** NDKPI's table for arming while armed. */
  private static int merge(int armed, int type) {
    if (armed == NDK_CQ_NOTIFY_ANY || type == NDK_CQ_NOTIFY_ANY) {
      return NDK_CQ_NOTIFY_ANY;
    }
    return Math.max(armed, type);
  }

  private boolean firesForStaged() {
    if (!stagedSinceNotification || staged.isEmpty()) {
      return false;
    }
    fire(NdkStatus.SUCCESS);
    return true;
  }

  private void fireIfArmed() {
    if (armed == NDK_CQ_NOTIFY_ANY || armed == NDK_CQ_NOTIFY_SOLICITED) {
      fire(NdkStatus.SUCCESS);
    }
  }

  private void fire(NdkStatus status) {
    armed = NOT_ARMED;
    stagedSinceNotification = false;
    dispatch(
        status == NdkStatus.SUCCESS ? notifySuccess : thenRelease(() -> notifyConsumer(status)));
  }

  private void notifyConsumer(NdkStatus status) {
    if (!isClosed()) {
      notification.notified(status);
    }
  }

  /** One that comes late finds no arm and is ignored. */
  @Override
  public void completionEvent() {
    lock.lock();
    try {
      fireIfArmed();
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
   * The device has lost the queue: told at once if armed, else at the next arm. Its queue pairs are
   * flushed, so that whoever polls gets results for all that is outstanding. Control thread only.
   */
  private void fail(NdkStatus status) {
    Set<VerbsQp> qps = new LinkedHashSet<>();
    lock.lock();
    try {
      if (failure != NdkStatus.DEVICE_REMOVED) {
        failure = status;
      }
      if (armed != NOT_ARMED) {
        fire(failure);
      }
      Stream.of(queues).filter(Objects::nonNull).forEach(queue -> qps.add(queue.qp));
    } finally {
      lock.unlock();
    }
    if (!queuePairsEnded) {
      queuePairsEnded = true;
      qps.forEach(VerbsQp::completionQueueFailed);
    }
  }

  /** Whether a queue pair of it can never be told what is done. */
  boolean hasFailed() {
    lock.lock();
    try {
      return failure != null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void deviceRemoved() {
    lock.lock();
    try {
      failure = NdkStatus.DEVICE_REMOVED;
      if (armed != NOT_ARMED) {
        fire(failure);
      }
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
    Request request = Request.start(this, completion);
    if (request == null) {
      return NdkStatus.INVALID_HANDLE;
    }
    adapter.control(() -> resize(cqDepth, request));
    return NdkStatus.PENDING;
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

  /** What waits is safe then. */
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
  void markClosed() {
    lock.lock();
    try {
      refusing = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  void destroy() {
    lock.lock();
    try {
      destroyed = true;
    } finally {
      lock.unlock();
    }
    adapter.cqs().remove(cookie);
    adapter.asyncTargets().remove(cqAddress);
    try {
      VerbsControl.ibv_destroy_cq(cq);
    } catch (ErrnoException e) {
      adapter.log("a completion queue could not be destroyed", e);
    }
  }

  @Override
  MemorySegment handle() {
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
