package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The peer's process is killed (SIGKILL): the kernel ends the connection for it. */
@Tag("device")
@Tag("peer")
class PeerKilledTest {
  private static Rping client(InetSocketAddress server) throws Exception {
    return new Rping(
        "-c",
        "-a",
        server.getAddress().getHostAddress(),
        "-I",
        End.A.address4().getHostAddress(),
        "-p",
        "" + server.getPort());
  }

  @Test
  void theServerIsToldAndItsRequestsAreCancelled() throws Exception {
    try (Side side = new Side(End.B)) {
      Acceptor acceptor = new Acceptor(side);
      Endpoint server = new Endpoint(side, QpSizes.SMALL, 1);
      Buffer incoming = side.buffer(16);
      server.qp.receive(1, incoming.sgl(), 1);
      server.qp.receive(2, incoming.sgl(), 1);
      try (Rping rping = client(acceptor.address())) {
        server.connector = acceptor.next();
        Await.done(server.connector.accept(server.qp, 1, 1, null, server::disconnected));
        Result.success(server.receiveCq, 1); // its first message: it waits for our answer now
        rping.kill();
        server.awaitDisconnect();
        side.settle();
        assertEquals(1, server.disconnects());
        Result.assertNone(server.receiveCq);
        assertEquals(NdkStatus.CONNECTION_INVALID, server.qp.send(3, null, 0, 0));
        Await.done(server.connector.disconnect());
        Result cancelled = Result.take(server.receiveCq);
        assertEquals(NdkStatus.CANCELLED, cancelled.status());
        assertEquals(2, cancelled.requestContext());
      }
    }
  }

  @Test
  void theServerDisconnectsAllTheSame() throws Exception {
    try (Side side = new Side(End.B)) {
      Acceptor acceptor = new Acceptor(side);
      Endpoint server = new Endpoint(side, QpSizes.SMALL, 1);
      server.qp.receive(1, side.buffer(16).sgl(), 1);
      try (Rping rping = client(acceptor.address())) {
        server.connector = acceptor.next();
        Await.done(server.connector.accept(server.qp, 1, 1, null, server::disconnected));
        Result.success(server.receiveCq, 1);
        rping.kill();
        // With or without the event before it.
        Await.done(server.connector.disconnect());
        assertTrue(server.disconnects() <= 1);
      }
    }
  }

  @Test
  void anAcceptOfAClientThatIsGoneIsAborted() throws Exception {
    try (Side side = new Side(End.B)) {
      Acceptor acceptor = new Acceptor(side);
      NdkConnector passive;
      try (Rping rping = client(acceptor.address())) {
        passive = acceptor.next();
        rping.kill();
      }
      NdkQp qp = side.qp();
      NdkStatus status = Answer.of(completion -> passive.accept(qp, 1, 1, null, null, completion));
      assertTrue(
          status == NdkStatus.CONNECTION_ABORTED || status == NdkStatus.IO_TIMEOUT,
          status::toString);
    }
  }

  @Test
  void theClientIsToldWhenItsServerIsKilled() throws Exception {
    InetSocketAddress address;
    try (Side probing = new Side(End.B)) {
      Acceptor probe = new Acceptor(probing);
      address = probe.address();
    }
    try (Side side = new Side(End.A);
        Rping rping =
            new Rping(
                "-s", "-a", address.getAddress().getHostAddress(), "-p", "" + address.getPort())) {
      Endpoint client = new Endpoint(side, QpSizes.SMALL, 1);
      client.qp.receive(1, null, 0);
      RpingTest.connectWhenItListens(client, address, rping);
      rping.kill();
      client.awaitDisconnect();
      assertEquals(1, client.disconnects());
      Result.assertNone(client.receiveCq);
      Await.done(client.connector.disconnect());
      assertEquals(NdkStatus.CANCELLED, Result.take(client.receiveCq).status());
    }
  }
}
