package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A device that is removed while it is connected and listens, and added again. The removal ends
 * only when nothing of it is left open.
 */
@Tag("device")
@Tag("wire")
class DeviceRemovalTest {
  @Test
  void bothEndsAreToldAndConnectWhenItIsBack() throws Exception {
    try (Wire wire = new Wire();
        Side near = new Side(RigDevice.A)) {
      Endpoint client = new Endpoint(near, Endpoint.SMALL, 1);
      try (Side removed = new Side(RigDevice.B)) {
        Endpoint server = new Endpoint(removed, Endpoint.SMALL, 2);
        Acceptor acceptor = new Acceptor(removed);
        Pair.connect(client, server, acceptor, Handshake.READ_LIMIT);
        new Traffic(client, server).all(1);
        assertEquals(NdkStatus.SUCCESS, server.qp.receive(1, null, 0));
        try (ChildProcess removal = Wire.removeDevice(RigDevice.B)) {
          server.awaitDisconnect();
          assertEquals(NdkStatus.CANCELLED, Result.take(server.receiveCq).status());
          assertEquals(NdkStatus.DEVICE_REMOVED, server.qp.send(2, null, 0, 0));
          assertEquals(NdkStatus.DEVICE_REMOVED, server.qp.receive(2, null, 0));
          Await.until("the listener's end", () -> !listens(acceptor));
          NdkException e = assertThrows(NdkException.class, removed::cq);
          assertEquals(NdkStatus.DEVICE_REMOVED, e.status());
          client.awaitDisconnect();
          Await.done(client.connector.disconnect());

          removed.adapter.close();
          LibrdmacmDevices.letGo(removal, Await.DEADLINE);
        }
      }
      wire.mend();
      try (Side added = new Side(RigDevice.B)) {
        Endpoint next = new Endpoint(near, Endpoint.SMALL, 3);
        Endpoint server = new Endpoint(added, Endpoint.SMALL, 4);
        Pair.connect(next, server);
        new Traffic(next, server).all(2);
      }
    }
  }

  private static boolean listens(Acceptor acceptor) {
    try {
      return acceptor.address() != null;
    } catch (IllegalStateException _) {
      return false;
    }
  }
}
