package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A region whose length does not fit an int. */
@Tag("device")
@Covers({"NdkRegisterMr", "NdkRead", "NdkWrite", "NdkReceive"})
class LargeRegionTest {
  private static final long TWO_GIB = 2L << 30;
  private static final int PIECE = 1 << 16;

  @Test
  void bytesBeyondTwoGibAreWrittenAndReadAtBothSides() throws Exception {
    Path path = Files.createTempFile(Path.of("/dev/shm"), "verbena", null);
    try (Arena mapping = Arena.ofShared();
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        Pair pair = new Pair()) {
      file.setLength(TWO_GIB + (100 << 20));
      MemorySegment memory = file.getChannel().map(MapMode.READ_WRITE, 0, file.length(), mapping);
      assertTrue(memory.byteSize() <= pair.wire.server.info().maxRegistrationSize());
      Buffer large = pair.wire.server.register(memory, Buffer.ALL_RIGHTS);
      Buffer piece = pair.wire.client.buffer(PIECE).fill(1);
      Buffer back = pair.wire.client.buffer(PIECE);

      // One piece lies across the 2 GiB line, the other one ends with the region.
      for (long offset : new long[] {TWO_GIB - 100, memory.byteSize() - PIECE}) {
        piece.fill(offset);
        pair.client.qp.write(1, piece.sgl(), 1, large.address() + offset, large.remoteToken(), 0);
        Result.success(pair.client.initiatorCq, 1);
        assertEquals(-1, memory.asSlice(offset, PIECE).mismatch(piece.memory()));

        pair.client.qp.read(2, back.sgl(), 1, large.address() + offset, large.remoteToken(), 0);
        Result.success(pair.client.initiatorCq, 2);
        assertTrue(back.hasSameBytesAs(piece));
      }

      // The server itself receives there.
      piece.fill(3);
      long offset = TWO_GIB + 12345;
      assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(4, large.sgl(offset, PIECE), 1));
      assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(5, piece.sgl(), 1, 0));
      Result.success(pair.server.receiveCq, 4);
      assertEquals(-1, memory.asSlice(offset, PIECE).mismatch(piece.memory()));
    } finally {
      Files.delete(path);
    }
  }
}
