package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conformance: what the results of a completion queue contain. */
@Tag("device")
@ExtendWith(Fixtures.class)
class ResultsConformanceTest {
  private final Pair pair;
  private final Side clientSide;
  private final Side serverSide;
  private final NdkQp client;
  private final NdkQp server;
  private final NdkCq clientCq;
  private final NdkCq serverCq;

  ResultsConformanceTest(Pair pair) {
    this.pair = pair;
    clientSide = pair.client.side;
    serverSide = pair.server.side;
    client = pair.client.qp;
    server = pair.server.qp;
    clientCq = pair.client.initiatorCq;
    serverCq = pair.server.receiveCq;
  }

  private static int badToken(Buffer remote) {
    return remote.remoteToken() ^ 0xFF00;
  }

  @Test
  @DisplayName("20. An empty queue gives nothing; entries come one by one in order")
  @Covers({"NdkGetCqResults", "NdkGetCqResultsEx"})
  void oneByOne() throws Exception {
    assertEquals(0, serverCq.getCqResults(new NdkResults(4)));
    assertEquals(0, serverCq.getCqResultsEx(new NdkResultsEx(4)));
    int count = 12;
    Buffer source = clientSide.buffer(count);
    Buffer target = serverSide.buffer(count);
    for (int i = 0; i < count; i++) {
      server.receive(i, target.sgl(), 1);
      client.send(i, source.sgl(0, i), 1, 0);
    }
    // What has completed at the client is in the server's queue.
    Result.take(clientCq, count);
    NdkResults plain = new NdkResults(1);
    NdkResultsEx extended = new NdkResultsEx(1);
    for (int i = 0; i < count; i++) {
      boolean odd = i % 2 == 1;
      NdkResults one = odd ? extended : plain;
      assertEquals(1, odd ? serverCq.getCqResultsEx(extended) : serverCq.getCqResults(plain));
      assertEquals(NdkStatus.SUCCESS, one.status(0));
      assertEquals(i, one.requestContext(0));
      assertEquals(i, one.bytesTransferred(0));
      assertEquals(Pair.SERVER_CONTEXT, one.qpContext(0));
    }
    assertEquals(0, serverCq.getCqResults(plain));
    assertEquals(0, serverCq.getCqResultsEx(extended));
  }

  @Test
  @DisplayName("21. The greatest depth of a completion queue is MaxCqDepth")
  @Covers({"NdkQueryAdapterInfo", "NdkCreateCq", "NdkResizeCq"})
  void greatestDepth() throws Exception {
    int max = clientSide.info().maxCqDepth();
    Await.done(clientSide.adapter.createCq(max, null).closeAsync());
    NdkException e =
        assertThrows(NdkException.class, () -> clientSide.adapter.createCq(max + 1, null));
    assertEquals(NdkStatus.INVALID_PARAMETER, e.status());
    NdkCq cq = clientSide.adapter.createCq(1, null);
    Completion none = new Completion();
    assertEquals(NdkStatus.INVALID_PARAMETER, cq.resizeCq(max + 1, none));
    assertEquals(0, none.calls());
    assertEquals(NdkStatus.SUCCESS, Completion.of(completion -> cq.resizeCq(max, completion)));
  }

  @ParameterizedTest(name = "{displayName} [{0} bytes]")
  @ValueSource(ints = {0, 1, 63, 1024, 4096, 4097, 100_001})
  @DisplayName("22. BytesTransferred is the length of the message received")
  @Covers({"NdkGetCqResults", "NdkGetCqResultsEx", "NdkReceive", "NdkSend"})
  void bytesTransferred(int length) throws Exception {
    Buffer source = clientSide.buffer(100_001);
    Buffer target = serverSide.buffer(100_008);
    for (int i = 0; i < 2; i++) {
      server.receive(i, target.sgl(), 1); // longer than the message
      client.send(i, source.sgl(0, length), 1, 0);
      Result.success(clientCq, i);
    }
    NdkResults plain = new NdkResults(1);
    assertEquals(1, serverCq.getCqResults(plain));
    assertEquals(length, plain.bytesTransferred(0));
    assertEquals(length, Result.take(serverCq).bytes());
  }

  @Test
  @DisplayName("23. QPContext and RequestContext come back unchanged, on success and on error")
  @Covers({"NdkCreateQp", "NdkGetCqResults", "NdkGetCqResultsEx", "NdkReceive", "NdkWrite"})
  void contexts() throws Exception {
    Buffer local = clientSide.buffer(8);
    Buffer remote = serverSide.buffer(8);
    long[] contexts = {
      0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x8000_0000L, 0xFFFF_FFFFL, 0x0123_4567_89AB_CDEFL
    };
    for (long context : contexts) {
      Endpoint from = new Endpoint(clientSide, Endpoint.SMALL, context);
      Endpoint to = new Endpoint(serverSide, Endpoint.SMALL, ~context);
      Pair.connect(from, to);
      to.qp.receive(context, null, 0);
      to.qp.receive(context + 1, null, 0);
      from.qp.send(context - 1, null, 0, 0);
      from.qp.write(context, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
      from.qp.write(context + 1, local.sgl(), 1, remote.address(), badToken(remote), 0);
      from.qp.write(context + 2, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
      List<Result> initiated = Result.take(from.initiatorCq, 4);
      assertEquals(
          List.of(
              NdkStatus.SUCCESS,
              NdkStatus.SUCCESS,
              NdkStatus.REMOTE_RESOURCES,
              NdkStatus.CANCELLED),
          Result.statuses(initiated));
      assertEquals(
          List.of(context - 1, context, context + 1, context + 2), Result.contexts(initiated));
      assertEquals(Collections.nCopies(4, context), qpContexts(initiated));
      to.qp.flush();
      NdkResults received = new NdkResults(1);
      for (int i = 0; i < 2; i++) {
        Await.until("a receive", () -> to.receiveCq.getCqResults(received) == 1);
        assertEquals(i == 0 ? NdkStatus.SUCCESS : NdkStatus.CANCELLED, received.status(0));
        assertEquals(context + i, received.requestContext(0));
        assertEquals(~context, received.qpContext(0));
      }
    }
  }

  private static List<Long> qpContexts(List<Result> results) {
    return results.stream().map(Result::qpContext).toList();
  }

  private static List<NdkOperationType> types(List<Result> results) {
    return results.stream().map(Result::type).toList();
  }

  @Test
  @DisplayName("24. Type is right for each operation, on success and on error")
  @Covers({
    "NdkGetCqResultsEx",
    "NdkSend",
    "NdkReceive",
    "NdkRead",
    "NdkWrite",
    "NdkBind",
    "NdkInvalidate",
    "NdkFastRegister",
    "NdkSendAndInvalidate",
    "NdkFlush"
  })
  void types() throws Exception {
    Buffer local = clientSide.buffer(64);
    Buffer remote = serverSide.buffer(64);
    NdkMw window = clientSide.pd.createMw();
    FastRegion fast = new FastRegion(pair.client, clientSide.memory(64));
    int peersToken = OneSided.bind(pair.server, remote, serverSide.pd.createMw());
    List<NdkOperationType> expected =
        List.of(
            NdkOperationType.SEND,
            NdkOperationType.WRITE,
            NdkOperationType.READ,
            NdkOperationType.BIND,
            NdkOperationType.INVALIDATE,
            NdkOperationType.FAST_REGISTER,
            NdkOperationType.INVALIDATE,
            NdkOperationType.SEND);
    server.receive(1, remote.sgl(), 1);
    server.receive(2, remote.sgl(), 1);
    for (boolean success : new boolean[] {true, false}) {
      // The second time no receive is posted: the first send holds up all the others.
      int token = success ? peersToken : peersToken ^ 1;
      List<NdkStatus> posted =
          List.of(
              client.send(0, local.sgl(0, 8), 1, 0),
              client.write(1, local.sgl(), 1, remote.address(), remote.remoteToken(), 0),
              client.read(2, local.sgl(), 1, remote.address(), remote.remoteToken(), 0),
              client.bind(3, local.mr(), window, local.memory(), OneSided.READ_WRITE),
              client.invalidate(4, window, 0),
              fast.post(5, fast.memory, OneSided.READ_WRITE),
              client.invalidate(6, fast.mr, 0),
              client.sendAndInvalidate(7, local.sgl(0, 8), 1, 0, token));
      assertEquals(Collections.nCopies(8, NdkStatus.SUCCESS), posted);
      if (!success) {
        client.receive(8, null, 0);
        client.flush();
        Result received = Result.take(pair.client.receiveCq);
        assertEquals(NdkStatus.CANCELLED, received.status());
        assertEquals(NdkOperationType.RECEIVE, received.type());
      }
      List<Result> results = Result.take(clientCq, expected.size());
      assertEquals(
          Collections.nCopies(8, success ? NdkStatus.SUCCESS : NdkStatus.CANCELLED),
          Result.statuses(results));
      assertEquals(LongStream.range(0, 8).boxed().toList(), Result.contexts(results));
      assertEquals(expected, types(results));
    }
    assertEquals(
        List.of(NdkOperationType.RECEIVE, NdkOperationType.RECEIVE_AND_INVALIDATE),
        types(Result.take(serverCq, 2)));
  }

  @Test
  @DisplayName("25. ProviderErrorCode is 0 on success and not 0 on failure")
  @Covers({"NdkGetCqResultsEx"})
  void providerErrorCode() throws Exception {
    Buffer local = clientSide.buffer(64);
    Buffer remote = serverSide.buffer(64);
    server.receive(1, remote.sgl(), 1);
    server.receive(2, remote.sgl(0, 8), 1);
    server.receive(3, remote.sgl(), 1);
    client.send(1, local.sgl(), 1, 0);
    client.write(2, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    client.read(3, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    client.send(4, local.sgl(), 1, 0); // longer than its receive
    client.write(5, local.sgl(), 1, remote.address(), remote.remoteToken(), 0);
    List<Result> all = new ArrayList<>(Result.take(clientCq, 5));
    all.addAll(Result.take(serverCq, 3));
    server.flush();
    server.receive(4, null, 0); // never reaches the device
    all.addAll(Result.take(serverCq, 1));
    assertEquals(
        List.of(
            NdkStatus.SUCCESS,
            NdkStatus.SUCCESS,
            NdkStatus.SUCCESS,
            NdkStatus.REMOTE_RESOURCES,
            NdkStatus.CANCELLED,
            NdkStatus.SUCCESS,
            NdkStatus.BUFFER_OVERFLOW,
            NdkStatus.CANCELLED,
            NdkStatus.CANCELLED),
        Result.statuses(all));
    for (Result result : all) {
      if (result.status() == NdkStatus.SUCCESS) {
        assertEquals(0, result.providerErrorCode(), result::toString);
      } else {
        assertNotEquals(0, result.providerErrorCode(), result::toString);
      }
    }
  }

  @Test
  @DisplayName("26. SendAndInvalidate: the receiver's result has the token, the sender's is a send")
  @Covers({"NdkSendAndInvalidate", "NdkGetCqResultsEx", "NdkCreateMw", "NdkGetRemoteTokenFromMw"})
  void receiveAndInvalidate() throws Exception {
    Buffer target = serverSide.buffer(64);
    Buffer source = clientSide.buffer(16).put("message");
    NdkMw window = serverSide.pd.createMw();
    int token = OneSided.bind(pair.server, target, window);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, source, target.address(), token));
    server.receive(2, target.sgl(32, 32), 1);
    assertEquals(NdkStatus.SUCCESS, client.sendAndInvalidate(3, source.sgl(0, 7), 1, 0, token));
    Result sent = Result.take(clientCq);
    assertEquals(NdkStatus.SUCCESS, sent.status());
    assertEquals(NdkOperationType.SEND, sent.type());
    assertEquals(
        new Result(
            NdkStatus.SUCCESS,
            7,
            Pair.SERVER_CONTEXT,
            2,
            NdkOperationType.RECEIVE_AND_INVALIDATE,
            0,
            Integer.toUnsignedLong(token)),
        Result.take(serverCq));
    assertEquals("message", target.memory().getString(32));
    assertThrows(IllegalStateException.class, window::getRemoteTokenFromMw);
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, source, target.address(), token));
  }

  @Test
  @DisplayName("27. Taken with the plain function the token is invalid too; to invalidate it fails")
  @Covers({"NdkSendAndInvalidate", "NdkGetCqResults", "NdkInvalidate", "NdkBind"})
  void receiveAndInvalidateUntold() throws Exception {
    Buffer target = serverSide.buffer(64);
    Buffer source = clientSide.buffer(16);
    NdkMw window = serverSide.pd.createMw();
    int token = OneSided.bind(pair.server, target, window);
    server.receive(2, null, 0);
    client.sendAndInvalidate(3, null, 0, 0, token);
    Result.success(clientCq, 3);
    NdkResults received = new NdkResults(1);
    Await.until("the message", () -> serverCq.getCqResults(received) == 1);
    assertEquals(NdkStatus.SUCCESS, received.status(0));
    assertEquals(2, received.requestContext(0));
    assertEquals(NdkStatus.INVALID_DEVICE_REQUEST, server.invalidate(4, window, 0));
    Result.assertNone(pair.server.initiatorCq);
    // The window can be bound again, and the connection is not affected.
    int other = OneSided.bind(pair.server, target, window);
    assertNotEquals(token, other);
    assertEquals(NdkStatus.SUCCESS, OneSided.write(pair.client, source, target.address(), other));
    assertEquals(
        NdkStatus.REMOTE_RESOURCES, OneSided.write(pair.client, source, target.address(), token));
  }

  @Test
  @DisplayName("28. The results of one queue come in the order of its requests")
  @Covers({"NdkGetCqResultsEx", "NdkSend", "NdkReceive", "NdkRead", "NdkWrite"})
  void postingOrder() throws Exception {
    Buffer local = clientSide.buffer(64);
    Buffer remote = serverSide.buffer(64);
    List<Long> expected = new ArrayList<>();
    List<NdkOperationType> types = new ArrayList<>();
    for (long context = 0; context < 5; context++) {
      server.receive(context, null, 0);
    }
    for (long context = 0; context < 15; context += 3) {
      client.send(context, null, 0, 0);
      client.read(context + 1, local.sgl(0, 8), 1, remote.address(), remote.remoteToken(), 0);
      client.write(context + 2, local.sgl(8, 8), 1, remote.address() + 8, remote.remoteToken(), 0);
      expected.addAll(List.of(context, context + 1, context + 2));
      types.addAll(List.of(NdkOperationType.SEND, NdkOperationType.READ, NdkOperationType.WRITE));
    }
    List<Result> results = Result.take(clientCq, 15);
    assertEquals(expected, Result.contexts(results));
    assertEquals(types, types(results));
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L), Result.contexts(Result.take(serverCq, 5)));
    Result.assertNone(clientCq);
  }

  @Test
  @DisplayName("29. To resize loses no result; below those queued it fails and changes nothing")
  @Covers({"NdkResizeCq", "NdkGetCqResults"})
  void resize() throws Exception {
    int depth = 16;
    int many = 700; // more than a queue of the first depth would ever hold
    NdkCq cq = serverSide.adapter.createCq(depth, null);
    Endpoint to =
        new Endpoint(serverSide, Endpoint.SMALL.withReceiveDepth(many), 1, cq, serverSide.cq());
    Endpoint from = new Endpoint(clientSide, Endpoint.SMALL, 2);
    Pair.connect(from, to);
    messages(from, to, 0, 12);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, resize(cq, 11));
    messages(from, to, 12, depth);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, resize(cq, depth - 1));
    assertEquals(NdkStatus.SUCCESS, resize(cq, depth));
    assertEquals(NdkStatus.SUCCESS, resize(cq, many));
    messages(from, to, depth, many);
    assertEquals(NdkStatus.BUFFER_OVERFLOW, resize(cq, many - 1));
    List<Result> results = Result.takeAll(cq);
    assertEquals(LongStream.range(0, many).boxed().toList(), Result.contexts(results));
    assertEquals(Collections.nCopies(many, NdkStatus.SUCCESS), Result.statuses(results));
    assertEquals(NdkStatus.SUCCESS, resize(cq, 2));
    messages(from, to, 0, 2);
    // Results that a disconnect has set aside count too.
    Await.done(to.connector.disconnect());
    assertEquals(NdkStatus.BUFFER_OVERFLOW, resize(cq, 1));
    assertEquals(List.of(0L, 1L), Result.contexts(Result.takeAll(cq)));
    assertEquals(NdkStatus.SUCCESS, resize(cq, 1));
  }

  private static NdkStatus resize(NdkCq cq, int depth) {
    return Completion.of(completion -> cq.resizeCq(depth, completion));
  }

  private static void messages(Endpoint from, Endpoint to, int first, int end) {
    for (int i = first; i < end; i++) {
      assertEquals(NdkStatus.SUCCESS, to.qp.receive(i, null, 0));
      assertEquals(NdkStatus.SUCCESS, from.qp.send(i, null, 0, 0));
      Result.success(from.initiatorCq, i);
    }
  }
}
