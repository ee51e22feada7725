package org.verbena.ndk.verbs.queue;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.ibv_qp_cap;
import org.verbena.ndk.NdkAdapterInfo;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.verbs.adapter.Limits;
import org.verbena.ndk.verbs.adapter.SpareEntries;

/** The five sizes of a queue pair; see {@link org.verbena.ndk.NdkPd#createQp}. */
public record QpSizes(
    int receiveDepth, int initiatorDepth, int receiveSge, int initiatorSge, int inline) {
  /** The sizes of a queue pair without a receive queue of its own. */
  public static QpSizes withoutReceives(int initiatorDepth, int initiatorSge, int inline) {
    return new QpSizes(0, initiatorDepth, 0, initiatorSge, inline);
  }

  void check(NdkAdapterInfo info, boolean ownReceives) throws NdkException {
    Limits.check(
        "receive queue depth", receiveDepth, ownReceives ? 1 : 0, info.maxReceiveQueueDepth());
    Limits.check("initiator queue depth", initiatorDepth, 1, info.maxInitiatorQueueDepth());
    Limits.check("receive request elements", receiveSge, 0, info.maxReceiveRequestSge());
    Limits.check("initiator request elements", initiatorSge, 0, info.maxInitiatorRequestSge());
    Limits.check("inline data size", inline, 0, info.maxInlineDataSize());
  }

  /** Writes a {@code struct ibv_qp_cap}, with room for the hidden requests. */
  void write(MemorySegment cap) {
    writePlain(cap);
    ibv_qp_cap.max_send_wr(cap, initiatorDepth + SpareEntries.INITIATOR);
  }

  /** Writes a {@code struct ibv_qp_cap} of exactly these sizes. */
  void writePlain(MemorySegment cap) {
    ibv_qp_cap.max_recv_wr(cap, receiveDepth);
    ibv_qp_cap.max_send_wr(cap, initiatorDepth);
    ibv_qp_cap.max_recv_sge(cap, receiveSge);
    // Inline bytes are gathered into one element.
    ibv_qp_cap.max_send_sge(cap, Math.max(1, initiatorSge));
    ibv_qp_cap.max_inline_data(cap, inline);
  }
}
