package org.verbena.ndk;

import java.net.InetSocketAddress;

/**
 * NDK_SHARED_ENDPOINT: a local address and port for many outgoing connections, as long as their
 * destinations differ ({@code rdma_cm_id}, bound with RDMA_OPTION_ID_REUSEADDR).
 *
 * <p>Its close ends, and its port is free, when the last connector connected over it is closed.
 */
public interface NdkSharedEndpoint extends NdkObject {
  /**
   * Gets the address, with the port that was picked (NdkGetSharedEndpointLocalAddress).
   *
   * @return the address
   * @throws IllegalStateException after close
   */
  InetSocketAddress getLocalAddress();
}
