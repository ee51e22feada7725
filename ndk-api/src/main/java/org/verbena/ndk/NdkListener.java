package org.verbena.ndk;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;

/**
 * NDK_LISTENER: takes connect requests on one local address ({@code rdma_cm_id}, listening).
 *
 * <p>Closing it refuses further requests at once. Its close ends, and its port is free, when the
 * last connector accepted over it has been closed.
 */
public interface NdkListener extends NdkObject {
  /**
   * Starts to listen (NdkListen; {@code rdma_bind_addr}, {@code rdma_listen}). Requests that nobody
   * takes are queued up to the system's own limit ({@code net.rdma_ucm.max_backlog}); beyond it
   * they are dropped and their senders end in {@link NdkStatus#IO_TIMEOUT}.
   *
   * @param address an IP address of this adapter and a port; port 0 picks a free one, from the
   *     system's own range ({@code net.ipv4.ip_local_port_range})
   * @param completion runs with {@link NdkStatus#SUCCESS}, {@link NdkStatus#SHARING_VIOLATION} (in
   *     use), {@link NdkStatus#INVALID_ADDRESS} (not of this adapter, or the wildcard), {@link
   *     NdkStatus#TOO_MANY_ADDRESSES} (no free port), {@link NdkStatus#ACCESS_DENIED} (port below
   *     1024), {@link NdkStatus#CANCELLED} (closed meanwhile)
   * @return {@link NdkStatus#PENDING}, {@link NdkStatus#INVALID_DEVICE_STATE} (listening already),
   *     {@link NdkStatus#INVALID_HANDLE}
   * @throws IllegalArgumentException if the address is unresolved
   */
  NdkStatus listen(InetSocketAddress address, NdkRequestCompletion completion);

  /**
   * Starts to listen; see {@link #listen(InetSocketAddress, NdkRequestCompletion)}.
   *
   * @param address an IP address of this adapter and a port; port 0 picks a free one
   * @return completes when requests can come
   */
  default CompletionStage<Void> listen(InetSocketAddress address) {
    return NdkStages.of("listen", completion -> listen(address, completion));
  }

  /**
   * Pauses and resumes (NdkControlConnectEvents). While paused, requests are refused as if nobody
   * listened there; connectors already delivered are not affected.
   *
   * @param pause whether to pause
   * @throws IllegalStateException after close
   */
  void controlConnectEvents(boolean pause);

  /**
   * Pauses: requests are refused from here on; see {@link #controlConnectEvents}.
   *
   * @throws IllegalStateException after close
   */
  default void pauseConnectEvents() {
    controlConnectEvents(true);
  }

  /**
   * Resumes after a pause; see {@link #controlConnectEvents}.
   *
   * @throws IllegalStateException after close
   */
  default void resumeConnectEvents() {
    controlConnectEvents(false);
  }

  /**
   * Gets the address listened on, with the port that was picked (NdkGetListenerLocalAddress).
   *
   * @return the address
   * @throws IllegalStateException if it does not listen
   */
  InetSocketAddress getLocalAddress();
}
