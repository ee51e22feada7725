package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdkSglTest {
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment buffer = arena.allocate(100);

  @Test
  void anElementIsAnNdkSge() {
    NdkSgl sgl = new NdkSgl(3);
    sgl.set(1, buffer.asSlice(8, 5), 0x87654321);
    MemorySegment memory = sgl.segment();
    assertEquals(48, memory.byteSize());
    assertEquals(0, memory.address() % 8);
    assertEquals(buffer.address() + 8, memory.get(JAVA_LONG, 16));
    assertEquals(5, memory.get(JAVA_INT, 24));
    assertEquals(0x87654321, memory.get(JAVA_INT, 28));
    assertEquals(0, memory.get(JAVA_LONG, 0), "the element before");
    assertEquals(0, memory.get(JAVA_LONG, 32), "the element behind");
  }

  @Test
  void aPartOfABufferNeedsNoSegmentOfItsOwn() {
    NdkSgl sgl = new NdkSgl(2);
    assertSame(sgl, sgl.set(1, buffer, 8, 5, 0x87654321));
    MemorySegment memory = sgl.segment();
    assertEquals(buffer.address() + 8, memory.get(JAVA_LONG, 16));
    assertEquals(5, memory.get(JAVA_INT, 24));
    assertEquals(0x87654321, memory.get(JAVA_INT, 28));
    assertEquals(buffer.asSlice(8, 5), sgl.buffer(1));
    for (long[] outside : new long[][] {{96, 5}, {-1, 5}, {101, 0}, {0, -1}}) {
      assertThrows(
          IndexOutOfBoundsException.class, () -> sgl.set(0, buffer, outside[0], outside[1], 1));
    }
  }

  @Test
  void setAnswersTheListItself() {
    NdkSgl sgl = new NdkSgl(1);
    assertSame(sgl, sgl.set(0, buffer, 7));
  }

  @Test
  void aListOfOneIsMadeInOneCall() {
    NdkSgl sgl = NdkSgl.of(buffer, 9);
    assertEquals(1, sgl.capacity());
    assertSame(buffer, sgl.buffer(0));
    assertEquals(buffer.address(), sgl.segment().get(JAVA_LONG, 0));
    assertEquals(100, sgl.segment().get(JAVA_INT, 8));
    assertEquals(9, sgl.segment().get(JAVA_INT, 12));
  }

  @Test
  void lengthsAreUnsigned(@TempDir Path folder) throws IOException {
    long longest = 0xFFFF_FFFFL;
    try (Arena mapping = Arena.ofConfined();
        RandomAccessFile file = new RandomAccessFile(folder.resolve("sparse").toFile(), "rw")) {
      file.setLength(longest + 1);
      MemorySegment all = file.getChannel().map(MapMode.READ_ONLY, 0, longest + 1, mapping);
      NdkSgl sgl = NdkSgl.of(all.asSlice(0, longest), 1);
      assertEquals(-1, sgl.segment().get(JAVA_INT, 8));
      assertThrows(IllegalArgumentException.class, () -> sgl.set(0, all, 1));
    }
  }

  @Test
  void heapMemoryIsRefused() {
    NdkSgl sgl = new NdkSgl(1);
    MemorySegment heap = MemorySegment.ofArray(new byte[8]);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> sgl.set(0, heap, 1));
    assertTrue(e.getMessage().contains("heap"), e.getMessage());
  }

  @Test
  void aNullIsRefusedAndNoBytesAreAnElementToo() {
    NdkSgl sgl = new NdkSgl(1);
    assertThrows(NullPointerException.class, () -> sgl.set(0, null, 1));
    assertThrows(NullPointerException.class, () -> NdkSgl.of(null, 1));
    sgl.set(0, buffer.asSlice(100, 0), 7);
    assertEquals(buffer.address() + 100, sgl.segment().get(JAVA_LONG, 0));
    assertEquals(0, sgl.segment().get(JAVA_INT, 8));
  }

  @Test
  void anIndexOutsideTheListIsRefused() {
    NdkSgl sgl = new NdkSgl(2);
    assertThrows(IndexOutOfBoundsException.class, () -> sgl.set(2, buffer, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> sgl.set(-1, buffer, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> sgl.buffer(2));
  }

  @Test
  void anElementNeverSetHasNoBuffer() {
    assertThrows(IllegalStateException.class, () -> new NdkSgl(1).buffer(0));
  }

  @Test
  void anEmptyListIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new NdkSgl(0));
    assertThrows(IllegalArgumentException.class, () -> new NdkSgl(-1));
  }
}
