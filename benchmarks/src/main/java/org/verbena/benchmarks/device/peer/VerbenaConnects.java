package org.verbena.benchmarks.device.peer;

import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.verbena.benchmarks.device.Task;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkCq;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkPd;
import org.verbena.ndk.NdkQp;

/** Makes and closes one connection after the other, each with a new queue pair. */
final class VerbenaConnects implements Peer.Side {
  private static final int TIMEOUT_SECONDS = 240;

  private final NdkAdapter adapter;
  private final Task task;
  private final NdkCq cq;
  private final NdkPd pd;
  private final CountDownLatch disconnected;
  private @Nullable NdkListener listener; // the passive side's
  private long connectNanos;

  VerbenaConnects(NdkAdapter adapter, Task task) throws NdkException {
    this.adapter = adapter;
    this.task = task;
    cq = adapter.createCq(2, null);
    pd = adapter.createPd();
    disconnected = new CountDownLatch(task.number("warmup", 0) + task.iterations());
  }

  /** The passive side. */
  static VerbenaConnects listen(NdkAdapter adapter, Task task) throws Exception {
    VerbenaConnects side = new VerbenaConnects(adapter, task);
    NdkListener listener = adapter.createListener(side::accept);
    side.listener = listener;
    VerbenaLink.await(listener.listen(new InetSocketAddress(task.param("server"), 0)));
    return side;
  }

  private void accept(NdkConnector connector) {
    try {
      NdkQp qp = createQp();
      connector
          .accept(qp, 0, 0, null, () -> ended(connector, qp))
          .exceptionally(
              _ -> {
                ended(connector, qp); // the client's disconnect was quicker
                return null;
              });
    } catch (NdkException e) {
      throw new IllegalStateException(e); // the library logs it
    }
  }

  private NdkQp createQp() throws NdkException {
    return pd.createQp(cq, cq, 0, 1, 1, 1, 1, 0);
  }

  private void ended(NdkConnector connector, NdkQp qp) {
    connector.close();
    qp.close();
    disconnected.countDown();
  }

  @Override
  public int port() {
    return Objects.requireNonNull(listener).getLocalAddress().getPort();
  }

  @Override
  public Figures run() throws Exception {
    if (listener != null) {
      if (!disconnected.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("not all of the client's connections have ended");
      }
      return Figures.NONE;
    }
    loop(task.number("warmup", 0));
    Costs costs = Costs.begin();
    connectNanos = 0;
    long start = System.nanoTime();
    loop(task.iterations());
    double seconds = (System.nanoTime() - start) / 1e9;
    Figures figures =
        new Figures()
            .with("score", task.iterations() / seconds)
            .with("connect", connectNanos / 1e3 / task.iterations());
    return costs.end().addTo(figures, task.iterations());
  }

  private void loop(int count) throws Exception {
    InetSocketAddress from = new InetSocketAddress(task.param("client"), 0);
    InetSocketAddress to = new InetSocketAddress(task.param("server"), task.number("port", 0));
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      NdkQp qp = createQp();
      NdkConnector connector = adapter.createConnector();
      VerbenaLink.await(connector.connect(qp, from, to, 0, 0, null));
      VerbenaLink.await(connector.completeConnect(null));
      connectNanos += System.nanoTime() - start;
      VerbenaLink.await(connector.disconnect());
      connector.close();
      VerbenaLink.await(qp.closeAsync());
    }
  }

  @Override
  public void close() throws Exception {
    if (listener != null) {
      listener.close();
    }
    cq.close();
    VerbenaLink.await(pd.closeAsync());
  }
}
