package org.verbena.ndk;

import java.net.InetSocketAddress;

/**
 * NDK_SHARED_ENDPOINT: a local address and port for many outgoing connections to different
 * destinations ({@code rdma_cm_id}, bound with RDMA_OPTION_ID_REUSEADDR).
 *
 * <p>Its close completes, and its port is free, when the last connector connected over it has been
 * closed.
 */
public interface NdkSharedEndpoint extends NdkObject {
  /**
   * Returns its address, with the port that was picked (NdkGetSharedEndpointLocalAddress).
   *
   * @return the address
   * @throws IllegalStateException after close
   */
  InetSocketAddress getLocalAddress();
}
