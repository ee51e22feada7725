package org.verbena.demo;

import java.nio.ByteBuffer;

/**
 * The private data of the listener's accept: where the client may write and read.
 *
 * @param address the buffer's address in the listener
 * @param token the remote token of its memory region
 */
record Offer(long address, int token) {
  private static final int MAGIC = 0x56444F31; // VDO1; the digit is the version

  byte[] encode() {
    return ByteBuffer.allocate(16).putInt(MAGIC).putLong(address).putInt(token).array();
  }

  static Offer decode(byte[] privateData) throws DemoException {
    ByteBuffer buffer = ByteBuffer.wrap(privateData);
    if (buffer.remaining() < 16 || buffer.getInt() != MAGIC) {
      throw new DemoException("the peer is not the demo's listener");
    }
    return new Offer(buffer.getLong(), buffer.getInt());
  }
}
