package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A region whose length does not fit in an int. */
@Tag("device")
@Timeout(300)
@Covers({"NdkRegisterMr", "NdkRead", "NdkWrite", "NdkReceive"})
class LargeRegionTest {
  private static final long TWO_GIB = 2L << 30;
  private static final long PART = 1L << 30;
  private static final int PIECE = 1 << 16;

  /** The kernel clears and pins half a million pages. */
  private static final Duration PATIENCE = Duration.ofSeconds(100);

  @Test
  void bytesBeyondTwoGibAreWrittenAndReadAtBothSides() throws Exception {
    Path path = Files.createTempFile(Path.of("/dev/shm"), "verbena", null);
    try (Arena mapping = Arena.ofShared();
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        Pair pair = new Pair()) {
      file.setLength(TWO_GIB + (100 << 20));
      MemorySegment memory = file.getChannel().map(MapMode.READ_WRITE, 0, file.length(), mapping);
      assertTrue(memory.byteSize() <= pair.server.side.info().maxRegistrationSize());
      NdkMr mr = pair.server.side.pd.createMr();
      try {
        NdkStages.await(mr.registerMr(memory, Buffer.ALL_RIGHTS), PATIENCE);
      } catch (NdkException e) {
        assertPartsRegister(pair, memory, e);
        return;
      }
      Buffer large = new Buffer(memory, mr);
      // One piece straddles 2 GiB, the other ends with the region.
      assertTransfers(pair, large, TWO_GIB - 100);
      assertTransfers(pair, large, memory.byteSize() - PIECE);
    } finally {
      Files.delete(path);
    }
  }

  /**
   * Soft-RoCE in some kernels (6.12) keeps a region's page list in one kernel allocation, which is
   * enough for 1 GiB, and reports no limit.
   */
  private static void assertPartsRegister(Pair pair, MemorySegment memory, NdkException refusal)
      throws Exception {
    assertEquals(NdkStatus.INSUFFICIENT_RESOURCES, refusal.status());
    assertTrue(refusal.getMessage().contains("in parts"), refusal::getMessage);
    for (long start = 0; start < memory.byteSize(); start += PART) {
      long size = Math.min(PART, memory.byteSize() - start);
      NdkMr mr = pair.server.side.pd.createMr();
      NdkStages.await(mr.registerMr(memory.asSlice(start, size), Buffer.ALL_RIGHTS), PATIENCE);
      Buffer part = new Buffer(memory.asSlice(start, size), mr);
      assertTransfers(pair, part, size - PIECE);
    }
  }

  private static void assertTransfers(Pair pair, Buffer large, long offset) throws Exception {
    Buffer piece = pair.client.side.buffer(PIECE).fill(offset);
    Buffer back = pair.client.side.buffer(PIECE);
    MemorySegment target = large.memory().asSlice(offset, PIECE);
    pair.client.qp.write(1, piece.sgl(), 1, large.address() + offset, large.remoteToken(), 0);
    Result.success(pair.client.initiatorCq, 1);
    assertEquals(-1, target.mismatch(piece.memory()));

    pair.client.qp.read(2, back.sgl(), 1, large.address() + offset, large.remoteToken(), 0);
    Result.success(pair.client.initiatorCq, 2);
    assertTrue(back.hasSameBytesAs(piece));

    // The server itself receives into it.
    piece.fill(~offset);
    assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(4, large.sgl(offset, PIECE), 1));
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(5, piece.sgl(), 1, 0));
    Result.success(pair.server.receiveCq, 4);
    Result.success(pair.client.initiatorCq, 5);
    assertEquals(-1, target.mismatch(piece.memory()));
  }
}
