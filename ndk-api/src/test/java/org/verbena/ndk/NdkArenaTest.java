package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Memory that is deregistered before it is freed, whoever closes what first. */
@Tag("device")
@ExtendWith(NothingLeft.class)
class NdkArenaTest {
  private static final int LARGE = 3 << 20;

  private Sides sides;
  private NdkArena arena;

  @BeforeEach
  void open() throws NdkException {
    sides = new Sides();
    arena = new NdkArena(sides.server.pd, Buffer.ALL_RIGHTS);
  }

  @AfterEach
  void close() {
    arena.close();
    sides.close();
  }

  @Test
  void memoryIsZeroAlignedAndApart() {
    MemorySegment first = arena.allocate(3);
    MemorySegment second = arena.allocate(64, 64);
    MemorySegment large = arena.allocate(LARGE, 4096);
    assertEquals(0, second.address() % 64);
    assertEquals(0, large.address() % 4096);
    assertFalse(first.asOverlappingSlice(second).isPresent());
    assertArrayEquals(new byte[LARGE], large.toArray(ValueLayout.JAVA_BYTE));
    assertSame(arena.mr(first), arena.mr(second));
    assertNotSame(arena.mr(first), arena.mr(large));
    assertSame(arena.mr(large), arena.mr(large.asSlice(LARGE - 1)));
    assertEquals(arena.scope(), first.scope());
  }

  @Test
  void wrongSizesAndOtherMemoryAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> arena.allocate(0));
    assertThrows(IllegalArgumentException.class, () -> arena.allocate(8, 3));
    assertThrows(IllegalArgumentException.class, () -> arena.allocate(8, 8192));
    try (Arena other = Arena.ofConfined()) {
      MemorySegment memory = other.allocate(8);
      assertThrows(IllegalArgumentException.class, () -> arena.mr(memory));
    }
    NdkArena wrong = new NdkArena(sides.server.pd, -1);
    assertThrows(IllegalArgumentException.class, () -> wrong.allocate(8));
    wrong.close();
  }

  @Test
  void anElementNeedsNoToken() throws Exception {
    Pair pair = new Pair(sides, Endpoint.SMALL);
    MemorySegment small = arena.allocate(8);
    MemorySegment large = arena.allocate(LARGE);
    NdkSgl sink = new NdkSgl(2).set(0, small, arena).set(1, large.asSlice(LARGE - 8, 8), arena);
    Buffer source = sides.client.buffer(16).fill(7);
    assertEquals(NdkStatus.SUCCESS, pair.server.qp.receive(1, sink, 2));
    assertEquals(NdkStatus.SUCCESS, pair.client.qp.send(2, source.sgl(), 1, 0));
    Result.success(pair.server.receiveCq, 1);
    assertEquals(-1, small.mismatch(source.memory().asSlice(0, 8)));
    assertEquals(-1, large.asSlice(LARGE - 8, 8).mismatch(source.memory().asSlice(8, 8)));

    MemorySegment foreign = sides.server.memory(8);
    assertThrows(IllegalArgumentException.class, () -> NdkSgl.of(foreign, arena));
    arena.close();
    assertThrows(IllegalStateException.class, () -> NdkSgl.of(small, arena));
  }

  @Test
  void afterTheCloseThePeerReachesNothing() throws Exception {
    Endpoint client = new Pair(sides, Endpoint.SMALL).client;
    MemorySegment memory = arena.allocate(8);
    long address = memory.address();
    int token = arena.mr(memory).getRemoteTokenFromMr();
    Buffer local = sides.client.buffer(8);
    local.fill(1);
    assertEquals(NdkStatus.SUCCESS, client.qp.write(1, local.sgl(), 1, address, token, 0));
    Result.success(client.initiatorCq, 1);
    assertEquals(
        local.memory().get(ValueLayout.JAVA_LONG, 0), memory.get(ValueLayout.JAVA_LONG, 0));
    arena.close();
    assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_LONG, 0));
    assertThrows(IllegalStateException.class, () -> arena.allocate(8));
    assertEquals(NdkStatus.SUCCESS, client.qp.write(2, local.sgl(), 1, address, token, 0));
    assertNotEquals(NdkStatus.SUCCESS, Result.take(client.initiatorCq).status());
  }

  @Test
  void aCallbackMayAllocate() throws Exception {
    Completion completion = new Completion();
    NdkMr mr = sides.server.pd.createMr();
    mr.registerMr(
        sides.server.memory(8),
        0,
        (status, detail) -> {
          arena.allocate(1 << 20);
          completion.completed(status, detail);
        });
    assertEquals(NdkStatus.SUCCESS, completion.await());
  }

  @Test
  void theCloseWaitsForTheRegionWhoeverClosesIt() throws Exception {
    for (int round = 0; round < 100; round++) {
      NdkArena own = new NdkArena(sides.server.pd, 0);
      NdkMr mr = own.mr(own.allocate(LARGE));
      mr.close();
      own.close();
      Await.done(mr.whenClosed());
    }
  }

  /** The stage may complete in the call, or on the dispatcher, where closing is refused. */
  @Test
  void whatWaitsForARegionsCloseMayCloseTheAdapter() throws Exception {
    for (boolean fast : List.of(true, false)) {
      Side other = new Side(RigDevice.A);
      NdkMr mr = other.pd.createMr(fast);
      CompletableFuture<Void> told =
          mr.whenClosed().thenRun(other.adapter::close).toCompletableFuture();
      assertTimeoutPreemptively(Await.DEADLINE, () -> mr.close());
      Await.until("the dependent's end", told::isDone);
      assertTimeoutPreemptively(Await.DEADLINE, other::close);
    }
  }

  @Test
  void anAdapterMayBeClosedFirst() throws Exception {
    Side other = new Side(RigDevice.A);
    NdkArena own = new NdkArena(other.pd, 0);
    MemorySegment memory = own.allocate(LARGE);
    CompletionStage<Void> closed = other.adapter.closeAsync();
    own.close();
    assertFalse(memory.scope().isAlive());
    Await.done(closed);
    assertThrows(IllegalStateException.class, () -> new NdkArena(other.pd, 0).allocate(8));
    other.close();
  }
}
