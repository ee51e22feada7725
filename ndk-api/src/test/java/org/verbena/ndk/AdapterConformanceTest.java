package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** Conformance: adapters, what they report, and how they close. */
@Tag("device")
@ExtendWith(Fixtures.class)
class AdapterConformanceTest {
  private static final int UNTOUCHED = 0x5A5A5A5A;

  @Test
  @DisplayName("8. A buffer too small is told the size needed; with that size it is filled")
  @Covers("NdkQueryAdapterInfo")
  void queryAdapterInfo() throws Exception {
    try (NdkAdapter adapter = NdkAdapter.open(RigDevice.A.deviceName());
        Arena arena = Arena.ofConfined()) {
      NdkAdapterInfo info = adapter.queryAdapterInfo();
      MemorySegment size = arena.allocate(JAVA_INT);
      MemorySegment buffer = arena.allocate(128, 8);
      assertEquals(NdkStatus.BUFFER_TOO_SMALL, adapter.queryAdapterInfo(null, size));
      assertEquals(104, size.get(JAVA_INT, 0));
      for (int tooSmall : new int[] {0, 1, 96, 103}) {
        buffer.fill((byte) UNTOUCHED);
        size.set(JAVA_INT, 0, tooSmall);
        assertEquals(NdkStatus.BUFFER_TOO_SMALL, adapter.queryAdapterInfo(buffer, size));
        assertEquals(104, size.get(JAVA_INT, 0));
        assertUntouched(buffer);
      }
      for (int enough : new int[] {104, 128, -1}) {
        buffer.fill((byte) UNTOUCHED);
        size.set(JAVA_INT, 0, enough);
        assertEquals(NdkStatus.SUCCESS, adapter.queryAdapterInfo(buffer, size));
        assertEquals(104, size.get(JAVA_INT, 0));
        assertHolds(info, buffer);
        assertUntouched(buffer.asSlice(104));
      }
    }
  }

  private static void assertUntouched(MemorySegment memory) {
    for (byte b : memory.toArray(JAVA_BYTE)) {
      assertEquals((byte) UNTOUCHED, b);
    }
  }

  private static void assertHolds(NdkAdapterInfo info, MemorySegment buffer) {
    assertEquals(2, buffer.get(JAVA_SHORT, 0));
    assertEquals(1, buffer.get(JAVA_SHORT, 2));
    assertEquals(info.maxRegistrationSize(), buffer.get(JAVA_LONG, 16));
    assertEquals(info.maxWindowSize(), buffer.get(JAVA_LONG, 24));
    int[][] fields = {
      {4, info.vendorId()},
      {8, info.deviceId()},
      {32, info.frmrPageCount()},
      {36, info.maxInitiatorRequestSge()},
      {40, info.maxReceiveRequestSge()},
      {44, info.maxReadRequestSge()},
      {48, (int) info.maxTransferLength()},
      {52, info.maxInlineDataSize()},
      {56, info.maxInboundReadLimit()},
      {60, info.maxOutboundReadLimit()},
      {64, info.maxReceiveQueueDepth()},
      {68, info.maxInitiatorQueueDepth()},
      {72, info.maxSrqDepth()},
      {76, info.maxCqDepth()},
      {80, info.largeRequestThreshold()},
      {84, info.maxCallerData()},
      {88, info.maxCalleeData()},
      {92, info.adapterFlags()},
      {96, info.rdmaTechnology().value()}
    };
    for (int[] field : fields) {
      assertEquals(field[1], buffer.get(JAVA_INT, field[0]), "at " + field[0]);
    }
  }

  @Test
  @DisplayName("9. Every limit can be reached, and what was made with it does as much")
  @Covers({
    "NdkQueryAdapterInfo",
    "NdkCreateCq",
    "NdkCreateQp",
    "NdkCreateQpWithSrq",
    "NdkCreateSrq",
    "NdkInitializeFastRegisterMr",
    "NdkSrqReceive",
    "NdkSend",
    "NdkReceive",
    "NdkRead",
    "NdkWrite"
  })
  void limits(Sides sides) throws Exception {
    queueDepths(sides.client);
    requestSizes(sides);
  }

  private static void queueDepths(Side side) throws Exception {
    NdkAdapterInfo info = side.info();
    NdkCq cq = side.adapter.createCq(info.maxCqDepth(), null);
    NdkPd pd = side.pd;
    Await.done(pd.createQp(cq, cq, 0, info.maxReceiveQueueDepth(), 1, 1, 1, 0).closeAsync());
    Await.done(pd.createQp(cq, cq, 0, 1, info.maxInitiatorQueueDepth(), 1, 1, 0).closeAsync());
    NdkSrq srq = pd.createSrq(info.maxSrqDepth(), 1, 0, null);
    Await.done(
        pd.createQpWithSrq(cq, cq, srq, 0, info.maxInitiatorQueueDepth(), 1, 0).closeAsync());
    for (int i = 0; i < info.maxSrqDepth(); i++) {
      assertEquals(NdkStatus.SUCCESS, srq.srqReceive(i, null, 0));
    }
    assertEquals(NdkStatus.NO_MORE_ENTRIES, srq.srqReceive(-1, null, 0));
    Await.done(pd.createMr(true).initializeFastRegisterMr(info.frmrPageCount(), true));
    Await.done(srq.closeAsync());
    Await.done(cq.closeAsync());
  }

  private static void requestSizes(Sides sides) throws Exception {
    NdkAdapterInfo info = sides.client.info();
    NdkQpSizes sizes =
        Endpoint.SMALL
            .withReceiveSge(info.maxReceiveRequestSge())
            .withInitiatorSge(info.maxInitiatorRequestSge())
            .withInlineSize(info.maxInlineDataSize());
    Endpoint client = new Endpoint(sides.client, sizes, 1);
    Endpoint server = new Endpoint(sides.server, sizes, 2);
    Pair.connect(client, server);

    int elements = info.maxInitiatorRequestSge();
    int receiveElements = info.maxReceiveRequestSge();
    int length = elements * receiveElements;
    Buffer local = sides.client.buffer(length).fill(1);
    Buffer remote = sides.server.buffer(length);
    server.qp.receive(1, split(remote, receiveElements), receiveElements);
    assertEquals(NdkStatus.SUCCESS, client.qp.send(2, split(local, elements), elements, 0));
    Result.success(client.initiatorCq, 2);
    Result.success(server.receiveCq, 1);
    assertTrue(remote.hasSameBytesAs(local), "sent");

    int readElements = info.maxReadRequestSge();
    Buffer source = sides.server.buffer(readElements).fill(2);
    Buffer sink = sides.client.buffer(readElements);
    assertEquals(
        NdkStatus.SUCCESS,
        client.qp.read(
            3, split(sink, readElements), readElements, source.address(), source.remoteToken(), 0));
    Result.success(client.initiatorCq, 3);
    assertTrue(sink.hasSameBytesAs(source), "read");

    Buffer inline = sides.client.buffer(info.maxInlineDataSize()).fill(3);
    Buffer target = sides.server.buffer(info.maxInlineDataSize());
    assertEquals(
        NdkStatus.SUCCESS,
        client.qp.write(
            4,
            NdkSgl.of(inline.memory(), 0),
            1,
            target.address(),
            target.remoteToken(),
            NdkOpFlags.NDK_OP_FLAG_INLINE));
    Result.success(client.initiatorCq, 4);
    assertTrue(target.hasSameBytesAs(inline), "written inline");
  }

  /** A list of this many elements of equal size that cover a buffer. */
  private static NdkSgl split(Buffer buffer, int elements) {
    long size = buffer.memory().byteSize() / elements;
    NdkSgl sgl = new NdkSgl(elements);
    for (int i = 0; i < elements; i++) {
      sgl.set(i, buffer.memory().asSlice(i * size, size), buffer.localToken());
    }
    return sgl;
  }

  @Test
  @DisplayName("10. Each flag says what the adapter does")
  @Covers({
    "NdkQueryAdapterInfo",
    "NdkControlCqInterruptModeration",
    "NdkResizeCq",
    "NdkConnect",
    "NdkAccept",
    "NdkRead"
  })
  void adapterFlags() throws Exception {
    try (Pair pair = new Pair(Route.WITHIN_IPV4, Endpoint.SMALL)) {
      int flags = pair.client.side.info().adapterFlags();
      assertNotEquals(0, flags & NdkAdapterFlags.NDK_ADAPTER_FLAG_LOOPBACK_CONNECTIONS_SUPPORTED);
      pair.assertStillConnected();

      assertNotEquals(0, flags & NdkAdapterFlags.NDK_ADAPTER_FLAG_RDMA_READ_SINK_NOT_REQUIRED);
      Buffer source = pair.server.side.buffer(8).fill(1);
      Buffer sink = pair.client.side.buffer(8, NdkMrFlags.NDK_MR_FLAG_ALLOW_LOCAL_WRITE);
      assertEquals(
          NdkStatus.SUCCESS,
          OneSided.read(pair.client, sink, source.address(), source.remoteToken()));
      assertTrue(sink.hasSameBytesAs(source));

      NdkCq cq = pair.client.side.adapter.createCq(4, null);
      boolean moderates =
          (flags & NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED) != 0;
      assertEquals(
          moderates ? NdkStatus.SUCCESS : NdkStatus.NOT_SUPPORTED,
          cq.controlCqInterruptModeration(10, 2));
      boolean resizes = (flags & NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED) != 0;
      assertEquals(
          resizes ? NdkStatus.SUCCESS : NdkStatus.NOT_SUPPORTED,
          Completion.of(c -> cq.resizeCq(64, c)));
      if (RigDevice.A.isSoftRoce()) {
        assertFalse(moderates, "rxe cannot moderate");
        assertTrue(resizes, "rxe can resize");
      }
    }
  }

  private static NdkOpenOptions forVersion(int major, int minor) {
    return new NdkOpenOptions(Duration.ofSeconds(20), new NdkVersion(major, minor));
  }

  private static void assertBadVersion(Executable open) {
    assertEquals(NdkStatus.BAD_VERSION, assertThrows(NdkException.class, open).status());
  }

  @Test
  @DisplayName("11. A higher minor or another major version is refused, a lower minor gets ours")
  @Covers("NdkQueryAdapterInfo")
  void versions() throws Exception {
    int[][] bad = {{2, 2}, {2, 99}, {3, 0}, {3, 1}, {1, 0}, {1, 1}, {1, 2}, {0, 0}};
    for (int[] version : bad) {
      NdkOpenOptions options = forVersion(version[0], version[1]);
      assertBadVersion(() -> NdkAdapter.open(RigDevice.A.deviceName(), 1, options).close());
      assertBadVersion(() -> NdkAdapter.open(RigDevice.A.address4(), options).close());
    }
    for (int minor : new int[] {0, 1}) {
      NdkOpenOptions options = forVersion(2, minor);
      try (NdkAdapter adapter = NdkAdapter.open(RigDevice.A.deviceName(), 1, options);
          NdkAdapter again = NdkAdapter.open(RigDevice.A.address4(), options)) {
        assertEquals(new NdkVersion(2, 1), adapter.version());
        assertEquals(new NdkVersion(2, 1), again.version());
        assertEquals(2, adapter.queryAdapterInfo().majorVersion());
        assertEquals(1, adapter.queryAdapterInfo().minorVersion());
        assertEquals(new NdkVersion(2, 1), adapter.createPd().version());
      }
    }
  }

  @Test
  @DisplayName("12. An adapter's close returns after all callbacks of its objects have")
  @Covers({"NdkCloseXxx", "NDK_FN_CLOSE_COMPLETION", "NDK_FN_REQUEST_COMPLETION"})
  void closeWaitsForCallbacks() throws Exception {
    try (Side server = new Side(RigDevice.B)) {
      Acceptor acceptor = new Acceptor(server);
      Side side = new Side(RigDevice.A);
      AtomicInteger started = new AtomicInteger();
      AtomicInteger returned = new AtomicInteger();
      Runnable callback =
          () -> {
            started.incrementAndGet();
            Thread.yield();
            returned.incrementAndGet();
          };
      List<NdkObject> objects = new ArrayList<>(side.oneOfEach());
      objects.removeFirst(); // the adapter
      NdkQp qp = side.qp();
      NdkConnector connector = side.adapter.createConnector();
      connector.connect(
          qp, side.anyPort(), acceptor.address(), 1, 1, null, (_, _) -> callback.run());
      acceptor.next();

      // The close waits for this callback to return, and this callback waits to see it do so.
      AtomicReference<Thread> closing = new AtomicReference<>();
      side.pd
          .createMr()
          .registerMr(
              side.memory(64),
              0,
              (_, _) -> {
                started.incrementAndGet();
                Await.until(
                    "the closing thread to wait",
                    () ->
                        closing.get() != null && closing.get().getState() == Thread.State.WAITING);
                returned.incrementAndGet();
              });
      Await.until("the callback", () -> started.get() > 0);
      objects.forEach(object -> object.close(callback::run));
      AtomicInteger seen = new AtomicInteger();
      closing.set(
          Thread.ofPlatform()
              .start(
                  () -> {
                    side.adapter.close();
                    seen.set(returned.get());
                  }));
      assertTrue(closing.get().join(Await.DEADLINE), "close hangs");
      int callbacks = objects.size() + 2;
      assertEquals(callbacks, seen.get());
      assertEquals(callbacks, started.get());
      assertEquals(callbacks, returned.get());
      side.close();
    }
  }
}
