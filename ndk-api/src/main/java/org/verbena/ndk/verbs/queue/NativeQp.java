package org.verbena.ndk.verbs.queue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_qp;
import org.verbena.binding.rdma.ibv_qp_attr;
import org.verbena.ndk.NdkRdmaTechnology;
import org.verbena.ndk.verbs.adapter.AdapterContext;
import org.verbena.ndk.verbs.adapter.AsyncEventTarget;
import org.verbena.ndk.verbs.memory.ProtectionDomain;

/**
 * An {@code ibv_qp}: its state transitions and its destruction. Control thread only, but for its
 * creation.
 *
 * <p>This object is the owner key of the memory windows bound on it.
 */
public final class NativeQp {
  /** IBTA's code for 0.64 ms, the RNR timer. */
  private static final byte RNR_TIMER = 12;

  /** The attributes that librdmacm leaves out on InfiniBand in the transition to RTR. */
  private static final int IB_RTR_MASK = ~0xE00000;

  /** The connection manager's part of a queue pair's attributes. */
  public interface ConnectionAttributes {
    /** Adds the attributes for the state that is set, and sets their mask. */
    void addTo(MemorySegment attributes, MemorySegment mask) throws ErrnoException;
  }

  private final ProtectionDomain pd;
  private final AdapterContext adapter;
  private final MemorySegment qp;
  private volatile boolean destroyed;
  private volatile boolean windowsBound; // ever
  private boolean wasReadyToReceive;

  /** Creates it, in the RESET state. */
  NativeQp(ProtectionDomain pd, MemorySegment init) throws ErrnoException {
    this.pd = pd;
    adapter = pd.adapter;
    qp = VerbsControl.ibv_create_qp(pd.pd(), init);
  }

  long address() {
    return qp.address();
  }

  int number() {
    return ibv_qp.qp_num(qp);
  }

  /** The native handle, NULL once it is destroyed. */
  MemorySegment handle() {
    return destroyed ? MemorySegment.NULL : qp;
  }

  void toInit() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_qp_attr.layout());
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_INIT());
      ibv_qp_attr.port_num(attributes, (byte) adapter.port());
      ibv_qp_attr.qp_access_flags(
          attributes, RdmaCore.IBV_ACCESS_REMOTE_READ() | RdmaCore.IBV_ACCESS_REMOTE_WRITE());
      VerbsControl.ibv_modify_qp(
          qp,
          attributes,
          RdmaCore.IBV_QP_STATE()
              | RdmaCore.IBV_QP_PKEY_INDEX()
              | RdmaCore.IBV_QP_PORT()
              | RdmaCore.IBV_QP_ACCESS_FLAGS());
    }
  }

  /** Moves through INIT and RTR to RTS, with the attributes of a connection. */
  void toReadyToSend(ConnectionAttributes connection, int inboundReadLimit, int outboundReadLimit)
      throws ErrnoException {
    wasReadyToReceive = true; // early, as from RTR on it may consume receives
    boolean infiniBand = adapter.info().rdmaTechnology() == NdkRdmaTechnology.INFINIBAND;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_qp_attr.layout());
      MemorySegment mask = arena.allocate(RdmaCore.C_INT);
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_INIT());
      connection.addTo(attributes, mask);
      VerbsControl.ibv_modify_qp(qp, attributes, mask.get(RdmaCore.C_INT, 0));

      attributes.fill((byte) 0);
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_RTR());
      connection.addTo(attributes, mask);
      ibv_qp_attr.max_dest_rd_atomic(attributes, (byte) inboundReadLimit);
      ibv_qp_attr.min_rnr_timer(attributes, RNR_TIMER);
      int bits =
          mask.get(RdmaCore.C_INT, 0)
              | RdmaCore.IBV_QP_MAX_DEST_RD_ATOMIC()
              | RdmaCore.IBV_QP_MIN_RNR_TIMER();
      VerbsControl.ibv_modify_qp(qp, attributes, infiniBand ? bits & IB_RTR_MASK : bits);

      attributes.fill((byte) 0);
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_RTS());
      connection.addTo(attributes, mask);
      ibv_qp_attr.max_rd_atomic(attributes, (byte) outboundReadLimit);
      VerbsControl.ibv_modify_qp(
          qp, attributes, mask.get(RdmaCore.C_INT, 0) | RdmaCore.IBV_QP_MAX_QP_RD_ATOMIC());
    }
  }

  void toError() throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ibv_qp_attr.layout());
      ibv_qp_attr.qp_state(attributes, RdmaCore.IBV_QPS_ERR());
      VerbsControl.ibv_modify_qp(qp, attributes, RdmaCore.IBV_QP_STATE());
    }
  }

  /** Whether it has been able to consume receives. */
  boolean wasReadyToReceive() {
    return wasReadyToReceive;
  }

  /** A window is about to be bound on it. */
  void bindsWindow() {
    windowsBound = true;
  }

  /** Releases the windows bound on it. */
  void releaseWindows() {
    if (windowsBound) { // else no search among all windows
      pd.memory().windows().release(this);
    }
  }

  boolean isDestroyed() {
    return destroyed;
  }

  /**
   * Destroys it, once: from then on it accesses no buffer of the consumer.
   *
   * @throws ErrnoException if that fails; it may be tried again
   */
  void destroy() throws ErrnoException {
    if (destroyed) {
      return;
    }
    releaseWindows(); // a bound one would keep it
    Long key = qp.address();
    // First, as another object may get the address at once.
    destroyed = true;
    AsyncEventTarget target = adapter.asyncTargets().remove(key);
    try {
      VerbsControl.ibv_destroy_qp(qp);
    } catch (ErrnoException | OutOfMemoryError e) {
      destroyed = false;
      if (target != null) {
        adapter.asyncTargets().put(key, target);
      }
      throw e;
    }
  }
}
