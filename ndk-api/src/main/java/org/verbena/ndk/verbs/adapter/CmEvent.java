package org.verbena.ndk.verbs.adapter;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.rdma_cm_event;
import org.verbena.binding.rdma.rdma_cm_id;
import org.verbena.binding.rdma.rdma_conn_param;

/**
 * A copy of a {@code struct rdma_cm_event}, whose private data is freed when it is acknowledged.
 *
 * @param cookie names the {@code rdma_cm_id} it is for: the listening one for a connect request.
 *     The key of a map, so that looking it up needs no memory
 * @param type RDMA_CM_EVENT_*
 * @param status 0, a negative errno value or a reject reason
 * @param newId the new {@code rdma_cm_id} of a connect request, else NULL
 * @param inboundLimit the peer's initiator depth, which bounds our inbound reads
 * @param outboundLimit the peer's responder resources, which bound our outbound reads
 * @param privateData what the peer sent
 */
public record CmEvent(
    Long cookie,
    int type,
    int status,
    MemorySegment newId,
    int inboundLimit,
    int outboundLimit,
    byte[] privateData) {

  static CmEvent copyOf(MemorySegment event) {
    int type = rdma_cm_event.event(event);
    boolean request = type == RdmaCore.RDMA_CM_EVENT_CONNECT_REQUEST();
    MemorySegment id = rdma_cm_event.id(event);
    MemorySegment conn = rdma_cm_event.param.conn(rdma_cm_event.param(event));
    // Only these carry a rdma_conn_param.
    boolean data =
        request
            || type == RdmaCore.RDMA_CM_EVENT_CONNECT_RESPONSE()
            || type == RdmaCore.RDMA_CM_EVENT_REJECTED();
    int length = data ? Byte.toUnsignedInt(rdma_conn_param.private_data_len(conn)) : 0;
    return new CmEvent(
        rdma_cm_id.context(request ? rdma_cm_event.listen_id(event) : id).address(),
        type,
        rdma_cm_event.status(event),
        request ? id : MemorySegment.NULL,
        data ? Byte.toUnsignedInt(rdma_conn_param.responder_resources(conn)) : 0,
        data ? Byte.toUnsignedInt(rdma_conn_param.initiator_depth(conn)) : 0,
        length == 0
            ? new byte[0]
            : rdma_conn_param.private_data(conn).asSlice(0, length).toArray(JAVA_BYTE));
  }

  @Override
  public String toString() {
    return RdmaCore.rdma_event_str(type).getString(0) + " (status " + status + ")";
  }
}
