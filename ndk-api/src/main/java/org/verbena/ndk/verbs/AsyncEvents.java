package org.verbena.ndk.verbs;

import java.util.function.Consumer;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.ndk.NdkStatus;

/** What the events of {@code ibv_get_async_event} mean to an adapter's objects. */
final class AsyncEvents {
  private AsyncEvents() {}

  /**
   * Finds what an event is about and says what to do.
   *
   * @param type IBV_EVENT_*
   * @param element the native object
   */
  static Runnable reaction(VerbsAdapter adapter, int type, long element) {
    if (type == RdmaCore.IBV_EVENT_CQ_ERR()) {
      return of(adapter.cqOf(element), cq -> cq.fail(NdkStatus.BUFFER_OVERFLOW));
    }
    if (type == RdmaCore.IBV_EVENT_COMM_EST()) {
      return of(adapter.qps().get(element), VerbsQp::communicationEstablished);
    }
    if (type == RdmaCore.IBV_EVENT_QP_FATAL()
        || type == RdmaCore.IBV_EVENT_QP_REQ_ERR()
        || type == RdmaCore.IBV_EVENT_QP_ACCESS_ERR()) {
      return of(adapter.qps().get(element), qp -> qp.failed(type));
    }
    if (type == RdmaCore.IBV_EVENT_QP_LAST_WQE_REACHED()) {
      return of(adapter.qps().get(element), VerbsQp::lastReceiveIsBack);
    }
    if (type == RdmaCore.IBV_EVENT_SRQ_LIMIT_REACHED()) {
      return of(adapter.srqs().get(element), VerbsSrq::limitReached);
    }
    if (type == RdmaCore.IBV_EVENT_SRQ_ERR()) {
      return of(adapter.srqs().get(element), VerbsSrq::failed);
    }
    if (type == RdmaCore.IBV_EVENT_DEVICE_FATAL()) {
      return adapter::deviceRemoved;
    }
    return () -> {};
  }

  private static <T> Runnable of(T object, Consumer<T> reaction) {
    return object == null ? () -> {} : () -> reaction.accept(object);
  }
}
