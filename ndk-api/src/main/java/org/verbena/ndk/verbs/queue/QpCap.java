package org.verbena.ndk.verbs.queue;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.ibv_qp_cap;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkQpSizes;
import org.verbena.ndk.verbs.adapter.Limits;
import org.verbena.ndk.verbs.adapter.SpareEntries;

/** The sizes of a queue pair as a {@code struct ibv_qp_cap}. */
final class QpCap {
  private QpCap() {}

  /**
   * Checks sizes against the adapter's limits.
   *
   * @param ownReceives whether the queue pair has a receive queue of its own
   */
  static void check(NdkQpSizes sizes, NdkAdapterInfo info, boolean ownReceives)
      throws NdkException {
    Limits.check(
        "receive queue depth",
        sizes.receiveDepth(),
        ownReceives ? 1 : 0,
        info.maxReceiveQueueDepth());
    Limits.check("initiator queue depth", sizes.initiatorDepth(), 1, info.maxInitiatorQueueDepth());
    Limits.check("receive request elements", sizes.receiveSge(), 0, info.maxReceiveRequestSge());
    Limits.check(
        "initiator request elements", sizes.initiatorSge(), 0, info.maxInitiatorRequestSge());
    Limits.check("inline data size", sizes.inlineSize(), 0, info.maxInlineDataSize());
  }

  /** Writes them, with room for the provider's own requests. */
  static void write(NdkQpSizes sizes, MemorySegment cap) {
    ibv_qp_cap.max_recv_wr(cap, sizes.receiveDepth());
    ibv_qp_cap.max_send_wr(cap, sizes.initiatorDepth() + SpareEntries.INITIATOR);
    ibv_qp_cap.max_recv_sge(cap, sizes.receiveSge());
    // Inline bytes are gathered into one element.
    ibv_qp_cap.max_send_sge(cap, Math.max(1, sizes.initiatorSge()));
    ibv_qp_cap.max_inline_data(cap, sizes.inlineSize());
  }
}
