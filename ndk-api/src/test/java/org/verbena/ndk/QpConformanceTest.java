package org.verbena.ndk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_DEFER;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_INLINE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_READ_FENCE;
import static org.verbena.ndk.NdkOpFlags.NDK_OP_FLAG_SILENT_SUCCESS;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conformance: queue pairs, their limits and the requests posted on them. */
@Tag("device")
@ExtendWith(Fixtures.class)
class QpConformanceTest {
  private static final int NO_TOKEN = 0xDEAD_BEEF;

  private final Sides sides;
  private Endpoint client;
  private Endpoint server;

  QpConformanceTest(Sides sides) {
    this.sides = sides;
  }

  private void connect() throws Exception {
    connect(Endpoint.SMALL);
  }

  private void connect(NdkQpSizes sizes) throws Exception {
    client = new Endpoint(sides.client, sizes, Pair.CLIENT_CONTEXT);
    server = new Endpoint(sides.server, sizes, Pair.SERVER_CONTEXT);
    Pair.connect(client, server);
  }

  private static NdkStatus write(NdkQp qp, long context, NdkSgl sgl, Buffer target, int flags) {
    return qp.write(context, sgl, 1, target.address(), target.remoteToken(), flags);
  }

  private static NdkStatus writeByte(
      NdkQp qp, Buffer source, Buffer target, long index, int flags) {
    return qp.write(
        index, source.sgl(index, 1), 1, target.address() + index, target.remoteToken(), flags);
  }

  private static List<Long> numbers(int count) {
    return LongStream.range(0, count).boxed().toList();
  }

  private static void assertCancelled(List<Long> contexts, NdkOperationType type, NdkCq cq) {
    List<Result> results = Result.take(cq, contexts.size());
    assertEquals(contexts, Result.contexts(results));
    for (Result result : results) {
      assertEquals(NdkStatus.CANCELLED, result.status(), result::toString);
      assertEquals(type, result.type(), result::toString);
    }
    Result.assertNone(cq);
  }

  private interface Create {
    NdkObject create(NdkPd pd, NdkCq cq, NdkSrq srq, int size) throws NdkException;
  }

  private enum Limit {
    RECEIVE_QUEUE_DEPTH(
        NdkAdapterInfo::maxReceiveQueueDepth,
        (pd, cq, _, n) -> pd.createQp(cq, cq, 0, n, 1, 1, 1, 0)),
    INITIATOR_QUEUE_DEPTH(
        NdkAdapterInfo::maxInitiatorQueueDepth,
        (pd, cq, _, n) -> pd.createQp(cq, cq, 0, 1, n, 1, 1, 0)),
    RECEIVE_SGE(
        NdkAdapterInfo::maxReceiveRequestSge,
        (pd, cq, _, n) -> pd.createQp(cq, cq, 0, 1, 1, n, 1, 0)),
    INITIATOR_SGE(
        NdkAdapterInfo::maxInitiatorRequestSge,
        (pd, cq, _, n) -> pd.createQp(cq, cq, 0, 1, 1, 1, n, 0)),
    INLINE_DATA_SIZE(
        NdkAdapterInfo::maxInlineDataSize, (pd, cq, _, n) -> pd.createQp(cq, cq, 0, 1, 1, 1, 1, n)),
    INITIATOR_QUEUE_DEPTH_WITH_SRQ(
        NdkAdapterInfo::maxInitiatorQueueDepth,
        (pd, cq, srq, n) -> pd.createQpWithSrq(cq, cq, srq, 0, n, 1, 0)),
    INITIATOR_SGE_WITH_SRQ(
        NdkAdapterInfo::maxInitiatorRequestSge,
        (pd, cq, srq, n) -> pd.createQpWithSrq(cq, cq, srq, 0, 1, n, 0)),
    INLINE_DATA_SIZE_WITH_SRQ(
        NdkAdapterInfo::maxInlineDataSize,
        (pd, cq, srq, n) -> pd.createQpWithSrq(cq, cq, srq, 0, 1, 1, n)),
    SRQ_DEPTH(NdkAdapterInfo::maxSrqDepth, (pd, _, _, n) -> pd.createSrq(n, 1, 0, null)),
    SRQ_SGE(NdkAdapterInfo::maxReceiveRequestSge, (pd, _, _, n) -> pd.createSrq(1, n, 0, null));

    private final ToIntFunction<NdkAdapterInfo> max;
    private final Create create;

    Limit(ToIntFunction<NdkAdapterInfo> max, Create create) {
      this.max = max;
      this.create = create;
    }
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Limit.class)
  @DisplayName("56. Each limit can be reached, and no more")
  @Covers({"NdkQueryAdapterInfo", "NdkCreateQp", "NdkCreateQpWithSrq", "NdkCreateSrq"})
  void limits(Limit limit) throws Exception {
    NdkPd pd = sides.client.pd;
    NdkCq cq = sides.client.cq();
    NdkSrq srq = pd.createSrq(1, 1, 0, null);
    int max = limit.max.applyAsInt(sides.client.info());
    assertTrue(max > 0);
    Await.done(limit.create.create(pd, cq, srq, max).closeAsync());
    NdkException e =
        assertThrows(NdkException.class, () -> limit.create.create(pd, cq, srq, max + 1));
    assertEquals(NdkStatus.INVALID_PARAMETER, e.status(), e.getMessage());
  }

  @Test
  @DisplayName("57. A receive posted before connecting takes the first message")
  @Covers({"NdkReceive"})
  void receiveBeforeConnecting() throws Exception {
    client = new Endpoint(sides.client, Endpoint.SMALL, 2);
    server = new Endpoint(sides.server, Endpoint.SMALL, 1);
    Buffer target = sides.server.buffer(16);
    assertEquals(NdkStatus.SUCCESS, server.qp.receive(7, target.sgl(), 1));
    Pair.connect(client, server);
    client.qp.send(8, sides.client.buffer(16).put("hello").sgl(), 1, 0);
    Result.success(server.receiveCq, 7);
    assertEquals("hello", target.text(5));
  }

  @Test
  @DisplayName("58. Before connecting and after disconnecting there is nothing to send on")
  @Covers({
    "NdkSend",
    "NdkWrite",
    "NdkRead",
    "NdkBind",
    "NdkInvalidate",
    "NdkFastRegister",
    "NdkSendAndInvalidate",
    "NdkDisconnect"
  })
  void withoutAConnection() throws Exception {
    client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    NdkQp qp = client.qp;
    Buffer local = sides.client.buffer(64);
    Buffer remote = sides.server.buffer(64);
    NdkMw free = sides.client.pd.createMw();
    NdkMw bound = sides.client.pd.createMw();
    FastRegion region = new FastRegion(client, sides.client.memory(64));
    for (boolean before : new boolean[] {true, false}) {
      for (int flags : new int[] {0, NDK_OP_FLAG_DEFER, NDK_OP_FLAG_SILENT_SUCCESS}) {
        assertEquals(
            Collections.nCopies(7, NdkStatus.CONNECTION_INVALID),
            List.of(
                qp.send(1, local.sgl(), 1, flags),
                write(qp, 1, local.sgl(), remote, flags),
                qp.read(1, local.sgl(), 1, remote.address(), remote.remoteToken(), flags),
                qp.bind(1, local.mr(), free, local.memory(), flags | OneSided.READ_WRITE),
                qp.invalidate(1, bound, flags),
                region.post(1, region.memory, flags | OneSided.READ_WRITE),
                qp.sendAndInvalidate(1, local.sgl(), 1, flags, remote.remoteToken())));
      }
      Result.assertNone(client.initiatorCq);
      if (before) {
        Pair.connect(client, server);
        OneSided.bind(client, local, bound);
        Await.done(client.connector.disconnect());
      }
    }
    server.awaitDisconnect();
    assertEquals(NdkStatus.CONNECTION_INVALID, server.qp.send(1, null, 0, 0));
    Result.assertNone(server.initiatorCq);
  }

  @ParameterizedTest(name = "{displayName} [depth {0}]")
  @ValueSource(ints = {1, 5, 16})
  @DisplayName("59. Exactly the depth fits in the initiator queue")
  @Covers({"NdkSend", "NdkWrite", "NdkRead", "NdkBind", "NdkSendAndInvalidate"})
  void queueFull(int depth) throws Exception {
    connect(Endpoint.SMALL.withInitiatorDepth(depth));
    NdkQp qp = client.qp;
    Buffer local = sides.client.buffer(64);
    Buffer remote = sides.server.buffer(64);
    NdkMw window = sides.client.pd.createMw();
    NdkSgl sgl = local.sgl();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < depth; i++) {
        assertEquals(NdkStatus.SUCCESS, qp.send(i, sgl, 1, 0)); // no receive is posted yet
      }
      assertEquals(
          Collections.nCopies(5, NdkStatus.NO_MORE_ENTRIES),
          List.of(
              qp.send(99, sgl, 1, 0),
              write(qp, 99, sgl, remote, NDK_OP_FLAG_SILENT_SUCCESS),
              qp.read(99, sgl, 1, remote.address(), remote.remoteToken(), 0),
              qp.bind(99, local.mr(), window, local.memory(), OneSided.READ_WRITE),
              qp.sendAndInvalidate(99, sgl, 1, 0, 0)));
      for (int i = 0; i < depth; i++) {
        server.qp.receive(i, remote.sgl(), 1);
      }
      assertEquals(numbers(depth), Result.contexts(Result.take(server.receiveCq, depth)));
      assertEquals(numbers(depth), Result.contexts(Result.take(client.initiatorCq, depth)));
      Result.assertNone(client.initiatorCq);
    }
    // The refused bind has not bound the window.
    assertThrows(IllegalStateException.class, window::getRemoteTokenFromMw);
    OneSided.bind(client, local, window);
  }

  @ParameterizedTest(name = "{displayName} [depth {0}]")
  @ValueSource(ints = {1, 2, 3, 16, 100})
  @DisplayName("60. Many more silent requests than the queue holds have one result, the last's")
  @Covers({"NdkWrite", "NdkGetCqResultsEx"})
  void silentSuccess(int depth) throws Exception {
    connect(Endpoint.SMALL.withInitiatorDepth(depth));
    NdkCq cq = client.initiatorCq;
    int count = depth * 3 + 1;
    Buffer source = sides.client.buffer(count).fill(3);
    Buffer target = sides.server.buffer(count);
    for (int i = 0; i < count; i++) {
      int index = i;
      int flags = i == count - 1 ? 0 : NDK_OP_FLAG_SILENT_SUCCESS;
      Await.until(
          "room for a silent write",
          () -> {
            NdkStatus status = writeByte(client.qp, source, target, index, flags);
            if (status == NdkStatus.NO_MORE_ENTRIES) {
              Result.assertNone(cq);
              return false;
            }
            assertEquals(NdkStatus.SUCCESS, status);
            return true;
          });
    }
    Result.success(cq, count - 1);
    Result.assertNone(cq);
    assertTrue(target.hasSameBytesAs(source));
  }

  @ParameterizedTest(name = "{displayName} [depth {0}]")
  @ValueSource(ints = {1, 2, 16})
  @DisplayName("61. A silent request that fails has a result")
  @Covers({"NdkWrite", "NdkGetCqResultsEx"})
  void silentFailure(int depth) throws Exception {
    connect(Endpoint.SMALL.withInitiatorDepth(depth));
    Buffer source = sides.client.buffer(8);
    Buffer target = sides.server.buffer(8);
    int badToken = target.remoteToken() ^ 0xFF00;
    client.qp.write(7, source.sgl(), 1, target.address(), badToken, NDK_OP_FLAG_SILENT_SUCCESS);
    Result result = Result.take(client.initiatorCq);
    assertEquals(NdkStatus.REMOTE_RESOURCES, result.status());
    assertEquals(7, result.requestContext());
    assertEquals(NdkOperationType.WRITE, result.type());
    Result.assertNone(client.initiatorCq);
  }

  @Test
  @DisplayName("62. Inline bytes are taken during the call, from anywhere, up to InlineDataSize")
  @Covers({"NdkSend", "NdkWrite"})
  void inline() throws Exception {
    int size = 100;
    connect(Endpoint.SMALL.withInlineSize(size).withInitiatorSge(2));
    Buffer target = sides.server.buffer(4096);
    MemorySegment unregistered = sides.client.memory(size + 1);
    NdkSgl whole = NdkSgl.of(unregistered.asSlice(0, size), NO_TOKEN);
    for (int i = 0; i < 8; i++) {
      unregistered.setString(0, "write " + i);
      // Inline bytes of a deferred request are copied during its own call too.
      int flags = i % 4 == 3 ? NDK_OP_FLAG_INLINE : NDK_OP_FLAG_INLINE | NDK_OP_FLAG_DEFER;
      assertEquals(
          NdkStatus.SUCCESS,
          client.qp.write(
              i, whole, 1, target.address() + (long) size * i, target.remoteToken(), flags));
      unregistered.fill((byte) 'X');
    }
    for (int i = 0; i < 8; i++) {
      Result.success(client.initiatorCq, i);
      assertEquals("write " + i, target.memory().getString((long) size * i));
    }

    unregistered.setString(0, "abcdefgh");
    NdkSgl scattered = new NdkSgl(8);
    for (int i = 0; i < 8; i++) {
      scattered.set(i, unregistered.asSlice(7 - i, 1), NO_TOKEN);
    }
    server.qp.receive(1, target.sgl(), 1);
    assertEquals(NdkStatus.SUCCESS, client.qp.send(2, scattered, 8, NDK_OP_FLAG_INLINE));
    unregistered.fill((byte) 'X');
    Result.success(client.initiatorCq, 2);
    assertEquals(8, Result.take(server.receiveCq).bytes());
    assertEquals("hgfedcba", target.text(8));

    NdkSgl tooLong = NdkSgl.of(unregistered, NO_TOKEN);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, client.qp.send(3, tooLong, 1, NDK_OP_FLAG_INLINE));
    assertEquals(
        NdkStatus.BUFFER_OVERFLOW, write(client.qp, 4, tooLong, target, NDK_OP_FLAG_INLINE));
    assertEquals(NdkStatus.SUCCESS, write(client.qp, 5, whole, target, NDK_OP_FLAG_INLINE));
    Result.success(client.initiatorCq, 5);
    Result.assertNone(client.initiatorCq);
  }

  @Test
  @DisplayName("63. A fenced send carries what the read before it brought")
  @Covers({"NdkRead", "NdkSend"})
  void readFence() throws Exception {
    connect();
    int size = 1 << 20;
    Buffer remote = sides.server.buffer(size).fill(11);
    Buffer local = sides.client.buffer(size);
    Buffer target = sides.server.buffer(64);
    server.qp.receive(1, target.sgl(), 1);
    client.qp.read(2, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    client.qp.send(3, local.sgl(size - 64, 64), 1, NDK_OP_FLAG_READ_FENCE);
    Result.success(server.receiveCq, 1);
    assertEquals(-1, target.memory().mismatch(remote.memory().asSlice(size - 64)));
    assertEquals(List.of(2L, 3L), Result.contexts(Result.take(client.initiatorCq, 2)));
  }

  @ParameterizedTest(name = "{displayName} [{0} requests]")
  @ValueSource(ints = {2, 16, 31, 32, 33, 64})
  @DisplayName("64. The end of a deferred chain sends all of it, in order, with one result each")
  @Covers({"NdkSend", "NdkWrite"})
  void defer(int length) throws Exception {
    connect(Endpoint.SMALL.withInitiatorDepth(64).withReceiveDepth(64));
    Buffer source = sides.client.buffer(64).fill(5);
    Buffer target = sides.server.buffer(128);
    for (int i = 0; i < 64; i++) {
      server.qp.receive(i, target.sgl(64 + i, 1), 1);
    }
    for (int i = 0; i < length; i++) {
      int flags = i < length - 1 ? NDK_OP_FLAG_DEFER : 0;
      assertEquals(
          NdkStatus.SUCCESS,
          i % 2 == 0
              ? writeByte(client.qp, source, target, i, flags)
              : client.qp.send(i, source.sgl(i, 1), 1, flags));
    }
    List<Result> results = Result.take(client.initiatorCq, length);
    assertEquals(numbers(length), Result.contexts(results));
    for (Result result : results) {
      boolean written = result.requestContext() % 2 == 0;
      assertEquals(NdkStatus.SUCCESS, result.status());
      assertEquals(written ? NdkOperationType.WRITE : NdkOperationType.SEND, result.type());
    }
    Result.assertNone(client.initiatorCq);
    for (int i = 0; i < length; i++) {
      byte arrived = target.memory().get(JAVA_BYTE, i % 2 == 0 ? i : 64 + i / 2);
      assertEquals(source.memory().get(JAVA_BYTE, i), arrived, "byte " + i);
    }
    assertEquals(numbers(length / 2), Result.contexts(Result.takeAll(server.receiveCq)));
  }

  /** The arguments of requests that are refused at once. */
  private static final class Material {
    final NdkQp qp;
    final NdkSgl fiveElements = new NdkSgl(5);
    final NdkSgl moreThanInline;
    final NdkSgl inNoMapping;
    final Buffer region;
    final Buffer readable;
    final NdkMr unregistered;
    final NdkMw window;
    final FastRegion fast;
    final NdkMr notReady;

    Material(Endpoint endpoint) throws Exception {
      Side side = endpoint.side;
      qp = endpoint.qp;
      moreThanInline = NdkSgl.of(side.memory(Endpoint.SMALL.inlineSize() + 1), NO_TOKEN);
      region = side.buffer(64);
      readable = side.buffer(64, NdkMrFlags.NDK_MR_FLAG_ALLOW_REMOTE_READ);
      inNoMapping = NdkSgl.of(region.memory(), side.pd.getPrivilegedMemoryRegionToken());
      unregistered = side.pd.createMr();
      window = side.pd.createMw();
      fast = new FastRegion(endpoint, side.memory(64));
      notReady = side.pd.createMr(true);
    }

    NdkStatus bind(NdkMr mr, MemorySegment memory, int flags) {
      return qp.bind(99, mr, window, memory, flags | OneSided.READ_WRITE);
    }

    NdkStatus fastRegister(NdkMr mr, long baseAddress, int flags) {
      NdkLogicalAddressMapping lam = fast.lam;
      return qp.fastRegister(
          99,
          mr,
          lam.adapterPageCount(),
          lam.adapterPageArray(),
          lam.firstByteOffset(),
          8,
          baseAddress,
          flags | OneSided.READ_WRITE);
    }
  }

  private interface Post {
    NdkStatus post(Material with, int flags);
  }

  private enum Refused {
    UNKNOWN_FLAG(
        NdkStatus.INVALID_PARAMETER, (with, flags) -> with.qp.send(99, null, 0, flags | 0x4000)),
    NO_LIST(
        NdkStatus.INVALID_PARAMETER,
        (with, flags) -> with.qp.sendAndInvalidate(99, null, 1, flags, 0)),
    TOO_MANY_ELEMENTS(
        NdkStatus.DATA_OVERRUN,
        (with, flags) -> with.qp.read(99, with.fiveElements, 5, 0, 0, flags)),
    TOO_LONG_FOR_INLINE(
        NdkStatus.BUFFER_OVERFLOW,
        (with, flags) ->
            with.qp.write(99, with.moreThanInline, 1, 0, 0, flags | NDK_OP_FLAG_INLINE)),
    PRIVILEGED_BUT_NOT_MAPPED(
        NdkStatus.ACCESS_VIOLATION, (with, flags) -> with.qp.send(99, with.inNoMapping, 1, flags)),
    BIND_WITHOUT_LOCAL_WRITE(
        NdkStatus.ACCESS_VIOLATION,
        (with, flags) -> with.bind(with.readable.mr(), with.readable.memory(), flags)),
    BIND_OUTSIDE(
        NdkStatus.ACCESS_VIOLATION,
        (with, flags) -> with.bind(with.region.mr(), with.readable.memory(), flags)),
    BIND_NO_BYTES(
        NdkStatus.INVALID_PARAMETER,
        (with, flags) -> with.bind(with.region.mr(), with.region.memory().asSlice(8, 0), flags)),
    BIND_UNREGISTERED(
        NdkStatus.INVALID_DEVICE_REQUEST,
        (with, flags) -> with.bind(with.unregistered, with.region.memory(), flags)),
    INVALIDATE_UNBOUND(
        NdkStatus.INVALID_DEVICE_REQUEST,
        (with, flags) -> with.qp.invalidate(99, with.window, flags)),
    INVALIDATE_UNREGISTERED(
        NdkStatus.INVALID_DEVICE_REQUEST,
        (with, flags) -> with.qp.invalidate(99, with.fast.mr, flags)),
    FAST_REGISTER_NOT_READY(
        NdkStatus.INVALID_DEVICE_REQUEST,
        (with, flags) -> with.fastRegister(with.notReady, with.fast.address(), flags)),
    FAST_REGISTER_AT_ANOTHER_ADDRESS(
        NdkStatus.INVALID_PARAMETER,
        (with, flags) -> with.fastRegister(with.fast.mr, with.fast.address() + 1, flags));

    private final NdkStatus status;
    private final Post post;

    Refused(NdkStatus status, Post post) {
      this.status = status;
      this.post = post;
    }
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Refused.class)
  @DisplayName("65. A request refused at once sends what was deferred before it")
  @Covers({
    "NdkSend",
    "NdkWrite",
    "NdkRead",
    "NdkSendAndInvalidate",
    "NdkBind",
    "NdkInvalidate",
    "NdkFastRegister"
  })
  void deferAndRefuse(Refused refused) throws Exception {
    connect();
    Buffer source = sides.client.buffer(8).fill(5);
    Buffer target = sides.server.buffer(8);
    Material material = new Material(client);
    for (int first = 0; first < 8; first += 4) {
      for (int i = first; i < first + 4; i++) {
        assertEquals(NdkStatus.SUCCESS, writeByte(client.qp, source, target, i, NDK_OP_FLAG_DEFER));
      }
      int flags = first == 0 ? 0 : NDK_OP_FLAG_DEFER;
      assertEquals(refused.status, refused.post.post(material, flags));
      List<Result> results = Result.take(client.initiatorCq, 4);
      assertEquals(numbers(8).subList(first, first + 4), Result.contexts(results));
      assertEquals(Collections.nCopies(4, NdkStatus.SUCCESS), Result.statuses(results));
      Result.assertNone(client.initiatorCq);
    }
    assertTrue(target.hasSameBytesAs(source));
  }

  @Test
  @DisplayName("66. A receive shorter than its message fails on both sides and ends the connection")
  @Covers({"NdkReceive", "NdkSend", "NdkGetCqResultsEx"})
  void receiveTooShort() throws Exception {
    connect();
    Buffer source = sides.client.buffer(64);
    Buffer target = sides.server.buffer(64);
    server.qp.receive(1, target.sgl(0, 63), 1);
    server.qp.receive(2, target.sgl(), 1);
    server.qp.receive(3, null, 0);
    client.qp.send(4, source.sgl(), 1, 0);
    client.qp.send(5, source.sgl(), 1, 0);
    List<Result> received = Result.take(server.receiveCq, 3);
    assertEquals(
        List.of(NdkStatus.BUFFER_OVERFLOW, NdkStatus.CANCELLED, NdkStatus.CANCELLED),
        Result.statuses(received));
    assertEquals(List.of(1L, 2L, 3L), Result.contexts(received));
    for (Result result : received) {
      assertEquals(Pair.SERVER_CONTEXT, result.qpContext(), result::toString);
      assertEquals(NdkOperationType.RECEIVE, result.type(), result::toString);
    }
    List<Result> sent = Result.take(client.initiatorCq, 2);
    assertEquals(List.of(NdkStatus.REMOTE_RESOURCES, NdkStatus.CANCELLED), Result.statuses(sent));
    assertEquals(List.of(4L, 5L), Result.contexts(sent));
    assertEquals(NdkStatus.BUFFER_OVERFLOW, server.qp.firstFailure().orElseThrow().status());
    assertEquals(NdkStatus.REMOTE_RESOURCES, client.qp.firstFailure().orElseThrow().status());
    for (Endpoint endpoint : List.of(client, server)) {
      NdkStatus posted = endpoint.qp.send(6, null, 0, 0);
      if (posted == NdkStatus.SUCCESS) {
        assertCancelled(List.of(6L), NdkOperationType.SEND, endpoint.initiatorCq);
      } else {
        assertEquals(NdkStatus.CONNECTION_INVALID, posted);
      }
    }
  }

  @Test
  @DisplayName("67. A flush cancels all that is pending, once, and what is received afterwards")
  @Covers({"NdkFlush", "NdkSend", "NdkWrite", "NdkRead", "NdkReceive", "NdkGetCqResultsEx"})
  void flush() throws Exception {
    connect();
    Buffer local = sides.client.buffer(64);
    Buffer remote = sides.server.buffer(64);
    NdkQp qp = client.qp;
    for (int i = 0; i < 12; i += 3) {
      qp.receive(i, local.sgl(), 1);
      qp.receive(i + 1, null, 0);
      qp.receive(i + 2, null, 0);
      qp.send(i, local.sgl(), 1, 0); // no receive is posted
      write(qp, i + 1, local.sgl(), remote, NDK_OP_FLAG_SILENT_SUCCESS);
      qp.read(i + 2, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    }
    qp.flush();
    for (int i = 12; i < 16; i++) {
      assertEquals(NdkStatus.SUCCESS, qp.receive(i, local.sgl(), 1));
    }
    assertCancelled(numbers(16), NdkOperationType.RECEIVE, client.receiveCq);
    List<Result> results = Result.take(client.initiatorCq, 12);
    assertEquals(numbers(12), Result.contexts(results));
    assertEquals(Collections.nCopies(12, NdkStatus.CANCELLED), Result.statuses(results));
    Result.assertNone(client.initiatorCq);
    for (int i = 16; i < 20; i++) {
      assertEquals(NdkStatus.SUCCESS, qp.receive(i, null, 0));
    }
    assertCancelled(List.of(16L, 17L, 18L, 19L), NdkOperationType.RECEIVE, client.receiveCq);
    assertTrue(qp.firstFailure().isEmpty(), "a flush is no failure");
  }

  private enum Ending {
    FLUSH,
    CLOSE_CONNECTOR
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Ending.class)
  @DisplayName("68. What threads post during a flush or close has exactly one result each")
  @Covers({"NdkFlush", "NdkCloseXxx", "NdkWrite", "NdkReceive"})
  void postingMeanwhile(Ending ending) throws Exception {
    for (int round = 0; round < 10; round++) {
      connect();
      endWhilePosting(ending);
    }
  }

  private void endWhilePosting(Ending ending) throws Exception {
    Buffer local = sides.client.buffer(8);
    Buffer remote = sides.server.buffer(8);
    AtomicInteger writes = new AtomicInteger();
    AtomicInteger receives = new AtomicInteger();
    AtomicReference<NdkStatus> last = new AtomicReference<>();
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (last.get() == null) {
                    NdkStatus status = write(client.qp, writes.get(), local.sgl(), remote, 0);
                    if (status == NdkStatus.SUCCESS) {
                      writes.incrementAndGet();
                    } else if (status != NdkStatus.NO_MORE_ENTRIES) {
                      last.set(status);
                    }
                  }
                });
    Thread receiver =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (last.get() == null) {
                    if (client.qp.receive(receives.get(), null, 0) == NdkStatus.SUCCESS) {
                      receives.incrementAndGet();
                    }
                  }
                });
    List<Result> written = new ArrayList<>();
    Await.until(
        "some writes",
        () -> {
          written.addAll(Result.takeAll(client.initiatorCq));
          return written.size() > 20;
        });
    Completion closed = new Completion();
    switch (ending) {
      case FLUSH -> client.qp.flush();
      case CLOSE_CONNECTOR ->
          client.connector.close(() -> closed.completed(NdkStatus.SUCCESS, null));
    }
    assertTrue(writer.join(Await.DEADLINE));
    assertTrue(receiver.join(Await.DEADLINE));
    assertEquals(NdkStatus.CONNECTION_INVALID, last.get());
    switch (ending) {
      case FLUSH -> Await.done(client.connector.disconnect());
      case CLOSE_CONNECTOR -> closed.await();
    }
    written.addAll(Result.take(client.initiatorCq, writes.get() - written.size()));
    assertCancelled(numbers(receives.get()), NdkOperationType.RECEIVE, client.receiveCq);
    Result.assertNone(client.initiatorCq);
    assertEquals(numbers(writes.get()), Result.contexts(written));
    boolean cancelling = false;
    for (Result result : written) {
      cancelling |= result.status() != NdkStatus.SUCCESS;
      assertEquals(
          cancelling ? NdkStatus.CANCELLED : NdkStatus.SUCCESS, result.status(), result::toString);
    }
  }

  @Test
  @DisplayName("69. Reads beyond the outbound limit wait their turn")
  @Covers({"NdkRead", "NdkConnect", "NdkAccept"})
  void readsBeyondTheLimit() throws Exception {
    client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Pair.connect(client, server, new Acceptor(sides.server), 1);
    int size = 4096;
    Buffer local = sides.client.buffer(16L * size);
    Buffer remote = sides.server.buffer(16L * size).fill(99);
    for (int i = 0; i < 16; i++) {
      NdkSgl sgl = local.sgl((long) i * size, size);
      long address = remote.address() + (long) i * size;
      assertEquals(NdkStatus.SUCCESS, client.qp.read(i, sgl, 1, address, remote.remoteToken(), 0));
    }
    for (int i = 0; i < 16; i++) {
      Result.success(client.initiatorCq, i);
    }
    assertTrue(local.hasSameBytesAs(remote));
  }
}
