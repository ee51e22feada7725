package org.verbena.examples.nvmf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Commands, byte for byte. */
class CommandTest {
  private static final long AT = 64; // not the first

  private final byte[] bytes = new byte[192];
  private final MemorySegment memory = MemorySegment.ofArray(bytes).fill((byte) 0xEE);

  private String dwords(int from, int to) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes, (int) AT + 4 * from, (int) AT + 4 * to);
  }

  @Test
  void aCommandStartsWithItsNumbersAndAnEmptyKeyedSgl() {
    Command.begin(memory, AT, Command.READ, 0x1234, 0x0A0B0C0D);
    assertEquals("02 40 34 12 0d 0c 0b 0a 00 00 00 00 00 00 00 00", dwords(0, 4));
    assertEquals(
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 40", dwords(4, 10));
    assertEquals("00 00 00 00 00 00 00 00 00 00 00 00", dwords(10, 13));
    assertEquals((byte) 0xEE, bytes[63], "nothing before it");
    assertEquals((byte) 0xEE, bytes[128], "nothing behind it");
  }

  @Test
  void aKeyedSglNamesAddressLengthAndKey() {
    Command.begin(memory, AT, Command.READ, 1, 1);
    Command.keyed(memory, AT, 0x1122334455667788L, 0x100000, 0xF1E2D3C4);
    assertEquals("88 77 66 55 44 33 22 11 00 00 10 c4 d3 e2 f1 40", dwords(6, 10));
    Command.keyedOnce(memory, AT, 0x1122334455667788L, 0x100000, 0xF1E2D3C4);
    assertEquals("88 77 66 55 44 33 22 11 00 00 10 c4 d3 e2 f1 4f", dwords(6, 10));
  }

  @Test
  void anSglForDataInTheCapsuleNamesOffsetAndLength() {
    Command.begin(memory, AT, Command.WRITE, 1, 1);
    Command.inCapsule(memory, AT, 0, 4096);
    assertEquals("00 00 00 00 00 00 00 00 00 10 00 00 00 00 00 01", dwords(6, 10));
  }

  @Test
  void operandsFillDwords10To15() {
    Command.begin(memory, AT, Command.WRITE, 1, 1);
    Command.operands(memory, AT, 0x0807060504030201L, 7, 0xFFL << 32);
    assertEquals(
        "01 02 03 04 05 06 07 08 07 00 00 00 00 00 00 00 00 00 00 00 ff 00 00 00", dwords(10, 16));
  }

  @Test
  void connectNamesQueueSizeAndKeepAlive() {
    Command.connect(memory, AT, 3, 128, 15_000);
    assertEquals("7f 40 00 00 01 00 00 00", dwords(0, 2));
    assertEquals("00 00 03 00 7f 00 00 00 98 3a 00 00", dwords(10, 13));
  }

  @Test
  void propertiesHaveOffsetsAndSizes() {
    Command.getProperty(memory, AT, Property.CAPABILITIES);
    assertEquals("7f 40 00 00 04 00 00 00", dwords(0, 2));
    assertEquals("01 00 00 00 00 00 00 00", dwords(10, 12));
    Command.setProperty(memory, AT, Property.CONFIGURATION, 0x460001);
    assertEquals("7f 40 00 00 00 00 00 00", dwords(0, 2));
    assertEquals("00 00 00 00 14 00 00 00 01 00 46 00 00 00 00 00", dwords(10, 14));
  }

  @Test
  void theStatusLeavesOutPhaseAndWhatIsBeyondTheCode() {
    assertEquals(NvmeStatus.SUCCESS, NvmeStatus.ofField(1));
    assertEquals(NvmeStatus.CAPACITY_EXCEEDED, NvmeStatus.ofField(0x8000 | 0x081 << 1));
    assertEquals(NvmeStatus.WRITE_FAULT, NvmeStatus.ofField(0x280 << 1));
  }
}
