package org.verbena.ndk.extension;

import java.lang.foreign.MemorySegment;
import java.util.UUID;
import org.verbena.ndk.NdkExtension;
import org.verbena.ndk.NdkVersion;

/**
 * The verbs or rdma_cm handle behind an object, for calls of a device's own library, such as
 * mlx5dv. Every object has this extension.
 *
 * <p>The handle stays the object's: do not destroy it, do not post to it or poll it, and do not use
 * it after the object's close has started.
 */
public interface NativeHandle {
  /** This extension, for {@link org.verbena.ndk.NdkObject#queryExtension}. */
  NdkExtension<NativeHandle> EXTENSION =
      new NdkExtension<>(
          UUID.fromString("5b0e3a52-6b3b-4a0f-9d0e-2f6f3a0b7c01"),
          new NdkVersion(1, 0),
          NativeHandle.class);

  /**
   * Returns the handle. Any thread may call it; that of a connector or listener waits for the
   * adapter's control thread.
   *
   * @return {@code struct ibv_context *} for an adapter, {@code ibv_cq *}, {@code ibv_pd *}, {@code
   *     ibv_qp *}, {@code ibv_srq *} or {@code ibv_mw *} for the object of that kind, {@code ibv_mr
   *     *} for a registered memory region, {@code rdma_cm_id *} for a connector, listener or shared
   *     endpoint that has one; {@link MemorySegment#NULL} if there is none now, and for a region
   *     for fast registration
   * @throws IllegalStateException after close
   */
  MemorySegment handle();
}
