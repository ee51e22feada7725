package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Interoperability with rdma-core's rping, as its client and as its server. */
@Tag("device")
@Tag("peer")
class RpingTest {
  private static final int ROUNDS = 10;
  private static final int SIZE = 1000;

  /** A free port of the server's address. */
  private static int freePort(Side side) throws Exception {
    Acceptor probe = new Acceptor(side);
    int port = probe.address().getPort();
    Await.done(probe.listener.closeAsync());
    return port;
  }

  static void connectWhenItListens(Endpoint client, InetSocketAddress server, Rping rping)
      throws Exception {
    client.connector = client.side.adapter.createConnector();
    Await.until(
        "rping to listen",
        () -> {
          NdkStatus status =
              Completion.of(
                  completion ->
                      client.connector.connect(
                          client.qp, client.side.anyPort(), server, 1, 1, null, completion));
          assertTrue(
              status == NdkStatus.SUCCESS || status == NdkStatus.CONNECTION_REFUSED,
              status::toString);
          assertTrue(rping.isAlive(), "rping has exited");
          return status == NdkStatus.SUCCESS;
        });
    Await.done(client.connector.completeConnect(client::disconnected));
  }

  /** The text that rping's own client would send. */
  private static String ping(int round) {
    StringBuilder text = new StringBuilder("rdma-ping-" + round + ": ");
    char next = (char) ('A' + round);
    while (text.length() < SIZE - 1) {
      text.append(next);
      next = next == 'z' ? 'A' : (char) (next + 1);
    }
    return text.toString();
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_ANY, names = "ACROSS_.*")
  void weAreItsClient(Route route) throws Exception {
    InetAddress address = route.serverAddress();
    try (Side side = new Side(route.client, route.clientAddress());
        Side probing = new Side(route.server, address)) {
      int port = freePort(probing);
      try (Rping rping =
          new Rping("-s", "-v", "-a", address.getHostAddress(), "-p", "" + port, "-S", "" + SIZE)) {
        Endpoint client = new Endpoint(side, Endpoint.SMALL, 1);
        RpingPeer peer = new RpingPeer(client);
        connectWhenItListens(client, new InetSocketAddress(address, port), rping);
        Buffer source = side.buffer(SIZE);
        Buffer sink = side.buffer(SIZE);
        for (int round = 0; round < ROUNDS; round++) {
          source.memory().setString(0, ping(round));
          peer.offer(source);
          sink.memory().fill((byte) 0);
          peer.offer(sink);
          assertEquals(ping(round), sink.memory().getString(0));
        }
        Await.done(client.connector.disconnect());
        assertEquals(0, rping.exitCode(), rping.output());
        for (int round = 0; round < ROUNDS; round++) {
          assertTrue(rping.output().contains("server ping data: " + ping(round)), rping.output());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_ANY, names = "ACROSS_.*")
  void weAreItsServer(Route route) throws Exception {
    try (Side side = new Side(route.server, route.serverAddress())) {
      Acceptor acceptor = new Acceptor(side);
      try (Rping rping =
          Rping.client(
              route.clientAddress(),
              acceptor.address(),
              "-v",
              "-V",
              "-S",
              "" + SIZE,
              "-C",
              "" + ROUNDS)) {
        Endpoint server = new Endpoint(side, Endpoint.SMALL, 1);
        RpingPeer peer = new RpingPeer(server);
        server.connector = acceptor.next();
        assertEquals(route.clientAddress(), server.connector.getPeerAddress().getAddress());
        Await.done(server.connector.accept(server.qp, 1, 1, null, server::disconnected));
        Buffer buffer = side.buffer(SIZE);
        for (int round = 0; round < ROUNDS; round++) {
          assertEquals(ping(round), peer.echo(buffer));
        }
        server.awaitDisconnect();
        assertEquals(1, server.disconnects());
        Await.done(server.connector.disconnect());
        assertEquals(0, rping.exitCode(), rping.output());
        assertTrue(rping.output().contains("ping data: " + ping(ROUNDS - 1)), rping.output());
      }
    }
  }
}
