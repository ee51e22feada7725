package org.verbena.ndk;

import java.net.InetAddress;

/** The device of the client, that of the server, and the IP version between them. */
enum Route {
  ACROSS_IPV4(RigDevice.A, RigDevice.B, false),
  ACROSS_IPV6(RigDevice.A, RigDevice.B, true),
  WITHIN_IPV4(RigDevice.A, RigDevice.A, false),
  WITHIN_IPV6(RigDevice.B, RigDevice.B, true);

  final RigDevice client;
  final RigDevice server;
  private final boolean ipv6;

  Route(RigDevice client, RigDevice server, boolean ipv6) {
    this.client = client;
    this.server = server;
    this.ipv6 = ipv6;
  }

  InetAddress clientAddress() {
    return address(client);
  }

  InetAddress serverAddress() {
    return address(server);
  }

  private InetAddress address(RigDevice device) {
    return ipv6 ? device.address6() : device.address4();
  }
}
