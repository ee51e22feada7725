package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.verbena.binding.ErrnoException;
import org.verbena.binding.RdmaCm;
import org.verbena.binding.Verbs;
import org.verbena.binding.VerbsControl;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_mr;
import org.verbena.binding.rdma.ibv_qp;
import org.verbena.binding.rdma.ibv_qp_attr;
import org.verbena.binding.rdma.ibv_qp_cap;
import org.verbena.binding.rdma.ibv_qp_init_attr;
import org.verbena.binding.rdma.ibv_send_wr;
import org.verbena.binding.rdma.ibv_sge;
import org.verbena.binding.rdma.ibv_wc;
import org.verbena.binding.rdma.rdma_cm_id;

/**
 * A peer without the library: it posts what it likes with any address, length and token. It has one
 * connection at a time, and never a receive. For one thread.
 */
final class RawPeer implements AutoCloseable {
  static final int SIZE = 1 << 16;
  private static final int DEPTH = 16;
  private static final byte READ_LIMIT = 4;

  final RawCm cm;

  /** What it reads arrives here, and what it sends and writes comes from here. */
  final MemorySegment memory;

  private final Arena arena = Arena.ofShared();
  private final Verbs.Ops ops;
  private final MemorySegment pd;
  private final MemorySegment cq;
  private final MemorySegment mr;
  private MemorySegment id;
  private MemorySegment qp;

  RawPeer(InetAddress source) throws ErrnoException {
    cm = new RawCm(source);
    // librdmacm keeps the device open as long as it has an identifier.
    MemorySegment context = rdma_cm_id.verbs(cm.bound());
    ops = Verbs.Ops.of(context);
    pd = VerbsControl.ibv_alloc_pd(context);
    cq = VerbsControl.ibv_create_cq(context, DEPTH, MemorySegment.NULL, MemorySegment.NULL, 0);
    memory = arena.allocate(SIZE, 64);
    mr = VerbsControl.ibv_reg_mr(pd, memory, SIZE, RdmaCore.IBV_ACCESS_LOCAL_WRITE());
  }

  // --- a connection

  /** Sends a connect request, from a new queue pair. */
  void request(InetSocketAddress server) throws ErrnoException {
    MemorySegment init = arena.allocate(ibv_qp_init_attr.layout());
    ibv_qp_init_attr.send_cq(init, cq);
    ibv_qp_init_attr.recv_cq(init, cq);
    ibv_qp_init_attr.qp_type(init, RdmaCore.IBV_QPT_RC());
    ibv_qp_init_attr.sq_sig_all(init, 1);
    MemorySegment cap = ibv_qp_init_attr.cap(init);
    ibv_qp_cap.max_send_wr(cap, DEPTH);
    ibv_qp_cap.max_send_sge(cap, 1);
    qp = VerbsControl.ibv_create_qp(pd, init);
    id = cm.routed(server);
    cm.connect(id, new RawCm.Parameters(ibv_qp.qp_num(qp), READ_LIMIT, READ_LIMIT, new byte[0]));
  }

  /** Waits until the server accepts, and completes the connection. */
  void complete() throws ErrnoException {
    cm.await(id, RdmaCore.RDMA_CM_EVENT_CONNECT_RESPONSE());
    modify(RdmaCore.IBV_QPS_INIT());
    modify(RdmaCore.IBV_QPS_RTR());
    modify(RdmaCore.IBV_QPS_RTS());
    RdmaCm.rdma_establish(id);
  }

  private void modify(int state) throws ErrnoException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment attributes = scratch.allocate(ibv_qp_attr.layout());
      MemorySegment mask = scratch.allocate(RdmaCore.C_INT);
      ibv_qp_attr.qp_state(attributes, state);
      RdmaCm.rdma_init_qp_attr(id, attributes, mask);
      ibv_qp_attr.max_dest_rd_atomic(attributes, READ_LIMIT);
      ibv_qp_attr.max_rd_atomic(attributes, READ_LIMIT);
      VerbsControl.ibv_modify_qp(qp, attributes, mask.get(RdmaCore.C_INT, 0));
    }
  }

  /** Ends the connection, and whatever is outstanding. */
  void disconnect() throws ErrnoException {
    cm.destroy(id);
    VerbsControl.ibv_destroy_qp(qp);
    qp = null;
    while (poll() >= 0) {}
  }

  // --- requests: each returns the status of its completion, IBV_WC_*

  int read(long address, int token, int length) {
    post(RdmaCore.IBV_WR_RDMA_READ(), length, 0, address, token);
    return await();
  }

  int write(long address, int token, int length) {
    post(RdmaCore.IBV_WR_RDMA_WRITE(), length, 0, address, token);
    return await();
  }

  int writeWithImmediate(long address, int token, int length, int immediate) {
    post(RdmaCore.IBV_WR_RDMA_WRITE_WITH_IMM(), length, immediate, address, token);
    return await();
  }

  int fetchAndAdd(long address, int token) {
    post(RdmaCore.IBV_WR_ATOMIC_FETCH_AND_ADD(), Long.BYTES, 0, address, token);
    return await();
  }

  int compareAndSwap(long address, int token) {
    post(RdmaCore.IBV_WR_ATOMIC_CMP_AND_SWP(), Long.BYTES, 0, address, token);
    return await();
  }

  int send(int length) {
    postSend(length);
    return await();
  }

  /** Posts a message only; {@link #await} returns its status. */
  void postSend(int length) {
    post(RdmaCore.IBV_WR_SEND(), length, 0, 0, 0);
  }

  /**
   * Sends a message with immediate data.
   *
   * @param immediate in network byte order
   */
  int sendWithImmediate(int length, int immediate) {
    post(RdmaCore.IBV_WR_SEND_WITH_IMM(), length, immediate, 0, 0);
    return await();
  }

  int sendAndInvalidate(int length, int token) {
    post(RdmaCore.IBV_WR_SEND_WITH_INV(), length, token, 0, 0);
    return await();
  }

  private void post(int opcode, int length, int immediate, long address, int token) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment sge = scratch.allocate(ibv_sge.layout());
      ibv_sge.addr(sge, memory.address());
      ibv_sge.length(sge, length);
      ibv_sge.lkey(sge, ibv_mr.lkey(mr));
      MemorySegment wr = scratch.allocate(ibv_send_wr.layout());
      ibv_send_wr.sg_list(wr, sge);
      ibv_send_wr.num_sge(wr, 1);
      ibv_send_wr.opcode(wr, opcode);
      ibv_send_wr.imm_data(wr, immediate); // or the token to invalidate
      MemorySegment remote = ibv_send_wr.wr(wr);
      if (opcode == RdmaCore.IBV_WR_ATOMIC_FETCH_AND_ADD()
          || opcode == RdmaCore.IBV_WR_ATOMIC_CMP_AND_SWP()) {
        MemorySegment atomic = ibv_send_wr.wr.atomic(remote);
        ibv_send_wr.wr.atomic.remote_addr(atomic, address);
        ibv_send_wr.wr.atomic.compare_add(atomic, 1);
        ibv_send_wr.wr.atomic.swap(atomic, 1);
        ibv_send_wr.wr.atomic.rkey(atomic, token);
      } else {
        MemorySegment rdma = ibv_send_wr.wr.rdma(remote);
        ibv_send_wr.wr.rdma.remote_addr(rdma, address);
        ibv_send_wr.wr.rdma.rkey(rdma, token);
      }
      MemorySegment bad = scratch.allocate(RdmaCore.C_POINTER);
      assertEquals(
          0, Verbs.ibv_post_send(ops.postSend(), qp.address(), wr.address(), bad.address()));
    }
  }

  /** Waits for a completion and returns its status. */
  int await() {
    int[] status = new int[1];
    Await.until("a completion of the raw peer", () -> (status[0] = poll()) >= 0);
    return status[0];
  }

  /** The status of the next completion, or -1 if there is none. */
  int poll() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment wc = scratch.allocate(ibv_wc.layout());
      int count = Verbs.ibv_poll_cq(ops.pollCq(), cq.address(), 1, wc.address());
      return count == 1 ? ibv_wc.status(wc) : -1;
    }
  }

  @Override
  public void close() throws ErrnoException {
    if (qp != null) {
      VerbsControl.ibv_destroy_qp(qp);
    }
    VerbsControl.ibv_dereg_mr(mr);
    VerbsControl.ibv_destroy_cq(cq);
    VerbsControl.ibv_dealloc_pd(pd);
    cm.close();
    arena.close();
  }
}
