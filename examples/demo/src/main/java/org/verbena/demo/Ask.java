package org.verbena.demo;

import java.nio.ByteBuffer;

/**
 * The private data of the client's connect: its request.
 *
 * <p>Private data arrives padded with zeros, so a program brings its own format. Both ends speak
 * big-endian here, whatever machines they are.
 *
 * @param bytes size of the buffer the listener shall provide
 * @param rounds ping-pong rounds the listener shall answer
 */
record Ask(long bytes, int rounds) {
  private static final int MAGIC = 0x56444131; // VDA1; the digit is the version

  byte[] encode() {
    return ByteBuffer.allocate(16).putInt(MAGIC).putLong(bytes).putInt(rounds).array();
  }

  /** Validates everything: anyone can connect. */
  static Ask decode(byte[] privateData) throws DemoException {
    ByteBuffer buffer = ByteBuffer.wrap(privateData);
    if (buffer.remaining() < 16 || buffer.getInt() != MAGIC) {
      throw new DemoException("the connect request is not the demo's");
    }
    Ask ask = new Ask(buffer.getLong(), buffer.getInt());
    long max = Options.MAX_MIB * Options.MIB;
    if (ask.bytes < 1 || ask.bytes > max || ask.rounds < 0) {
      throw new DemoException(
          "asks for %d bytes and %d rounds; at most %d bytes are given"
              .formatted(ask.bytes, ask.rounds, max));
    }
    return ask;
  }
}
