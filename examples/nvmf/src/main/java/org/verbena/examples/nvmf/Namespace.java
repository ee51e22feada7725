package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U64;
import static org.verbena.examples.nvmf.Layout.u16;
import static org.verbena.examples.nvmf.Layout.u8;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * A namespace: a range of blocks.
 *
 * @param id its id (NSID), from 1
 * @param blocks the number of its blocks
 * @param blockSize the size of a block in bytes, a power of two
 * @param identifier its globally unique identifier: {@code uuid.}, {@code nguid.} or {@code eui.},
 *     the first of these that it has, and hexadecimal digits; empty if it has none
 */
public record Namespace(int id, long blocks, int blockSize, String identifier) {
  private static final int FORMATS_AT = 128;
  private static final int FORMAT_SIZE = 4;
  private static final int LEAST_LOG2_BLOCK = 9;
  private static final int MOST_LOG2_BLOCK = 20;
  private static final String[] DESCRIPTORS = {"eui.", "nguid.", "uuid."}; // types from 1 on

  /**
   * Reads the data structures.
   *
   * @param data Identify Namespace
   * @param descriptors the Namespace Identification Descriptors, each a type, a length, 2 reserved
   *     bytes and an identifier
   */
  static Namespace of(int id, MemorySegment data, MemorySegment descriptors) throws NvmeException {
    long blocks = data.get(U64, 0);
    if (blocks == 0) { // as for an inactive namespace
      throw new NvmeException("identify namespace " + id, NvmeStatus.INVALID_NAMESPACE);
    }
    // Bits 0 to 3 and, as the upper bits of the index, 5 and 6.
    int index = (u8(data, 26) & 0xF) | ((u8(data, 26) >>> 1) & 0x30);
    int format = FORMATS_AT + FORMAT_SIZE * index;
    if (u16(data, format) != 0) {
      throw unusable(id, "blocks with metadata");
    }
    int log2Block = u8(data, format + 2);
    if (log2Block < LEAST_LOG2_BLOCK || log2Block > MOST_LOG2_BLOCK) {
      throw unusable(id, "blocks of 2^%d bytes".formatted(log2Block));
    }
    return new Namespace(id, blocks, 1 << log2Block, identifier(descriptors));
  }

  private static NvmeException unusable(int id, String what) {
    return new NvmeException(
        "use namespace " + id, NvmeStatus.INVALID_FIELD, what + " are not supported", true);
  }

  private static String identifier(MemorySegment descriptors) {
    String best = "";
    int bestType = 0;
    for (long at = 0; at + 4 <= descriptors.byteSize() && u8(descriptors, at + 1) > 0; ) {
      int type = u8(descriptors, at);
      int length = u8(descriptors, at + 1);
      if (type > bestType && type <= DESCRIPTORS.length) {
        byte[] bytes = descriptors.asSlice(at + 4, length).toArray(Layout.U8);
        best = DESCRIPTORS[type - 1] + HexFormat.of().formatHex(bytes);
        bestType = type;
      }
      at += 4 + length;
    }
    return best;
  }

  /** Whether this is still the same namespace as before; it may have grown. */
  boolean isStill(Namespace before) {
    return identifier.equals(before.identifier)
        && blockSize == before.blockSize
        && blocks >= before.blocks;
  }

  /** {@return its size in bytes} */
  public long bytes() {
    return blocks * blockSize;
  }
}
