package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.verbena.ndk.NdkConnectionEnd.Cause;

/** The peer's process is killed (SIGKILL): the kernel ends the connection for it. */
@Tag("device")
@Tag("peer")
class PeerKilledTest {
  @Test
  @Covers("NdkDisconnect")
  void theServerDisconnectsAllTheSame() throws Exception {
    try (Side side = new Side(RigDevice.B)) {
      Acceptor acceptor = new Acceptor(side);
      Endpoint server = new Endpoint(side, Endpoint.SMALL, 1);
      server.qp.receive(1, side.buffer(16).sgl(), 1);
      try (Rping rping = Rping.client(acceptor.address())) {
        server.connector = acceptor.next();
        Await.done(server.connector.accept(server.qp, 1, 1, null, server::disconnected));
        Result.success(server.receiveCq, 1);
        rping.kill();
        // The event may or may not have come first.
        Await.done(server.connector.disconnect());
        assertTrue(server.disconnects() <= 1);
      }
    }
  }

  @Test
  @Covers({"NDK_FN_DISCONNECT_EVENT_CALLBACK", "NdkDisconnect"})
  void theClientIsToldWhenItsServerIsKilled() throws Exception {
    InetSocketAddress address;
    try (Side probing = new Side(RigDevice.B)) {
      Acceptor probe = new Acceptor(probing);
      address = probe.address();
    }
    try (Side side = new Side(RigDevice.A);
        Rping rping =
            new Rping(
                "-s", "-a", address.getAddress().getHostAddress(), "-p", "" + address.getPort())) {
      Endpoint client = new Endpoint(side, Endpoint.SMALL, 1);
      client.qp.receive(1, null, 0);
      RpingTest.connectWhenItListens(client, address, rping);
      rping.kill();
      client.awaitDisconnect();
      assertEquals(1, client.disconnects());
      assertEquals(Cause.PEER_CONFIRMED, ConnectionEndTest.end(client.connector).cause());
      Result.assertNone(client.receiveCq);
      Await.done(client.connector.disconnect());
      assertEquals(NdkStatus.CANCELLED, Result.take(client.receiveCq).status());
    }
  }
}
