package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A connect request that has reached the passive side; what happens next is up to the test. */
final class Handshake {
  static final int READ_LIMIT = 4;

  final NdkConnector active;
  final NdkConnector passive;

  /** The completion of the connect. */
  final Completion connect;

  private Handshake(NdkConnector active, NdkConnector passive, Completion connect) {
    this.active = active;
    this.passive = passive;
    this.connect = connect;
  }

  static Handshake request(Side client, NdkQp qp, Acceptor acceptor) throws Exception {
    return request(client, qp, acceptor, READ_LIMIT, READ_LIMIT, null);
  }

  static Handshake request(
      Side client, NdkQp qp, Acceptor acceptor, int inbound, int outbound, byte[] privateData)
      throws Exception {
    NdkConnector active = client.adapter.createConnector();
    Completion connect =
        Completion.pending(
            completion ->
                active.connect(
                    qp,
                    client.anyPort(),
                    acceptor.address(),
                    inbound,
                    outbound,
                    privateData,
                    completion));
    Await.until("a connect request", () -> acceptor.waiting() > 0 || connect.calls() > 0);
    if (acceptor.waiting() == 0) {
      assertEquals(NdkStatus.SUCCESS, connect.await(), connect::detail);
    }
    return new Handshake(active, acceptor.next(), connect);
  }

  /** Accepts; it completes when the active side has completed the connect. */
  Completion accept(Endpoint server) {
    return Completion.pending(
        completion ->
            passive.accept(
                server.qp, READ_LIMIT, READ_LIMIT, null, server::disconnected, completion));
  }
}
