package org.verbena.ndk.verbs.cm;

import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.verbena.ndk.NdkException;
import org.verbena.ndk.NdkStatus;

/**
 * The two ends of a connection from a shared endpoint. The kernel allows the same pair to be
 * connected twice; NDKPI does not.
 */
record AddressPair(InetSocketAddress local, InetSocketAddress peer) {
  private static final Set<AddressPair> CLAIMED = ConcurrentHashMap.newKeySet();

  static AddressPair claim(InetSocketAddress local, InetSocketAddress peer) throws NdkException {
    AddressPair pair = new AddressPair(local, peer);
    if (!CLAIMED.add(pair)) {
      throw new NdkException(
          NdkStatus.ADDRESS_ALREADY_EXISTS,
          Addresses.text(local) + " is connected to " + Addresses.text(peer) + " already");
    }
    return pair;
  }

  void release() {
    CLAIMED.remove(this);
  }
}
