package org.verbena.ndk;

import java.time.Duration;

/** A client's and a server's side, open. */
final class Sides implements AutoCloseable {
  final Side client;
  final Side server;

  Sides() throws NdkException {
    this(Route.ACROSS_IPV4);
  }

  Sides(Route route) throws NdkException {
    this(route, NdkOpenOptions.DEFAULT, NdkOpenOptions.DEFAULT);
  }

  Sides(Route route, NdkOpenOptions clientOptions, NdkOpenOptions serverOptions)
      throws NdkException {
    client = new Side(route.client, route.clientAddress(), clientOptions);
    try {
      server = new Side(route.server, route.serverAddress(), serverOptions);
    } catch (Throwable e) {
      client.close();
      throw e;
    }
  }

  /** With a client whose connection timeout is this. */
  static Sides impatientClient(Duration timeout) throws NdkException {
    return new Sides(Route.ACROSS_IPV4, new NdkOpenOptions(timeout), NdkOpenOptions.DEFAULT);
  }

  /** With a server whose connection timeout is this. */
  static Sides impatientServer(Duration timeout) throws NdkException {
    return new Sides(Route.ACROSS_IPV4, NdkOpenOptions.DEFAULT, new NdkOpenOptions(timeout));
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
