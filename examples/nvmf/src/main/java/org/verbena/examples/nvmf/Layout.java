package org.verbena.examples.nvmf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Layouts of numbers and text in NVMe. */
final class Layout {
  static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Layout() {}

  static int u8(MemorySegment memory, long offset) {
    return Byte.toUnsignedInt(memory.get(U8, offset));
  }

  static int u16(MemorySegment memory, long offset) {
    return Short.toUnsignedInt(memory.get(U16, offset));
  }

  /** Reads a text field of fixed length, which is padded with spaces or zeros. */
  static String text(MemorySegment memory, long offset, int length) {
    byte[] bytes = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip();
  }

  /** Writes a text field of fixed length, padded with zeros. */
  static void putText(MemorySegment memory, long offset, int length, String text) {
    memory.asSlice(offset, length).fill((byte) 0);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
  }
}
