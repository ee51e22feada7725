package org.verbena.ndk;

import java.nio.ByteBuffer;

/**
 * A program that accepts one connection and then does nothing: its peer reads and writes its
 * memory, whose address and token are the private data of the accept.
 */
final class PassiveProgram {
  static final int SIZE = 1 << 16;

  private PassiveProgram() {}

  static void main() throws Exception {
    Side side = new Side(RigDevice.B);
    Acceptor acceptor = new Acceptor(side);
    Endpoint server = new Endpoint(side, Endpoint.SMALL, 1);
    Buffer memory = side.buffer(SIZE);
    byte[] place =
        ByteBuffer.allocate(12).putLong(memory.address()).putInt(memory.remoteToken()).array();
    IO.println("port " + acceptor.address().getPort());
    NdkConnector connector = acceptor.next();
    Await.done(
        connector.accept(
            server.qp, Handshake.READ_LIMIT, Handshake.READ_LIMIT, place, server::disconnected));
    Thread.sleep(Long.MAX_VALUE);
  }
}
