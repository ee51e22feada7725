package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A client and a server, connected. */
final class Pair implements AutoCloseable {
  static final long CLIENT_CONTEXT = 0x8000_0000_0000_00C1L;
  static final long SERVER_CONTEXT = 0xFEDC_BA98_7654_3210L;

  private final Sides sides;
  final Endpoint client;
  final Endpoint server;

  Pair() throws Exception {
    this(Route.ACROSS_IPV4, Endpoint.SMALL);
  }

  Pair(NdkQpSizes sizes) throws Exception {
    this(Route.ACROSS_IPV4, sizes);
  }

  /** On sides that are open already, and that it closes. */
  Pair(Sides sides, NdkQpSizes sizes) throws Exception {
    this.sides = sides;
    try {
      client = new Endpoint(sides.client, sizes, CLIENT_CONTEXT);
      server = new Endpoint(sides.server, sizes, SERVER_CONTEXT);
      connect(client, server);
    } catch (Throwable e) {
      sides.close();
      throw e;
    }
  }

  Pair(Route route, NdkQpSizes sizes) throws Exception {
    this(new Sides(route), sizes);
  }

  static void connect(Endpoint client, Endpoint server) throws Exception {
    connect(client, server, new Acceptor(server.side), Handshake.READ_LIMIT);
  }

  static void connect(Endpoint client, Endpoint server, Acceptor acceptor, int readLimit)
      throws Exception {
    Handshake handshake =
        Handshake.request(client.side, client.qp, acceptor, readLimit, readLimit, null);
    client.connector = handshake.active;
    server.connector = handshake.passive;
    Completion accept = handshake.accept(server);
    assertEquals(NdkStatus.SUCCESS, handshake.connect.await(), handshake.connect::detail);
    Await.done(client.connector.completeConnect(client::disconnected));
    assertEquals(NdkStatus.SUCCESS, accept.await(), accept::detail);
  }

  /** A message gets through each way, and there is no other result. */
  void assertStillConnected() {
    message(client, server);
    message(server, client);
  }

  private static void message(Endpoint from, Endpoint to) {
    assertEquals(NdkStatus.SUCCESS, to.qp.receive(901, null, 0));
    assertEquals(NdkStatus.SUCCESS, from.qp.send(902, null, 0, 0));
    Result.success(from.initiatorCq, 902);
    Result.success(to.receiveCq, 901);
    Result.assertNone(from.initiatorCq);
    Result.assertNone(to.receiveCq);
  }

  @Override
  public void close() {
    sides.close();
  }
}
