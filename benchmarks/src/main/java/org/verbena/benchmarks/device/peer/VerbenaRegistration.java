package org.verbena.benchmarks.device.peer;

import static org.verbena.ndk.NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkMr;
import org.verbena.ndk.NdkPd;

/** Registers and deregisters memory repeatedly. The server's side does nothing. */
final class VerbenaRegistration implements Peer.Side {
  private static final int PAGE = 4096;

  private final Task task;
  private final NdkPd pd;
  private final NdkMr mr;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;

  VerbenaRegistration(NdkAdapter adapter, Task task) throws Exception {
    this.task = task;
    pd = adapter.createPd();
    mr = pd.createMr();
    memory = arena.allocate(task.bytes(), PAGE);
    memory.fill((byte) 1); // so that the pages exist
  }

  @Override
  public int port() {
    return 0;
  }

  @Override
  public Figures run() throws Exception {
    if (task.param("client").isEmpty()) {
      return Figures.NONE; // the server's side
    }
    loop(task.number("warmup", 0));
    Costs costs = Costs.begin();
    long start = System.nanoTime();
    loop(task.iterations());
    double micros = (System.nanoTime() - start) / 1e3;
    return costs
        .end()
        .addTo(new Figures().with("score", micros / task.iterations()), task.iterations());
  }

  private void loop(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      VerbenaLink.await(mr.registerMr(memory, NDK_MR_FLAG_ALLOW_LOCAL_WRITE));
      VerbenaLink.await(mr.deregisterMr());
    }
  }

  @Override
  public void close() throws Exception {
    mr.close();
    VerbenaLink.await(pd.closeAsync());
    arena.close();
  }
}
