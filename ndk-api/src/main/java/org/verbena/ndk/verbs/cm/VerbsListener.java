package org.verbena.ndk.verbs.cm;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkConnectEvent;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkObjectType;
import org.verbena.ndk.NdkRequestCompletion;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.CmEvent;
import org.verbena.ndk.verbs.adapter.Request;
import org.verbena.ndk.verbs.adapter.VerbsObject;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A listener. Its identifier holds the port until the last accepted connector is closed; once the
 * listener is closed it rejects every request.
 */
public final class VerbsListener extends VerbsObject implements NdkListener {
  private final NdkConnectEvent connectEvent;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile @Nullable InetSocketAddress localAddress;
  private volatile boolean paused;
  private @Nullable CmId id; // control thread only

  private VerbsListener(AdapterContext adapter, NdkConnectEvent connectEvent) {
    super(adapter);
    this.connectEvent = connectEvent;
  }

  public static VerbsListener create(AdapterContext adapter, NdkConnectEvent connectEvent)
      throws NdkException {
    return create(new VerbsListener(adapter, connectEvent), () -> {});
  }

  @Override
  public NdkStatus listen(InetSocketAddress address, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    Addresses.requireResolved(address, "address");
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    Request request =
        new Request(this, completion, r -> listen(address, r), () -> started.set(false));
    if (!started.compareAndSet(false, true)) {
      return NdkStatus.INVALID_DEVICE_STATE;
    }
    return request.start(adapter.controlExecutor());
  }

  private void listen(InetSocketAddress address, Request request) {
    NdkStatus refusal = refusal();
    if (refusal != null) {
      boolean closed = refusal == NdkStatus.INVALID_HANDLE;
      request.complete(closed ? NdkStatus.CANCELLED : refusal, closed ? "closed" : "removed");
      return;
    }
    CmId candidate = null;
    try {
      candidate = CmId.create(adapter, this::handle);
      candidate.bind(address);
      candidate.listen();
      localAddress = candidate.localAddress();
      id = candidate;
      request.complete(NdkStatus.SUCCESS, null);
    } catch (NdkException e) {
      fail(candidate, request, e.status(), e.detail());
    } catch (ErrnoException e) {
      fail(
          candidate,
          request,
          Statuses.ofErrno(e.errno()),
          Addresses.text(address) + ": " + e.getMessage());
    } catch (OutOfMemoryError e) {
      fail(candidate, request, Statuses.ofThrowable(e), Statuses.text(e));
    }
  }

  /** The consumer may listen on another address afterwards. */
  private void fail(
      @Nullable CmId candidate, Request request, NdkStatus status, @Nullable String detail) {
    if (candidate != null) {
      candidate.destroy();
    }
    started.set(false);
    request.complete(status, detail);
  }

  private void handle(CmEvent event) {
    if (event.type() != RdmaCore.RDMA_CM_EVENT_CONNECT_REQUEST()) {
      return;
    }
    CmId request;
    try {
      request = CmId.adopt(adapter, event.newId());
    } catch (OutOfMemoryError e) {
      adapter.destroyOrphan(event.newId()); // which rejects it
      return;
    }
    if (paused) {
      refuse(request);
      return;
    }
    VerbsConnector connector;
    try {
      connector = VerbsConnector.requested(this, request, event);
    } catch (NdkException | OutOfMemoryError e) {
      refuse(request); // the listener or the adapter is closed, or there is no memory
      return;
    }
    try {
      callback(() -> notifyConsumer(connector));
    } catch (OutOfMemoryError e) {
      connector.close();
    }
  }

  private void notifyConsumer(VerbsConnector connector) {
    if (isClosed()) {
      connector.close();
      return;
    }
    try {
      connectEvent.connectRequested(connector);
    } catch (Throwable e) {
      connector.close(); // the consumer does not have it
      throw e;
    }
  }

  private static void refuse(CmId request) {
    try {
      request.reject(CmId.NO_DATA);
    } catch (ErrnoException | OutOfMemoryError e) {
      // The peer has given up already, or is rejected without a message of its own.
    }
    request.destroy();
  }

  @Override
  public void controlConnectEvents(boolean pause) {
    if (isClosed()) {
      throw closedException();
    }
    paused = pause;
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    if (isClosed()) {
      throw closedException();
    }
    InetSocketAddress address = localAddress;
    if (address == null) {
      throw new IllegalStateException(this + " is not listening");
    }
    return address;
  }

  /** The kernel waits until its identifiers are destroyed; no more events come. */
  @Override
  public void deviceRemoved() {
    localAddress = null;
    destroy();
  }

  @Override
  protected void destroy() {
    if (id != null) {
      id.destroy();
      id = null;
    }
  }

  @Override
  protected MemorySegment handle() {
    return adapter.controlAndWait(() -> id == null ? MemorySegment.NULL : id.handle());
  }

  @Override
  public NdkObjectType objectType() {
    return NdkObjectType.LISTENER;
  }

  @Override
  public String toString() {
    return "listener of " + adapter;
  }
}
