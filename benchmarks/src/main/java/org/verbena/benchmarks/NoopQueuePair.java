package org.verbena.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkMrFlags;
import org.verbena.ndk.NdkObject;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;
import org.verbena.ndk.extension.NativeHandle;

/** A connected queue pair of the no-op device, on which each library posts the same requests. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // by @Setup
public class NoopQueuePair {
  static final int CHAIN = 16;
  static final int BYTES = 64;
  static final long REMOTE_ADDRESS = 0x10000;
  static final int REMOTE_TOKEN = 7;

  NdkAdapter adapter;
  NdkCq cq;
  NdkQp qp;
  MemorySegment buffer;
  int token;
  long nextContext;

  private final Arena arena = Arena.ofShared();

  /** Creates a connected queue pair. */
  @Setup
  public void open() throws Exception {
    adapter = NdkAdapter.open("noop0");
    NdkPd pd = adapter.createPd();
    cq = adapter.createCq(4 * CHAIN, null);
    qp = createQp(pd);
    buffer = arena.allocate(BYTES);
    NdkMr mr = pd.createMr();
    mr.registerMr(buffer, NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE).toCompletableFuture().get();
    token = mr.getLocalTokenFromMr();
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

  /** The native object, for those that call the driver themselves. */
  static MemorySegment handle(NdkObject object) throws Exception {
    return object.queryExtension(NativeHandle.EXTENSION).handle();
  }

  static void require(boolean condition) {
    if (!condition) {
      throw new AssertionError("a request failed");
    }
  }
}
