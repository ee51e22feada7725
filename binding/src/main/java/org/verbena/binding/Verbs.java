package org.verbena.binding;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_context_ops;
import org.verbena.binding.rdma.ibv_cq;
import org.verbena.binding.rdma.ibv_device_attr_ex;
import org.verbena.binding.rdma.ibv_mw;
import org.verbena.binding.rdma.ibv_pd;
import org.verbena.binding.rdma.ibv_port_attr;
import org.verbena.binding.rdma.verbs_context;

/**
 * The inline functions of {@code infiniband/verbs.h}, which jextract leaves out because the library
 * has no symbol for them: each goes through a function pointer that the device's driver has put
 * into {@code ibv_context} or {@code verbs_context}.
 *
 * <p>The data-path functions take that pointer as their first argument, so that it is read once per
 * object (see {@link Ops}) and not once per call. They are critical downcalls, as a driver's post
 * and poll functions never wait, and a safepoint waits for them; {@link #ibv_post_send_long} is for
 * a driver whose post executes the whole request in a system call. They take raw addresses, check
 * nothing, and leave serialization to the caller, as in C. Only the function is a segment, made
 * once: made in each call it would cost less under C2, but allocate an object without it.
 */
public final class Verbs {
  private static final FunctionDescriptor POST =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle POST_HANDLE = critical(POST);
  private static final MethodHandle LONG_POST = Downcalls.handle(POST);
  private static final MethodHandle POLL_CQ =
      critical(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle REQ_NOTIFY_CQ =
      critical(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle QUERY_DEVICE_EX =
      Downcalls.handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle QUERY_PORT =
      Downcalls.handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_BYTE, ADDRESS, JAVA_LONG));
  private static final MethodHandle ALLOC_MW =
      Downcalls.handle(
          FunctionDescriptor.of(ADDRESS.withTargetLayout(ibv_mw.layout()), ADDRESS, JAVA_INT),
          ControlCall.CAPTURES_ERRNO);
  private static final MethodHandle DEALLOC_MW =
      Downcalls.handle(FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle MODIFY_CQ =
      Downcalls.handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

  private Verbs() {}

  /**
   * The data-path function pointers of {@code struct ibv_context_ops}.
   *
   * @param postSend {@code ops.post_send}
   * @param postRecv {@code ops.post_recv}
   * @param pollCq {@code ops.poll_cq}
   * @param reqNotifyCq {@code ops.req_notify_cq}
   * @param postSrqRecv {@code ops.post_srq_recv}
   */
  public record Ops(
      MemorySegment postSend,
      MemorySegment postRecv,
      MemorySegment pollCq,
      MemorySegment reqNotifyCq,
      MemorySegment postSrqRecv) {
    /**
     * Reads the function pointers of an open device.
     *
     * @param context a {@code struct ibv_context *}
     * @return its operations, valid as long as the device is open
     */
    public static Ops of(MemorySegment context) {
      MemorySegment ops = ibv_context.ops(context);
      return new Ops(
          ibv_context_ops.post_send(ops),
          ibv_context_ops.post_recv(ops),
          ibv_context_ops.poll_cq(ops),
          ibv_context_ops.req_notify_cq(ops),
          ibv_context_ops.post_srq_recv(ops));
    }
  }

  /**
   * {@code static inline int ibv_post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct
   * ibv_send_wr **bad_wr)}.
   *
   * @param function {@link Ops#postSend}
   * @param qp a {@code struct ibv_qp *}
   * @param wr the address of the first request of the list; it and its elements are read during the
   *     call
   * @param badWr receives the address of the first request that was not posted, on failure
   * @return 0 or an errno value
   */
  public static int ibv_post_send(MemorySegment function, long qp, long wr, long badWr) {
    try {
      return (int) POST_HANDLE.invokeExact(function, qp, wr, badWr);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@link #ibv_post_send} as an ordinary downcall, for which no safepoint waits.
   *
   * @param function {@link Ops#postSend}
   * @param qp as there
   * @param wr as there
   * @param badWr as there
   * @return 0 or an errno value
   */
  public static int ibv_post_send_long(MemorySegment function, long qp, long wr, long badWr) {
    try {
      return (int) LONG_POST.invokeExact(function, qp, wr, badWr);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@code static inline int ibv_post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct
   * ibv_recv_wr **bad_wr)}.
   *
   * @param function {@link Ops#postRecv}
   * @param qp a {@code struct ibv_qp *}
   * @param wr the address of the first request of the list; it and its elements are read during the
   *     call
   * @param badWr receives the address of the first request that was not posted, on failure
   * @return 0 or an errno value
   */
  public static int ibv_post_recv(MemorySegment function, long qp, long wr, long badWr) {
    try {
      return (int) POST_HANDLE.invokeExact(function, qp, wr, badWr);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@code static inline int ibv_post_srq_recv(struct ibv_srq *srq, struct ibv_recv_wr *recv_wr,
   * struct ibv_recv_wr **bad_recv_wr)}.
   *
   * @param function {@link Ops#postSrqRecv}
   * @param srq a {@code struct ibv_srq *}
   * @param wr the address of the first request of the list; it and its elements are read during the
   *     call
   * @param badWr receives the address of the first request that was not posted, on failure
   * @return 0 or an errno value
   */
  public static int ibv_post_srq_recv(MemorySegment function, long srq, long wr, long badWr) {
    try {
      return (int) POST_HANDLE.invokeExact(function, srq, wr, badWr);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@code static inline int ibv_poll_cq(struct ibv_cq *cq, int num_entries, struct ibv_wc *wc)}.
   *
   * @param function {@link Ops#pollCq}
   * @param cq a {@code struct ibv_cq *}
   * @param entries the most completions to poll
   * @param wc the address of an array of so many {@code struct ibv_wc}
   * @return the number of completions polled, or a negative number on failure
   */
  public static int ibv_poll_cq(MemorySegment function, long cq, int entries, long wc) {
    try {
      return (int) POLL_CQ.invokeExact(function, cq, entries, wc);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@code static inline int ibv_req_notify_cq(struct ibv_cq *cq, int solicited_only)}.
   *
   * @param function {@link Ops#reqNotifyCq}
   * @param cq a {@code struct ibv_cq *}
   * @param solicitedOnly 1 for solicited completions and errors only, else 0
   * @return 0 or an errno value
   */
  public static int ibv_req_notify_cq(MemorySegment function, long cq, int solicitedOnly) {
    try {
      return (int) REQ_NOTIFY_CQ.invokeExact(function, cq, solicitedOnly);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@code static inline int ibv_query_device_ex(struct ibv_context *context, const struct
   * ibv_query_device_ex_input *input, struct ibv_device_attr_ex *attr)}, with no input. A driver
   * without the call returns the older attributes only, as in C.
   *
   * @param context a {@code struct ibv_context *}
   * @param allocator allocates the result
   * @return a {@code struct ibv_device_attr_ex}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_query_device_ex(MemorySegment context, SegmentAllocator allocator)
      throws ErrnoException {
    MemorySegment attr = allocator.allocate(ibv_device_attr_ex.layout());
    MemorySegment function = extendedOp(context, verbs_context.query_device_ex$offset());
    int result = RdmaCore.EOPNOTSUPP();
    if (function.address() != 0) {
      try {
        result =
            (int)
                QUERY_DEVICE_EX.invokeExact(
                    function, context, MemorySegment.NULL, attr, attr.byteSize());
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }
    if (result == RdmaCore.EOPNOTSUPP() || result == RdmaCore.ENOSYS()) {
      result = RdmaCore.ibv_query_device(context, ibv_device_attr_ex.orig_attr(attr));
    }
    if (result != 0) {
      throw new ErrnoException("ibv_query_device_ex", Math.abs(result));
    }
    return attr;
  }

  /**
   * {@code static inline int ___ibv_query_port(struct ibv_context *context, uint8_t port_num,
   * struct ibv_port_attr *port_attr)}, which the macro {@code ibv_query_port} stands for. The
   * symbol of that name fills only the older part of the struct.
   *
   * @param context a {@code struct ibv_context *}
   * @param port the port number, from 1
   * @param allocator allocates the result
   * @return a {@code struct ibv_port_attr}
   * @throws ErrnoException if the call fails
   */
  public static MemorySegment ibv_query_port(
      MemorySegment context, int port, SegmentAllocator allocator) throws ErrnoException {
    MemorySegment attr = allocator.allocate(ibv_port_attr.layout());
    MemorySegment function = extendedOp(context, verbs_context.query_port$offset());
    int result;
    if (function.address() == 0) {
      result = RdmaCore.ibv_query_port(context, (byte) port, attr);
    } else {
      try {
        result =
            (int) QUERY_PORT.invokeExact(function, context, (byte) port, attr, attr.byteSize());
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }
    if (result != 0) {
      throw new ErrnoException("ibv_query_port", Math.abs(result));
    }
    return attr;
  }

  /**
   * {@code static inline struct ibv_mw *ibv_alloc_mw(struct ibv_pd *pd, enum ibv_mw_type type)}.
   *
   * @param pd a {@code struct ibv_pd *}
   * @param type IBV_MW_TYPE_2
   * @return a {@code struct ibv_mw *}
   * @throws ErrnoException if the call fails; EOPNOTSUPP if the driver has no windows
   */
  public static MemorySegment ibv_alloc_mw(MemorySegment pd, int type) throws ErrnoException {
    MemorySegment function = ibv_context_ops.alloc_mw(ibv_context.ops(ibv_pd.context(pd)));
    if (function.address() == 0) {
      throw new ErrnoException("ibv_alloc_mw", RdmaCore.EOPNOTSUPP());
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(ControlCall.STATE);
      MemorySegment mw;
      try {
        mw = (MemorySegment) ALLOC_MW.invokeExact(function, state, pd, type);
      } catch (Throwable e) {
        throw unexpected(e);
      }
      if (mw.address() == 0) {
        throw new ErrnoException("ibv_alloc_mw", ControlCall.errno(state));
      }
      return mw;
    }
  }

  /**
   * {@code static inline int ibv_dealloc_mw(struct ibv_mw *mw)}.
   *
   * @param mw a {@code struct ibv_mw *}
   * @throws ErrnoException if the call fails
   */
  public static void ibv_dealloc_mw(MemorySegment mw) throws ErrnoException {
    MemorySegment function = ibv_context_ops.dealloc_mw(ibv_context.ops(ibv_mw.context(mw)));
    int result;
    try {
      result = (int) DEALLOC_MW.invokeExact(function, mw);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (result != 0) {
      throw new ErrnoException("ibv_dealloc_mw", Math.abs(result));
    }
  }

  /**
   * {@code static inline int ibv_modify_cq(struct ibv_cq *cq, struct ibv_modify_cq_attr *attr)}.
   *
   * @param cq a {@code struct ibv_cq *}
   * @param attr a {@code struct ibv_modify_cq_attr}
   * @throws ErrnoException EOPNOTSUPP if the driver does not implement it, else its errno value
   */
  public static void ibv_modify_cq(MemorySegment cq, MemorySegment attr) throws ErrnoException {
    MemorySegment function = extendedOp(ibv_cq.context(cq), verbs_context.modify_cq$offset());
    int result = RdmaCore.EOPNOTSUPP();
    if (function.address() != 0) {
      try {
        result = (int) MODIFY_CQ.invokeExact(function, cq, attr);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }
    if (result != 0) {
      throw new ErrnoException("ibv_modify_cq", Math.abs(result));
    }
  }

  /**
   * {@code static inline uint32_t ibv_inc_rkey(uint32_t rkey)}: the next token of a window; only
   * the lowest byte changes.
   *
   * @param rkey a window's {@code rkey}
   * @return the next one
   */
  public static int ibv_inc_rkey(int rkey) {
    return (rkey & ~0xFF) | ((rkey + 1) & 0xFF);
  }

  /**
   * {@code verbs_get_ctx_op(ctx, op)}: a function pointer of the {@code struct verbs_context} whose
   * last member is this context; NULL if the library is older than the pointer or has not set it.
   */
  private static MemorySegment extendedOp(MemorySegment context, long opOffset) {
    // __VERBS_ABI_IS_EXTENDED is ((void *)UINTPTR_MAX)
    if (context.get(JAVA_LONG, Architecture.CURRENT.abiCompatOffset()) != -1L) {
      return MemorySegment.NULL;
    }
    long contextOffset = verbs_context.context$offset();
    MemorySegment extended =
        MemorySegment.ofAddress(context.address() - contextOffset).reinterpret(contextOffset);
    long needed = contextOffset - opOffset + Architecture.CURRENT.contextBytes();
    return verbs_context.sz(extended) >= needed
        ? extended.get(ADDRESS, opOffset)
        : MemorySegment.NULL;
  }

  private static MethodHandle critical(FunctionDescriptor descriptor) {
    return Downcalls.handle(descriptor, Linker.Option.critical(false));
  }

  private static AssertionError unexpected(Throwable e) {
    return new AssertionError("a downcall throws nothing", e);
  }
}
