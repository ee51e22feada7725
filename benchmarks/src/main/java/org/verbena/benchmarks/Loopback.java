package org.verbena.benchmarks;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.verbena.ndk.NdkAdapter;
import org.verbena.ndk.NdkConnector;
import org.verbena.ndk.NdkListener;
import org.verbena.ndk.NdkQp;

/** Connects two queue pairs within this process. */
public final class Loopback {
  private static final int TIMEOUT_SECONDS = 20;

  private Loopback() {}

  /**
   * A queue pair, its adapter and an address.
   *
   * @param address one of the adapter's addresses
   */
  public record Endpoint(NdkAdapter adapter, InetAddress address, NdkQp qp) {}

  /**
   * Connects, and waits until both ends are connected.
   *
   * @param reads the read limit in either direction
   * @throws Exception if the connect or the accept fails
   */
  public static void connect(Endpoint active, Endpoint passive, int reads) throws Exception {
    CompletableFuture<Void> accepted = new CompletableFuture<>();
    NdkListener listener =
        passive.adapter.createListener(
            peer ->
                peer.accept(passive.qp, reads, reads, null, null)
                    .thenRun(() -> accepted.complete(null)));
    await(listener.listen(new InetSocketAddress(passive.address, 0)));
    NdkConnector connector = active.adapter.createConnector();
    InetSocketAddress from = new InetSocketAddress(active.address, 0);
    await(connector.connect(active.qp, from, listener.getLocalAddress(), reads, reads, null));
    await(connector.completeConnect(null));
    await(accepted);
  }

  private static void await(CompletionStage<?> stage) throws Exception {
    stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
