package org.verbena.ndk.verbs;

import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_MULTI_ENGINE_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_cq_moderation_caps;
import org.verbena.binding.rdma.ibv_device_attr;
import org.verbena.binding.rdma.ibv_device_attr_ex;
import org.verbena.binding.rdma.ibv_port_attr;
import org.verbena.binding.rdma.ibv_qp_cap;
import org.verbena.binding.rdma.ibv_qp_init_attr;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkRdmaTechnology;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/** Fills in NDK_ADAPTER_INFO from what the device says and from what it lets us make. */
final class AdapterInfo {
  /** Read limits travel in a byte of which the largest value means "the device's own". */
  private static final int MAX_READ_LIMIT = 254;

  /** What is left of a connect request's data after librdmacm's header. */
  private static final int MAX_CALLER_DATA = 56;

  /** The smaller of what an accept (196) and a reject (148) carry. */
  private static final int MAX_CALLEE_DATA = 148;

  /** No driver known takes more inline data. */
  private static final int INLINE_SEARCH_LIMIT = 4096;

  /** A hint only: on Soft-RoCE a request's own cost stops to matter about here. */
  private static final int LARGE_REQUEST_THRESHOLD = 64 * 1024;

  /** No more than a window, of which this is a part; 4 GiB is enough to have a limit. */
  private static final int FRMR_PAGE_COUNT = 1 << 20;

  private AdapterInfo() {}

  static NdkAdapterInfo query(MemorySegment context, int port) throws ErrnoException, NdkException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment extended = Verbs.ibv_query_device_ex(context, arena);
      MemorySegment device = ibv_device_attr_ex.orig_attr(extended);
      if (port < 1 || port > Byte.toUnsignedInt(ibv_device_attr.phys_port_cnt(device))) {
        throw new NdkException(NdkStatus.DEVICE_NOT_READY, "there is no port " + port);
      }
      MemorySegment portAttr = Verbs.ibv_query_port(context, port, arena);
      NdkRdmaTechnology technology = VerbsDevices.technology(context, port, portAttr);
      if (technology == NdkRdmaTechnology.IWARP) {
        throw new NdkException(
            NdkStatus.NOT_SUPPORTED, "iWARP devices cannot be used; InfiniBand and RoCE can");
      }
      Trial trial = Trial.of(context, ibv_device_attr.node_guid(device), arena);
      boolean windows = hasWindows(device);
      int maxSge = ibv_device_attr.max_sge(device);
      int maxSrqDepth =
          VerbsSrq.maxDepth(ibv_device_attr.max_srq(device), ibv_device_attr.max_srq_wr(device));
      int maxSrqSge = maxSrqDepth == 0 ? maxSge : ibv_device_attr.max_srq_sge(device);
      int maxReadSge = ibv_device_attr.max_sge_rd(device);
      return new NdkAdapterInfo(
          NdkVersion.CURRENT.major(),
          NdkVersion.CURRENT.minor(),
          ibv_device_attr.vendor_id(device),
          ibv_device_attr.vendor_part_id(device),
          positive(ibv_device_attr.max_mr_size(device)),
          windows ? positive(ibv_device_attr.max_mr_size(device)) : 0,
          windows ? FRMR_PAGE_COUNT : 0,
          maxSge,
          Math.min(maxSge, maxSrqSge), // NDKPI has one limit for both kinds of receive queue
          maxReadSge == 0 ? maxSge : Math.min(maxSge, maxReadSge),
          Integer.toUnsignedLong(ibv_port_attr.max_msg_sz(portAttr)),
          trial.maxInline,
          Math.min(ibv_device_attr.max_qp_rd_atom(device), MAX_READ_LIMIT),
          Math.min(ibv_device_attr.max_qp_init_rd_atom(device), MAX_READ_LIMIT),
          ibv_device_attr.max_qp_wr(device),
          ibv_device_attr.max_qp_wr(device) - SendQueue.HIDDEN_REQUESTS,
          maxSrqDepth,
          ibv_device_attr.max_cqe(device) - VerbsCq.SPARE_ENTRIES,
          LARGE_REQUEST_THRESHOLD,
          MAX_CALLER_DATA,
          MAX_CALLEE_DATA,
          flags(context, extended, trial),
          technology);
    }
  }

  private static int flags(MemorySegment context, MemorySegment extended, Trial trial) {
    int flags =
        NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED
            | NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED;
    MemorySegment moderation = ibv_device_attr_ex.cq_mod_caps(extended);
    if (ibv_cq_moderation_caps.max_cq_count(moderation) != 0
        && ibv_cq_moderation_caps.max_cq_period(moderation) != 0) {
      flags |= NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED;
    }
    if (ibv_context.num_comp_vectors(context) > 1) {
      flags |= NDK_ADAPTER_FLAG_MULTI_ENGINE_SUPPORTED;
    }
    if (trial.resizesCq) {
      flags |= NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED;
    }
    return flags;
  }

  private static boolean hasWindows(MemorySegment device) {
    int type2 = RdmaCore.IBV_DEVICE_MEM_WINDOW_TYPE_2A() | RdmaCore.IBV_DEVICE_MEM_WINDOW_TYPE_2B();
    return (ibv_device_attr.device_cap_flags(device) & type2) != 0;
  }

  /** An unsigned number that may be too large for Java. */
  private static long positive(long unsigned) {
    return unsigned < 0 ? Long.MAX_VALUE : unsigned;
  }

  /** What no attribute tells is tried, once for each device, on objects made for the purpose. */
  private static final class Trial {
    private static final Map<Long, Trial> BY_NODE_GUID = new ConcurrentHashMap<>();

    final int maxInline;
    final boolean resizesCq;

    static Trial of(MemorySegment context, long nodeGuid, Arena arena) throws ErrnoException {
      Trial trial = BY_NODE_GUID.get(nodeGuid);
      if (trial == null) {
        trial = new Trial(context, arena);
        BY_NODE_GUID.put(nodeGuid, trial);
      }
      return trial;
    }

    private Trial(MemorySegment context, Arena arena) throws ErrnoException {
      MemorySegment pd = VerbsControl.ibv_alloc_pd(context);
      try {
        MemorySegment cq =
            VerbsControl.ibv_create_cq(context, 1, MemorySegment.NULL, MemorySegment.NULL, 0);
        try {
          maxInline = largestInline(pd, cq, arena);
          resizesCq = resizes(cq);
        } finally {
          VerbsControl.ibv_destroy_cq(cq);
        }
      } finally {
        VerbsControl.ibv_dealloc_pd(pd);
      }
    }

    private static int largestInline(MemorySegment pd, MemorySegment cq, Arena arena)
        throws ErrnoException {
      int accepted = 0;
      int refused = INLINE_SEARCH_LIMIT + 1;
      while (refused - accepted > 1) {
        int middle = (accepted + refused) >>> 1;
        if (takesInline(pd, cq, middle, arena)) {
          accepted = middle;
        } else {
          refused = middle;
        }
      }
      return accepted;
    }

    private static boolean takesInline(MemorySegment pd, MemorySegment cq, int bytes, Arena arena)
        throws ErrnoException {
      MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
      ibv_qp_init_attr.send_cq(init, cq);
      ibv_qp_init_attr.recv_cq(init, cq);
      ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
      MemorySegment cap = ibv_qp_init_attr.cap(init);
      ibv_qp_cap.max_send_wr(cap, 1);
      ibv_qp_cap.max_recv_wr(cap, 1);
      ibv_qp_cap.max_send_sge(cap, 1);
      ibv_qp_cap.max_recv_sge(cap, 1);
      ibv_qp_cap.max_inline_data(cap, bytes);
      MemorySegment qp;
      try {
        qp = VerbsControl.ibv_create_qp(pd, init);
      } catch (ErrnoException e) {
        return false;
      }
      VerbsControl.ibv_destroy_qp(qp);
      return true;
    }

    private static boolean resizes(MemorySegment cq) {
      try {
        VerbsControl.ibv_resize_cq(cq, 2);
        return true;
      } catch (ErrnoException e) {
        return false;
      }
    }
  }
}
