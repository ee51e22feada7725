package org.verbena.ndk.verbs.cm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.SocketAddresses;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.rdma_addr;
import org.verbena.binding.rdma.rdma_cm_id;
import org.verbena.binding.rdma.rdma_conn_param;
import org.verbena.binding.rdma.rdma_route;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.CmEvent;
import org.verbena.ndk.verbs.adapter.DevicePort;
import org.verbena.ndk.verbs.adapter.MemoryShortage;
import org.verbena.ndk.verbs.queue.NativeQp;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * A {@code struct rdma_cm_id} of the adapter's event channel, with no queue pair attached. For the
 * control thread only.
 *
 * <p>Its events find it by a cookie in its {@code context}, which is never reused: an event that
 * was in flight when the identifier was destroyed finds no handler.
 */
public final class CmId implements NativeQp.ConnectionAttributes {
  /** Without an acknowledgement. Not 7, which Soft-RoCE takes for infinity. */
  private static final byte RETRIES = 6;

  /** While the peer has no receive: without end. */
  private static final byte RNR_RETRIES = 7;

  static final byte[] NO_DATA = {};

  private final AdapterContext adapter;
  private final Long cookie; // a key, so that removing it needs no memory
  private final AdapterContext.Destruction destruction = this::destroyId;
  private final Runnable destroying = this::destroyNative;
  private MemorySegment id = MemorySegment.NULL; // set once

  /** The owner, and a call for a route. */
  private final AtomicInteger users = new AtomicInteger(1);

  private boolean destroyed;

  private CmId(AdapterContext adapter) {
    this.adapter = adapter;
    cookie = adapter.nextCookie();
  }

  static CmId create(AdapterContext adapter, Consumer<CmEvent> handler) throws ErrnoException {
    CmId created = new CmId(adapter);
    boolean complete = false;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(RdmaCore.C_POINTER);
      MemorySegment context = MemorySegment.ofAddress(created.cookie);
      created.handleWith(handler);
      RdmaCm.rdma_create_id(adapter.eventChannel(), result, context, RdmaCore.RDMA_PS_TCP());
      created.id = MemoryShortage.pointerAt(result);
      complete = true;
    } finally {
      if (!complete) {
        created.handleNoMore();
      }
    }
    return created;
  }

  /** Takes ownership of the identifier of a connect request, whose events have no handler yet. */
  static CmId adopt(AdapterContext adapter, MemorySegment id) {
    CmId adopted = new CmId(adapter);
    rdma_cm_id.context(id, MemorySegment.ofAddress(adopted.cookie));
    adopted.id = id;
    return adopted;
  }

  /** Sets the handler of its events. */
  void handleWith(Consumer<CmEvent> handler) {
    adapter.cmHandlers().put(cookie, handler);
  }

  private void handleNoMore() {
    adapter.cmHandlers().remove(cookie);
  }

  /** Lets several identifiers bind to one address; each of them must call it. */
  void shareAddress() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_set_option(
          id,
          RdmaCore.RDMA_OPTION_ID(),
          RdmaCore.RDMA_OPTION_ID_REUSEADDR(),
          arena.allocateFrom(RdmaCore.C_INT, 1));
    }
  }

  MemorySegment handle() {
    return id;
  }

  /** Binds to an address of this adapter. */
  void bind(InetSocketAddress address) throws NdkException {
    if (address.getAddress().isAnyLocalAddress()) {
      throw new NdkException(
          NdkStatus.INVALID_ADDRESS,
          "bind to " + Addresses.text(address) + ": name one address of the adapter");
    }
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_bind_addr(id, SocketAddresses.write(address, arena));
    } catch (ErrnoException e) {
      throw new NdkException(
          bindStatus(e.errno(), address),
          "bind to " + Addresses.text(address) + ": " + e.getMessage(),
          e);
    }
    requireAdapter("local address", address);
  }

  private static NdkStatus bindStatus(int errno, InetSocketAddress address) {
    if (errno == RdmaCore.ENODEV()) {
      return NdkStatus.INVALID_ADDRESS; // a local address without an RDMA device
    }
    if (errno == RdmaCore.EADDRNOTAVAIL() && isLocal(address)) {
      // No free port, or a conflict with a wildcard.
      return address.getPort() == 0 ? NdkStatus.TOO_MANY_ADDRESSES : NdkStatus.SHARING_VIOLATION;
    }
    return Statuses.ofErrno(errno);
  }

  private static boolean isLocal(InetSocketAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address.getAddress()) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /** Checks that the connection manager has chosen this adapter's device and port. */
  void requireAdapter(String what, InetSocketAddress address) throws NdkException {
    MemorySegment verbs = rdma_cm_id.verbs(id);
    if (verbs.address() != 0
        && ibv_context.device(verbs).equals(ibv_context.device(adapter.context()))
        && rdma_cm_id.port_num(id) == adapter.port()) {
      return;
    }
    // Its struct ibv_device may be another one of the same name.
    String chosen =
        verbs.address() == 0
            ? "no RDMA device"
            : DevicePort.name(ibv_context.device(verbs), rdma_cm_id.port_num(id));
    if (!chosen.equals(adapter.toString())) {
      throw new NdkException(
          NdkStatus.INVALID_ADDRESS,
          what + " " + Addresses.text(address) + " belongs to " + chosen + ", not to " + adapter);
    }
  }

  void resolveAddress(InetSocketAddress destination, int milliseconds) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_resolve_addr(
          id, MemorySegment.NULL, SocketAddresses.write(destination, arena), milliseconds);
    }
  }

  /**
   * Resolves the route on a thread of its own: where ibacm runs, librdmacm asks it first, and waits
   * for its answer without a limit.
   *
   * @param failed called on the control thread if the call fails and this still exists
   */
  void resolveRoute(int milliseconds, Consumer<Throwable> failed) {
    RouteRequest request = new RouteRequest(milliseconds, failed);
    users.incrementAndGet();
    boolean started = false;
    try {
      adapter.route(request);
      started = true;
    } finally {
      if (!started) {
        users.decrementAndGet();
      }
    }
  }

  /** The call for a route. */
  private final class RouteRequest implements Runnable {
    private final int milliseconds;
    private final Consumer<Throwable> failed;
    private final Runnable failing = this::failUnlessDestroyed; // created early
    private @Nullable Throwable thrown;

    RouteRequest(int milliseconds, Consumer<Throwable> failed) {
      this.milliseconds = milliseconds;
      this.failed = failed;
    }

    @Override
    public void run() {
      try {
        RdmaCm.rdma_resolve_route(id, milliseconds);
      } catch (ErrnoException | OutOfMemoryError e) {
        thrown = e;
        adapter.control(failing);
      } finally {
        if (users.decrementAndGet() == 0) {
          adapter.control(destroying);
        }
      }
    }

    private void failUnlessDestroyed() {
      if (!destroyed) {
        failed.accept(Objects.requireNonNull(thrown));
      }
    }
  }

  /**
   * The {@code rdma_conn_param} of a connect or an accept.
   *
   * @param srq whether the queue pair has a shared receive queue
   */
  record Parameters(
      int qpNumber, boolean srq, int inboundLimit, int outboundLimit, byte[] privateData) {
    private MemorySegment write(Arena arena) {
      MemorySegment parameters = arena.allocate(rdma_conn_param.layout());
      rdma_conn_param.private_data(parameters, copy(privateData, arena));
      rdma_conn_param.private_data_len(parameters, (byte) privateData.length);
      rdma_conn_param.responder_resources(parameters, (byte) inboundLimit);
      rdma_conn_param.initiator_depth(parameters, (byte) outboundLimit);
      rdma_conn_param.retry_count(parameters, RETRIES);
      rdma_conn_param.rnr_retry_count(parameters, RNR_RETRIES);
      rdma_conn_param.qp_num(parameters, qpNumber);
      rdma_conn_param.srq(parameters, (byte) (srq ? 1 : 0));
      return parameters;
    }
  }

  void connect(Parameters parameters) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_connect(id, parameters.write(arena));
    }
  }

  void accept(Parameters parameters) throws CmException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_accept(id, parameters.write(arena));
    } catch (ErrnoException e) {
      throw new CmException(e);
    }
  }

  private static MemorySegment copy(byte[] bytes, Arena arena) {
    return bytes.length == 0 ? MemorySegment.NULL : arena.allocateFrom(JAVA_BYTE, bytes);
  }

  void establish() throws CmException {
    try {
      RdmaCm.rdma_establish(id);
    } catch (ErrnoException e) {
      throw new CmException(e);
    }
  }

  void listen() throws ErrnoException {
    RdmaCm.rdma_listen(id, 0);
  }

  void reject(byte[] privateData) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_reject(id, copy(privateData, arena), (byte) privateData.length);
    }
  }

  void disconnect() throws ErrnoException {
    RdmaCm.rdma_disconnect(id);
  }

  void communicationEstablished() throws ErrnoException {
    RdmaCm.rdma_notify(id, RdmaCore.IBV_EVENT_COMM_EST());
  }

  @Override
  public void addTo(MemorySegment attributes, MemorySegment mask) throws CmException {
    try {
      RdmaCm.rdma_init_qp_attr(id, attributes, mask);
    } catch (ErrnoException e) {
      throw new CmException(e);
    }
  }

  @Nullable InetSocketAddress localAddress() {
    return SocketAddresses.read(rdma_addr.src_storage(addresses()));
  }

  @Nullable InetSocketAddress peerAddress() {
    return SocketAddresses.read(rdma_addr.dst_storage(addresses()));
  }

  private MemorySegment addresses() {
    return rdma_route.addr(rdma_cm_id.route(id));
  }

  /** Destroys it, which disconnects a connection and rejects a pending request. */
  void destroy() {
    handleNoMore();
    destroyed = true;
    if (users.decrementAndGet() == 0) { // else afterwards
      destroyNative();
    }
  }

  private void destroyNative() {
    adapter.destroy("an rdma_cm_id", destruction);
  }

  private void destroyId() throws ErrnoException {
    RdmaCm.rdma_destroy_id(id);
  }
}
