package org.verbena.binding;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.RdmaCore;

/**
 * The control functions of libibverbs, with failures as {@link ErrnoException}. They are
 * thread-safe, but for an object that another thread destroys; each may block in a system call.
 */
public final class VerbsControl {
  private static final ControlCall IBV_GET_DEVICE_LIST =
      new ControlCall(
          "ibv_get_device_list",
          RdmaCore.ibv_get_device_list$address(),
          RdmaCore.ibv_get_device_list$descriptor());
  private static final ControlCall IBV_OPEN_DEVICE =
      new ControlCall(
          "ibv_open_device",
          RdmaCore.ibv_open_device$address(),
          RdmaCore.ibv_open_device$descriptor());
  private static final ControlCall IBV_CREATE_COMP_CHANNEL =
      new ControlCall(
          "ibv_create_comp_channel",
          RdmaCore.ibv_create_comp_channel$address(),
          RdmaCore.ibv_create_comp_channel$descriptor());
  private static final ControlCall IBV_CREATE_CQ =
      new ControlCall(
          "ibv_create_cq", RdmaCore.ibv_create_cq$address(), RdmaCore.ibv_create_cq$descriptor());
  private static final ControlCall IBV_GET_CQ_EVENT =
      new ControlCall(
          "ibv_get_cq_event",
          RdmaCore.ibv_get_cq_event$address(),
          RdmaCore.ibv_get_cq_event$descriptor());
  private static final ControlCall IBV_GET_ASYNC_EVENT =
      new ControlCall(
          "ibv_get_async_event",
          RdmaCore.ibv_get_async_event$address(),
          RdmaCore.ibv_get_async_event$descriptor());
  private static final ControlCall IBV_ALLOC_PD =
      new ControlCall(
          "ibv_alloc_pd", RdmaCore.ibv_alloc_pd$address(), RdmaCore.ibv_alloc_pd$descriptor());
  private static final ControlCall IBV_REG_MR =
      new ControlCall(
          "ibv_reg_mr", RdmaCore.ibv_reg_mr$address(), RdmaCore.ibv_reg_mr$descriptor());
  private static final ControlCall IBV_CREATE_SRQ =
      new ControlCall(
          "ibv_create_srq",
          RdmaCore.ibv_create_srq$address(),
          RdmaCore.ibv_create_srq$descriptor());
  private static final ControlCall IBV_CREATE_QP =
      new ControlCall(
          "ibv_create_qp", RdmaCore.ibv_create_qp$address(), RdmaCore.ibv_create_qp$descriptor());

  private VerbsControl() {}

  /**
   * Lists the RDMA devices.
   *
   * @param count receives their number, an {@code int}
   * @return an array of {@code struct ibv_device *}, to be freed by {@code ibv_free_device_list}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_get_device_list(MemorySegment count) throws ErrnoException {
    return IBV_GET_DEVICE_LIST.orNull(count);
  }

  /**
   * Opens a device.
   *
   * @param device a {@code struct ibv_device *}
   * @return a {@code struct ibv_context *}, to be closed by {@code ibv_close_device}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_open_device(MemorySegment device) throws ErrnoException {
    return IBV_OPEN_DEVICE.orNull(device);
  }

  /**
   * Reads one entry of a GID table; the symbol behind the inline {@code ibv_query_gid_ex}.
   *
   * @param context a {@code struct ibv_context *}
   * @param port the port number, from 1
   * @param index the index in the table, from 0
   * @param entry receives a {@code struct ibv_gid_entry}
   * @param flags 0
   * @param size the size of {@code entry} in bytes
   * @throws ErrnoException if the call fails
   */
  public static void _ibv_query_gid_ex(
      MemorySegment context, int port, int index, MemorySegment entry, int flags, long size)
      throws ErrnoException {
    requireZero(
        "_ibv_query_gid_ex", RdmaCore._ibv_query_gid_ex(context, port, index, entry, flags, size));
  }

  /**
   * Creates a completion channel.
   *
   * @param context a {@code struct ibv_context *}
   * @return a {@code struct ibv_comp_channel *}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_create_comp_channel(MemorySegment context) throws ErrnoException {
    return IBV_CREATE_COMP_CHANNEL.orNull(context);
  }

  /**
   * Creates a completion queue.
   *
   * @param context a {@code struct ibv_context *}
   * @param entries the least number of entries, at least 1
   * @param cqContext returned with its events
   * @param channel a {@code struct ibv_comp_channel *} or NULL
   * @param vector the completion vector, from 0
   * @return a {@code struct ibv_cq *}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_create_cq(
      MemorySegment context,
      int entries,
      MemorySegment cqContext,
      MemorySegment channel,
      int vector)
      throws ErrnoException {
    return IBV_CREATE_CQ.orNull(context, entries, cqContext, channel, vector);
  }

  /**
   * Changes the size of a completion queue.
   *
   * @param cq a {@code struct ibv_cq *}
   * @param entries the new least number of entries
   * @throws ErrnoException if the call fails
   */
  public static void ibv_resize_cq(MemorySegment cq, int entries) throws ErrnoException {
    requireZero("ibv_resize_cq", RdmaCore.ibv_resize_cq(cq, entries));
  }

  /**
   * Destroys a completion queue.
   *
   * @param cq a {@code struct ibv_cq *}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_destroy_cq(MemorySegment cq) throws ErrnoException {
    requireZero("ibv_destroy_cq", RdmaCore.ibv_destroy_cq(cq));
  }

  /**
   * Reads one completion event; waits for it, unless the channel is non-blocking.
   *
   * @param channel a {@code struct ibv_comp_channel *}
   * @param cq receives the {@code struct ibv_cq *}
   * @param cqContext receives its context
   * @throws ErrnoException EAGAIN if there is none and the channel is non-blocking, else if the
   *     call fails
   */
  public static void ibv_get_cq_event(
      MemorySegment channel, MemorySegment cq, MemorySegment cqContext) throws ErrnoException {
    IBV_GET_CQ_EVENT.orMinusOne(channel, cq, cqContext);
  }

  /**
   * Reads one asynchronous event, to be acknowledged; waits for it, unless {@code async_fd} is
   * non-blocking.
   *
   * @param context a {@code struct ibv_context *}
   * @param event receives a {@code struct ibv_async_event}
   * @throws ErrnoException EAGAIN if there is none and the file is non-blocking, else if the call
   *     fails
   */
  public static void ibv_get_async_event(MemorySegment context, MemorySegment event)
      throws ErrnoException {
    IBV_GET_ASYNC_EVENT.orMinusOne(context, event);
  }

  /**
   * Allocates a protection domain.
   *
   * @param context a {@code struct ibv_context *}
   * @return a {@code struct ibv_pd *}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_alloc_pd(MemorySegment context) throws ErrnoException {
    return IBV_ALLOC_PD.orNull(context);
  }

  /**
   * Frees a protection domain.
   *
   * @param pd a {@code struct ibv_pd *}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_dealloc_pd(MemorySegment pd) throws ErrnoException {
    requireZero("ibv_dealloc_pd", RdmaCore.ibv_dealloc_pd(pd));
  }

  /**
   * Registers memory, which must stay mapped until {@link #ibv_dereg_mr}. The macro of this name
   * differs only for optional access flags, which the binding does not use.
   *
   * @param pd a {@code struct ibv_pd *}
   * @param address the first byte
   * @param length the length in bytes
   * @param access IBV_ACCESS_* flags
   * @return a {@code struct ibv_mr *}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_reg_mr(
      MemorySegment pd, MemorySegment address, long length, int access) throws ErrnoException {
    return IBV_REG_MR.orNull(pd, address, length, access);
  }

  /**
   * Deregisters memory.
   *
   * @param mr a {@code struct ibv_mr *}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_dereg_mr(MemorySegment mr) throws ErrnoException {
    requireZero("ibv_dereg_mr", RdmaCore.ibv_dereg_mr(mr));
  }

  /**
   * Creates a shared receive queue.
   *
   * @param pd a {@code struct ibv_pd *}
   * @param init a {@code struct ibv_srq_init_attr}; receives the sizes granted
   * @return a {@code struct ibv_srq *}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_create_srq(MemorySegment pd, MemorySegment init)
      throws ErrnoException {
    return IBV_CREATE_SRQ.orNull(pd, init);
  }

  /**
   * Changes the size of a shared receive queue, or arms its limit.
   *
   * @param srq a {@code struct ibv_srq *}
   * @param attr a {@code struct ibv_srq_attr}
   * @param mask IBV_SRQ_* bits of the attributes to set
   * @throws ErrnoException if the call fails
   */
  public static void ibv_modify_srq(MemorySegment srq, MemorySegment attr, int mask)
      throws ErrnoException {
    requireZero("ibv_modify_srq", RdmaCore.ibv_modify_srq(srq, attr, mask));
  }

  /**
   * Reads the attributes of a shared receive queue; its limit is 0 when it is not armed.
   *
   * @param srq a {@code struct ibv_srq *}
   * @param attr receives a {@code struct ibv_srq_attr}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_query_srq(MemorySegment srq, MemorySegment attr) throws ErrnoException {
    requireZero("ibv_query_srq", RdmaCore.ibv_query_srq(srq, attr));
  }

  /**
   * Destroys a shared receive queue.
   *
   * @param srq a {@code struct ibv_srq *}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_destroy_srq(MemorySegment srq) throws ErrnoException {
    requireZero("ibv_destroy_srq", RdmaCore.ibv_destroy_srq(srq));
  }

  /**
   * Creates a queue pair, in state RESET.
   *
   * @param pd a {@code struct ibv_pd *}
   * @param init a {@code struct ibv_qp_init_attr}; receives the capabilities granted
   * @return a {@code struct ibv_qp *}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_create_qp(MemorySegment pd, MemorySegment init)
      throws ErrnoException {
    return IBV_CREATE_QP.orNull(pd, init);
  }

  /**
   * Changes attributes of a queue pair, its state among them.
   *
   * @param qp a {@code struct ibv_qp *}
   * @param attr a {@code struct ibv_qp_attr}
   * @param mask IBV_QP_* bits of the attributes to set
   * @throws ErrnoException if the call fails
   */
  public static void ibv_modify_qp(MemorySegment qp, MemorySegment attr, int mask)
      throws ErrnoException {
    requireZero("ibv_modify_qp", RdmaCore.ibv_modify_qp(qp, attr, mask));
  }

  /**
   * Destroys a queue pair.
   *
   * @param qp a {@code struct ibv_qp *}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_destroy_qp(MemorySegment qp) throws ErrnoException {
    requireZero("ibv_destroy_qp", RdmaCore.ibv_destroy_qp(qp));
  }

  /** Of a function that returns the errno value itself. */
  private static void requireZero(String name, int result) throws ErrnoException {
    if (result != 0) {
      throw new ErrnoException(name, Math.abs(result));
    }
  }
}
