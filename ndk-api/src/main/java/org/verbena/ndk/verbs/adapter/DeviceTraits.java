package org.verbena.ndk.verbs.adapter;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_context;
import org.verbena.binding.rdma.ibv_cq_moderation_caps;
import org.verbena.binding.rdma.ibv_device;
import org.verbena.binding.rdma.ibv_device_attr;
import org.verbena.binding.rdma.ibv_device_attr_ex;

/**
 * Device capabilities that NDK_ADAPTER_INFO has no field for.
 *
 * @param atomics whether it has atomic operations
 * @param sendsWithInvalidate whether it has send with invalidate
 * @param moderationCount the most completions it coalesces, 0 without moderation
 * @param moderationPeriod the longest it delays an interrupt, in microseconds
 * @param softRoce whether it is a Soft-RoCE device
 */
public record DeviceTraits(
    boolean atomics,
    boolean sendsWithInvalidate,
    int moderationCount,
    int moderationPeriod,
    boolean softRoce) {

  static DeviceTraits of(MemorySegment context) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment extended = Verbs.ibv_query_device_ex(context, arena);
      MemorySegment device = ibv_device_attr_ex.orig_attr(extended);
      MemorySegment moderation = ibv_device_attr_ex.cq_mod_caps(extended);
      int managesMemory = RdmaCore.IBV_DEVICE_MEM_MGT_EXTENSIONS();
      return new DeviceTraits(
          ibv_device_attr.atomic_cap(device) != RdmaCore.IBV_ATOMIC_NONE(),
          (ibv_device_attr.device_cap_flags(device) & managesMemory) != 0,
          Short.toUnsignedInt(ibv_cq_moderation_caps.max_cq_count(moderation)),
          Short.toUnsignedInt(ibv_cq_moderation_caps.max_cq_period(moderation)),
          isSoftRoce(ibv_context.device(context)));
    }
  }

  /** Only its driver has the attribute {@code parent}, the network interface, in sysfs. */
  private static boolean isSoftRoce(MemorySegment device) {
    byte[] path = ibv_device.ibdev_path(device).toArray(JAVA_BYTE);
    int length = 0;
    while (length < path.length && path[length] != 0) {
      length++;
    }
    return Files.exists(Path.of(new String(path, 0, length)).resolve("parent"));
  }

  public boolean moderates() {
    return moderationCount > 0 && moderationPeriod > 0;
  }
}
