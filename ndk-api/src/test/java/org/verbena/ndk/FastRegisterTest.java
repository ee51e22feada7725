package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
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

/** Logical address mappings, the privileged token, and fast registration at its edges. */
@Tag("device")
@Covers({
  "NdkBuildLAM",
  "NdkReleaseLAM",
  "NdkGetPrivilegedMemoryRegionToken",
  "NdkInitializeFastRegisterMr",
  "NdkFastRegister"
})
@ExtendWith(Fixtures.class)
class FastRegisterTest {
  private static final int PAGE = NdkLogicalAddressMapping.PAGE_SIZE;
  private static final int READ_WRITE = OneSided.READ_WRITE;
  private static final int LOCAL = NdkOpFlags.NDK_OP_FLAG_ALLOW_LOCAL_WRITE;
  private static final int SILENT = NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;
  private static final int DEFER = NdkOpFlags.NDK_OP_FLAG_DEFER;

  private final Pair pair;
  private final Side side;
  private final NdkQp server;

  FastRegisterTest(Pair pair) {
    this.pair = pair;
    side = pair.server.side;
    server = pair.server.qp;
  }

  private NdkLogicalAddressMapping build(MemorySegment memory) throws Exception {
    NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(memory);
    Await.done(side.adapter.buildLam(memory, lam));
    return lam;
  }

  /** The status that the call itself returns, which must be final. */
  private NdkStatus refused(MemorySegment memory, NdkLogicalAddressMapping lam) {
    Completion completion = new Completion();
    NdkStatus status = side.adapter.buildLam(memory, lam, completion);
    assertNotEquals(NdkStatus.PENDING, status);
    assertEquals(0, completion.calls());
    return status;
  }

  private int privileged() throws NdkException {
    return side.pd.getPrivilegedMemoryRegionToken();
  }

  private static MemorySegment text(MemorySegment memory, String text) {
    new Buffer(memory, null).put(text);
    return memory;
  }

  private NdkStatus register(NdkMr mr, NdkLogicalAddressMapping lam, long length, int flags) {
    int fbo = lam.firstByteOffset();
    return server.fastRegister(
        7,
        mr,
        lam.adapterPageCount(),
        lam.adapterPageArray(),
        fbo,
        length,
        lam.adapterPage(0) + fbo,
        flags);
  }

  private void assertServes(FastRegion region, int token) throws Exception {
    Buffer local = pair.client.side.buffer(region.memory.byteSize()).fill(token);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), token));
    assertEquals(-1, region.memory.mismatch(local.memory()));
  }

  // --- mappings

  @Test
  void aMappingTellsThePagesOfItsMemory() throws Exception {
    MemorySegment pages = side.pages(4);
    MemorySegment memory = pages.asSlice(PAGE - 5, PAGE + 10);
    NdkLogicalAddressMapping lam = build(memory);
    assertEquals(3, lam.adapterPageCount());
    assertEquals(PAGE - 5, lam.firstByteOffset());
    for (int i = 0; i < 3; i++) {
      assertEquals(pages.address() + (long) i * PAGE, lam.adapterPage(i));
      assertEquals(lam.adapterPage(i), lam.adapterPageArray().getAtIndex(JAVA_LONG, i));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> lam.adapterPage(3));
    assertEquals(3 * 8, lam.adapterPageArray().byteSize());
  }

  @Test
  void aMappingMayBeBuiltAgainAfterItsRelease() throws Exception {
    NdkLogicalAddressMapping lam = new NdkLogicalAddressMapping(3);
    assertEquals(0, lam.adapterPageCount());
    for (int pages = 3; pages > 0; pages--) {
      MemorySegment memory = text(side.pages(pages), "round " + pages);
      Await.done(side.adapter.buildLam(memory, lam));
      assertEquals(pages, lam.adapterPageCount());
      assertEquals(memory.address(), lam.adapterPage(0));
      Buffer sink = pair.client.side.buffer(7);
      pair.client.qp.receive(1, sink.sgl(), 1);
      NdkSgl sgl = NdkSgl.of(memory.asSlice(0, 7), privileged());
      assertEquals(NdkStatus.SUCCESS, server.send(2, sgl, 1, 0));
      Result.success(pair.server.initiatorCq, 2);
      Result.success(pair.client.receiveCq, 1);
      assertEquals("round " + pages, sink.text(7));
      side.adapter.releaseLam(lam);
      assertEquals(NdkStatus.ACCESS_VIOLATION, server.send(2, sgl, 1, 0));
    }
  }

  @Test
  void aMappingInUseIsNotBuiltAgain() throws Exception {
    NdkLogicalAddressMapping lam = build(side.pages(1));
    long page = lam.adapterPage(0);
    assertEquals(NdkStatus.INVALID_DEVICE_STATE, refused(side.pages(1), lam));
    assertEquals(page, lam.adapterPage(0));
  }

  @Test
  void onlyWhatIsBuiltIsReleased() throws Exception {
    NdkLogicalAddressMapping lam = new NdkLogicalAddressMapping(1);
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(lam));
    Await.done(side.adapter.buildLam(side.pages(1), lam));
    assertThrows(IllegalStateException.class, () -> pair.client.side.adapter.releaseLam(lam));
    side.adapter.releaseLam(lam);
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(lam));
  }

  @Test
  void aMappingThatIsTooSmallIsRefused() throws Exception {
    NdkLogicalAddressMapping lam = new NdkLogicalAddressMapping(2);
    MemorySegment pages = side.pages(3);
    // Two pages' worth of bytes that span three.
    MemorySegment shifted = pages.asSlice(1, 2 * PAGE);
    assertEquals(3, NdkLogicalAddressMapping.pages(shifted));
    assertEquals(NdkStatus.BUFFER_TOO_SMALL, refused(shifted, lam));
    assertEquals(NdkStatus.BUFFER_TOO_SMALL, Await.failure(side.adapter.buildLam(shifted, lam)));
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(lam));
    Await.done(side.adapter.buildLam(pages.asSlice(0, 2 * PAGE), lam));
    assertEquals(2, lam.adapterPageCount());
  }

  @Test
  void memoryThatCannotBeMappedIsRefused(@TempDir Path folder) throws Exception {
    NdkLogicalAddressMapping lam = new NdkLogicalAddressMapping(1);
    assertEquals(NdkStatus.INVALID_PARAMETER, refused(side.pages(1).asSlice(0, 0), lam));
    assertThrows(
        IllegalArgumentException.class,
        () -> side.adapter.buildLam(MemorySegment.ofArray(new byte[64]), lam, new Completion()));
    MemorySegment gone;
    try (Arena arena = Arena.ofConfined()) {
      gone = arena.allocate(64);
    }
    assertThrows(
        IllegalStateException.class, () -> side.adapter.buildLam(gone, lam, new Completion()));
    assertEquals(NdkStatus.ACCESS_VIOLATION, buildReadOnly(folder, lam));
    // The mapping is as it was.
    Await.done(side.adapter.buildLam(side.pages(1), lam));
  }

  private NdkStatus buildReadOnly(Path folder, NdkLogicalAddressMapping lam)
      throws IOException, NdkException {
    privileged(); // else nothing would register it
    try (Arena mapping = Arena.ofShared();
        RandomAccessFile file = new RandomAccessFile(folder.resolve("file").toFile(), "rw")) {
      file.setLength(PAGE);
      MemorySegment memory = file.getChannel().map(MapMode.READ_ONLY, 0, PAGE, mapping);
      return Completion.of(completion -> side.adapter.buildLam(memory, lam, completion));
    }
  }

  @Test
  void aMappingMayBeOlderOrNewerThanTheToken() throws Exception {
    MemorySegment older = text(side.pages(1), "older");
    build(older);
    int token = privileged();
    MemorySegment newer = text(side.pages(1), "newer");
    build(newer);
    assertEquals(token, privileged(), "there is one token");
    Buffer sink = pair.client.side.buffer(10);
    NdkSgl both =
        new NdkSgl(2).set(0, older.asSlice(0, 5), token).set(1, newer.asSlice(0, 5), token);
    assertEquals(
        NdkStatus.SUCCESS, server.write(1, both, 2, sink.address(), sink.remoteToken(), 0));
    Result.success(pair.server.initiatorCq, 1);
    assertEquals("oldernewer", sink.text(10));
  }

  @Test
  void whatIsMappedIsNotInTheReachOfThePeer() throws Exception {
    MemorySegment memory = text(side.pages(1), "mine");
    build(memory);
    Buffer local = pair.client.side.buffer(4).put("your");
    assertEquals(
        NdkStatus.REMOTE_RESOURCES,
        OneSided.read(pair.client, local, memory.address(), privileged()));
    assertEquals("your", local.text(4));
  }

  @Test
  void anAdapterMayBeClosedWithMappings() throws Exception {
    NdkLogicalAddressMapping lam = build(side.pages(2));
    FastRegion region = new FastRegion(pair.server, side.pages(2));
    region.register(READ_WRITE);
    side.adapter.close();
    side.adapter.releaseLam(lam); // closing has released it
    assertEquals(NdkStatus.INVALID_HANDLE, refused(side.pages(1), new NdkLogicalAddressMapping(1)));
    assertThrows(NdkException.class, this::privileged);
  }

  // --- the privileged token

  @Test
  void thePrivilegedTokenGoesWithOtherTokensInOneRequest() throws Exception {
    MemorySegment mapped = side.pages(1);
    build(mapped);
    Buffer registered = side.buffer(4);
    NdkSgl sgl =
        new NdkSgl(3)
            .set(0, mapped.asSlice(100, 2), privileged())
            .set(1, registered.memory(), registered.localToken())
            .set(2, mapped.asSlice(PAGE - 4, 4), privileged());
    Buffer remote = pair.client.side.buffer(10).put("abcdefghij");
    assertEquals(
        NdkStatus.SUCCESS, server.read(1, sgl, 3, remote.address(), remote.remoteToken(), 0));
    Result.success(pair.server.initiatorCq, 1);
    assertEquals("ab", new Buffer(mapped.asSlice(100), null).text(2));
    assertEquals("cdef", registered.text(4));
    assertEquals("ghij", new Buffer(mapped.asSlice(PAGE - 4), null).text(4));
  }

  @Test
  void thePrivilegedTokenServesDeferredAndInlineRequestsToo() throws Exception {
    MemorySegment mapped = text(side.pages(1), "one");
    build(mapped);
    NdkSgl sgl = NdkSgl.of(mapped.asSlice(0, 3), privileged());
    Buffer remote = pair.client.side.buffer(9);
    int token = remote.remoteToken();
    server.write(1, sgl, 1, remote.address(), token, SILENT | DEFER);
    // An inline request ignores the token and copies its bytes from anywhere.
    sgl.set(0, text(side.memory(3), "two"), privileged());
    server.write(2, sgl, 1, remote.address() + 3, token, NdkOpFlags.NDK_OP_FLAG_INLINE | DEFER);
    sgl.set(0, mapped.asSlice(0, 3), privileged());
    server.write(3, sgl, 1, remote.address() + 6, token, 0);
    Result.success(pair.server.initiatorCq, 2);
    Result.success(pair.server.initiatorCq, 3);
    assertEquals("onetwoone", remote.text(9));
  }

  @Test
  void thePrivilegedTokenServesReceivesOfASharedQueue() throws Exception {
    MemorySegment mapped = side.pages(1);
    build(mapped);
    NdkSrq srq = side.pd.createSrq(4, 1, 0, null);
    Endpoint shared = new Endpoint(side, Endpoint.SMALL, 5, side.cq(), srq);
    Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL, 6);
    Pair.connect(client, shared);
    NdkSgl sgl = NdkSgl.of(mapped.asSlice(1, 5), privileged());
    assertEquals(NdkStatus.SUCCESS, srq.srqReceive(1, sgl, 1));
    client.qp.send(2, pair.client.side.buffer(5).put("hello").sgl(), 1, 0);
    Result.success(shared.receiveCq, 1);
    assertEquals("hello", new Buffer(mapped.asSlice(1), null).text(5));
    NdkSgl outside = NdkSgl.of(side.pages(1), privileged());
    assertEquals(NdkStatus.ACCESS_VIOLATION, srq.srqReceive(3, outside, 1));
  }

  @Test
  void thePrivilegedTokenNeedsAMapping() throws Exception {
    MemorySegment pages = side.pages(3);
    MemorySegment mapped = pages.asSlice(PAGE, PAGE);
    build(mapped);
    Buffer remote = pair.client.side.buffer(64);
    int token = remote.remoteToken();
    MemorySegment[] outside = {
      pages.asSlice(0, 64),
      pages.asSlice(PAGE - 1, 64), // one byte before it
      pages.asSlice(2 * PAGE - 63, 64), // one byte after it
      pages
    };
    for (MemorySegment part : outside) {
      NdkSgl sgl = NdkSgl.of(part, privileged());
      assertEquals(NdkStatus.ACCESS_VIOLATION, server.send(1, sgl, 1, 0));
      assertEquals(NdkStatus.ACCESS_VIOLATION, server.receive(1, sgl, 1));
      assertEquals(NdkStatus.ACCESS_VIOLATION, server.write(1, sgl, 1, remote.address(), token, 0));
      assertEquals(NdkStatus.ACCESS_VIOLATION, server.read(1, sgl, 1, remote.address(), token, 0));
    }
    pair.assertStillConnected();
    NdkSgl whole = NdkSgl.of(mapped, privileged());
    Buffer large = pair.client.side.buffer(PAGE).fill(3);
    assertEquals(
        NdkStatus.SUCCESS, server.read(2, whole, 1, large.address(), large.remoteToken(), 0));
    Result.success(pair.server.initiatorCq, 2);
    assertEquals(-1, mapped.mismatch(large.memory()));
  }

  @Test
  void anElementAcrossTwoMappingsIsInNeither() throws Exception {
    MemorySegment pages = side.pages(2);
    build(pages.asSlice(0, PAGE));
    build(pages.asSlice(PAGE, PAGE));
    NdkSgl sgl = NdkSgl.of(pages.asSlice(PAGE - 1, 2), privileged());
    assertEquals(NdkStatus.ACCESS_VIOLATION, server.send(1, sgl, 1, 0));
    pair.assertStillConnected();
  }

  // --- fast registration

  @Test
  void memoryAtAnOddOffsetIsRegistered() throws Exception {
    MemorySegment pages = side.pages(4);
    MemorySegment memory = pages.asSlice(PAGE - 5, PAGE + 10);
    FastRegion region = new FastRegion(pair.server, memory);
    int token = region.register(READ_WRITE);
    assertServes(region, token);
    assertEquals(0, pages.get(JAVA_BYTE, PAGE - 6), "the byte before the region");
    assertEquals(0, pages.get(JAVA_BYTE, 2 * PAGE + 5), "the byte after the region");
    Buffer local = pair.client.side.buffer(2).fill(9);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES,
        OneSided.write(pair.client, local, region.address() + PAGE + 9, token));
    assertEquals(0, pages.get(JAVA_BYTE, 2 * PAGE + 5), "the byte after the region");
  }

  @Test
  void anyPartOfAMappingIsRegisteredInTurn() throws Exception {
    FastRegion region = new FastRegion(pair.server, side.pages(8));
    Buffer local = pair.client.side.buffer(3);
    int last = 0;
    for (int round = 0; round < 200; round++) {
      long offset = round * 157L % (7 * PAGE);
      MemorySegment part = region.memory.asSlice(offset, 1 + round % PAGE);
      int token = region.register(part, READ_WRITE);
      assertNotEquals(last, token);
      last = token;
      if (part.byteSize() >= 3) {
        local.fill(round);
        assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, part.address(), token));
        assertEquals(-1, part.asSlice(0, 3).mismatch(local.memory()));
      }
      region.invalidate();
    }
  }

  @Test
  void severalMappingsAreRegisteredAtOnce() throws Exception {
    FastRegion[] regions = new FastRegion[4];
    int[] tokens = new int[regions.length];
    for (int i = 0; i < regions.length; i++) {
      regions[i] = new FastRegion(pair.server, side.pages(i + 1));
    }
    for (int i = 0; i < regions.length; i++) {
      tokens[i] = regions[i].register(READ_WRITE);
    }
    for (int i = regions.length - 1; i >= 0; i--) {
      assertServes(regions[i], tokens[i]);
    }
    // One is released, the others stay.
    regions[1].invalidate();
    side.adapter.releaseLam(regions[1].lam);
    assertServes(regions[0], tokens[0]);
    assertServes(regions[3], tokens[3]);
  }

  @Test
  void pagesOfTwoMappingsMakeNoRegistration() throws Exception {
    MemorySegment pages = side.pages(2);
    FastRegion first = new FastRegion(pair.server, pages.asSlice(0, PAGE));
    build(pages.asSlice(PAGE, PAGE));
    NdkMr mr = side.pd.createMr(true);
    Await.done(mr.initializeFastRegisterMr(2, true));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment both = arena.allocateFrom(JAVA_LONG, pages.address(), pages.address() + PAGE);
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          server.fastRegister(1, mr, 2, both, 0, 2 * PAGE, pages.address(), READ_WRITE));
    }
    first.register(READ_WRITE);
  }

  @Test
  void whatDoesNotFitTogetherIsInvalid() throws Exception {
    MemorySegment memory = side.pages(3).asSlice(0, 2 * PAGE + 100);
    NdkLogicalAddressMapping lam = build(memory);
    NdkMr mr = side.pd.createMr(true);
    Await.done(mr.initializeFastRegisterMr(3, true));
    MemorySegment pages = lam.adapterPageArray();
    long base = lam.adapterPage(0);
    // page count, FBO, length, base address
    long[][] wrong = {
      {0, 0, 1, base},
      {-1, 0, 1, base},
      {4, 0, 1, base}, // more than the array has, and than the region was initialized for
      {3, 0, 0, base},
      {3, 0, -1, base},
      {3, 0, 2 * PAGE + 101, base}, // in the last page, but not in the memory
      {2, 0, 2 * PAGE + 1, base},
      {1, 1, PAGE, base + 1},
      {3, -1, 1, base - 1},
      {3, PAGE, 1, base + PAGE},
      {3, 5, 1, base}, // the base address is without the FBO
      {3, 0, 1, base + 5},
    };
    for (long[] w : wrong) {
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          server.fastRegister(1, mr, (int) w[0], pages, (int) w[1], w[2], w[3], READ_WRITE),
          () -> w[0] + " pages, FBO " + w[1] + ", length " + w[2]);
    }
    for (int flag : new int[] {NdkOpFlags.NDK_OP_FLAG_INLINE, 0x4, 0x100, 0x8000_0000}) {
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          register(mr, lam, memory.byteSize(), READ_WRITE | flag),
          () -> "flag " + flag);
    }
    pair.assertStillConnected();
    int sink = NdkOpFlags.NDK_OP_FLAG_RDMA_READ_SINK;
    assertEquals(
        NdkStatus.SUCCESS, register(mr, lam, memory.byteSize(), READ_WRITE | LOCAL | sink));
    Result.success(pair.server.initiatorCq, 7);
  }

  @Test
  void moreThanTheRegionWasInitialisedForIsInvalid() throws Exception {
    NdkLogicalAddressMapping lam = build(side.pages(3));
    NdkMr mr = side.pd.createMr(true);
    Await.done(mr.initializeFastRegisterMr(2, true));
    assertEquals(NdkStatus.INVALID_PARAMETER, register(mr, lam, 3 * PAGE, READ_WRITE));
    Await.done(mr.initializeFastRegisterMr(3, true));
    assertEquals(NdkStatus.SUCCESS, register(mr, lam, 3 * PAGE, READ_WRITE));
    Result.success(pair.server.initiatorCq, 7);
  }

  @Test
  void aRegionIsInitialisedUpToTheAdaptersLimit() throws Exception {
    int limit = side.info().frmrPageCount();
    assertTrue(limit >= 16, "fast registration of " + limit + " pages");
    NdkMr mr = side.pd.createMr(true);
    Completion none = new Completion();
    assertEquals(NdkStatus.INVALID_PARAMETER, mr.initializeFastRegisterMr(0, true, none));
    assertEquals(NdkStatus.INVALID_PARAMETER, mr.initializeFastRegisterMr(-1, true, none));
    assertEquals(0, none.calls());
    assertEquals(
        NdkStatus.IMPLEMENTATION_LIMIT,
        Completion.of(completion -> mr.initializeFastRegisterMr(limit + 1, true, completion)));
    assertThrows(IllegalStateException.class, mr::getLocalTokenFromMr);
    Await.done(mr.initializeFastRegisterMr(limit, true));
    assertEquals(privileged(), mr.getLocalTokenFromMr());
  }

  @Test
  void aLargeMappingIsRegisteredAsAWhole() throws Exception {
    int pages = Math.min(side.info().frmrPageCount(), 1024);
    FastRegion region = new FastRegion(pair.server, side.pages(pages));
    assertServes(region, region.register(READ_WRITE));
  }

  @Test
  void aRegionMayBeInitialisedAgainWhileItIsNotRegistered() throws Exception {
    FastRegion region = new FastRegion(pair.server, side.pages(1));
    NdkMr mr = region.mr;
    region.register(READ_WRITE);
    Completion none = new Completion();
    assertEquals(NdkStatus.INVALID_DEVICE_STATE, mr.initializeFastRegisterMr(1, true, none));
    assertEquals(0, none.calls());
    region.invalidate();
    Await.done(mr.initializeFastRegisterMr(1, false));
    assertEquals(NdkStatus.ACCESS_VIOLATION, register(mr, region.lam, PAGE, READ_WRITE));
    assertThrows(IllegalStateException.class, mr::getRemoteTokenFromMr);
    Await.done(mr.initializeFastRegisterMr(1, true));
    assertServes(region, region.register(READ_WRITE));
  }

  @Test
  void aRegionWithLocalRightsOnlyIsRegisteredInOrder() throws Exception {
    NdkLogicalAddressMapping lam = build(side.pages(1));
    NdkMr mr = side.pd.createMr(true);
    Await.done(mr.initializeFastRegisterMr(1, false));
    pair.client.qp.receive(1, null, 0);
    assertEquals(NdkStatus.SUCCESS, server.send(6, null, 0, 0));
    assertEquals(NdkStatus.SUCCESS, register(mr, lam, PAGE, LOCAL));
    assertThrows(IllegalStateException.class, mr::getRemoteTokenFromMr);
    Result.success(pair.server.initiatorCq, 6);
    Result registered = Result.take(pair.server.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, registered.status());
    assertEquals(NdkOperationType.FAST_REGISTER, registered.type());
    assertEquals(7, registered.requestContext());

    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, register(mr, lam, PAGE, LOCAL));
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(lam));
    assertEquals(NdkStatus.SUCCESS, server.invalidate(8, mr, 0));
    Result ended = Result.take(pair.server.initiatorCq);
    assertEquals(NdkStatus.SUCCESS, ended.status());
    assertEquals(NdkOperationType.INVALIDATE, ended.type());
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.invalidate(8, mr, 0));
    side.adapter.releaseLam(lam);
  }

  @Test
  void silentAndDeferredRegistrations() throws Exception {
    FastRegion region = new FastRegion(pair.server, side.pages(1));
    NdkMr local = side.pd.createMr(true);
    Await.done(local.initializeFastRegisterMr(1, false));
    for (int round = 0; round < 3 * Endpoint.SMALL.initiatorDepth(); round++) {
      Await.posted(() -> region.post(1, region.memory, READ_WRITE | SILENT));
      Await.posted(() -> server.invalidate(2, region.mr, SILENT | DEFER));
      Await.posted(() -> register(local, region.lam, PAGE, LOCAL | SILENT));
      Await.posted(() -> server.invalidate(3, local, SILENT));
    }
    Await.posted(() -> region.post(4, region.memory, READ_WRITE | DEFER));
    assertEquals(NdkStatus.SUCCESS, server.submit());
    Result.success(pair.server.initiatorCq, 4);
    assertServes(region, region.mr.getRemoteTokenFromMr());
    Result.assertNone(pair.server.initiatorCq);
  }

  @Test
  void onlyARegionThatIsReadyIsRegistered() throws Exception {
    NdkLogicalAddressMapping lam = build(side.pages(1));
    NdkMr raw = side.pd.createMr(true);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, register(raw, lam, PAGE, READ_WRITE));
    assertThrows(IllegalStateException.class, raw::getRemoteTokenFromMr);
    NdkMr normal = side.buffer(64).mr();
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, register(normal, lam, PAGE, READ_WRITE));
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.invalidate(1, normal, 0));
    FastRegion region = new FastRegion(pair.server, side.pages(1));
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.invalidate(1, region.mr, 0));
    int token = region.register(READ_WRITE);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, register(region.mr, lam, PAGE, READ_WRITE));
    Endpoint other = new Endpoint(side, Endpoint.SMALL, 6);
    Pair.connect(new Endpoint(pair.client.side, Endpoint.SMALL, 5), other);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, other.qp.invalidate(1, region.mr, 0));
    assertServes(region, token);
    pair.assertStillConnected();
  }

  @Test
  void aRegionOfAnotherProtectionDomainIsRefused() throws Exception {
    NdkMr other = side.adapter.createPd().createMr(true);
    Await.done(other.initializeFastRegisterMr(1, true));
    NdkLogicalAddressMapping lam = build(side.pages(1));
    assertEquals(NdkStatus.INVALID_PARAMETER, register(other, lam, PAGE, READ_WRITE));
  }

  @Test
  void aMappingIsNotReleasedUnderARegistration() throws Exception {
    FastRegion region = new FastRegion(pair.server, side.pages(2));
    int token = region.register(region.memory.asSlice(PAGE, 10), READ_WRITE);
    assertThrows(IllegalStateException.class, () -> side.adapter.releaseLam(region.lam));
    Buffer local = pair.client.side.buffer(10).fill(1);
    assertEquals(
        NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address() + PAGE, token));
    region.invalidate();
    side.adapter.releaseLam(region.lam);
    assertEquals(
        NdkStatus.INVALID_PARAMETER, region.post(1, region.memory, READ_WRITE), "released pages");
  }

  @Test
  void closingARegionEndsItsRegistration() throws Exception {
    FastRegion region = new FastRegion(pair.server, side.pages(1));
    int token = region.register(READ_WRITE);
    Await.done(region.mr.closeAsync());
    assertEquals(NdkStatus.INVALID_HANDLE, region.post(1, region.memory, READ_WRITE));
    assertEquals(NdkStatus.INVALID_HANDLE, server.invalidate(1, region.mr, 0));
    assertThrows(IllegalStateException.class, region.mr::getLocalTokenFromMr);
    assertThrows(IllegalStateException.class, region.mr::getRemoteTokenFromMr);
    side.adapter.releaseLam(region.lam);
    Buffer local = pair.client.side.buffer(10).fill(1);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, local, region.address(), token));
  }

  @Test
  void theEndOfTheConnectionEndsItsRegistration() throws Exception {
    FastRegion region = new FastRegion(pair.server, side.pages(1));
    region.register(READ_WRITE);
    Await.done(pair.server.connector.disconnect());
    Endpoint client = new Endpoint(pair.client.side, Endpoint.SMALL, 5);
    Endpoint other = new Endpoint(side, Endpoint.SMALL, 6);
    Pair.connect(client, other);
    assertEquals(
        NdkStatus.SUCCESS,
        other.qp.fastRegister(
            1, region.mr, 1, region.lam.adapterPageArray(), 0, PAGE, region.address(), READ_WRITE));
    Result.success(other.initiatorCq, 1);
    Buffer local = pair.client.side.buffer(10).fill(1);
    assertEquals(
        NdkStatus.SUCCESS,
        OneSided.write(client, local, region.address(), region.mr.getRemoteTokenFromMr()));
    other.connector.close();
    Await.done(other.qp.closeAsync());
    side.adapter.releaseLam(region.lam);
  }
}
