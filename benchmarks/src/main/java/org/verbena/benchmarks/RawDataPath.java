package org.verbena.benchmarks;

import static org.verbena.binding.NativeMemory.ALL;
import static org.verbena.binding.NativeMemory.at;
import static org.verbena.binding.NativeMemory.intAt;
import static org.verbena.binding.NativeMemory.longAt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.verbena.binding.Verbs;
import org.verbena.binding.rdma.RdmaCore;
import org.verbena.binding.rdma.ibv_recv_wr;
import org.verbena.binding.rdma.ibv_send_wr;
import org.verbena.binding.rdma.ibv_sge;
import org.verbena.binding.rdma.ibv_wc;

/**
 * The requests of {@link DataPath} as a program without a library would post them: the driver's
 * functions through the Foreign Function &amp; Memory API, with no lock, check, record or result of
 * its own. What is left is the price of Java itself.
 */
@SuppressWarnings("NullAway.Init") // by @Setup
public class RawDataPath extends NoopQueuePair {
  private static final long WR_SIZE = ibv_send_wr.layout().byteSize();
  private static final VarHandle WR_ID = longAt(ibv_send_wr.wr_id$offset(), WR_SIZE);
  private static final VarHandle WR_NEXT = longAt(ibv_send_wr.next$offset(), WR_SIZE);
  private static final VarHandle WR_SG_LIST = longAt(ibv_send_wr.sg_list$offset(), WR_SIZE);
  private static final VarHandle WR_NUM_SGE = intAt(ibv_send_wr.num_sge$offset(), WR_SIZE);
  private static final VarHandle WR_OPCODE = intAt(ibv_send_wr.opcode$offset(), WR_SIZE);
  private static final VarHandle WR_FLAGS = intAt(ibv_send_wr.send_flags$offset(), WR_SIZE);
  private static final long RDMA = ibv_send_wr.wr$offset();
  private static final VarHandle WR_REMOTE_ADDR =
      longAt(RDMA + ibv_send_wr.wr.rdma.remote_addr$offset(), WR_SIZE);
  private static final VarHandle WR_RKEY = intAt(RDMA + ibv_send_wr.wr.rdma.rkey$offset(), WR_SIZE);

  private static final long RECEIVE_SIZE = ibv_recv_wr.layout().byteSize();
  private static final VarHandle RECEIVE_ID = longAt(ibv_recv_wr.wr_id$offset(), RECEIVE_SIZE);
  private static final VarHandle RECEIVE_SG_LIST =
      longAt(ibv_recv_wr.sg_list$offset(), RECEIVE_SIZE);
  private static final VarHandle RECEIVE_NUM_SGE =
      intAt(ibv_recv_wr.num_sge$offset(), RECEIVE_SIZE);

  private static final long SGE_SIZE = ibv_sge.layout().byteSize();
  private static final VarHandle SGE_ADDR = longAt(ibv_sge.addr$offset(), SGE_SIZE);
  private static final VarHandle SGE_LENGTH = intAt(ibv_sge.length$offset(), SGE_SIZE);
  private static final VarHandle SGE_LKEY = intAt(ibv_sge.lkey$offset(), SGE_SIZE);

  private static final long WC_SIZE = ibv_wc.layout().byteSize();
  private static final VarHandle WC_ID = longAt(ibv_wc.wr_id$offset(), WC_SIZE);
  private static final VarHandle WC_STATUS = intAt(ibv_wc.status$offset(), WC_SIZE);

  private static final int SIGNALED = RdmaCore.IBV_SEND_SIGNALED();

  private final Arena memory = Arena.ofAuto();
  private final long requests = memory.allocate(CHAIN * WR_SIZE, 64).address();
  private final long receive = memory.allocate(RECEIVE_SIZE, 64).address();
  private final long elements = memory.allocate(CHAIN * SGE_SIZE, 64).address();
  private final long results = memory.allocate(CHAIN * WC_SIZE, 64).address();
  private final long bad = memory.allocate(Long.BYTES, Long.BYTES).address();
  private long bytes;
  private long nativeQp;
  private long nativeCq;
  private MemorySegment postSend;
  private MemorySegment postRecv;
  private MemorySegment pollCq;

  /** Finds the driver's functions. */
  @Override
  @Setup
  public void open() throws Exception {
    super.open();
    Verbs.Ops ops = Verbs.Ops.of(handle(adapter));
    postSend = ops.postSend();
    postRecv = ops.postRecv();
    pollCq = ops.pollCq();
    nativeQp = handle(qp).address();
    nativeCq = handle(cq).address();
    bytes = buffer.address();
  }

  /** A write and its result. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long writeOne() {
    post(RdmaCore.IBV_WR_RDMA_WRITE(), SIGNALED);
    return poll(1);
  }

  /** A send and its result. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long sendOne() {
    post(RdmaCore.IBV_WR_SEND(), SIGNALED);
    return poll(1);
  }

  /** A send whose bytes the driver copies. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long sendInline() {
    post(RdmaCore.IBV_WR_SEND(), SIGNALED | RdmaCore.IBV_SEND_INLINE());
    return poll(1);
  }

  /** Writes posted as one chain, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeChain() {
    for (int i = 0; i < CHAIN; i++) {
      fill(i, RdmaCore.IBV_WR_RDMA_WRITE(), SIGNALED);
      if (i > 0) {
        WR_NEXT.set(ALL, at(requests + (i - 1) * WR_SIZE), requests + i * WR_SIZE);
      }
    }
    require(Verbs.ibv_post_send(postSend, nativeQp, requests, bad) == 0);
    return poll(CHAIN);
  }

  /** Writes posted one by one, all but the last unsignaled. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeSilent() {
    for (int i = 0; i < CHAIN; i++) {
      post(RdmaCore.IBV_WR_RDMA_WRITE(), i < CHAIN - 1 ? 0 : SIGNALED);
    }
    return poll(1);
  }

  /** Writes posted one by one, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeMany() {
    for (int i = 0; i < CHAIN; i++) {
      post(RdmaCore.IBV_WR_RDMA_WRITE(), SIGNALED);
    }
    return poll(CHAIN);
  }

  /** Receives posted one by one, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long receiveMany() {
    for (int i = 0; i < CHAIN; i++) {
      fillElement(elements);
      RECEIVE_ID.set(ALL, at(receive), nextContext++);
      RECEIVE_SG_LIST.set(ALL, at(receive), elements);
      RECEIVE_NUM_SGE.set(ALL, at(receive), 1);
      require(Verbs.ibv_post_recv(postRecv, nativeQp, receive, bad) == 0);
    }
    return poll(CHAIN);
  }

  /** A poll of an empty completion queue. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void pollEmpty() {
    require(Verbs.ibv_poll_cq(pollCq, nativeCq, 1, results) == 0);
  }

  private void post(int opcode, int flags) {
    fill(0, opcode, flags);
    require(Verbs.ibv_post_send(postSend, nativeQp, requests, bad) == 0);
  }

  private void fill(int index, int opcode, int flags) {
    long wr = at(requests + index * WR_SIZE);
    long element = elements + index * SGE_SIZE;
    fillElement(element);
    WR_ID.set(ALL, wr, nextContext++);
    WR_NEXT.set(ALL, wr, 0L);
    WR_SG_LIST.set(ALL, wr, element);
    WR_NUM_SGE.set(ALL, wr, 1);
    WR_OPCODE.set(ALL, wr, opcode);
    WR_FLAGS.set(ALL, wr, flags);
    WR_REMOTE_ADDR.set(ALL, wr, REMOTE_ADDRESS);
    WR_RKEY.set(ALL, wr, REMOTE_TOKEN);
  }

  private void fillElement(long element) {
    SGE_ADDR.set(ALL, at(element), bytes);
    SGE_LENGTH.set(ALL, at(element), BYTES);
    SGE_LKEY.set(ALL, at(element), token);
  }

  private long poll(int count) {
    require(Verbs.ibv_poll_cq(pollCq, nativeCq, count, results) == count);
    long seen = 0;
    for (int i = 0; i < count; i++) {
      long wc = at(results + i * WC_SIZE);
      require((int) WC_STATUS.get(ALL, wc) == 0);
      seen += (long) WC_ID.get(ALL, wc);
    }
    return seen;
  }
}
