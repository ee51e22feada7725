package org.verbena.ndk;

import java.net.InetAddress;

/** A way from a client to a server. */
enum Route {
  ACROSS_IPV4(End.A, End.B, false),
  ACROSS_IPV6(End.A, End.B, true),
  WITHIN_IPV4(End.A, End.A, false),
  WITHIN_IPV6(End.B, End.B, true);

  final End client;
  final End server;
  private final boolean ipv6;

  Route(End client, End server, boolean ipv6) {
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

  private InetAddress address(End end) {
    return ipv6 ? end.address6() : end.address4();
  }
}
