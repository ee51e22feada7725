package org.verbena.ndk;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;

/**
 * NDK_LISTENER: receives connect requests on one local address and port ({@code rdma_cm_id},
 * listening).
 *
 * <p>Closing it refuses further requests at once. Its close completes, and its port is free, when
 * the last of its connectors has been closed.
 */
public interface NdkListener extends NdkObject {
  /**
   * Starts to listen (NdkListen; {@code rdma_bind_addr}, {@code rdma_listen}). While a callback
   * keeps the dispatcher thread busy, requests queue up to the system's backlog ({@code
   * net.rdma_ucm.max_backlog}); beyond it the kernel drops them, and the peers' connects end with
   * {@link NdkStatus#IO_TIMEOUT}. After a failure it can listen again.
   *
   * @param address an IP address of this adapter and a port; port 0 picks a free one, from the
   *     system's own range ({@code net.ipv4.ip_local_port_range})
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#SHARING_VIOLATION} (in
   *     use), {@link NdkStatus#INVALID_ADDRESS} (not of this adapter, or the wildcard), {@link
   *     NdkStatus#TOO_MANY_ADDRESSES} (no free port), {@link NdkStatus#ACCESS_DENIED} (port below
   *     1024), {@link NdkStatus#INSUFFICIENT_RESOURCES}, {@link NdkStatus#CANCELLED} (closed
   *     meanwhile)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_DEVICE_STATE} (listening, or about
   *     to), {@link NdkStatus#INVALID_HANDLE}
   * @throws IllegalArgumentException if the address is unresolved
   */
  NdkStatus listen(InetSocketAddress address, NdkRequestCompletion completion);

  /**
   * Starts to listen; see {@link #listen(InetSocketAddress, NdkRequestCompletion)}.
   *
   * @param address an IP address of this adapter and a port; port 0 picks a free one
   * @return completes when it listens
   */
  default CompletionStage<Void> listen(InetSocketAddress address) {
    return NdkStages.of("listen", completion -> listen(address, completion));
  }

  /**
   * Pauses or resumes connect events (NdkControlConnectEvents). While paused, requests are refused
   * as if there were no listener; connectors already delivered are not affected.
   *
   * @param pause whether to pause
   * @throws IllegalStateException after close
   */
  void controlConnectEvents(boolean pause);

  /**
   * Pauses connect events: requests are refused; see {@link #controlConnectEvents}.
   *
   * @throws IllegalStateException after close
   */
  default void pauseConnectEvents() {
    controlConnectEvents(true);
  }

  /**
   * Resumes connect events; see {@link #controlConnectEvents}.
   *
   * @throws IllegalStateException after close
   */
  default void resumeConnectEvents() {
    controlConnectEvents(false);
  }

  /**
   * Returns the address it listens on, with the port that was picked (NdkGetListenerLocalAddress).
   *
   * @return the address
   * @throws IllegalStateException if it does not listen, or after close
   */
  InetSocketAddress getLocalAddress();
}
