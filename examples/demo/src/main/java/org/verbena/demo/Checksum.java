package org.verbena.demo;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** CRC32C over native memory. */
final class Checksum {
  private static final long STEP = 1 << 30; // a ByteBuffer's limit is just below 2 GiB

  private Checksum() {}

  static int of(MemorySegment memory) {
    CRC32C crc = new CRC32C();
    for (long at = 0; at < memory.byteSize(); at += STEP) {
      crc.update(memory.asSlice(at, Math.min(STEP, memory.byteSize() - at)).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  static String text(int checksum) {
    return "CRC32C %08x".formatted(checksum);
  }
}
