package org.verbena.ndk;

import java.time.Duration;

/** Both ends of a route, open. */
final class Wire implements AutoCloseable {
  final Side client;
  final Side server;

  Wire() throws NdkException {
    this(Route.ACROSS_IPV4);
  }

  Wire(Route route) throws NdkException {
    this(route, NdkOpenOptions.DEFAULT, NdkOpenOptions.DEFAULT);
  }

  Wire(Route route, NdkOpenOptions clientOptions, NdkOpenOptions serverOptions)
      throws NdkException {
    client = new Side(route.client, route.clientAddress(), clientOptions);
    try {
      server = new Side(route.server, route.serverAddress(), serverOptions);
    } catch (Throwable e) {
      client.close();
      throw e;
    }
  }

  /** A wire whose client waits no longer than this. */
  static Wire impatientClient(Duration timeout) throws NdkException {
    return new Wire(Route.ACROSS_IPV4, new NdkOpenOptions(timeout), NdkOpenOptions.DEFAULT);
  }

  /** A wire whose server waits no longer than this. */
  static Wire impatientServer(Duration timeout) throws NdkException {
    return new Wire(Route.ACROSS_IPV4, NdkOpenOptions.DEFAULT, new NdkOpenOptions(timeout));
  }

  @Override
  public void close() {
    try {
      client.close();
    } finally {
      server.close();
    }
  }
}
