package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a peer may do with a region, and what not. */
@Tag("device")
@Covers("NdkRegisterMr")
@ExtendWith(Fixtures.class)
class RemoteAccessTest {
  private static final int REMOTE_READ = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
  private static final int REMOTE_WRITE = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;

  private static NdkStatus write(Pair pair, Buffer source, long address, int token) {
    return OneSided.write(pair.client, source, address, token);
  }

  private static NdkStatus read(Pair pair, Buffer sink, long address, int token) {
    return OneSided.read(pair.client, sink, address, token);
  }

  @Test
  @Covers("NdkRead")
  void aRegionWithoutRemoteReadIsNotRead(Pair pair) throws Exception {
    Buffer target = pair.server.side.buffer(64, REMOTE_WRITE).put("secret");
    Buffer sink = pair.client.side.buffer(64);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, read(pair, sink, target.address(), target.remoteToken()));
    assertEquals("\0\0\0\0\0\0", sink.text(6));
  }

  @Test
  @Covers("NdkRead")
  void aRegionWithoutLocalWriteTakesNoRead(Pair pair) throws Exception {
    Buffer target = pair.server.side.buffer(64, REMOTE_READ).put("served");
    Buffer sink = pair.client.side.buffer(64, REMOTE_READ).put("before");
    assertEquals(
        NdkStatus.ACCESS_VIOLATION, read(pair, sink, target.address(), target.remoteToken()));
    assertEquals("before", sink.text(6));
  }

  @Test
  @Covers("NdkWrite")
  void theEdgesOfARegionAreExact(Pair pair) throws Exception {
    MemorySegment memory = pair.server.side.memory(300);
    Buffer target = pair.server.side.register(memory.asSlice(100, 100), Buffer.ALL_RIGHTS);
    Buffer source = pair.client.side.buffer(10).fill(7);
    int token = target.remoteToken();
    assertEquals(NdkStatus.SUCCESS, write(pair, source, target.address(), token));
    assertEquals(NdkStatus.SUCCESS, write(pair, source, target.address() + 90, token));
    assertEquals(NdkStatus.REMOTE_RESOURCES, write(pair, source, target.address() + 91, token));
    assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 200), "the byte after the region");
  }

  @Test
  @Covers("NdkWrite")
  void theByteBeforeARegionIsNotWritten(Pair pair) throws Exception {
    MemorySegment memory = pair.server.side.memory(300);
    Buffer target = pair.server.side.register(memory.asSlice(100, 100), Buffer.ALL_RIGHTS);
    Buffer source = pair.client.side.buffer(10).fill(7);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES,
        write(pair, source, target.address() - 1, target.remoteToken()));
    assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 99));
  }

  @Test
  @Covers({"NdkWrite", "NdkDeregisterMr"})
  void aDeregisteredRegionsTokenIsDead(Pair pair) throws Exception {
    Buffer target = pair.server.side.buffer(64).put("mine");
    Buffer source = pair.client.side.buffer(64).put("yours");
    int token = target.remoteToken();
    Await.done(target.mr().deregisterMr());
    assertEquals(NdkStatus.REMOTE_RESOURCES, write(pair, source, target.address(), token));
    assertEquals("mine", target.text(4));
  }

  @Test
  @Covers({"NdkWrite", "NdkCloseXxx"})
  void aClosedRegionsTokenIsDead(Pair pair) throws Exception {
    Buffer target = pair.server.side.buffer(64).put("mine");
    Buffer source = pair.client.side.buffer(64).put("yours");
    int token = target.remoteToken();
    Await.done(target.mr().closeAsync());
    assertEquals(NdkStatus.REMOTE_RESOURCES, write(pair, source, target.address(), token));
    assertEquals("mine", target.text(4));
  }

  @Test
  @Covers("NdkWrite")
  void aMappedFileIsWrittenByThePeer() throws Exception {
    Path path = Files.createTempFile(Path.of("/dev/shm"), "verbena", null);
    try (Arena mapping = Arena.ofShared();
        Pair pair = new Pair();
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(3 * 4096);
      MemorySegment memory = file.getChannel().map(MapMode.READ_WRITE, 0, file.length(), mapping);
      Buffer target = pair.server.side.register(memory, Buffer.ALL_RIGHTS);
      Buffer source = pair.client.side.buffer(2 * 4096).fill(42);
      assertEquals(
          NdkStatus.SUCCESS, write(pair, source, target.address() + 2048, target.remoteToken()));
      byte[] written = Files.readAllBytes(path);
      MemorySegment middle = MemorySegment.ofArray(written).asSlice(2048, 2 * 4096);
      assertEquals(-1, middle.mismatch(source.memory()));
      assertTrue(written[2047] == 0 && written[2048 + 2 * 4096] == 0);
    } finally {
      Files.delete(path);
    }
  }
}
