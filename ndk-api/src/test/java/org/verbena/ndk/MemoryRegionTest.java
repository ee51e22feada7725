package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Registering and deregistering, without a peer. */
@Tag("device")
@Covers("NdkCreateMr")
@ExtendWith(Fixtures.class)
class MemoryRegionTest {
  private static final int LOCAL_WRITE = NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;
  private static final int REMOTE_READ = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
  private static final int REMOTE_WRITE = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;
  private static final int READ_SINK = NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK;

  private final Side side;
  private final NdkMr mr;

  MemoryRegionTest(Side side) throws NdkException {
    this.side = side;
    mr = side.pd.createMr();
  }

  private NdkStatus register(MemorySegment memory, int flags) {
    return Completion.of(completion -> mr.registerMr(memory, flags, completion));
  }

  /** The status that the call itself returns, which must be final. */
  private NdkStatus refused(MemorySegment memory, int flags) {
    Completion completion = new Completion();
    NdkStatus status = mr.registerMr(memory, flags, completion);
    assertNotEquals(NdkStatus.PENDING, status);
    assertEquals(0, completion.calls());
    return status;
  }

  @Test
  @Covers({"NdkRegisterMr", "NdkDeregisterMr"})
  void memoryIsRegisteredAndDeregistered() {
    MemorySegment memory = side.memory(100);
    Completion registered = Completion.pending(completion -> mr.registerMr(memory, 0, completion));
    assertEquals(NdkStatus.SUCCESS, registered.await(), registered::detail);
    mr.getLocalTokenFromMr();
    mr.getRemoteTokenFromMr();
    Completion deregistered = Completion.pending(mr::deregisterMr);
    assertEquals(NdkStatus.SUCCESS, deregistered.await(), deregistered::detail);
    assertEquals(1, registered.calls());
    assertEquals(1, deregistered.calls());
  }

  @Test
  @Covers({"NdkRegisterMr", "NdkDeregisterMr"})
  void theRegionCanBeUsedAgain() {
    for (int round = 1; round <= 3; round++) {
      assertEquals(NdkStatus.SUCCESS, register(side.memory(4096L * round), Buffer.ALL_RIGHTS));
      assertEquals(NdkStatus.SUCCESS, Completion.of(mr::deregisterMr));
    }
  }

  @Test
  @Covers({"NdkGetLocalTokenFromMr", "NdkGetRemoteTokenFromMr"})
  void twoRegionsHaveDifferentTokens() throws Exception {
    Buffer first = side.buffer(64);
    Buffer second = side.register(first.memory(), Buffer.ALL_RIGHTS);
    assertNotEquals(first.localToken(), second.localToken());
    assertNotEquals(first.remoteToken(), second.remoteToken());
  }

  @Test
  @Covers({"NdkGetLocalTokenFromMr", "NdkGetRemoteTokenFromMr"})
  void thereIsNoTokenBeforeRegistrationAndAfterDeregistration() throws Exception {
    assertThrows(IllegalStateException.class, mr::getLocalTokenFromMr);
    assertThrows(IllegalStateException.class, mr::getRemoteTokenFromMr);
    Await.done(mr.registerMr(side.memory(64), 0));
    mr.getLocalTokenFromMr();
    Await.done(mr.deregisterMr());
    assertThrows(IllegalStateException.class, mr::getLocalTokenFromMr);
    assertThrows(IllegalStateException.class, mr::getRemoteTokenFromMr);
  }

  @Test
  @Covers("NdkRegisterMr")
  void everySetOfRightsIsTaken() {
    MemorySegment memory = side.memory(64);
    for (int writing : new int[] {0, LOCAL_WRITE, REMOTE_WRITE}) {
      for (int other : new int[] {0, REMOTE_READ, READ_SINK, REMOTE_READ | READ_SINK}) {
        int flags = writing | other;
        assertEquals(NdkStatus.SUCCESS, register(memory, flags), "flags " + flags);
        assertEquals(NdkStatus.SUCCESS, Completion.of(mr::deregisterMr));
      }
    }
  }

  @Test
  @Covers("NdkRegisterMr")
  void unknownFlagsAreRefused() {
    assertEquals(NdkStatus.INVALID_PARAMETER, refused(side.memory(64), 0x10));
    assertEquals(NdkStatus.INVALID_PARAMETER, refused(side.memory(64), 0x8000_0000));
  }

  @Test
  @Covers("NdkRegisterMr")
  void noBytesAtAllAreRefused() {
    assertEquals(NdkStatus.INVALID_PARAMETER, refused(side.memory(64).asSlice(0, 0), 0));
  }

  @Test
  @Covers("NdkRegisterMr")
  void heapMemoryIsRefused() {
    MemorySegment heap = MemorySegment.ofArray(new byte[64]);
    assertThrows(IllegalArgumentException.class, () -> mr.registerMr(heap, 0, new Completion()));
  }

  @Test
  void nullsAreRefused() {
    assertThrows(NullPointerException.class, () -> mr.registerMr(null, 0, new Completion()));
    assertThrows(NullPointerException.class, () -> mr.registerMr(side.memory(64), 0, null));
  }

  @Test
  @Covers("NdkRegisterMr")
  void aRegisteredRegionIsNotRegisteredAgain() {
    assertEquals(NdkStatus.SUCCESS, register(side.memory(64), 0));
    int token = mr.getLocalTokenFromMr();
    assertEquals(NdkStatus.INVALID_DEVICE_STATE, refused(side.memory(64), 0));
    assertEquals(token, mr.getLocalTokenFromMr());
  }

  @Test
  @Covers("NdkDeregisterMr")
  void whatIsNotRegisteredCannotBeDeregistered() {
    Completion completion = new Completion();
    assertEquals(NdkStatus.INVALID_DEVICE_STATE, mr.deregisterMr(completion));
    assertEquals(0, completion.calls());
  }

  @Test
  @Covers("NdkRegisterMr")
  void readOnlyMemoryCannotBeRegisteredForWriting(@TempDir Path folder) throws IOException {
    try (Arena mapping = Arena.ofShared();
        RandomAccessFile file = new RandomAccessFile(folder.resolve("file").toFile(), "rw")) {
      file.setLength(4096);
      MemorySegment memory = file.getChannel().map(MapMode.READ_ONLY, 0, 4096, mapping);
      Completion completion = new Completion();
      assertEquals(NdkStatus.PENDING, mr.registerMr(memory, LOCAL_WRITE, completion));
      assertEquals(NdkStatus.ACCESS_VIOLATION, completion.await());
      assertTrue(completion.detail() != null && !completion.detail().isBlank());
      assertThrows(IllegalStateException.class, mr::getLocalTokenFromMr);
      // The region is unchanged.
      assertEquals(NdkStatus.SUCCESS, register(side.memory(64), Buffer.ALL_RIGHTS));
    }
  }

  @Test
  @Covers({"NdkCloseXxx", "NDK_FN_REQUEST_COMPLETION"})
  void aRegionMayBeClosedInItsOwnCompletion() throws Exception {
    Completion closed = new Completion();
    mr.registerMr(
        side.memory(64), 0, (_, _) -> mr.close(() -> closed.completed(NdkStatus.SUCCESS, null)));
    assertEquals(NdkStatus.SUCCESS, closed.await());
    Await.done(side.pd.closeAsync());
  }
}
