package org.verbena.ndk.verbs.adapter;

import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_MULTI_ENGINE_SUPPORTED;
import static org.verbena.ndk.NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_cq_moderation_caps;
import org.verbena.binding.rdma.ibv_device_attr;
import org.verbena.binding.rdma.ibv_device_attr_ex;
import org.verbena.binding.rdma.ibv_port_attr;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkRdmaTechnology;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.NdkVersion;

/** Fills in NDK_ADAPTER_INFO from the device's attributes and from trial. */
final class AdapterInfo {
  /** Read limits are sent in a byte, whose largest value means "the device's maximum". */
  private static final int MAX_READ_LIMIT = 254;

  /** The private data of a connect request less librdmacm's header. */
  private static final int MAX_CALLER_DATA = 56;

  /** The smaller of the private data of an accept (196) and of a reject (148). */
  private static final int MAX_CALLEE_DATA = 148;

  /** A hint only: on Soft-RoCE the fixed cost of a request is negligible from about here. */
  private static final int LARGE_REQUEST_THRESHOLD = 64 * 1024;

  /** 4 GiB of pages: an arbitrary limit, as a window has none of its own. */
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
      NdkRdmaTechnology technology = DevicePort.technology(context, port, portAttr);
      if (technology == NdkRdmaTechnology.IWARP) {
        throw new NdkException(
            NdkStatus.NOT_SUPPORTED, "iWARP devices cannot be used; InfiniBand and RoCE can");
      }
      DeviceTrial trial = DeviceTrial.of(context, device);
      long maxRegion = positive(ibv_device_attr.max_mr_size(device));
      int maxSge = ibv_device_attr.max_sge(device);
      int maxSrqDepth = Math.max(0, trial.srqDepth - SpareEntries.SRQ);
      int maxSrqSge = maxSrqDepth == 0 ? maxSge : ibv_device_attr.max_srq_sge(device);
      int maxReadSge = ibv_device_attr.max_sge_rd(device);
      return new NdkAdapterInfo(
          NdkVersion.CURRENT.major(),
          NdkVersion.CURRENT.minor(),
          ibv_device_attr.vendor_id(device),
          ibv_device_attr.vendor_part_id(device),
          maxRegion,
          trial.windows ? maxRegion : 0,
          trial.windows ? FRMR_PAGE_COUNT : 0,
          maxSge,
          Math.min(maxSge, maxSrqSge), // NDKPI has one limit for both kinds of receive queue
          maxReadSge == 0 ? maxSge : Math.min(maxSge, maxReadSge),
          Integer.toUnsignedLong(ibv_port_attr.max_msg_sz(portAttr)),
          trial.maxInline,
          Math.min(ibv_device_attr.max_qp_rd_atom(device), MAX_READ_LIMIT),
          Math.min(ibv_device_attr.max_qp_init_rd_atom(device), MAX_READ_LIMIT),
          trial.receiveDepth,
          Math.max(0, trial.initiatorDepth - SpareEntries.INITIATOR),
          maxSrqDepth,
          Math.max(0, trial.cqDepth - SpareEntries.CQ),
          LARGE_REQUEST_THRESHOLD,
          MAX_CALLER_DATA,
          MAX_CALLEE_DATA,
          flags(context, extended, trial),
          technology);
    }
  }

  private static int flags(MemorySegment context, MemorySegment extended, DeviceTrial trial) {
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

  /** Clamps an unsigned number to the range of a long. */
  private static long positive(long unsigned) {
    return unsigned < 0 ? Long.MAX_VALUE : unsigned;
  }
}
