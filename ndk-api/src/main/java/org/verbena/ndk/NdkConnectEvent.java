package org.verbena.ndk;

/**
 * NDK_FN_CONNECT_EVENT_CALLBACK: a peer wants to connect to a listener.
 *
 * <p>Runs on the adapter's dispatcher thread: it must not block, and no other callback of the
 * adapter runs meanwhile. What it throws is logged, and the connector is then closed.
 */
@FunctionalInterface
public interface NdkConnectEvent {
  /**
   * A connect request has arrived ({@code RDMA_CM_EVENT_CONNECT_REQUEST}).
   *
   * <p>That the peer has given up shows only at accept or reject, as {@link
   * NdkStatus#CONNECTION_ABORTED}: rdma_cm does not report it earlier.
   *
   * @param connector its connector, which the consumer now owns: read the private data with {@link
   *     NdkConnector#getConnectionData}, then accept, reject or close it
   */
  void connectRequested(NdkConnector connector);
}
