package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U64;
import static org.verbena.examples.nvmf.Layout.u16;
import static org.verbena.examples.nvmf.Layout.u8;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * A namespace: a range of blocks (Identify Namespace).
 *
 * @param id its number, from 1
 * @param blocks how many blocks it has
 * @param blockSize bytes of a block, a power of two
 * @param identifier its globally unique identifier (NGUID) in hexadecimal digits; zeros if it has
 *     none
 */
public record Namespace(int id, long blocks, int blockSize, String identifier) {
  private static final int FORMATS_AT = 128;
  private static final int FORMAT_SIZE = 4;

  static Namespace of(int id, MemorySegment data) throws NvmeException {
    long blocks = data.get(U64, 0);
    int format = FORMATS_AT + FORMAT_SIZE * (u8(data, 26) & 0xF);
    if (u16(data, format) != 0) {
      throw new NvmeException(
          "use namespace " + id,
          NvmeStatus.INVALID_FIELD,
          "its blocks carry metadata, which is not supported here");
    }
    byte[] identifier = data.asSlice(104, 16).toArray(Layout.U8);
    return new Namespace(
        id, blocks, 1 << u8(data, format + 2), HexFormat.of().formatHex(identifier));
  }

  /** {@return its size in bytes} */
  public long bytes() {
    return blocks * blockSize;
  }
}
