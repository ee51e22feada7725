package org.verbena.ndk.verbs.cm;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkConnectOptions;
import org.verbena.ndk.NdkConnectionData;
import org.verbena.ndk.NdkConnectionEnd;
import org.verbena.ndk.NdkConnectionEnd.Cause;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkDisconnectEvent;
import org.verbena.ndk.NdkDisconnectEventEx;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkFailure;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkSharedEndpoint;
import org.verbena.ndk.NdkStages;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.CmEvent;
import org.verbena.ndk.verbs.adapter.MemoryShortage;
import org.verbena.ndk.verbs.adapter.Request;
import org.verbena.ndk.verbs.adapter.TimeLimits;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.queue.ConnectionListener;
import org.verbena.ndk.verbs.queue.VerbsQp;
import org.verbena.ndk.verbs.status.CmStatuses;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A connector: NDKPI's connection flow as a state machine over {@code rdma_cm}.
 *
 * <pre>
 *   connecting side:  IDLE → CONNECTING → RESPONDED → COMPLETING → ESTABLISHED
 *   accepting side:             REQUESTED → ACCEPTING → ESTABLISHED
 *   both:             ESTABLISHED (→ PEER_GONE) → DISCONNECTING → ENDED
 * </pre>
 *
 * <p>A call claims its transition by compare-and-set; all else happens on the control thread.
 */
@NullUnmarked // which fields are set depends on the state
public final class VerbsConnector extends VerbsObject implements NdkConnector, ConnectionListener {
  /**
   * Addresses are resolved in short attempts: the kernel (6.1) misses a reply that arrives at once,
   * and notices it only when the attempt times out.
   */
  private static final int RESOLVE_TRY_MILLISECONDS = 200;

  private static final int RESOLVE_TRIES = 20;

  private enum State {
    IDLE,
    CONNECTING,
    RESPONDED,
    COMPLETING,
    REQUESTED,
    ACCEPTING,
    ESTABLISHED,
    PEER_GONE,
    DISCONNECTING,
    ENDED
  }

  private final AtomicReference<State> state;
  private volatile NdkConnectionData connectionData;
  private volatile InetSocketAddress localAddress;
  private volatile InetSocketAddress peerAddress;

  // Control thread only.
  private CmId id;
  private VerbsQp qp;
  private Request pending;
  private TimeLimits.Limit timer;
  private VerbsSharedEndpoint endpoint; // held
  private AddressPair addressPair; // claimed
  private InetSocketAddress destination;
  private int inboundLimit;
  private int outboundLimit;
  private byte[] privateData;
  private Duration timeout; // of the pending request
  private int resolveTriesLeft;
  private CmEvent peerGaveUp; // before the connection was established
  private boolean peerGone; // afterwards
  private boolean queuePairUnused; // when it was closed
  private Runnable disconnected; // tells the consumer of a disconnect, for this reason
  private int disconnectReason;
  private Throwable thrown; // by the last step that failed
  private Cause endCause; // null until it has ended

  private final CompletableFuture<NdkConnectionEnd> ended = new CompletableFuture<>();

  private VerbsConnector(AdapterContext adapter, State state, VerbsObject... antecedents) {
    super(adapter, antecedents);
    this.state = new AtomicReference<>(state);
  }

  /** Creates one for the connecting side. */
  public static VerbsConnector create(AdapterContext adapter) throws NdkException {
    return create(new VerbsConnector(adapter, State.IDLE), () -> {});
  }

  /**
   * Creates one for a connect request; on the control thread.
   *
   * @param id which it takes ownership of, unless it throws
   */
  static VerbsConnector requested(VerbsObject listener, CmId id, CmEvent request)
      throws NdkException {
    VerbsConnector connector = new VerbsConnector(listener.adapter, State.REQUESTED, listener);
    return create(connector, () -> connector.adopt(id, request));
  }

  private void adopt(CmId requested, CmEvent request) {
    connectionData =
        new NdkConnectionData(
            Math.min(request.inboundLimit(), maxInbound()),
            Math.min(request.outboundLimit(), maxOutbound()),
            request.privateData());
    rememberAddresses(requested);
    requested.handleWith(this::handle);
    id = requested;
  }

  private int maxInbound() {
    return adapter.info().maxInboundReadLimit();
  }

  private int maxOutbound() {
    return adapter.info().maxOutboundReadLimit();
  }

  private void rememberAddresses(CmId known) {
    localAddress = known.localAddress();
    peerAddress = known.peerAddress();
  }

  // --- calls

  @Override
  public NdkStatus connect(
      NdkQp qp,
      InetSocketAddress source,
      InetSocketAddress destination,
      NdkConnectOptions options,
      NdkRequestCompletion completion) {
    Addresses.requireResolved(source, "source");
    Addresses.requireResolved(destination, "destination");
    return claim(
        State.IDLE,
        State.CONNECTING,
        new ConnectRequest(qp, options, completion),
        adapter.info().maxCallerData(),
        null,
        () -> startConnect(source, destination));
  }

  @Override
  public NdkStatus connectWithSharedEndpoint(
      NdkQp qp,
      NdkSharedEndpoint endpoint,
      InetSocketAddress destination,
      NdkConnectOptions options,
      NdkRequestCompletion completion) {
    Objects.requireNonNull(endpoint, "endpoint");
    ConnectRequest request = new ConnectRequest(qp, options, completion);
    Addresses.requireResolved(destination, "destination");
    if (!(endpoint instanceof VerbsSharedEndpoint own) || own.adapter != adapter) {
      return NdkStatus.INVALID_PARAMETER;
    }
    if (own.isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    return claim(
        State.IDLE,
        State.CONNECTING,
        request,
        adapter.info().maxCallerData(),
        own,
        () -> startConnect(own, destination));
  }

  private static NdkDisconnectEventEx withoutReason(NdkDisconnectEvent event) {
    return event == null ? null : reason -> event.disconnected();
  }

  @Override
  public NdkStatus acceptEx(
      NdkQp qp,
      NdkConnectOptions options,
      NdkDisconnectEventEx disconnectEvent,
      NdkRequestCompletion completion) {
    return claim(
        State.REQUESTED,
        State.ACCEPTING,
        new ConnectRequest(qp, options, completion),
        adapter.info().maxCalleeData(),
        null,
        () -> startAccept(disconnectEvent));
  }

  /**
   * The common part of connect and accept: checks, and claims the connector, the queue pair and the
   * shared endpoint, if any.
   */
  private NdkStatus claim(
      State from,
      State to,
      ConnectRequest request,
      int maxPrivateData,
      VerbsSharedEndpoint endpoint,
      Runnable action) {
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (!(request.qp() instanceof VerbsQp own)
        || own.adapter != adapter
        || request.hasNegativeLimit()) {
      return NdkStatus.INVALID_PARAMETER;
    }
    NdkConnectOptions options = request.options();
    byte[] data = options.privateData();
    if (data.length > maxPrivateData) {
      return NdkStatus.INVALID_BUFFER_SIZE;
    }
    Runnable performing =
        () -> {
          qp = own;
          inboundLimit = Math.min(options.inboundReadLimit(), maxInbound());
          outboundLimit = Math.min(options.outboundReadLimit(), maxOutbound());
          privateData = data;
          timeout = options.timeout().orElse(adapter.connectionTimeout());
          action.run();
        };
    Runnable undo =
        () -> {
          if (endpoint != null) {
            endpoint.release();
          }
          own.detach(this);
          state.compareAndSet(to, from);
        };
    Request pendingRequest = request(to, request.completion(), performing, undo, false);
    if (!state.compareAndSet(from, to)) {
      return wrongState();
    }
    NdkStatus status = own.attach(this);
    if (status != NdkStatus.SUCCESS) {
      state.compareAndSet(to, from);
      return status;
    }
    if (endpoint != null && !endpoint.acquire()) {
      own.detach(this);
      state.compareAndSet(to, from);
      return NdkStatus.INVALID_HANDLE;
    }
    return pendingRequest.start(adapter.controlSoonExecutor());
  }

  private NdkStatus wrongState() {
    return switch (state.get()) {
      case CONNECTING, RESPONDED, COMPLETING, ACCEPTING, ESTABLISHED -> NdkStatus.CONNECTION_ACTIVE;
      default -> NdkStatus.CONNECTION_INVALID;
    };
  }

  @Override
  public NdkStatus completeConnect(
      NdkDisconnectEvent disconnectEvent, NdkRequestCompletion completion) {
    return completeConnectEx(withoutReason(disconnectEvent), completion);
  }

  @Override
  public CompletionStage<Void> completeConnect(NdkDisconnectEvent disconnectEvent) {
    return completeConnectEx(withoutReason(disconnectEvent));
  }

  @Override
  public NdkStatus completeConnectEx(
      NdkDisconnectEventEx disconnectEvent, NdkRequestCompletion completion) {
    return completeConnect(disconnectEvent, completion, false);
  }

  /** It waits for nothing, so the stage mostly completes in the call. */
  @Override
  public CompletionStage<Void> completeConnectEx(NdkDisconnectEventEx disconnectEvent) {
    return NdkStages.of("complete connect", c -> completeConnect(disconnectEvent, c, true));
  }

  private NdkStatus completeConnect(
      NdkDisconnectEventEx disconnectEvent, NdkRequestCompletion completion, boolean inline) {
    Objects.requireNonNull(completion, "completion");
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    Request request =
        request(
            State.COMPLETING,
            completion,
            () -> complete(disconnectEvent),
            () -> state.compareAndSet(State.COMPLETING, State.RESPONDED),
            inline);
    return state.compareAndSet(State.RESPONDED, State.COMPLETING)
        ? request.start(adapter.controlSoonExecutor())
        : NdkStatus.CONNECTION_INVALID;
  }

  @Override
  public NdkStatus disconnect(NdkRequestCompletion completion) {
    return requestDisconnect(adapter.connectionTimeout(), completion);
  }

  @Override
  public NdkStatus disconnect(Duration timeout, NdkRequestCompletion completion) {
    NdkConnectOptions checked = NdkConnectOptions.DEFAULT.withTimeout(timeout);
    return requestDisconnect(checked.timeout().orElseThrow(), completion);
  }

  private NdkStatus requestDisconnect(Duration limit, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    if (isClosed()) {
      return NdkStatus.INVALID_HANDLE;
    }
    State from = state.get();
    if (from != State.ESTABLISHED && from != State.PEER_GONE) {
      return NdkStatus.CONNECTION_INVALID;
    }
    Request request =
        request(
            State.DISCONNECTING,
            completion,
            () -> startDisconnect(limit),
            () -> state.compareAndSet(State.DISCONNECTING, from),
            false);
    return state.compareAndSet(from, State.DISCONNECTING)
        ? request.start(adapter.controlSoonExecutor())
        : requestDisconnect(limit, completion); // it has just been lost, or another call was first
  }

  /**
   * Creates a request whose transition is then claimed.
   *
   * @param action runs on the control thread
   * @param undo undoes the claim, if the action cannot run or the connector is closed first
   */
  private Request request(
      State claimed,
      NdkRequestCompletion completion,
      Runnable action,
      Runnable undo,
      boolean inline) {
    return new Request(
        this, completion, request -> perform(claimed, request, action), undo, inline);
  }

  private void perform(State claimed, Request request, Runnable action) {
    if (state.get() != claimed) {
      request.cancel();
      return;
    }
    pending = request;
    try {
      action.run();
      if (adapter.isRemoved()) { // before its turn had come
        deviceRemoved();
      }
    } catch (RuntimeException | Error e) {
      failPending(e);
    }
  }

  /** Ends what is pending, as a step has thrown; control thread only. */
  private void failPending(Throwable e) {
    adapter.log("a connector failed", e);
    if (pending == null) {
      return;
    }
    thrown = e;
    MemoryShortage.outlast(VerbsConnector::endPending, this);
  }

  private void endPending() {
    NdkStatus status = Statuses.ofThrowable(thrown);
    String detail = Statuses.text(thrown);
    switch (state.get()) {
      case CONNECTING -> failConnect(status, detail);
      case COMPLETING, ACCEPTING -> end(status, detail);
      case DISCONNECTING -> finish(status, detail);
      default -> {
        // Nothing is pending.
      }
    }
  }

  @Override
  public NdkStatus reject(byte[] privateData) {
    byte[] data = privateData == null ? CmId.NO_DATA : privateData.clone();
    if (data.length > adapter.info().maxCalleeData()) {
      return NdkStatus.INVALID_BUFFER_SIZE;
    }
    if (!acquire()) {
      return NdkStatus.INVALID_HANDLE;
    }
    try {
      if (!state.compareAndSet(State.REQUESTED, State.ENDED)
          && !state.compareAndSet(State.RESPONDED, State.ENDED)) {
        return NdkStatus.CONNECTION_INVALID;
      }
      return adapter.controlAndWait(() -> sendReject(data));
    } finally {
      release();
    }
  }

  @Override
  public NdkConnectionData getConnectionData() throws NdkException {
    requireOpen();
    NdkConnectionData data = connectionData;
    State now = state.get();
    if (data == null || (now != State.REQUESTED && now != State.RESPONDED && now != State.IDLE)) {
      throw new NdkException(NdkStatus.CONNECTION_INVALID, "there is no connection data now");
    }
    return data;
  }

  @Override
  public InetSocketAddress getLocalAddress() throws NdkException {
    return requireKnown(localAddress);
  }

  @Override
  public InetSocketAddress getPeerAddress() throws NdkException {
    return requireKnown(peerAddress);
  }

  private InetSocketAddress requireKnown(InetSocketAddress address) throws NdkException {
    requireOpen();
    if (address == null) {
      throw new NdkException(NdkStatus.CONNECTION_INVALID, "there is no connection");
    }
    return address;
  }

  private void requireOpen() throws NdkException {
    if (isClosed()) {
      throw new NdkException(NdkStatus.INVALID_HANDLE, this + " has been closed");
    }
  }

  // --- the control thread: connecting side

  /** Connects from a shared endpoint, and takes over its reference. */
  private void startConnect(VerbsSharedEndpoint endpoint, InetSocketAddress destination) {
    this.endpoint = endpoint;
    startConnect(endpoint.address(), destination);
  }

  private void startConnect(InetSocketAddress source, InetSocketAddress destination) {
    this.destination = destination;
    startTimer();
    connectionData = null;
    try {
      id = CmId.create(adapter, this::handle);
      if (endpoint != null) {
        id.shareAddress();
        addressPair = AddressPair.claim(source, destination);
      }
      id.bind(source);
      resolveTriesLeft = RESOLVE_TRIES;
      resolveAddress();
    } catch (NdkException e) {
      failConnect(e.status(), e.detail());
    } catch (ErrnoException e) {
      failConnect(Statuses.ofErrno(e.errno()), e.getMessage());
    }
  }

  private void resolveAddress() throws ErrnoException {
    resolveTriesLeft--;
    id.resolveAddress(destination, RESOLVE_TRY_MILLISECONDS);
  }

  private CmId.Parameters parameters() {
    return new CmId.Parameters(
        qp.number(), qp.srq != null, inboundLimit, outboundLimit, privateData);
  }

  private void handleConnecting(CmEvent event) {
    int type = event.type();
    try {
      if (type == RdmaCore.RDMA_CM_EVENT_ADDR_RESOLVED()) {
        id.requireAdapter("the route to", destination);
        id.resolveRoute(milliseconds(), this::routeFailed);
      } else if (type == RdmaCore.RDMA_CM_EVENT_ADDR_ERROR()
          && event.status() == -RdmaCore.ETIMEDOUT()
          && resolveTriesLeft > 0) {
        resolveAddress();
      } else if (type == RdmaCore.RDMA_CM_EVENT_ROUTE_RESOLVED()) {
        id.connect(parameters());
      } else if (type == RdmaCore.RDMA_CM_EVENT_CONNECT_RESPONSE()) {
        respond(event);
      } else {
        if (type == RdmaCore.RDMA_CM_EVENT_REJECTED()) {
          connectionData = new NdkConnectionData(0, 0, event.privateData());
        }
        failConnect(
            CmStatuses.ofConnect(type, event.status()), Addresses.text(destination) + ": " + event);
      }
    } catch (NdkException e) {
      failConnect(e.status(), e.detail());
    } catch (ErrnoException e) {
      failConnect(e);
    }
  }

  private void routeFailed(Throwable e) {
    if (e instanceof ErrnoException errno) {
      failConnect(errno);
    } else {
      failPending(e);
    }
  }

  private void failConnect(ErrnoException e) {
    failConnect(Statuses.ofErrno(e.errno()), Addresses.text(destination) + ": " + e.getMessage());
  }

  private void respond(CmEvent event) {
    inboundLimit = Math.min(inboundLimit, event.inboundLimit());
    outboundLimit = Math.min(outboundLimit, event.outboundLimit());
    connectionData = new NdkConnectionData(inboundLimit, outboundLimit, event.privateData());
    rememberAddresses(id);
    state.set(State.RESPONDED);
    completePending(NdkStatus.SUCCESS, null);
  }

  /** After a failed connect the connector is idle again. */
  private void failConnect(NdkStatus status, String detail) {
    destroyId();
    localAddress = null;
    peerAddress = null;
    qp.detach(this);
    qp = null;
    state.set(State.IDLE);
    completePending(status, detail);
  }

  private void complete(NdkDisconnectEventEx disconnectEvent) {
    disconnected = disconnection(disconnectEvent);
    if (peerGaveUp != null) {
      end(
          CmStatuses.ofEstablish(peerGaveUp.type()),
          Addresses.text(destination) + ": " + peerGaveUp);
      return;
    }
    try {
      qp.toReadyToSend(id, inboundLimit, outboundLimit);
      id.establish();
      established();
    } catch (ErrnoException e) {
      end(establishStatus(e), Addresses.text(destination) + ": " + e.getMessage());
    }
  }

  /** The status of a call that failed during establishment, on either side. */
  private NdkStatus establishStatus(ErrnoException e) {
    if (adapter.isRemoved()) {
      return NdkStatus.DEVICE_REMOVED;
    }
    if (e instanceof CmException
        && (e.errno() == RdmaCore.EINVAL() || e.errno() == RdmaCore.ENOTCONN())) {
      return NdkStatus.CONNECTION_ABORTED;
    }
    // The queue pair may have been flushed or closed meanwhile.
    return qp.isFlushed() ? NdkStatus.CONNECTION_INVALID : Statuses.ofErrno(e.errno());
  }

  // --- the control thread: accepting side

  private void startAccept(NdkDisconnectEventEx disconnectEvent) {
    disconnected = disconnection(disconnectEvent);
    startTimer();
    NdkConnectionData wishes = connectionData;
    inboundLimit = Math.min(inboundLimit, wishes.inboundReadLimit());
    outboundLimit = Math.min(outboundLimit, wishes.outboundReadLimit());
    try {
      qp.toReadyToSend(id, inboundLimit, outboundLimit);
      id.accept(parameters());
    } catch (ErrnoException e) {
      end(establishStatus(e), Addresses.text(peerAddress) + ": " + e.getMessage());
    }
  }

  private void handleAccepting(CmEvent event) {
    if (event.type() == RdmaCore.RDMA_CM_EVENT_ESTABLISHED()) {
      established();
    } else {
      end(CmStatuses.ofEstablish(event.type()), Addresses.text(peerAddress) + ": " + event);
    }
  }

  @Override
  public void communicationEstablished() {
    if (state.get() == State.ACCEPTING && id != null) {
      try {
        id.communicationEstablished();
      } catch (ErrnoException e) {
        // The connection manager's own message came first.
      }
    }
  }

  private NdkStatus sendReject(byte[] data) {
    if (id == null) {
      return NdkStatus.INVALID_HANDLE; // closed meanwhile
    }
    if (peerGaveUp != null) {
      return NdkStatus.CONNECTION_ABORTED;
    }
    try {
      id.reject(data);
      return NdkStatus.SUCCESS;
    } catch (ErrnoException e) {
      return e.errno() == RdmaCore.EINVAL()
          ? NdkStatus.CONNECTION_ABORTED
          : Statuses.ofErrno(e.errno());
    }
  }

  // --- the control thread: connected, and the end

  private void established() {
    state.set(State.ESTABLISHED);
    completePending(NdkStatus.SUCCESS, null);
    if (qp.isFlushed() || qp.firstFailure().isPresent()) {
      requestsEnded(); // meanwhile
    }
  }

  private void handleConnected(CmEvent event) {
    boolean timedOut = event.status() != 0;
    boolean confirms = event.type() == RdmaCore.RDMA_CM_EVENT_DISCONNECTED() && !timedOut;
    if (lost(
        confirms ? Cause.PEER_CONFIRMED : Cause.PEER_UNKNOWN,
        CmStatuses.disconnectReason(event.type(), event.status()))) {
      return;
    }
    // This side is disconnecting; both sides may have started at once.
    answerDisconnect();
    peerGone = true;
    if (pending != null && state.get() == State.DISCONNECTING) {
      finish(
          timedOut ? NdkStatus.IO_TIMEOUT : NdkStatus.SUCCESS,
          timedOut ? Addresses.text(peerAddress) + ": " + event : null);
    }
  }

  /**
   * The connection was lost: notifies the consumer, once. Control thread only.
   *
   * @return false if there is no connection, or this side is disconnecting
   */
  private boolean lost(Cause cause, int reason) {
    if (!state.compareAndSet(State.ESTABLISHED, State.PEER_GONE)) {
      return false;
    }
    peerGone = true;
    qp.peerDisconnected();
    disconnectReason = reason;
    ended(cause);
    if (disconnected != null) {
      dispatch(disconnected);
    }
    answerDisconnect();
    return true;
  }

  /** How the consumer is told, once; created early, as there may be no memory then. */
  private Runnable disconnection(NdkDisconnectEventEx event) {
    return event == null
        ? null
        : thenRelease(
            () -> {
              if (!isClosed()) {
                event.disconnected(disconnectReason);
              }
            });
  }

  @Override
  public void queuePairFailed(int asyncEvent) {
    lost(Cause.PEER_UNKNOWN, CmStatuses.asyncDisconnectReason(asyncEvent));
  }

  @Override
  public void requestsEnded() {
    if (state.get() == State.ESTABLISHED) {
      ended(Cause.PEER_UNKNOWN);
    }
  }

  @Override
  public CompletionStage<NdkConnectionEnd> whenEnded() {
    return ended.minimalCompletionStage();
  }

  /**
   * The connection has ended: tells so, once.
   *
   * @param cause PEER_UNKNOWN stands for DEVICE_REMOVED, too, if the device is gone
   */
  private void ended(Cause cause) {
    if (endCause == null) {
      boolean gone = cause == Cause.PEER_UNKNOWN && adapter.isRemoved();
      endCause = gone ? Cause.DEVICE_REMOVED : cause;
      MemoryShortage.outlast(VerbsConnector::tellEnd, this);
    }
  }

  private void tellEnd() {
    Optional<NdkFailure> failure = qp == null ? Optional.empty() : qp.firstFailure();
    NdkConnectionEnd end = new NdkConnectionEnd(endCause, disconnectReason, failure);
    adapter.dispatcher().execute(() -> ended.complete(end));
  }

  /**
   * The kernel does not reply to a peer's disconnect itself; the peer would wait until it times
   * out.
   */
  private void answerDisconnect() {
    try {
      MemoryShortage.outlast(CmId::disconnect, id);
    } catch (ErrnoException e) {
      // Nothing to reply to.
    }
  }

  private void startDisconnect(Duration limit) {
    if (peerGone) {
      finish(NdkStatus.SUCCESS, null);
      return;
    }
    timeout = limit;
    startTimer();
    try {
      id.disconnect();
    } catch (ErrnoException e) {
      ended(Cause.PEER_UNKNOWN);
      end(NdkStatus.SUCCESS, null); // without its identifier the connection ends all the same
    }
  }

  /** Ends a connection: flushes its queue pair, then completes what is pending. */
  private void finish(NdkStatus status, String detail) {
    Request request = pending;
    Runnable completing = () -> request.complete(status, detail);
    takePending();
    if (state.getAndSet(State.ENDED) == State.DISCONNECTING) {
      ended(status == NdkStatus.SUCCESS ? Cause.PEER_CONFIRMED : Cause.PEER_UNKNOWN);
    }
    qp.flushThen(completing);
  }

  /** Ends a connection without a handshake; its queue pair cannot be used again. */
  private void end(NdkStatus status, String detail) {
    destroyId();
    finish(status, detail);
  }

  @Override
  public void deviceRemoved() {
    String detail = adapter + " is gone";
    if (pending == null && state.get() != State.ESTABLISHED) {
      return; // a request that is still queued fails in its turn
    }
    switch (state.get()) {
      case CONNECTING -> failConnect(NdkStatus.DEVICE_REMOVED, detail);
      case ACCEPTING -> end(NdkStatus.DEVICE_REMOVED, detail);
      case DISCONNECTING -> finish(NdkStatus.DEVICE_REMOVED, detail);
      case ESTABLISHED ->
          lost(
              Cause.PEER_UNKNOWN,
              CmStatuses.asyncDisconnectReason(RdmaCore.IBV_EVENT_DEVICE_FATAL()));
      default -> {
        // Further calls fail.
      }
    }
  }

  private void handle(CmEvent event) {
    try {
      handleInState(event);
    } catch (RuntimeException | Error e) {
      failPending(e);
    }
  }

  private void handleInState(CmEvent event) {
    int type = event.type();
    if (type == RdmaCore.RDMA_CM_EVENT_TIMEWAIT_EXIT()
        || type == RdmaCore.RDMA_CM_EVENT_ADDR_CHANGE()) {
      return;
    }
    switch (state.get()) {
      case CONNECTING -> handleConnecting(event);
      case RESPONDED, COMPLETING -> peerGaveUp = event;
      case ACCEPTING -> {
        if (pending != null) { // else the accept will fail by itself
          handleAccepting(event);
        }
      }
      case ESTABLISHED, PEER_GONE, DISCONNECTING -> handleConnected(event);
      default -> {
        // A late event of a connection that has ended.
      }
    }
  }

  private Request takePending() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    Request request = pending;
    pending = null;
    return request;
  }

  private void completePending(NdkStatus status, String detail) {
    Request request = takePending();
    if (request != null) {
      request.complete(status, detail);
    }
  }

  // --- time-outs

  private int milliseconds() {
    return (int) Math.max(1, timeout.toMillis());
  }

  private void startTimer() {
    timer = adapter.limitTime(timeout, this::timeOut);
  }

  private void timeOut() {
    try {
      endTimedOut();
    } catch (RuntimeException | Error e) {
      failPending(e);
    }
  }

  private void endTimedOut() {
    timer = null;
    String detail = "no answer within " + timeout.toMillis() + " ms";
    switch (state.get()) {
      case CONNECTING ->
          failConnect(NdkStatus.IO_TIMEOUT, Addresses.text(destination) + ": " + detail);
      case ACCEPTING -> end(NdkStatus.IO_TIMEOUT, Addresses.text(peerAddress) + ": " + detail);
      case DISCONNECTING ->
          finish(NdkStatus.IO_TIMEOUT, Addresses.text(peerAddress) + ": " + detail);
      default -> {
        // It has just completed.
      }
    }
  }

  // --- lifetime

  private void destroyId() {
    if (id != null) {
      id.destroy();
      id = null;
    }
    if (addressPair != null) {
      addressPair.release();
      addressPair = null;
    }
    if (endpoint != null) {
      endpoint.release();
      endpoint = null;
    }
  }

  @Override
  protected void startClose() {
    if (state.getAndSet(State.ENDED) == State.CONNECTING) {
      queuePairUnused = true; // another connector may connect it
    }
    completePending(NdkStatus.CANCELLED, "closed");
    ended(Cause.PEER_UNKNOWN);
    destroyId();
    if (qp != null && !queuePairUnused) {
      holding(qp::flushThen);
    }
  }

  @Override
  protected void destroy() {
    if (qp != null) {
      qp.detach(this);
    }
  }

  @Override
  protected MemorySegment handle() {
    return adapter.controlAndWait(() -> id == null ? MemorySegment.NULL : id.handle());
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.CONNECTOR;
  }

  @Override
  public String toString() {
    return "connector of " + adapter;
  }
}
