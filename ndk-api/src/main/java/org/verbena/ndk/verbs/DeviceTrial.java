package org.verbena.ndk.verbs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_device_attr;
import org.verbena.binding.rdma.ibv_qp_init_attr;

/**
 * What no attribute of a device tells, or not truly: it is tried, once for each device, on objects
 * made for the purpose.
 *
 * @param maxInline the most inline bytes of a queue pair
 * @param maxSends the deepest send queue: mlx5 counts its own in blocks, of which a request takes
 *     several
 * @param maxReceives the deepest receive queue
 * @param resizesCq whether a completion queue can be resized
 * @param windows whether there are memory windows of type 2: the kernel may have them where the
 *     driver in user space (bnxt_re) has not
 */
record DeviceTrial(
    int maxInline, int maxSends, int maxReceives, boolean resizesCq, boolean windows) {
  private static final Map<Long, DeviceTrial> BY_NODE_GUID = new ConcurrentHashMap<>();

  /** No driver known takes more inline data. */
  private static final int INLINE_SEARCH_LIMIT = 4096;

  /** Deeper queues are believed: to try one of a million (Soft-RoCE) takes hundreds of MB. */
  private static final int DEPTH_TRIAL_LIMIT = 1 << 16;

  static DeviceTrial of(MemorySegment context, MemorySegment attributes) throws ErrnoException {
    long nodeGuid = ibv_device_attr.node_guid(attributes);
    DeviceTrial trial = BY_NODE_GUID.get(nodeGuid);
    if (trial == null) {
      trial = run(context, attributes);
      BY_NODE_GUID.put(nodeGuid, trial);
    }
    return trial;
  }

  private static DeviceTrial run(MemorySegment context, MemorySegment attributes)
      throws ErrnoException {
    int depth = ibv_device_attr.max_qp_wr(attributes);
    MemorySegment pd = VerbsControl.ibv_alloc_pd(context);
    try {
      MemorySegment cq =
          VerbsControl.ibv_create_cq(context, 1, MemorySegment.NULL, MemorySegment.NULL, 0);
      try {
        return new DeviceTrial(
            largest(INLINE_SEARCH_LIMIT, bytes -> makesQp(pd, cq, new QpSizes(1, 1, 1, 1, bytes))),
            deepest(depth, sends -> makesQp(pd, cq, new QpSizes(1, sends, 1, 1, 0))),
            deepest(depth, receives -> makesQp(pd, cq, new QpSizes(receives, 1, 1, 1, 0))),
            resizes(cq),
            hasWindows(attributes) && makesWindow(pd));
      } finally {
        VerbsControl.ibv_destroy_cq(cq);
      }
    } finally {
      VerbsControl.ibv_dealloc_pd(pd);
    }
  }

  private static int deepest(int promised, IntPredicate works) {
    return promised > DEPTH_TRIAL_LIMIT ? promised : largest(promised, works);
  }

  /** The largest number up to a limit that works; most devices keep their word. */
  private static int largest(int limit, IntPredicate works) {
    if (works.test(limit)) {
      return limit;
    }
    int accepted = 0;
    int refused = limit;
    while (refused - accepted > 1) {
      int middle = (accepted + refused) >>> 1;
      if (works.test(middle)) {
        accepted = middle;
      } else {
        refused = middle;
      }
    }
    return accepted;
  }

  private static boolean makesQp(MemorySegment pd, MemorySegment cq, QpSizes sizes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
      ibv_qp_init_attr.send_cq(init, cq);
      ibv_qp_init_attr.recv_cq(init, cq);
      ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
      sizes.writePlain(ibv_qp_init_attr.cap(init));
      VerbsControl.ibv_destroy_qp(VerbsControl.ibv_create_qp(pd, init));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static boolean resizes(MemorySegment cq) {
    try {
      VerbsControl.ibv_resize_cq(cq, 2);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static boolean hasWindows(MemorySegment attributes) {
    int type2 = RdmaCore.IBV_DEVICE_MEM_WINDOW_TYPE_2A() | RdmaCore.IBV_DEVICE_MEM_WINDOW_TYPE_2B();
    return (ibv_device_attr.device_cap_flags(attributes) & type2) != 0;
  }

  private static boolean makesWindow(MemorySegment pd) {
    try {
      Verbs.ibv_dealloc_mw(Verbs.ibv_alloc_mw(pd, RdmaCore.IBV_MW_TYPE_2()));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }
}
