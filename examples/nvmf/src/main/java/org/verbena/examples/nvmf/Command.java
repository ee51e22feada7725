package org.verbena.examples.nvmf;

import static org.verbena.examples.nvmf.Layout.U16;
import static org.verbena.examples.nvmf.Layout.U32;
import static org.verbena.examples.nvmf.Layout.U64;
import static org.verbena.examples.nvmf.Layout.U8;

import java.lang.foreign.MemorySegment;

/**
 * A submission queue entry, the fixed part of a command capsule.
 *
 * <pre>
 *    0  opcode       8 bits
 *    1  flags        8 bits   0x40: the data pointer is an SGL, as always on fabrics
 *    2  command id  16 bits   the slot
 *    4  namespace   32 bits   (fabrics commands: type, 8 bits)
 *    8  reserved   128 bits
 *   24  SGL        128 bits   where the data is
 *   40  operands   192 bits
 *
 *   SGL  24  address, or offset of data in the capsule   64 bits
 *        32  length   24 bits   (in the capsule: 32)
 *        35  key      32 bits
 *        39  type      8 bits
 * </pre>
 */
final class Command {
  static final int SIZE = 64;

  // Admin commands.
  static final int GET_LOG_PAGE = 0x02;
  static final int IDENTIFY = 0x06;
  static final int SET_FEATURES = 0x09;
  static final int KEEP_ALIVE = 0x18;

  // I/O commands.
  static final int FLUSH = 0x00;
  static final int WRITE = 0x01;
  static final int READ = 0x02;
  static final int WRITE_ZEROES = 0x08;
  static final int DATASET_MANAGEMENT = 0x09;

  // Fabrics commands: one opcode, and a type.
  private static final int FABRICS = 0x7F;
  private static final int PROPERTY_SET = 0x00;
  private static final int CONNECT = 0x01;
  private static final int PROPERTY_GET = 0x04;

  private static final long SGL_IN_CAPSULE = 0x01L << 56;
  private static final long SGL_KEYED = 0x40L << 56;
  private static final long SGL_KEYED_INVALIDATE = 0x4FL << 56;
  private static final int SGL_FLAG = 0x40;

  /** The most bytes that a keyed SGL can describe. */
  static final int MAX_KEYED_LENGTH = 0xFF_FFFF;

  private Command() {}

  /** Starts a command at an offset; its SGL describes no data. */
  static void begin(MemorySegment memory, long at, int opcode, int id, int namespace) {
    long head = opcode | SGL_FLAG << 8 | (long) id << 16 | (long) namespace << 32;
    memory.set(U64, at, head);
    memory.set(U64, at + 8, 0);
    memory.set(U64, at + 16, 0);
    memory.set(U64, at + 24, 0);
    memory.set(U64, at + 32, SGL_KEYED);
    operands(memory, at, 0, 0, 0);
  }

  /** Sets command dwords 10 to 15, two at a time. */
  static void operands(MemorySegment memory, long at, long dw10, long dw12, long dw14) {
    memory.set(U64, at + 40, dw10);
    memory.set(U64, at + 48, dw12);
    memory.set(U64, at + 56, dw14);
  }

  /** Sets the SGL: memory that the target's device reads or writes. */
  static void keyed(MemorySegment memory, long at, long address, int length, int key) {
    memory.set(U64, at + 24, address);
    memory.set(U64, at + 32, length | (key & 0xFFFF_FFFFL) << 24 | SGL_KEYED);
  }

  /** As {@link #keyed}, and the target invalidates the key with its response. */
  static void keyedOnce(MemorySegment memory, long at, long address, int length, int key) {
    memory.set(U64, at + 24, address);
    memory.set(U64, at + 32, length | (key & 0xFFFF_FFFFL) << 24 | SGL_KEYED_INVALIDATE);
  }

  /** Sets the SGL: data in the capsule, at an offset after the fixed part. */
  static void inCapsule(MemorySegment memory, long at, long offset, int length) {
    memory.set(U64, at + 24, offset);
    memory.set(U64, at + 32, length | SGL_IN_CAPSULE);
  }

  /**
   * Writes a Connect command.
   *
   * @param entries the size of the queue
   * @param keepAliveMillis the keep-alive time-out (KATO), for the admin queue only
   */
  static void connect(
      MemorySegment memory, long at, int queueId, int entries, int keepAliveMillis) {
    begin(memory, at, FABRICS, 0, CONNECT);
    memory.set(U16, at + 42, (short) queueId);
    memory.set(U16, at + 44, (short) (entries - 1));
    memory.set(U32, at + 48, keepAliveMillis);
  }

  static void getProperty(MemorySegment memory, long at, Property property) {
    begin(memory, at, FABRICS, 0, PROPERTY_GET);
    memory.set(U8, at + 40, (byte) (property.wide() ? 1 : 0));
    memory.set(U32, at + 44, property.offset());
  }

  static void setProperty(MemorySegment memory, long at, Property property, long value) {
    begin(memory, at, FABRICS, 0, PROPERTY_SET);
    memory.set(U8, at + 40, (byte) (property.wide() ? 1 : 0));
    memory.set(U32, at + 44, property.offset());
    memory.set(U64, at + 48, value);
  }
}
