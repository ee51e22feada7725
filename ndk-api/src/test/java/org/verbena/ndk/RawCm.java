package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.FileFlags;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.SocketAddresses;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.rdma_addr;
import org.verbena.binding.rdma.rdma_cm_event;
import org.verbena.binding.rdma.rdma_cm_id;
import org.verbena.binding.rdma.rdma_conn_param;
import org.verbena.binding.rdma.rdma_event_channel;
import org.verbena.binding.rdma.rdma_route;

/**
 * rdma_cm without the library, as a peer uses it that keeps no rule: identifiers without queue
 * pairs on one event channel, and any call at any moment. For one thread.
 */
final class RawCm implements AutoCloseable {
  /** The kernel (6.1) misses a reply that arrives at once, until the attempt times out. */
  private static final int RESOLVE_TRY_MILLISECONDS = 200;

  private static final byte RETRIES = 7;

  private final InetSocketAddress source;
  private final MemorySegment channel;
  private final Set<MemorySegment> ids = new LinkedHashSet<>();

  RawCm(InetAddress source) throws ErrnoException {
    this.source = new InetSocketAddress(source, 0);
    channel = RdmaCm.rdma_create_event_channel();
    FileFlags.setNonBlocking(rdma_event_channel.fd(channel));
  }

  /** What a connect or an accept says; nothing of it need be true. */
  record Parameters(int qpNumber, int inboundLimit, int outboundLimit, byte[] privateData) {
    private MemorySegment write(Arena arena) {
      MemorySegment parameters = arena.allocate(rdma_conn_param.layout());
      rdma_conn_param.private_data(parameters, arena.allocateFrom(JAVA_BYTE, privateData));
      rdma_conn_param.private_data_len(parameters, (byte) privateData.length);
      rdma_conn_param.responder_resources(parameters, (byte) inboundLimit);
      rdma_conn_param.initiator_depth(parameters, (byte) outboundLimit);
      rdma_conn_param.retry_count(parameters, RETRIES);
      rdma_conn_param.rnr_retry_count(parameters, RETRIES);
      rdma_conn_param.qp_num(parameters, qpNumber);
      return parameters;
    }
  }

  /**
   * An event.
   *
   * @param id the identifier it is about: the new one for a connect request
   * @param type RDMA_CM_EVENT_*
   */
  record Event(MemorySegment id, int type, int status, byte[] privateData) {
    @Override
    public String toString() {
      return RdmaCore.rdma_event_str(type).getString(0) + " (status " + status + ")";
    }
  }

  // --- identifiers

  private MemorySegment create() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(RdmaCore.C_POINTER);
      RdmaCm.rdma_create_id(channel, result, MemorySegment.NULL, RdmaCore.RDMA_PS_TCP());
      MemorySegment id = result.get(RdmaCore.C_POINTER, 0);
      ids.add(id);
      return id;
    }
  }

  /** An identifier that is bound, so that it has a device. */
  MemorySegment bound() throws ErrnoException {
    MemorySegment id = create();
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_bind_addr(id, SocketAddresses.write(source, arena));
    }
    return id;
  }

  MemorySegment listening() throws ErrnoException {
    MemorySegment id = bound();
    RdmaCm.rdma_listen(id, 0);
    return id;
  }

  InetSocketAddress address(MemorySegment id) {
    return SocketAddresses.read(rdma_addr.src_storage(rdma_route.addr(rdma_cm_id.route(id))));
  }

  /** An identifier that is ready to connect. */
  MemorySegment routed(InetSocketAddress destination) throws ErrnoException {
    MemorySegment id = create();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = SocketAddresses.write(source, arena);
      MemorySegment to = SocketAddresses.write(destination, arena);
      Event event;
      do {
        RdmaCm.rdma_resolve_addr(id, from, to, RESOLVE_TRY_MILLISECONDS);
        event = next(id);
        from = MemorySegment.NULL; // bound by the first attempt
      } while (event.status() == -RdmaCore.ETIMEDOUT());
      assertEquals(RdmaCore.RDMA_CM_EVENT_ADDR_RESOLVED(), event.type(), event::toString);
      RdmaCm.rdma_resolve_route(id, RESOLVE_TRY_MILLISECONDS);
      await(id, RdmaCore.RDMA_CM_EVENT_ROUTE_RESOLVED());
    }
    return id;
  }

  void destroy(MemorySegment id) throws ErrnoException {
    ids.remove(id);
    RdmaCm.rdma_destroy_id(id);
  }

  // --- messages

  void connect(MemorySegment id, Parameters parameters) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_connect(id, parameters.write(arena));
    }
  }

  void accept(MemorySegment id, Parameters parameters) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_accept(id, parameters.write(arena));
    }
  }

  void reject(MemorySegment id, byte[] privateData) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      RdmaCm.rdma_reject(id, arena.allocateFrom(JAVA_BYTE, privateData), (byte) privateData.length);
    }
  }

  // --- events

  /** Waits for an event of this type, which must be the identifier's next. */
  Event await(MemorySegment id, int type) {
    Event event = next(id);
    assertEquals(type, event.type(), event::toString);
    return event;
  }

  /** Waits for the next event of an identifier; those of others are dropped. */
  private Event next(MemorySegment id) {
    Event[] next = new Event[1];
    Await.until("an event of the raw peer", () -> (next[0] = poll(id)) != null);
    return next[0];
  }

  private Event poll(MemorySegment id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(RdmaCore.C_POINTER);
      RdmaCm.rdma_get_cm_event(channel, result);
      MemorySegment event = result.get(RdmaCore.C_POINTER, 0);
      Event copy = copyOf(event);
      boolean request = copy.type() == RdmaCore.RDMA_CM_EVENT_CONNECT_REQUEST();
      MemorySegment owner = request ? rdma_cm_event.listen_id(event) : copy.id();
      if (request) {
        ids.add(copy.id());
      }
      RdmaCm.rdma_ack_cm_event(event);
      return owner.address() == id.address() ? copy : null;
    } catch (ErrnoException e) {
      if (e.errno() == RdmaCore.EAGAIN()) {
        return null;
      }
      throw new AssertionError(e);
    }
  }

  private static Event copyOf(MemorySegment event) {
    MemorySegment conn = rdma_cm_event.param.conn(rdma_cm_event.param(event));
    int length = Byte.toUnsignedInt(rdma_conn_param.private_data_len(conn));
    return new Event(
        rdma_cm_event.id(event),
        rdma_cm_event.event(event),
        rdma_cm_event.status(event),
        length == 0
            ? new byte[0]
            : rdma_conn_param.private_data(conn).asSlice(0, length).toArray(JAVA_BYTE));
  }

  @Override
  public void close() throws ErrnoException {
    for (MemorySegment id : Set.copyOf(ids)) {
      destroy(id);
    }
    RdmaCore.rdma_destroy_event_channel(channel);
  }
}
