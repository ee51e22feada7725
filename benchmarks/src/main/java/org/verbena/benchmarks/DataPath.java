package org.verbena.benchmarks;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;
import org.verbena.ndk.extension.PreparedRequests;

/**
 * Posts requests and polls their results on a no-op device; noop_loops.c does the same in C. Each
 * figure is the time of one request.
 *
 * <p>The methods are not inlined into JMH's loop: C2 would parse each twice there, and its node
 * limit would cut off the second, the measured one, at an arbitrary place.
 */
@SuppressWarnings("NullAway.Init") // by @Setup
public class DataPath extends NoopQueuePair {
  private final NdkResults results = new NdkResults(CHAIN);
  private final NdkResults oneResult = new NdkResults(1);
  private NdkSgl sgl;
  private PreparedRequests.Batch prepared;

  /** Prepares what is posted. */
  @Override
  @Setup
  public void open() throws Exception {
    super.open();
    sgl = NdkSgl.of(buffer, token);
    prepared = qp.queryExtension(PreparedRequests.EXTENSION).prepare(CHAIN);
    for (int i = 0; i < CHAIN; i++) {
      require(
          prepared.setWrite(i, i, sgl, 1, REMOTE_ADDRESS, REMOTE_TOKEN, 0) == NdkStatus.SUCCESS);
    }
  }

  /** A write and its result. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long writeOne() {
    write(0);
    return pollOne();
  }

  /** A send and its result. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long sendOne() {
    send(0);
    return pollOne();
  }

  /** A send whose bytes are copied into the request. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long sendInline() {
    send(NDK_OP_FLAG_INLINE);
    return pollOne();
  }

  /** Writes posted as one chain, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeChain() {
    for (int i = 0; i < CHAIN - 1; i++) {
      write(NDK_OP_FLAG_DEFER);
    }
    write(0);
    return pollMany();
  }

  /** A prepared write with another context, and its result. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public long writeOnePrepared() {
    prepared.requestContext(0, nextContext++);
    require(prepared.post(0, 1) == NdkStatus.SUCCESS);
    return pollOne();
  }

  /** Prepared writes with other contexts, posted as one chain, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeChainPrepared() {
    for (int i = 0; i < CHAIN; i++) {
      prepared.requestContext(i, nextContext++);
    }
    require(prepared.post(0, CHAIN) == NdkStatus.SUCCESS);
    return pollMany();
  }

  /** Writes posted one by one, all but the last silent. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeSilent() {
    for (int i = 0; i < CHAIN - 1; i++) {
      write(NDK_OP_FLAG_SILENT_SUCCESS);
    }
    write(0);
    return pollOne();
  }

  /** Writes posted one by one, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long writeMany() {
    for (int i = 0; i < CHAIN; i++) {
      write(0);
    }
    return pollMany();
  }

  /** Receives posted one by one, their results polled together. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  @OperationsPerInvocation(CHAIN)
  public long receiveMany() {
    for (int i = 0; i < CHAIN; i++) {
      require(qp.receive(nextContext++, sgl, 1) == NdkStatus.SUCCESS);
    }
    return pollMany();
  }

  /** A poll of an empty completion queue. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public void pollEmpty() {
    require(cq.getCqResults(oneResult) == 0);
  }

  private void write(int flags) {
    require(
        qp.write(nextContext++, sgl, 1, REMOTE_ADDRESS, REMOTE_TOKEN, flags) == NdkStatus.SUCCESS);
  }

  private void send(int flags) {
    require(qp.send(nextContext++, sgl, 1, flags) == NdkStatus.SUCCESS);
  }

  private long pollOne() {
    require(cq.getCqResults(oneResult) == 1);
    require(oneResult.status(0) == NdkStatus.SUCCESS);
    return oneResult.requestContext(0);
  }

  private long pollMany() {
    require(cq.getCqResults(results) == CHAIN);
    long seen = 0;
    for (int i = 0; i < CHAIN; i++) {
      require(results.status(i) == NdkStatus.SUCCESS);
      seen += results.requestContext(i);
    }
    return seen;
  }
}
