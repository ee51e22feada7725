package org.verbena.demo;

import java.nio.ByteBuffer;

/**
 * The private data of the client's connect: its request.
 *
 * <p>Private data arrives padded with zeros, so it needs a format of fixed size. Both ends use
 * big-endian here, whatever their machines use.
 *
 * @param bytes size of the buffer that the listener is to provide
 * @param rounds ping-pong rounds that the listener is to answer
 */
record Ask(long bytes, int rounds) {
  private static final int MAGIC = 0x56444131; // VDA1; the digit is the version

  byte[] encode() {
    return ByteBuffer.allocate(16).putInt(MAGIC).putLong(bytes).putInt(rounds).array();
  }

  /** Validates everything, as anyone can connect. */
  static Ask decode(byte[] privateData) throws DemoException {
    ByteBuffer buffer = ByteBuffer.wrap(privateData);
    if (buffer.remaining() < 16 || buffer.getInt() != MAGIC) {
      throw new DemoException("the connect request is not the demo's");
    }
    Ask ask = new Ask(buffer.getLong(), buffer.getInt());
    long max = Options.MAX_MIB * Options.MIB;
    if (ask.bytes < 1 || ask.bytes > max || ask.rounds < 0) {
      throw new DemoException(
          "the request is for %d bytes and %d rounds; the limit is %d bytes"
              .formatted(ask.bytes, ask.rounds, max));
    }
    return ask;
  }
}
