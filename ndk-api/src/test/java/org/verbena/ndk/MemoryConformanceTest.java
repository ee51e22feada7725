package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conformance: memory regions, windows and protection domains. */
@Tag("device")
@ExtendWith(Fixtures.class)
class MemoryConformanceTest {
  private static final int LOCAL_WRITE = NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE;
  private static final int REMOTE_READ = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ;
  private static final int REMOTE_WRITE = NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_WRITE;
  private static final int READ_SINK = NdkMrFlags.NDK_MR_FLAG_RDMA_READ_SINK;

  private static final int BIND_READ = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_READ;
  private static final int BIND_WRITE = NdkOpFlags.NDK_OP_FLAG_ALLOW_REMOTE_WRITE;

  /** A request whose element may name memory that its token does not cover. */
  enum LocalAccess {
    SEND,
    WRITE,
    READ;

    NdkStatus post(NdkQp qp, NdkSgl sgl, Buffer remote) {
      return switch (this) {
        case SEND -> qp.send(1, sgl, 1, 0);
        case WRITE -> qp.write(1, sgl, 1, remote.address(), remote.remoteToken(), 0);
        case READ -> qp.read(1, sgl, 1, remote.address(), remote.remoteToken(), 0);
      };
    }
  }

  @Test
  @DisplayName("40. A region without remote write is not written by the peer")
  @Covers({"NdkWrite", "NdkRegisterMr", "NdkGetRemoteTokenFromMr"})
  void aRegionWithoutRemoteWriteIsNotWritten(Pair pair) throws Exception {
    Buffer target = pair.server.side.buffer(64, LOCAL_WRITE | REMOTE_READ).put("mine");
    Buffer source = pair.client.side.buffer(64).put("yours");
    assertEquals(
        NdkStatus.REMOTE_RESOURCES,
        OneSided.write(pair.client, source, target.address(), target.remoteToken()));
    assertEquals("mine", target.text(4));
  }

  @Test
  @DisplayName("41. Remote write contains local write, and a read sink is a right of its own")
  @Covers({"NdkRegisterMr", "NdkWrite", "NdkReceive", "NdkRead", "NdkGetLocalTokenFromMr"})
  void remoteWriteContainsLocalWrite(Pair pair) throws Exception {
    Buffer target = pair.server.side.buffer(64, REMOTE_WRITE);
    Buffer source = pair.client.side.buffer(64).put("written");
    assertEquals(
        NdkStatus.SUCCESS,
        OneSided.write(pair.client, source, target.address(), target.remoteToken()));
    assertEquals("written", target.text(7));
    assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(2, target.sgl(), 1));
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(3, source.put("message").sgl(), 1, 0));
    Result.success(pair.server.receiveCq, 2);
    assertEquals("message", target.text(7));
    Result.success(pair.client.initiatorCq, 3);

    Buffer served = pair.server.side.buffer(64, REMOTE_READ).put("served");
    Buffer sink = pair.client.side.buffer(64, READ_SINK);
    assertEquals(
        NdkStatus.SUCCESS,
        OneSided.read(pair.client, sink, served.address(), served.remoteToken()));
    assertEquals("served", sink.text(6));
  }

  @ParameterizedTest(name = "{displayName} [{index}] {0}")
  @EnumSource
  @DisplayName("42. A local element outside its region is an access violation")
  @Covers({"NdkSend", "NdkWrite", "NdkRead", "NdkGetLocalTokenFromMr"})
  void aLocalElementOutsideItsRegionIsAnAccessViolation(LocalAccess access) throws Exception {
    // One byte past the end, and one byte before the start.
    for (int shift : new int[] {1, -1}) {
      try (Pair pair = new Pair()) {
        Buffer remote = pair.server.side.buffer(64);
        pair.server.qp.receive(7, remote.sgl(), 1);
        MemorySegment memory = pair.client.side.memory(192);
        Buffer inner = pair.client.side.register(memory.asSlice(64, 64), Buffer.ALL_RIGHTS);
        NdkSgl inside = NdkSgl.of(memory.asSlice(64, 64), inner.localToken());
        assertEquals(NdkStatus.SUCCESS, LocalAccess.WRITE.post(pair.client.qp, inside, remote));
        Result.success(pair.client.initiatorCq, 1);
        NdkSgl outside = NdkSgl.of(memory.asSlice(64 + shift, 64), inner.localToken());
        assertEquals(NdkStatus.SUCCESS, access.post(pair.client.qp, outside, remote));
        assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(2, null, 0, 0));
        Result failed = Result.take(pair.client.initiatorCq);
        NdkStatus expected = failed.unlessHidden(NdkStatus.ACCESS_VIOLATION);
        assertEquals(expected, failed.status(), failed::toString);
        assertEquals(1, failed.requestContext());
        Result behind = Result.take(pair.client.initiatorCq);
        assertEquals(NdkStatus.CANCELLED, behind.status(), behind::toString);
        assertEquals(expected, pair.client.qp.firstFailure().orElseThrow().status());
      }
    }
  }

  @Test
  @DisplayName("43. A region is for registration or for fast registration, never for both")
  @Covers({"NdkCreateMr", "NdkRegisterMr", "NdkDeregisterMr", "NdkInitializeFastRegisterMr"})
  void aRegionIsForOneKindOfRegistration(Side side) throws Exception {
    Completion none = new Completion();
    NdkMr fast = side.pd.createMr(true);
    assertEquals(
        NdkStatus.INVALID_DEVICE_REQUEST, fast.registerMr(side.memory(64), LOCAL_WRITE, none));
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, fast.deregisterMr(none));
    NdkMr normal = side.pd.createMr(false);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, normal.initializeFastRegisterMr(1, true, none));
    side.settle();
    assertEquals(0, none.calls());
    // Both are unchanged.
    Await.done(fast.initializeFastRegisterMr(1, true));
    Await.done(normal.registerMr(side.memory(64), LOCAL_WRITE));
  }

  @Test
  @DisplayName("44. A region with a bound window is busy and stays usable")
  @Covers({"NdkDeregisterMr", "NdkBind", "NdkInvalidate"})
  void aRegionWithABoundWindowIsBusy(Pair pair) throws Exception {
    Buffer region = pair.server.side.buffer(64);
    Buffer source = pair.client.side.buffer(64).put("through the window");
    NdkMw mw = pair.server.side.pd.createMw();
    int token = OneSided.bind(pair.server, region, mw);
    int own = region.remoteToken();

    Completion busy = Completion.pending(region.mr()::deregisterMr);
    assertEquals(NdkStatus.DEVICE_BUSY, busy.await(), busy::detail);
    assertEquals(own, region.remoteToken());
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, source, region.address(), token));
    assertEquals("through the window", region.text(18));
    source.put("through the region");
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, source, region.address(), own));
    assertEquals("through the region", region.text(18));
    pair.server.qp.receive(3, region.sgl(), 1);
    pair.client.qp.send(4, source.put("in a message      ").sgl(), 1, 0);
    Result.success(pair.server.receiveCq, 3);
    Result.success(pair.client.initiatorCq, 4);
    assertEquals("in a message", region.text(12));

    OneSided.invalidate(pair.server, mw);
    Await.done(region.mr().deregisterMr());
  }

  @Test
  @DisplayName("45. Every bind gives another token, known on return; the old one is dead")
  @Covers({"NdkCreateMw", "NdkBind", "NdkGetRemoteTokenFromMw", "NdkInvalidate"})
  void everyBindGivesAnotherToken(Pair pair) throws Exception {
    Buffer region = pair.server.side.buffer(64).put("before");
    Buffer source = pair.client.side.buffer(64).put("one");
    NdkMw mw = pair.server.side.pd.createMw();
    NdkQp server = pair.server.qp;
    assertEquals(
        NdkStatus.SUCCESS, server.bind(1, region.mr(), mw, region.memory(), OneSided.READ_WRITE));
    int first = mw.getRemoteTokenFromMw();
    Result.success(pair.server.initiatorCq, 1);
    assertEquals(first, mw.getRemoteTokenFromMw(), "the token when the bind has completed");
    assertNotEquals(region.remoteToken(), first);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, source, region.address(), first));
    assertEquals("one", region.text(3));

    // These two are posted back to back.
    assertEquals(NdkStatus.SUCCESS, server.invalidate(2, mw, 0));
    assertEquals(
        NdkStatus.SUCCESS, server.bind(3, region.mr(), mw, region.memory(), OneSided.READ_WRITE));
    int second = mw.getRemoteTokenFromMw();
    assertNotEquals(first, second);
    Result.success(pair.server.initiatorCq, 2);
    Result.success(pair.server.initiatorCq, 3);
    assertEquals(
        NdkStatus.SUCCESS,
        OneSided.write(pair.client, source.put("two"), region.address(), second));
    assertEquals("two", region.text(3));
    assertEquals(
        NdkStatus.REMOTE_RESOURCES,
        OneSided.write(pair.client, source.put("old"), region.address(), first));
    assertEquals("two", region.text(3));
  }

  @Test
  @DisplayName("46. Remote write cannot be bound to a region without local write")
  @Covers({"NdkBind", "NdkGetRemoteTokenFromMw"})
  void remoteWriteNeedsARegionWithLocalWrite(Pair pair) throws Exception {
    Buffer region = pair.server.side.buffer(64, REMOTE_READ).put("to read");
    NdkMw mw = pair.server.side.pd.createMw();
    for (int flags : new int[] {BIND_WRITE, OneSided.READ_WRITE}) {
      assertEquals(
          NdkStatus.ACCESS_VIOLATION,
          pair.server.qp.bind(1, region.mr(), mw, region.memory(), flags));
    }
    pair.assertStillConnected();
    // The window is still unbound, and can be bound with a right that the region has.
    int token = OneSided.bind(pair.server, region, mw, region.memory(), BIND_READ);
    Buffer sink = pair.client.side.buffer(7);
    assertEquals(NdkStatus.SUCCESS, OneSided.read(pair.client, sink, region.address(), token));
    assertEquals("to read", sink.text(7));
  }

  @Test
  @DisplayName("47. A window has its own range and rights, not those of its region")
  @Covers({"NdkBind", "NdkRead", "NdkWrite"})
  void aWindowHasItsOwnRangeAndRights() throws Exception {
    readOnlyWindowOfARegionWithAllRights();
    writeOnlyWindowOfARegionWithAllRights();
    windowOfARegionWithoutRemoteRights();
    rangeOfAWindow();
  }

  private static void readOnlyWindowOfARegionWithAllRights() throws Exception {
    try (Pair pair = new Pair()) {
      Buffer region = pair.server.side.buffer(64).put("mine");
      NdkMw mw = pair.server.side.pd.createMw();
      int token = OneSided.bind(pair.server, region, mw, region.memory(), BIND_READ);
      Buffer local = pair.client.side.buffer(4);
      assertEquals(NdkStatus.SUCCESS, OneSided.read(pair.client, local, region.address(), token));
      assertEquals("mine", local.text(4));
      local.put("your");
      assertEquals(
          NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, local, region.address(), token));
      assertEquals("mine", region.text(4));
    }
  }

  private static void writeOnlyWindowOfARegionWithAllRights() throws Exception {
    try (Pair pair = new Pair()) {
      Buffer region = pair.server.side.buffer(64);
      NdkMw mw = pair.server.side.pd.createMw();
      int token = OneSided.bind(pair.server, region, mw, region.memory(), BIND_WRITE);
      Buffer local = pair.client.side.buffer(6).put("secret");
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), token));
      assertEquals("secret", region.text(6));
      local.put("before");
      assertEquals(
          NdkStatus.REMOTE_RESOURCES, OneSided.read(pair.client, local, region.address(), token));
      assertEquals("before", local.text(6));
    }
  }

  private static void windowOfARegionWithoutRemoteRights() throws Exception {
    try (Pair pair = new Pair()) {
      Buffer region = pair.server.side.buffer(64, LOCAL_WRITE).put("before");
      NdkMw mw = pair.server.side.pd.createMw();
      int token = OneSided.bind(pair.server, region, mw);
      Buffer local = pair.client.side.buffer(6);
      assertEquals(NdkStatus.SUCCESS, OneSided.read(pair.client, local, region.address(), token));
      assertEquals("before", local.text(6));
      local.put("behind");
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), token));
      assertEquals("behind", region.text(6));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES,
          OneSided.read(pair.client, local, region.address(), region.remoteToken()));
    }
  }

  private static void rangeOfAWindow() throws Exception {
    try (Pair pair = new Pair()) {
      MemorySegment memory = pair.server.side.memory(300);
      Buffer region = pair.server.side.register(memory.asSlice(0, 200), Buffer.ALL_RIGHTS);
      NdkMw mw = pair.server.side.pd.createMw();
      int token =
          OneSided.bind(pair.server, region, mw, memory.asSlice(100, 100), OneSided.READ_WRITE);
      Buffer local = pair.client.side.buffer(10).fill(7);
      long start = region.address() + 100;
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, start, token));
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, start + 90, token));
      assertEquals(-1, memory.asSlice(100, 10).mismatch(local.memory()));
      assertEquals(-1, memory.asSlice(190, 10).mismatch(local.memory()));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, local, start + 91, token));
      assertEquals(0, memory.get(JAVA_BYTE, 200), "the byte after the window");
    }
    if (RigDevice.B.isSoftRoce()) {
      return; // it checks the region's bounds instead of the window's
    }
    try (Pair pair = new Pair()) {
      Buffer region = pair.server.side.buffer(300);
      NdkMw mw = pair.server.side.pd.createMw();
      MemorySegment part = region.memory().asSlice(100, 100);
      int token = OneSided.bind(pair.server, region, mw, part, OneSided.READ_WRITE);
      Buffer local = pair.client.side.buffer(10).fill(7);
      assertEquals(
          NdkStatus.REMOTE_RESOURCES,
          OneSided.write(pair.client, local, part.address() - 1, token));
      assertEquals(0, region.memory().get(JAVA_BYTE, 99), "the byte before the window");
    }
  }

  @Test
  @DisplayName("48. After an invalidate the peer's access fails")
  @Covers({"NdkInvalidate", "NdkRead", "NdkWrite"})
  void afterAnInvalidateThePeersAccessFails() throws Exception {
    for (boolean reads : new boolean[] {true, false}) {
      try (Pair pair = new Pair()) {
        Buffer region = pair.server.side.buffer(6).put("before");
        Buffer local = pair.client.side.buffer(6);
        NdkMw mw = pair.server.side.pd.createMw();
        int token = OneSided.bind(pair.server, region, mw);
        assertEquals(NdkStatus.SUCCESS, OneSided.read(pair.client, local, region.address(), token));
        assertEquals("before", local.text(6));
        OneSided.invalidate(pair.server, mw);
        local.put("behind");
        NdkStatus status =
            reads
                ? OneSided.read(pair.client, local, region.address(), token)
                : OneSided.write(pair.client, local, region.address(), token);
        assertEquals(NdkStatus.REMOTE_RESOURCES, status);
        assertEquals("behind", local.text(6));
        assertEquals("before", region.text(6));
      }
    }
  }

  @Test
  @DisplayName("49. An unbound window cannot be invalidated, and the connection lives")
  @Covers("NdkInvalidate")
  void anUnboundWindowCannotBeInvalidated(Pair pair) throws Exception {
    NdkMw mw = pair.server.side.pd.createMw();
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, pair.server.qp.invalidate(1, mw, 0));
    OneSided.bind(pair.server, pair.server.side.buffer(64), mw);
    OneSided.invalidate(pair.server, mw);
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, pair.server.qp.invalidate(1, mw, 0));
    pair.assertStillConnected();
  }

  @Test
  @DisplayName("50. Fast registration gives the peer the range and rights asked for, until it ends")
  @Covers({
    "NdkFastRegister",
    "NdkInitializeFastRegisterMr",
    "NdkBuildLAM",
    "NdkGetPrivilegedMemoryRegionToken",
    "NdkGetRemoteTokenFromMr",
    "NdkGetLocalTokenFromMr",
    "NdkInvalidate",
    "NdkSendAndInvalidate"
  })
  void fastRegistrationGivesRangeAndRightsUntilItEnds() throws Exception {
    rangeOfAFastRegistration();
    rightsOfAFastRegistration();
    endOfAFastRegistrationByItsOwner();
    endOfAFastRegistrationByThePeer();
    whatCannotBeFastRegistered();
    thePrivilegedToken();
  }

  private static void rangeOfAFastRegistration() throws Exception {
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(2));
      Buffer local = pair.client.side.buffer(10).fill(5);
      long last = region.address() + region.memory.byteSize() - 10;
      int token = region.register(OneSided.READ_WRITE);
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), token));
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, last, token));
      assertEquals(-1, region.memory.asSlice(0, 10).mismatch(local.memory()));
      assertEquals(-1, region.memory.asSlice(2 * 4096 - 10, 10).mismatch(local.memory()));
      Buffer back = pair.client.side.buffer(10);
      assertEquals(NdkStatus.SUCCESS, OneSided.read(pair.client, back, last, token));
      assertTrue(back.hasSameBytesAs(local));
      assertEquals(NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, local, last + 1, token));
    }
    if (RigDevice.B.isSoftRoce()) {
      return; // it checks the mapping's bounds instead of the registration's
    }
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(3));
      MemorySegment second = region.memory.asSlice(4096, 4096);
      int token = region.register(second, OneSided.READ_WRITE);
      Buffer local = pair.client.side.buffer(10).fill(5);
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, second.address(), token));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES,
          OneSided.write(pair.client, local, second.address() - 1, token));
    }
  }

  private static void rightsOfAFastRegistration() throws Exception {
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(1));
      int token = region.register(BIND_READ);
      Buffer local = pair.client.side.buffer(4).fill(5);
      assertEquals(NdkStatus.SUCCESS, OneSided.read(pair.client, local, region.address(), token));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, local, region.address(), token));
    }
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(1));
      int token = region.register(BIND_WRITE);
      Buffer local = pair.client.side.buffer(4).fill(5);
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), token));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES, OneSided.read(pair.client, local, region.address(), token));
    }
  }

  private static void endOfAFastRegistrationByItsOwner() throws Exception {
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(1));
      int first = region.register(OneSided.READ_WRITE);
      region.invalidate();
      int second = region.register(OneSided.READ_WRITE);
      assertNotEquals(first, second);
      Buffer local = pair.client.side.buffer(4).put("good");
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), second));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES,
          OneSided.write(pair.client, local.put("evil"), region.address(), first));
      assertEquals("good", region.text(4));
    }
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(1));
      int token = region.register(OneSided.READ_WRITE);
      region.invalidate();
      Buffer local = pair.client.side.buffer(4).put("evil");
      assertEquals(
          NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, local, region.address(), token));
    }
  }

  private static void endOfAFastRegistrationByThePeer() throws Exception {
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(1));
      int first = region.register(OneSided.READ_WRITE);
      pair.server.qp.receive(3, null, 0);
      assertEquals(NdkStatus.SUCCESS, pair.client.qp.sendAndInvalidate(4, null, 0, 0, first));
      Result.success(pair.client.initiatorCq, 4);
      Result received = Result.take(pair.server.receiveCq);
      assertEquals(NdkOperationType.RECEIVE_AND_INVALIDATE, received.type());
      assertEquals(Integer.toUnsignedLong(first), received.output());
      assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, pair.server.qp.invalidate(5, region.mr, 0));

      int second = region.register(OneSided.READ_WRITE);
      Buffer local = pair.client.side.buffer(4).put("good");
      assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, local, region.address(), second));
      assertEquals(
          NdkStatus.REMOTE_RESOURCES,
          OneSided.write(pair.client, local.put("evil"), region.address(), first));
      assertEquals("good", region.text(4));
    }
  }

  private static void whatCannotBeFastRegistered() throws Exception {
    try (Pair pair = new Pair();
        Arena arena = Arena.ofConfined()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(4));
      NdkQp qp = pair.server.qp;
      MemorySegment pages = region.lam.adapterPageArray();
      long base = region.lam.adapterPage(0);
      MemorySegment gap = arena.allocate(JAVA_LONG, 2);
      gap.setAtIndex(JAVA_LONG, 0, region.lam.adapterPage(0));
      gap.setAtIndex(JAVA_LONG, 1, region.lam.adapterPage(2));
      int flags = OneSided.READ_WRITE;
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          qp.fastRegister(1, region.mr, 2, gap, 0, 8192, base, flags),
          "pages that do not follow each other");
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          qp.fastRegister(1, region.mr, 4, pages, 0, 4 * 4096, base + 4096, flags),
          "another base address");
      assertEquals(
          NdkStatus.INVALID_PARAMETER,
          qp.fastRegister(1, region.mr, 4, pages, 0, 4 * 4096, 0, flags),
          "a zero-based registration");

      NdkMr local = pair.server.side.pd.createMr(true);
      Await.done(local.initializeFastRegisterMr(4, false));
      for (int right : new int[] {BIND_READ, BIND_WRITE}) {
        assertEquals(
            NdkStatus.ACCESS_VIOLATION,
            qp.fastRegister(1, local, 4, pages, 0, 4 * 4096, base, right));
      }
      pair.assertStillConnected();
      region.register(OneSided.READ_WRITE);
    }
  }

  private static void thePrivilegedToken() throws Exception {
    try (Pair pair = new Pair()) {
      FastRegion region = new FastRegion(pair.server, pair.server.side.pages(1));
      int privileged = pair.server.side.pd.getPrivilegedMemoryRegionToken();
      assertEquals(privileged, region.mr.getLocalTokenFromMr());
      NdkSgl sgl = NdkSgl.of(region.memory.asSlice(0, 7), privileged);
      Buffer local = pair.client.side.buffer(7).put("message");
      assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(1, sgl, 1));
      pair.client.qp.send(2, local.sgl(), 1, 0);
      Result.success(pair.server.receiveCq, 1);
      Result.success(pair.client.initiatorCq, 2);
      assertEquals("message", region.text(7));
      Buffer target = pair.client.side.buffer(7);
      assertEquals(
          NdkStatus.SUCCESS,
          pair.server.qp.write(3, sgl, 1, target.address(), target.remoteToken(), 0));
      Result.success(pair.server.initiatorCq, 3);
      assertTrue(target.hasSameBytesAs(local));

      assertEquals(
          NdkStatus.REMOTE_RESOURCES,
          OneSided.write(pair.client, local.put("attempt"), region.address(), privileged));
      assertEquals("message", region.text(7));
    }
  }
}
