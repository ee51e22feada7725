package org.verbena.ndk.verbs;

import java.net.InetSocketAddress;

/** Checks of the socket addresses that consumers give. */
final class Addresses {
  private Addresses() {}

  static void requireResolved(InetSocketAddress address, String name) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(name + " is unresolved: " + address.getHostString());
    }
  }
}
