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

  public VerbsListener(AdapterContext adapter, NdkConnectEvent connectEvent) throws NdkException {
    super(adapter);
    this.connectEvent = connectEvent;
    publish();
  }

  @Override
  public NdkStatus listen(InetSocketAddress address, NdkRequestCompletion completion) {
    Objects.requireNonNull(completion, "completion");
    Addresses.requireResolved(address, "address");
    NdkStatus refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (!started.compareAndSet(false, true)) {
      return NdkStatus.INVALID_DEVICE_STATE;
    }
    Request request = Request.start(this, completion);
    if (request == null) {
      return NdkStatus.INVALID_HANDLE;
    }
    request.run(adapter::control, () -> listen(address, request));
    return NdkStatus.PENDING;
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
      id = candidate;
      localAddress = candidate.localAddress();
      request.complete(NdkStatus.SUCCESS, null);
    } catch (NdkException e) {
      fail(candidate, request, e.status(), e.detail());
    } catch (ErrnoException e) {
      fail(
          candidate,
          request,
          Statuses.ofErrno(e.errno()),
          Addresses.text(address) + ": " + e.getMessage());
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
    if (paused) {
      refuse(event);
      return;
    }
    VerbsConnector connector;
    try {
      connector = new VerbsConnector(this, event);
    } catch (NdkException e) {
      refuse(event); // the listener or the adapter is closed
      return;
    }
    callback(
        () -> {
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
        });
  }

  private void refuse(CmEvent event) {
    CmId request = CmId.adopt(adapter, event.newId(), ignored -> {});
    try {
      request.reject(CmId.NO_DATA);
    } catch (ErrnoException e) {
      // The peer has given up already.
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
