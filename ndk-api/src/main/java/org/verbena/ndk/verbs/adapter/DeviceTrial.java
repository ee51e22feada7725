package org.verbena.ndk.verbs.adapter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_device_attr;
import org.verbena.binding.rdma.ibv_qp_cap;
import org.verbena.binding.rdma.ibv_qp_init_attr;
import org.verbena.binding.rdma.ibv_srq_attr;
import org.verbena.binding.rdma.ibv_srq_init_attr;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.verbs.status.Statuses;

/**
 * Capabilities that no attribute of a device states, or not correctly, found by trial: once for
 * each device, on objects created for the purpose.
 *
 * <p>mlx5 counts a send queue in blocks of 64 bytes, and no request has less than four of them; the
 * kernel's bnxt_re reports memory windows, which its user-space driver lacks.
 */
final class DeviceTrial {
  /** No known driver accepts more inline data. */
  private static final int INLINE_SEARCH_LIMIT = 4096;

  /**
   * Up to this depth the device is tested, beyond it is trusted: no hardware has deeper queues, and
   * Soft-RoCE's largest would take hundreds of megabytes to create.
   */
  private static final int MOST_TRIED = 1 << 16;

  /** Larger than any device's, and without overflow in calculations. */
  private static final int MOST_BELIEVED = 1 << 24;

  private record Device(String name, long nodeGuid) {}

  private static final Map<Device, DeviceTrial> DONE = new ConcurrentHashMap<>();

  final int initiatorDepth; // with the provider's own requests, as are all depths here
  final int receiveDepth;
  final int srqDepth; // 0 without shared receive queues
  final int cqDepth;
  final int maxInline;
  final boolean resizesCq;
  final boolean windows;

  /** An attempt to create something of a size. */
  private interface Try {
    void run(int size) throws ErrnoException;
  }

  /** The result for an open device, cached after the first trial. */
  static DeviceTrial of(MemorySegment context, MemorySegment attributes) throws ErrnoException {
    Device device =
        new Device(
            DevicePort.deviceName(ibv_context.device(context)),
            ibv_device_attr.node_guid(attributes));
    DeviceTrial trial = DONE.get(device);
    if (trial == null) {
      trial = new DeviceTrial(context, attributes);
      DONE.put(device, trial);
    }
    return trial;
  }

  private DeviceTrial(MemorySegment context, MemorySegment attributes) throws ErrnoException {
    cqDepth =
        greatestDepth(
            ibv_device_attr.max_cqe(attributes),
            depth -> VerbsControl.ibv_destroy_cq(createCq(context, depth)));
    MemorySegment pd = VerbsControl.ibv_alloc_pd(context);
    try {
      MemorySegment cq = createCq(context, 1);
      try {
        int promised = ibv_device_attr.max_qp_wr(attributes);
        initiatorDepth = greatestDepth(promised, depth -> tryQp(pd, cq, depth, 1, 0));
        receiveDepth = greatestDepth(promised, depth -> tryQp(pd, cq, 1, depth, 0));
        srqDepth =
            ibv_device_attr.max_srq(attributes) == 0
                ? 0
                : greatestDepth(ibv_device_attr.max_srq_wr(attributes), depth -> trySrq(pd, depth));
        maxInline = greatest(0, INLINE_SEARCH_LIMIT + 1, bytes -> tryQp(pd, cq, 1, 1, bytes));
        resizesCq = succeeds(entries -> VerbsControl.ibv_resize_cq(cq, entries), 2);
        windows = offersWindows(attributes) && makesWindows(pd);
      } finally {
        VerbsControl.ibv_destroy_cq(cq);
      }
    } finally {
      VerbsControl.ibv_dealloc_pd(pd);
    }
  }

  /** The greatest depth up to the promised one that the device grants. */
  private static int greatestDepth(int promised, Try creation) {
    int most = Math.min(promised, MOST_BELIEVED);
    int tried = Math.min(most, MOST_TRIED);
    try {
      creation.run(tried);
      return most;
    } catch (ErrnoException e) {
      // A shortage of memory does not show the device's limit.
      return isShortage(e) ? most : greatest(0, tried, creation);
    }
  }

  /**
   * The greatest size that succeeds: a binary search between one that does and one that does not.
   */
  private static int greatest(int granted, int refused, Try attempt) {
    int low = granted;
    int high = refused;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (succeeds(attempt, middle)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean succeeds(Try attempt, int size) {
    try {
      attempt.run(size);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static boolean isShortage(ErrnoException e) {
    return Statuses.ofErrno(e.errno()) == NdkStatus.INSUFFICIENT_RESOURCES;
  }

  private static MemorySegment createCq(MemorySegment context, int depth) throws ErrnoException {
    return VerbsControl.ibv_create_cq(context, depth, MemorySegment.NULL, MemorySegment.NULL, 0);
  }

  private static void tryQp(
      MemorySegment pd, MemorySegment cq, int initiatorDepth, int receiveDepth, int inline)
      throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
      ibv_qp_init_attr.send_cq(init, cq);
      ibv_qp_init_attr.recv_cq(init, cq);
      ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
      MemorySegment cap = ibv_qp_init_attr.cap(init);
      ibv_qp_cap.max_send_wr(cap, initiatorDepth);
      ibv_qp_cap.max_recv_wr(cap, receiveDepth);
      ibv_qp_cap.max_send_sge(cap, 1);
      ibv_qp_cap.max_recv_sge(cap, 1);
      ibv_qp_cap.max_inline_data(cap, inline);
      VerbsControl.ibv_destroy_qp(VerbsControl.ibv_create_qp(pd, init));
    }
  }

  private static void trySrq(MemorySegment pd, int depth) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_srq_init_attr.layout());
      MemorySegment sizes = ibv_srq_init_attr.attr(init);
      ibv_srq_attr.max_wr(sizes, depth);
      ibv_srq_attr.max_sge(sizes, 1);
      VerbsControl.ibv_destroy_srq(VerbsControl.ibv_create_srq(pd, init));
    }
  }

  private static boolean offersWindows(MemorySegment attributes) {
    int type2 = RdmaCore.IBV_DEVICE_MEM_WINDOW_TYPE_2A() | RdmaCore.IBV_DEVICE_MEM_WINDOW_TYPE_2B();
    return (ibv_device_attr.device_cap_flags(attributes) & type2) != 0;
  }

  private static boolean makesWindows(MemorySegment pd) {
    try {
      Verbs.ibv_dealloc_mw(Verbs.ibv_alloc_mw(pd, RdmaCore.IBV_MW_TYPE_2()));
      return true;
    } catch (ErrnoException e) {
      return isShortage(e);
    }
  }
}
