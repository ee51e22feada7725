package org.verbena.ndk.verbs.cm;

import java.net.InetSocketAddress;

/** Checks and formats socket addresses. */
final class Addresses {
  private Addresses() {}

  static void requireResolved(InetSocketAddress address, String name) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(name + " is unresolved: " + address.getHostString());
    }
  }

  /** As {@code 192.168.77.1:7471} or {@code [fd77::1]:7471}. */
  static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
