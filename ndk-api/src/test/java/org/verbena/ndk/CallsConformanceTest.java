package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.verbena.ndk.extension.NativeHandle;

/** Conformance: what functions return, and what their completions may do. */
@Tag("device")
@ExtendWith(Fixtures.class)
class CallsConformanceTest {
  private final Sides sides;
  private final Side side;
  private final Acceptor acceptor;

  CallsConformanceTest(Sides sides) throws Exception {
    this.sides = sides;
    side = sides.client;
    acceptor = new Acceptor(sides.server);
  }

  private InetSocketAddress unusedAddress() throws Exception {
    Acceptor probe = new Acceptor(sides.server);
    InetSocketAddress address = probe.address();
    Await.done(probe.listener.closeAsync());
    return address;
  }

  // --- 1

  /** The completions of requests that returned PENDING. */
  private final List<Completion> pending = new ArrayList<>();

  /** The completions of requests that ended at once, which must not be called. */
  private final List<Completion> refused = new ArrayList<>();

  private Completion starts(Function<NdkRequestCompletion, NdkStatus> request) {
    Completion completion = Completion.pending(request);
    pending.add(completion);
    return completion;
  }

  private void ends(NdkStatus expected, Function<NdkRequestCompletion, NdkStatus> request) {
    Completion completion = starts(request);
    assertEquals(expected, completion.await(), completion::detail);
  }

  private void isRefused(NdkStatus expected, Function<NdkRequestCompletion, NdkStatus> request) {
    Completion completion = new Completion();
    refused.add(completion);
    assertEquals(expected, request.apply(completion));
  }

  private void closes(NdkObject object) {
    starts(c -> object.close(() -> c.completed(NdkStatus.SUCCESS, null)));
    isRefused(
        NdkStatus.INVALID_HANDLE, c -> object.close(() -> c.completed(NdkStatus.SUCCESS, null)));
  }

  @Test
  @DisplayName("1. A pending request calls its completion once, any other never")
  @Covers({
    "NdkRegisterMr",
    "NdkDeregisterMr",
    "NdkInitializeFastRegisterMr",
    "NdkBuildLAM",
    "NdkResizeCq",
    "NdkModifySrq",
    "NdkListen",
    "NdkConnect",
    "NdkConnectWithSharedEndpoint",
    "NdkCompleteConnect",
    "NdkCompleteConnectEx",
    "NdkAccept",
    "NdkAcceptEx",
    "NdkDisconnect",
    "NdkCloseXxx",
    "NDK_FN_REQUEST_COMPLETION",
    "NDK_FN_CLOSE_COMPLETION"
  })
  void completions() throws Exception {
    List<NdkObject> objects = new ArrayList<>();
    objects.addAll(memoryRequests());
    objects.addAll(queueRequests());
    objects.addAll(listenRequests());
    objects.addAll(connectionRequests());
    objects.forEach(this::closes);
    Await.until(
        "all closes", () -> pending.stream().allMatch(completion -> completion.calls() > 0));
    sides.client.settle();
    sides.server.settle();
    closes(sides.client.adapter);
    closes(sides.server.adapter);
    sides.client.adapter.close(); // waits for the callbacks: none comes after it
    sides.server.adapter.close();
    assertEquals(
        List.of(), pending.stream().map(Completion::calls).filter(calls -> calls != 1).toList());
    assertEquals(
        List.of(), refused.stream().map(Completion::calls).filter(calls -> calls != 0).toList());
  }

  private List<NdkObject> memoryRequests() throws NdkException {
    NdkMr mr = side.pd.createMr();
    MemorySegment memory = side.pages(2);
    ends(NdkStatus.SUCCESS, c -> mr.registerMr(memory, 0, c));
    isRefused(NdkStatus.INVALID_DEVICE_STATE, c -> mr.registerMr(memory, 0, c));
    ends(NdkStatus.SUCCESS, mr::deregisterMr);
    isRefused(NdkStatus.INVALID_DEVICE_STATE, mr::deregisterMr);
    isRefused(NdkStatus.INVALID_PARAMETER, c -> mr.registerMr(memory, 0x4000, c));
    isRefused(NdkStatus.INVALID_DEVICE_REQUEST, c -> mr.initializeFastRegisterMr(1, true, c));

    NdkMr fast = side.pd.createMr(true);
    int most = side.info().frmrPageCount();
    ends(NdkStatus.SUCCESS, c -> fast.initializeFastRegisterMr(most, true, c));
    ends(NdkStatus.IMPLEMENTATION_LIMIT, c -> fast.initializeFastRegisterMr(most + 1, true, c));
    isRefused(NdkStatus.INVALID_PARAMETER, c -> fast.initializeFastRegisterMr(0, true, c));
    isRefused(NdkStatus.INVALID_DEVICE_REQUEST, c -> fast.registerMr(memory, 0, c));

    NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(memory);
    NdkLogicalAddressMapping small = new NdkLogicalAddressMapping(1);
    ends(NdkStatus.SUCCESS, c -> side.adapter.buildLam(memory, lam, c));
    isRefused(NdkStatus.INVALID_DEVICE_STATE, c -> side.adapter.buildLam(memory, lam, c));
    isRefused(NdkStatus.BUFFER_TOO_SMALL, c -> side.adapter.buildLam(memory, small, c));
    side.adapter.releaseLam(lam);
    return List.of(mr, fast);
  }

  private List<NdkObject> queueRequests() throws NdkException {
    NdkCq cq = side.adapter.createCq(8, null);
    int most = side.info().maxCqDepth();
    ends(NdkStatus.SUCCESS, c -> cq.resizeCq(16, c));
    isRefused(NdkStatus.INVALID_PARAMETER, c -> cq.resizeCq(0, c));
    isRefused(NdkStatus.INVALID_PARAMETER, c -> cq.resizeCq(most + 1, c));
    NdkQp qp = side.pd.createQp(cq, cq, 0, Endpoint.SMALL);
    qp.receive(1, null, 0);
    qp.receive(2, null, 0);
    qp.flush();
    ends(NdkStatus.BUFFER_OVERFLOW, c -> cq.resizeCq(1, c));

    NdkSrq srq = side.pd.createSrq(8, 1, 0, null);
    ends(NdkStatus.SUCCESS, c -> srq.modifySrq(16, 0, c));
    isRefused(NdkStatus.INVALID_PARAMETER, c -> srq.modifySrq(side.info().maxSrqDepth() + 1, 0, c));
    isRefused(NdkStatus.INVALID_PARAMETER, c -> srq.modifySrq(0, 1, c));
    return List.of(cq, qp, srq);
  }

  private List<NdkObject> listenRequests() throws NdkException {
    NdkListener first = side.adapter.createListener(_ -> {});
    NdkListener second = side.adapter.createListener(_ -> {});
    ends(NdkStatus.SUCCESS, c -> first.listen(side.anyPort(), c));
    isRefused(NdkStatus.INVALID_DEVICE_STATE, c -> first.listen(side.anyPort(), c));
    ends(NdkStatus.SHARING_VIOLATION, c -> second.listen(first.getLocalAddress(), c));
    return List.of(first, second);
  }

  private List<NdkObject> connectionRequests() throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Endpoint client2 = new Endpoint(sides.client, Endpoint.SMALL, 3);
    Endpoint server2 = new Endpoint(sides.server, Endpoint.SMALL, 4);
    NdkConnector active = side.adapter.createConnector();
    NdkConnector active2 = side.adapter.createConnector();
    NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(side.anyPort());
    InetSocketAddress nobody = unusedAddress();
    InetSocketAddress here = side.anyPort();
    byte[] tooLong = new byte[side.info().maxCallerData() + 1];

    isRefused(NdkStatus.CONNECTION_INVALID, c -> active.completeConnect(null, c));
    isRefused(NdkStatus.CONNECTION_INVALID, c -> active.completeConnectEx(null, c));
    isRefused(NdkStatus.CONNECTION_INVALID, active::disconnect);
    isRefused(NdkStatus.CONNECTION_INVALID, c -> active.acceptEx(client.qp, 1, 1, null, null, c));
    isRefused(
        NdkStatus.INVALID_BUFFER_SIZE,
        c -> active.connect(client.qp, here, acceptor.address(), 1, 1, tooLong, c));
    isRefused(
        NdkStatus.INVALID_PARAMETER,
        c ->
            active2.connectWithSharedEndpoint(
                server.qp, endpoint, acceptor.address(), 1, 1, null, c));
    ends(NdkStatus.CONNECTION_REFUSED, c -> active.connect(client.qp, here, nobody, 1, 1, null, c));
    ends(
        NdkStatus.CONNECTION_REFUSED,
        c -> active2.connectWithSharedEndpoint(client2.qp, endpoint, nobody, 1, 1, null, c));

    final Completion connect =
        starts(c -> active.connect(client.qp, here, acceptor.address(), 1, 1, null, c));
    isRefused(
        NdkStatus.CONNECTION_ACTIVE,
        c -> active.connect(client.qp, here, acceptor.address(), 1, 1, null, c));
    NdkConnector passive = acceptor.next();
    final Completion accept = starts(c -> passive.accept(server.qp, 1, 1, null, null, c));
    isRefused(NdkStatus.CONNECTION_ACTIVE, c -> passive.accept(server2.qp, 1, 1, null, null, c));
    assertEquals(NdkStatus.SUCCESS, connect.await());
    ends(NdkStatus.SUCCESS, c -> active.completeConnect(null, c));
    assertEquals(NdkStatus.SUCCESS, accept.await());

    final Completion connect2 =
        starts(
            c ->
                active2.connectWithSharedEndpoint(
                    client2.qp, endpoint, acceptor.address(), 1, 1, null, c));
    NdkConnector passive2 = acceptor.next();
    final Completion accept2 = starts(c -> passive2.acceptEx(server2.qp, 1, 1, null, null, c));
    assertEquals(NdkStatus.SUCCESS, connect2.await());
    ends(NdkStatus.SUCCESS, c -> active2.completeConnectEx(null, c));
    assertEquals(NdkStatus.SUCCESS, accept2.await());

    ends(NdkStatus.SUCCESS, active::disconnect);
    isRefused(NdkStatus.CONNECTION_INVALID, active::disconnect);
    ends(NdkStatus.SUCCESS, passive2::disconnect);

    // A pending connect that a close cancels.
    NdkConnector cancelled = side.adapter.createConnector();
    NdkQp qp = side.qp();
    starts(c -> cancelled.connect(qp, here, acceptor.address(), 1, 1, null, c));
    return List.of(
        active, active2, endpoint, passive, passive2, cancelled, acceptor.next(), client.qp);
  }

  // --- 2

  private static void assertFails(NdkStatus expected, Executable creation) {
    assertEquals(expected, assertThrows(NdkException.class, creation).status());
  }

  @Test
  @DisplayName("2. A creation returns the object or throws; it is never pending")
  @Covers({
    "NdkCreateCq",
    "NdkCreatePd",
    "NdkCreateMr",
    "NdkCreateMw",
    "NdkCreateSrq",
    "NdkCreateQp",
    "NdkCreateQpWithSrq",
    "NdkCreateSharedEndpoint",
    "NdkCreateConnector",
    "NdkCreateListener",
    "NDK_FN_CREATE_COMPLETION"
  })
  void creations() throws Exception {
    List<NdkObject> first = side.oneOfEach();
    List<NdkObject> second = side.oneOfEach();
    for (NdkObjectType type : NdkObjectType.values()) {
      NdkObject object = first.get(type.ordinal());
      if (type != NdkObjectType.ADAPTER) {
        assertNotSame(object, second.get(type.ordinal()));
        assertEquals(NdkStatus.PENDING, object.close(() -> {}), type::toString);
      }
    }

    // A creation that fails leaves no child behind for its parents to wait for.
    NdkAdapterInfo info = side.info();
    NdkPd pd = side.adapter.createPd();
    NdkCq cq = side.cq();
    NdkSrq srq = pd.createSrq(4, 1, 0, null);
    NdkStatus invalid = NdkStatus.INVALID_PARAMETER;
    assertFails(invalid, () -> side.adapter.createCq(info.maxCqDepth() + 1, null));
    assertFails(invalid, () -> pd.createSrq(info.maxSrqDepth() + 1, 1, 0, null));
    assertFails(invalid, () -> pd.createQp(cq, cq, 0, 0, 1, 1, 1, 0));
    assertFails(invalid, () -> pd.createQpWithSrq(cq, cq, srq, 0, 0, 1, 0));
    assertFails(
        NdkStatus.INVALID_ADDRESS, () -> side.adapter.createSharedEndpoint(sides.server.anyPort()));
    NdkCq gone = side.cq();
    gone.close();
    NdkStatus closedOne = NdkStatus.INVALID_HANDLE;
    assertFails(closedOne, () -> pd.createQp(cq, gone, 0, 1, 1, 1, 1, 0));
    assertFails(closedOne, () -> pd.createQpWithSrq(cq, gone, srq, 0, 1, 1, 0));
    Await.done(srq.closeAsync());
    Await.done(cq.closeAsync());
    CompletionStage<Void> closed = pd.closeAsync();
    Await.done(closed);
    assertFails(NdkStatus.INVALID_HANDLE, pd::createMr);
    assertFails(NdkStatus.INVALID_HANDLE, pd::createMw);
  }

  // --- 3

  /** A completion that closes an object. */
  private static final class Closer implements NdkRequestCompletion {
    private final NdkObject object;
    private final Completion request = new Completion();
    private final Completion close = new Completion();
    private volatile NdkStatus closing;

    Closer(NdkObject object) {
      this.object = object;
    }

    @Override
    public void completed(NdkStatus status, String detail) {
      closing = object.close(() -> close.completed(NdkStatus.SUCCESS, null));
      request.completed(status, detail);
    }

    Closer start(Function<NdkRequestCompletion, NdkStatus> start) {
      assertEquals(NdkStatus.PENDING, start.apply(this));
      return this;
    }

    void await(NdkStatus expected) {
      assertEquals(expected, request.await(), request::detail);
      assertEquals(NdkStatus.PENDING, closing);
      close.await();
      assertEquals(1, request.calls());
      assertEquals(1, close.calls());
    }
  }

  private enum Requests {
    REGISTER,
    DEREGISTER,
    INITIALIZE_FAST_REGISTER,
    BUILD_LAM,
    RESIZE_CQ,
    MODIFY_SRQ,
    LISTEN,
    CONNECT,
    CONNECT_THAT_FAILS,
    CONNECT_WITH_SHARED_ENDPOINT,
    COMPLETE_CONNECT,
    ACCEPT,
    DISCONNECT
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource(Requests.class)
  @DisplayName("3. A completion may close its object, whether or not the call has returned")
  @Covers({"NdkCloseXxx", "NDK_FN_REQUEST_COMPLETION", "NDK_FN_CLOSE_COMPLETION"})
  void closingInside(Requests request) throws Exception {
    for (int round = 0; round < 20; round++) {
      closeInside(request);
    }
    // The parents have no children left.
    sides.client.settle();
    sides.server.settle();
    Await.done(sides.client.pd.closeAsync());
    Await.done(sides.client.adapter.closeAsync());
  }

  private void closeInside(Requests kind) throws Exception {
    MemorySegment memory = side.memory(64);
    switch (kind) {
      case REGISTER -> {
        NdkMr mr = side.pd.createMr();
        new Closer(mr).start(c -> mr.registerMr(memory, 0, c)).await(NdkStatus.SUCCESS);
      }
      case DEREGISTER -> {
        NdkMr mr = side.register(memory, 0).mr();
        new Closer(mr).start(mr::deregisterMr).await(NdkStatus.SUCCESS);
      }
      case INITIALIZE_FAST_REGISTER -> {
        NdkMr mr = side.pd.createMr(true);
        new Closer(mr).start(c -> mr.initializeFastRegisterMr(1, true, c)).await(NdkStatus.SUCCESS);
      }
      case BUILD_LAM -> {
        // The object that the completion closes is the adapter.
        try (Side own = new Side(RigDevice.A)) {
          NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(memory);
          own.pd.getPrivilegedMemoryRegionToken();
          new Closer(own.adapter)
              .start(c -> own.adapter.buildLam(memory, lam, c))
              .await(NdkStatus.SUCCESS);
        }
      }
      case RESIZE_CQ -> {
        NdkCq cq = side.cq();
        new Closer(cq).start(c -> cq.resizeCq(512, c)).await(NdkStatus.SUCCESS);
      }
      case MODIFY_SRQ -> {
        NdkSrq srq = side.pd.createSrq(8, 1, 0, null);
        new Closer(srq).start(c -> srq.modifySrq(16, 0, c)).await(NdkStatus.SUCCESS);
      }
      case LISTEN -> {
        NdkListener listener = side.adapter.createListener(_ -> {});
        new Closer(listener)
            .start(c -> listener.listen(side.anyPort(), c))
            .await(NdkStatus.SUCCESS);
      }
      default -> closeInsideConnection(kind);
    }
  }

  private void closeInsideConnection(Requests kind) throws Exception {
    NdkConnector active = side.adapter.createConnector();
    NdkQp qp = side.qp();
    InetSocketAddress here = side.anyPort();
    switch (kind) {
      case CONNECT_THAT_FAILS -> {
        InetSocketAddress nobody = unusedAddress();
        new Closer(active)
            .start(c -> active.connect(qp, here, nobody, 1, 1, null, c))
            .await(NdkStatus.CONNECTION_REFUSED);
      }
      case CONNECT -> {
        Closer closer =
            new Closer(active)
                .start(c -> active.connect(qp, here, acceptor.address(), 1, 1, null, c));
        acceptThatIsAborted();
        closer.await(NdkStatus.SUCCESS);
      }
      case CONNECT_WITH_SHARED_ENDPOINT -> {
        NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(here);
        Closer closer =
            new Closer(active)
                .start(
                    c ->
                        active.connectWithSharedEndpoint(
                            qp, endpoint, acceptor.address(), 1, 1, null, c));
        CompletionStage<Void> closed = endpoint.closeAsync();
        acceptThatIsAborted();
        closer.await(NdkStatus.SUCCESS);
        Await.done(closed);
      }
      default -> closeInsideAccepted(kind, active, qp);
    }
    Await.done(qp.closeAsync());
  }

  private void acceptThatIsAborted() throws Exception {
    NdkConnector passive = acceptor.next();
    NdkQp qp = sides.server.qp();
    assertEquals(
        NdkStatus.CONNECTION_ABORTED, Completion.of(c -> passive.accept(qp, 1, 1, null, null, c)));
    passive.close();
  }

  private void closeInsideAccepted(Requests kind, NdkConnector active, NdkQp qp) throws Exception {
    CompletionStage<Void> connect =
        active.connect(qp, side.anyPort(), acceptor.address(), 1, 1, null);
    NdkConnector passive = acceptor.next();
    NdkQp accepting = sides.server.qp();
    Closer acceptCloser = new Closer(passive);
    Completion accept = new Completion();
    NdkRequestCompletion accepted = kind == Requests.ACCEPT ? acceptCloser : accept;
    assertEquals(NdkStatus.PENDING, passive.accept(accepting, 1, 1, null, null, accepted));
    Await.done(connect);
    switch (kind) {
      case COMPLETE_CONNECT ->
          new Closer(active).start(c -> active.completeConnect(null, c)).await(NdkStatus.SUCCESS);
      case ACCEPT -> {
        Await.done(active.completeConnect(null));
        acceptCloser.await(NdkStatus.SUCCESS);
      }
      case DISCONNECT -> {
        Await.done(active.completeConnect(null));
        assertEquals(NdkStatus.SUCCESS, accept.await());
        new Closer(active).start(active::disconnect).await(NdkStatus.SUCCESS);
      }
      default -> throw new AssertionError(kind);
    }
    active.close();
    passive.close();
    Await.done(accepting.closeAsync());
  }

  // --- 4

  /** Runs something in a callback of the client's adapter. */
  private void inCallback(Executable body) throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    NdkMr mr = side.pd.createMr();
    Completion completion =
        Completion.pending(
            c ->
                mr.registerMr(
                    side.memory(8),
                    0,
                    (status, detail) -> {
                      try {
                        body.execute();
                      } catch (Throwable e) {
                        thrown.set(e);
                      }
                      c.completed(status, detail);
                    }));
    assertEquals(NdkStatus.SUCCESS, completion.await());
    assertNull(thrown.get(), () -> Arrays.toString(thrown.get().getStackTrace()));
  }

  @Test
  @DisplayName("4. What a callback has created can be used in it at once")
  @Covers({
    "NdkCreateCq",
    "NdkCreatePd",
    "NdkCreateMr",
    "NdkCreateMw",
    "NdkCreateSrq",
    "NdkCreateQp",
    "NdkCreateQpWithSrq",
    "NdkCreateSharedEndpoint",
    "NdkCreateConnector",
    "NdkCreateListener",
    "NDK_FN_CONNECT_EVENT_CALLBACK",
    "NDK_FN_CREATE_COMPLETION"
  })
  void createdInside() throws Exception {
    Completion register = new Completion();
    Completion listen = new Completion();
    Completion connect = new Completion();
    Completion complete = new Completion();
    Completion accept = new Completion();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<NdkQp> passiveQp = new AtomicReference<>();
    NdkCq serverCq = sides.server.cq();
    NdkListener listener =
        sides.server.adapter.createListener(
            connector -> {
              try {
                connector.getConnectionData();
                NdkQp qp = sides.server.pd.createQp(serverCq, serverCq, 4, Endpoint.SMALL);
                qp.receive(5, null, 0);
                connector.accept(qp, 1, 1, null, null, accept);
                passiveQp.set(qp);
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    Await.done(listener.listen(sides.server.anyPort()));
    InetSocketAddress server = listener.getLocalAddress();
    AtomicReference<NdkQp> activeQp = new AtomicReference<>();
    NdkCq clientCq = side.cq();
    inCallback(
        () -> {
          NdkPd pd = side.adapter.createPd();
          final NdkMr mr = pd.createMr();
          final NdkMr fast = pd.createMr(true);
          final NdkCq cq = side.adapter.createCq(8, _ -> {});
          final NdkSrq srq = pd.createSrq(8, 1, 0, null);
          final NdkQp qp = pd.createQp(clientCq, clientCq, 1, Endpoint.SMALL);
          final NdkQp sharing = pd.createQpWithSrq(cq, cq, srq, 2, Endpoint.SMALL);
          final NdkSharedEndpoint endpoint = side.adapter.createSharedEndpoint(side.anyPort());
          final NdkConnector connector = side.adapter.createConnector();
          final NdkListener own = side.adapter.createListener(_ -> {});
          pd.getPrivilegedMemoryRegionToken();
          assertThrows(IllegalStateException.class, pd.createMw()::getRemoteTokenFromMw);
          assertEquals(NdkStatus.PENDING, mr.registerMr(side.memory(8), 0, register));
          assertEquals(NdkStatus.PENDING, fast.initializeFastRegisterMr(1, true, (_, _) -> {}));
          cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
          assertEquals(0, cq.getCqResults(new NdkResults(1)));
          assertEquals(NdkStatus.SUCCESS, srq.srqReceive(1, null, 0));
          assertEquals(NdkStatus.SUCCESS, qp.receive(1, null, 0));
          assertEquals(NdkStatus.CONNECTION_INVALID, sharing.send(1, null, 0, 0));
          assertNotEquals(0, endpoint.getLocalAddress().getPort());
          assertEquals(NdkStatus.PENDING, own.listen(side.anyPort(), listen));
          assertEquals(
              NdkStatus.PENDING,
              connector.connectWithSharedEndpoint(
                  qp,
                  endpoint,
                  server,
                  1,
                  1,
                  null,
                  (status, detail) -> {
                    connect.completed(status, detail);
                    connector.completeConnect(null, complete);
                  }));
          activeQp.set(qp);
        });
    for (Completion completion : List.of(register, listen, connect, complete, accept)) {
      assertEquals(NdkStatus.SUCCESS, completion.await(), completion::detail);
    }
    assertNull(thrown.get());
    activeQp.get().send(6, null, 0, 0);
    Result.success(serverCq, 5);
    Result.success(clientCq, 6);
  }

  // --- 5, 6, 7

  @Test
  @DisplayName("5. No object supports an extension with an unknown GUID")
  @Covers("NdkQueryExtension")
  void unknownExtension() throws Exception {
    NdkExtension<Runnable> unknown =
        new NdkExtension<>(UUID.randomUUID(), new NdkVersion(1, 0), Runnable.class);
    NdkExtension<NativeHandle> nil =
        new NdkExtension<>(new UUID(0, 0), new NdkVersion(1, 0), NativeHandle.class);
    for (NdkObject object : side.oneOfEach()) {
      assertFails(NdkStatus.NOT_SUPPORTED, () -> object.queryExtension(unknown));
      assertFails(NdkStatus.NOT_SUPPORTED, () -> object.queryExtension(nil));
      object.queryExtension(NativeHandle.EXTENSION);
    }
  }

  @Test
  @DisplayName("6. Every object tells its type and version, also after its close")
  @Covers({"NdkCloseXxx", "NdkCreateMw", "NdkCreateSrq", "NdkCreateSharedEndpoint"})
  void typeAndVersion() throws Exception {
    List<NdkObject> objects = side.oneOfEach();
    List<Class<? extends NdkObject>> types =
        List.of(
            NdkAdapter.class,
            NdkQp.class,
            NdkCq.class,
            NdkMr.class,
            NdkMw.class,
            NdkPd.class,
            NdkSharedEndpoint.class,
            NdkConnector.class,
            NdkListener.class,
            NdkSrq.class,
            NdkWaitSet.class);
    NdkObject fastRegion = side.pd.createMr(true);
    NdkObject passive = Handshake.request(side, side.qp(), acceptor).passive;
    for (boolean closed : new boolean[] {false, true}) {
      for (NdkObjectType type : NdkObjectType.values()) {
        NdkObject object = objects.get(type.ordinal());
        assertInstanceOf(types.get(type.ordinal()), object);
        assertEquals(type, object.objectType());
        assertEquals(new NdkVersion(2, 1), object.version());
      }
      assertEquals(NdkObjectType.MR, fastRegion.objectType());
      assertEquals(NdkObjectType.CONNECTOR, passive.objectType());
      if (!closed) {
        sides.client.adapter.close();
        sides.server.adapter.close();
      }
    }
    assertEquals(types.size(), NdkObjectType.values().length);
  }

  /** NDKPI's dispatch tables, with the Java names. The adapter's has no close. */
  private static List<String> dispatchTable(NdkObjectType type) {
    String names =
        switch (type) {
          case ADAPTER ->
              "queryAdapterInfo createCq createPd createSharedEndpoint createConnector"
                  + " createListener buildLam releaseLam";
          case QP ->
              "close flush send receive bind fastRegister invalidate read write"
                  + " sendAndInvalidate";
          case CQ ->
              "close resizeCq armCq getCqResults controlCqInterruptModeration getCqResultsEx";
          case MR ->
              "close registerMr deregisterMr initializeFastRegisterMr getRemoteTokenFromMr"
                  + " getLocalTokenFromMr";
          case MW -> "close getRemoteTokenFromMw";
          case PD ->
              "close createMr createMw createSrq createQp createQpWithSrq"
                  + " getPrivilegedMemoryRegionToken";
          case SHARED_ENDPOINT -> "close getLocalAddress";
          case CONNECTOR ->
              "close connect connectWithSharedEndpoint completeConnect accept reject"
                  + " getConnectionData getLocalAddress getPeerAddress disconnect"
                  + " completeConnectEx acceptEx";
          case LISTENER -> "close listen getLocalAddress controlConnectEvents";
          case SRQ -> "close modifySrq srqReceive";
          case WAIT_SET -> "close createCq await wakeup fileDescriptor"; // not NDKPI's
        };
    return List.of(("queryExtension " + names).split(" "));
  }

  private static NdkStatus creating(Executable creation) {
    try {
      creation.execute();
      return NdkStatus.SUCCESS;
    } catch (NdkException e) {
      return e.status();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private void assertSupported(boolean expected, String what, NdkStatus status) {
    assertEquals(expected ? NdkStatus.SUCCESS : NdkStatus.NOT_SUPPORTED, status, what);
  }

  @Test
  @DisplayName("7. Every dispatch entry is there; what the device lacks is not supported")
  @Covers({
    "NdkQueryAdapterInfo",
    "NdkControlCqInterruptModeration",
    "NdkResizeCq",
    "NdkCreateMr",
    "NdkCreateMw",
    "NdkCreateSrq",
    "NdkBuildLAM",
    "NdkReleaseLAM"
  })
  void dispatchTables() throws Exception {
    for (NdkObject object : side.oneOfEach()) {
      for (String name : dispatchTable(object.objectType())) {
        List<Method> entries =
            Arrays.stream(object.getClass().getMethods())
                .filter(method -> method.getName().equals(name))
                .toList();
        assertFalse(entries.isEmpty(), () -> object.objectType() + " has no " + name);
        assertTrue(
            entries.stream().noneMatch(method -> Modifier.isAbstract(method.getModifiers())), name);
      }
    }

    NdkAdapterInfo info = side.info();
    NdkCq cq = side.cq();
    assertSupported(
        has(info, NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_INTERRUPT_MODERATION_SUPPORTED),
        "moderation",
        cq.controlCqInterruptModeration(10, 10));
    assertSupported(
        has(info, NdkAdapterFlags.NDK_ADAPTER_FLAG_CQ_RESIZE_SUPPORTED),
        "resize",
        Completion.of(c -> cq.resizeCq(512, c)));
    assertSupported(info.maxWindowSize() > 0, "windows", creating(side.pd::createMw));
    assertSupported(
        info.maxSrqDepth() > 0, "SRQ", creating(() -> side.pd.createSrq(1, 1, 0, null)));
    boolean fast = info.frmrPageCount() > 0;
    assertSupported(fast, "fast registration", creating(() -> side.pd.createMr(true)));
    MemorySegment memory = side.memory(64);
    NdkLogicalAddressMapping lam = NdkLogicalAddressMapping.forMemory(memory);
    assertSupported(fast, "LAM", Completion.of(c -> side.adapter.buildLam(memory, lam, c)));
    if (fast) {
      side.adapter.releaseLam(lam);
    }
  }

  private static boolean has(NdkAdapterInfo info, int flag) {
    return (info.adapterFlags() & flag) != 0;
  }
}
