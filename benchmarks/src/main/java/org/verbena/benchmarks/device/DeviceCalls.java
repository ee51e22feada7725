package org.verbena.benchmarks.device;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.verbena.benchmarks.Loopback;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkCqNotifyTypes;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.NdkResults;
import org.verbena.ndk.NdkSgl;
import org.verbena.ndk.NdkStatus;

/**
 * Single calls on a device, with both ends in this process: over the wire between its two devices,
 * or looped back within one.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // by JMH and @Setup
public class DeviceCalls {
  private static final int BYTES = 64;
  private static final int DEPTH = 16;
  private static final int TIMEOUT_SECONDS = 20;

  /** The path to the other end. */
  @Param({"wire", "looped"})
  public String path;

  private final Arena arena = Arena.ofShared();
  private final NdkResults result = new NdkResults(1);
  private NdkAdapter nearAdapter;
  private NdkAdapter farAdapter;
  private Resources near;
  private Resources far;

  /** The objects of one end: a queue pair, and registered memory. */
  private record Resources(NdkPd pd, NdkCq cq, NdkQp qp, NdkMr mr, NdkSgl sgl) {
    static Resources of(NdkAdapter adapter, MemorySegment memory) throws Exception {
      NdkPd pd = adapter.createPd();
      NdkCq cq = adapter.createCq(2 * DEPTH, _ -> {});
      NdkQp qp = pd.createQp(cq, cq, 0, DEPTH, DEPTH, 1, 1, 0);
      NdkMr mr = pd.createMr();
      await(mr.registerMr(memory, NDK_MR_FLAG_ALLOW_REMOTE_READ | NDK_MR_FLAG_ALLOW_REMOTE_WRITE));
      return new Resources(pd, cq, qp, mr, NdkSgl.of(memory, mr.getLocalTokenFromMr()));
    }

    long address() {
      return sgl.buffer(0).address();
    }
  }

  /** Connects the two ends. */
  @Setup
  public void open() throws Exception {
    InetAddress here = InetAddress.getByName(Wire.A.address());
    InetAddress there = InetAddress.getByName((path.equals("wire") ? Wire.B : Wire.A).address());
    nearAdapter = NdkAdapter.open(here);
    farAdapter = NdkAdapter.open(there);
    near = Resources.of(nearAdapter, arena.allocate(BYTES));
    far = Resources.of(farAdapter, arena.allocate(BYTES));
    Loopback.connect(
        new Loopback.Endpoint(nearAdapter, here, near.qp),
        new Loopback.Endpoint(farAdapter, there, far.qp),
        nearAdapter.queryAdapterInfo().maxOutboundReadLimit());
  }

  /** Closes everything. */
  @TearDown
  public void close() {
    nearAdapter.close();
    farAdapter.close();
    arena.close();
  }

  /** A write, and its result. */
  @Benchmark
  public void write() {
    posted(near.qp.write(0, near.sgl, 1, far.address(), far.mr.getRemoteTokenFromMr(), 0));
    pollOne(near.cq);
  }

  /** A read, and its result. */
  @Benchmark
  public void read() {
    posted(near.qp.read(0, near.sgl, 1, far.address(), far.mr.getRemoteTokenFromMr(), 0));
    pollOne(near.cq);
  }

  /** A receive, a send into it, and their results. */
  @Benchmark
  public void sendAndReceive() {
    posted(far.qp.receive(0, far.sgl, 1));
    posted(near.qp.send(0, near.sgl, 1, 0));
    pollOne(far.cq);
    pollOne(near.cq);
  }

  /** A poll of an empty completion queue. */
  @Benchmark
  public int pollEmpty() {
    return near.cq.getCqResults(result);
  }

  /** Arming a completion queue. */
  @Benchmark
  public void arm() {
    near.cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
  }

  /** Creating a completion queue, and closing it. */
  @Benchmark
  public void createCq() throws Exception {
    await(nearAdapter.createCq(DEPTH, null).closeAsync());
  }

  /** Creating a queue pair, and closing it. */
  @Benchmark
  public void createQp() throws Exception {
    await(near.pd.createQp(near.cq, near.cq, 0, DEPTH, DEPTH, 1, 1, 0).closeAsync());
  }

  private void pollOne(NdkCq cq) {
    while (cq.getCqResults(result) == 0) {
      // The time until the result is what is measured.
    }
    if (result.status(0) != NdkStatus.SUCCESS) {
      throw new IllegalStateException("a request failed: " + result.status(0));
    }
  }

  private static void posted(NdkStatus status) {
    if (status != NdkStatus.SUCCESS) {
      throw new IllegalStateException("a request was not posted: " + status);
    }
  }

  private static void await(CompletionStage<?> stage) throws Exception {
    stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
