package org.verbena.benchmarks;

import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMrFlags;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/**
 * Posts requests and polls their results on a no-op device; noop_loops.c does the same in C. Each
 * figure is the time of one request.
 *
 * <p>The methods are not inlined into JMH's loop: C2 would parse each twice there, and its node
 * limit would cut off the second, the measured one, at an arbitrary place.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by @Setup
public class DataPath {
  private static final int CHAIN = 16;
  private static final int BYTES = 64;
  private static final long REMOTE_ADDRESS = 0x10000;
  private static final int REMOTE_TOKEN = 7;

  private final Arena arena = Arena.ofShared();
  private final NdkResults results = new NdkResults(CHAIN);
  private final NdkResults oneResult = new NdkResults(1);
  private NdkAdapter adapter;
  private NdkCq cq;
  private NdkQp qp;
  private NdkSgl sgl;
  private long nextContext;

  /** Creates a connected queue pair. */
  @Setup
  public void open() throws Exception {
    adapter = NdkAdapter.open("noop0");
    NdkPd pd = adapter.createPd();
    cq = adapter.createCq(4 * CHAIN, null);
    qp = createQp(pd);
    MemorySegment buffer = arena.allocate(BYTES);
    NdkMr mr = pd.createMr();
    mr.registerMr(buffer, NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE).toCompletableFuture().get();
    sgl = NdkSgl.of(buffer, mr.getLocalTokenFromMr());
    InetAddress address = InetAddress.getLoopbackAddress();
    Loopback.connect(
        new Loopback.Endpoint(adapter, address, qp),
        new Loopback.Endpoint(adapter, address, createQp(pd)),
        0);
  }

  private NdkQp createQp(NdkPd pd) throws Exception {
    return pd.createQp(cq, cq, 0, 2 * CHAIN, 2 * CHAIN, 1, 1, BYTES);
  }

  /** Closes everything. */
  @TearDown
  public void close() {
    adapter.close();
    arena.close();
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

  private static void require(boolean condition) {
    if (!condition) {
      throw new AssertionError("a request failed");
    }
  }
}
