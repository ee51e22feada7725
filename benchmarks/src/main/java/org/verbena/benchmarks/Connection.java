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

/** Connects two queue pairs of this process. */
final class Connection {
  private static final int SECONDS = 10;

  private Connection() {}

  static void connect(NdkAdapter adapter, NdkQp active, NdkQp passive) throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    CompletableFuture<Void> accepted = new CompletableFuture<>();
    NdkListener listener =
        adapter.createListener(
            peer -> peer.accept(passive, 0, 0, null, null).thenRun(() -> accepted.complete(null)));
    await(listener.listen(address));
    NdkConnector connector = adapter.createConnector();
    await(connector.connect(active, address, listener.getLocalAddress(), 0, 0, null));
    await(connector.completeConnect(null));
    await(accepted);
  }

  private static void await(CompletionStage<?> stage) throws Exception {
    stage.toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
  }
}
