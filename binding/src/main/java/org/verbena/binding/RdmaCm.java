package org.verbena.binding;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.RdmaCore;

/**
 * The functions of librdmacm, with failures as {@link ErrnoException}. The library's functions are
 * thread-safe; each may block in a system call.
 */
public final class RdmaCm {
  private static final ControlCall RDMA_CREATE_EVENT_CHANNEL =
      new ControlCall(
          "rdma_create_event_channel",
          RdmaCore.rdma_create_event_channel$address(),
          RdmaCore.rdma_create_event_channel$descriptor());
  private static final ControlCall RDMA_GET_CM_EVENT =
      new ControlCall(
          "rdma_get_cm_event",
          RdmaCore.rdma_get_cm_event$address(),
          RdmaCore.rdma_get_cm_event$descriptor());
  private static final ControlCall RDMA_ACK_CM_EVENT =
      new ControlCall(
          "rdma_ack_cm_event",
          RdmaCore.rdma_ack_cm_event$address(),
          RdmaCore.rdma_ack_cm_event$descriptor());
  private static final ControlCall RDMA_CREATE_ID =
      new ControlCall(
          "rdma_create_id",
          RdmaCore.rdma_create_id$address(),
          RdmaCore.rdma_create_id$descriptor());
  private static final ControlCall RDMA_DESTROY_ID =
      new ControlCall(
          "rdma_destroy_id",
          RdmaCore.rdma_destroy_id$address(),
          RdmaCore.rdma_destroy_id$descriptor());
  private static final ControlCall RDMA_BIND_ADDR =
      new ControlCall(
          "rdma_bind_addr",
          RdmaCore.rdma_bind_addr$address(),
          RdmaCore.rdma_bind_addr$descriptor());
  private static final ControlCall RDMA_RESOLVE_ADDR =
      new ControlCall(
          "rdma_resolve_addr",
          RdmaCore.rdma_resolve_addr$address(),
          RdmaCore.rdma_resolve_addr$descriptor());
  private static final ControlCall RDMA_RESOLVE_ROUTE =
      new ControlCall(
          "rdma_resolve_route",
          RdmaCore.rdma_resolve_route$address(),
          RdmaCore.rdma_resolve_route$descriptor());
  private static final ControlCall RDMA_CONNECT =
      new ControlCall(
          "rdma_connect", RdmaCore.rdma_connect$address(), RdmaCore.rdma_connect$descriptor());
  private static final ControlCall RDMA_ESTABLISH =
      new ControlCall(
          "rdma_establish",
          RdmaCore.rdma_establish$address(),
          RdmaCore.rdma_establish$descriptor());
  private static final ControlCall RDMA_LISTEN =
      new ControlCall(
          "rdma_listen", RdmaCore.rdma_listen$address(), RdmaCore.rdma_listen$descriptor());
  private static final ControlCall RDMA_ACCEPT =
      new ControlCall(
          "rdma_accept", RdmaCore.rdma_accept$address(), RdmaCore.rdma_accept$descriptor());
  private static final ControlCall RDMA_REJECT =
      new ControlCall(
          "rdma_reject", RdmaCore.rdma_reject$address(), RdmaCore.rdma_reject$descriptor());
  private static final ControlCall RDMA_DISCONNECT =
      new ControlCall(
          "rdma_disconnect",
          RdmaCore.rdma_disconnect$address(),
          RdmaCore.rdma_disconnect$descriptor());
  private static final ControlCall RDMA_NOTIFY =
      new ControlCall(
          "rdma_notify", RdmaCore.rdma_notify$address(), RdmaCore.rdma_notify$descriptor());
  private static final ControlCall RDMA_SET_OPTION =
      new ControlCall(
          "rdma_set_option",
          RdmaCore.rdma_set_option$address(),
          RdmaCore.rdma_set_option$descriptor());
  private static final ControlCall RDMA_INIT_QP_ATTR =
      new ControlCall(
          "rdma_init_qp_attr",
          RdmaCore.rdma_init_qp_attr$address(),
          RdmaCore.rdma_init_qp_attr$descriptor());

  private RdmaCm() {}

  /**
   * Creates an event channel.
   *
   * @return a {@code struct rdma_event_channel *}, to be destroyed by {@code
   *     rdma_destroy_event_channel}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment rdma_create_event_channel() throws ErrnoException {
    return RDMA_CREATE_EVENT_CHANNEL.orNull();
  }

  /**
   * Reads one event; waits for it, unless the channel is non-blocking.
   *
   * @param channel a {@code struct rdma_event_channel *}
   * @param event receives a {@code struct rdma_cm_event *}, to be acknowledged
   * @throws ErrnoException EAGAIN if there is none and the channel is non-blocking, else if the
   *     call fails
   */
  public static void rdma_get_cm_event(MemorySegment channel, MemorySegment event)
      throws ErrnoException {
    RDMA_GET_CM_EVENT.orMinusOne(channel, event);
  }

  /**
   * Acknowledges an event and frees it, its private data included.
   *
   * @param event a {@code struct rdma_cm_event *}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_ack_cm_event(MemorySegment event) throws ErrnoException {
    RDMA_ACK_CM_EVENT.orMinusOne(event);
  }

  /**
   * Creates a cm id.
   *
   * @param channel a {@code struct rdma_event_channel *}
   * @param id receives the {@code struct rdma_cm_id *}, to be destroyed by {@link #rdma_destroy_id}
   * @param context returned with its events
   * @param portSpace RDMA_PS_TCP
   * @throws ErrnoException if the call fails
   */
  public static void rdma_create_id(
      MemorySegment channel, MemorySegment id, MemorySegment context, int portSpace)
      throws ErrnoException {
    RDMA_CREATE_ID.orMinusOne(channel, id, context, portSpace);
  }

  /**
   * Destroys a cm id; blocks until its events have been acknowledged.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_destroy_id(MemorySegment id) throws ErrnoException {
    RDMA_DESTROY_ID.orMinusOne(id);
  }

  /**
   * Binds to a local address.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param address a {@code struct sockaddr *}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_bind_addr(MemorySegment id, MemorySegment address) throws ErrnoException {
    RDMA_BIND_ADDR.orMinusOne(id, address);
  }

  /**
   * Starts to resolve a destination address; ends with an event.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param source a {@code struct sockaddr *} or NULL
   * @param destination a {@code struct sockaddr *}
   * @param timeout the time-out in milliseconds
   * @throws ErrnoException if the call fails
   */
  public static void rdma_resolve_addr(
      MemorySegment id, MemorySegment source, MemorySegment destination, int timeout)
      throws ErrnoException {
    RDMA_RESOLVE_ADDR.orMinusOne(id, source, destination, timeout);
  }

  /**
   * Starts to resolve the route to the resolved address; ends with an event.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param timeout the time-out in milliseconds
   * @throws ErrnoException if the call fails
   */
  public static void rdma_resolve_route(MemorySegment id, int timeout) throws ErrnoException {
    RDMA_RESOLVE_ROUTE.orMinusOne(id, timeout);
  }

  /**
   * Sends a connect request; ends with an event.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param param a {@code struct rdma_conn_param}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_connect(MemorySegment id, MemorySegment param) throws ErrnoException {
    RDMA_CONNECT.orMinusOne(id, param);
  }

  /**
   * Completes a connection whose queue pair is not attached to the cm id.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_establish(MemorySegment id) throws ErrnoException {
    RDMA_ESTABLISH.orMinusOne(id);
  }

  /**
   * Listens on the bound address.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param backlog the most requests that may wait to be read; 0 for the system's limit
   * @throws ErrnoException if the call fails
   */
  public static void rdma_listen(MemorySegment id, int backlog) throws ErrnoException {
    RDMA_LISTEN.orMinusOne(id, backlog);
  }

  /**
   * Accepts a connect request.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param param a {@code struct rdma_conn_param}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_accept(MemorySegment id, MemorySegment param) throws ErrnoException {
    RDMA_ACCEPT.orMinusOne(id, param);
  }

  /**
   * Rejects a connect request or response.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param privateData the data to send or NULL
   * @param length its length in bytes, unsigned
   * @throws ErrnoException if the call fails
   */
  public static void rdma_reject(MemorySegment id, MemorySegment privateData, byte length)
      throws ErrnoException {
    RDMA_REJECT.orMinusOne(id, privateData, length);
  }

  /**
   * Sends a disconnect request, or the reply to one.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_disconnect(MemorySegment id) throws ErrnoException {
    RDMA_DISCONNECT.orMinusOne(id);
  }

  /**
   * Notifies the connection manager of an asynchronous event.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param event IBV_EVENT_COMM_EST
   * @throws ErrnoException if the call fails
   */
  public static void rdma_notify(MemorySegment id, int event) throws ErrnoException {
    RDMA_NOTIFY.orMinusOne(id, event);
  }

  /**
   * Sets an option of a cm id.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param level RDMA_OPTION_ID
   * @param option RDMA_OPTION_ID_*
   * @param value the value, as long as the segment
   * @throws ErrnoException if the call fails
   */
  public static void rdma_set_option(MemorySegment id, int level, int option, MemorySegment value)
      throws ErrnoException {
    RDMA_SET_OPTION.orMinusOne(id, level, option, value, value.byteSize());
  }

  /**
   * Fills in the queue pair attributes for the transition to the state in {@code attr}.
   *
   * @param id a {@code struct rdma_cm_id *}
   * @param attr a {@code struct ibv_qp_attr} with its {@code qp_state}
   * @param mask receives the IBV_QP_* bits of the attributes set, an {@code int}
   * @throws ErrnoException if the call fails
   */
  public static void rdma_init_qp_attr(MemorySegment id, MemorySegment attr, MemorySegment mask)
      throws ErrnoException {
    RDMA_INIT_QP_ATTR.orMinusOne(id, attr, mask);
  }
}
