package org.verbena.ndk;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.verbena.ndk.extension.NativeHandle;

/** Conformance: what a close waits for, and what comes after it. */
@Tag("device")
@Covers({"NdkCloseXxx", "NDK_FN_CLOSE_COMPLETION"})
@ExtendWith(Fixtures.class)
class CloseConformanceTest {
  private final Sides sides;
  private final List<String> order = Collections.synchronizedList(new ArrayList<>());

  CloseConformanceTest(Sides sides) {
    this.sides = sides;
  }

  private void close(NdkObject object, String name) {
    assertEquals(NdkStatus.PENDING, object.close(() -> order.add(name)));
  }

  private void assertOrder(String... names) {
    Await.until(() -> names.length + " closes, not " + order, () -> order.size() == names.length);
    assertEquals(List.of(names), List.copyOf(order));
  }

  private void assertNothingMore(String... names) throws Exception {
    sides.client.settle();
    sides.server.settle();
    assertEquals(List.of(names), List.copyOf(order));
  }

  @ParameterizedTest(name = "{displayName} [{0} last]")
  @EnumSource(
      value = NdkObjectType.class,
      names = {"MR", "MW", "QP", "SRQ"})
  @DisplayName("13. A protection domain goes after the last of its regions, windows and queues")
  @Covers({"NdkCreateMr", "NdkCreateMw", "NdkCreateQp", "NdkCreateSrq"})
  void protectionDomain(NdkObjectType last) throws Exception {
    NdkPd pd = sides.client.adapter.createPd();
    NdkCq cq = sides.client.cq();
    Map<NdkObjectType, NdkObject> children = new EnumMap<>(NdkObjectType.class);
    NdkMr mr = pd.createMr();
    children.put(NdkObjectType.MR, mr);
    children.put(NdkObjectType.MW, pd.createMw());
    children.put(NdkObjectType.QP, pd.createQp(cq, cq, 1, Endpoint.SMALL));
    children.put(NdkObjectType.SRQ, pd.createSrq(4, 1, 0, null));
    close(pd, "pd");
    assertNothingMore();
    Await.done(mr.registerMr(sides.client.memory(64), 0)); // the children are still usable

    NdkObject lastChild = children.remove(last);
    for (NdkObject child : children.values()) {
      Await.done(child.closeAsync());
    }
    assertNothingMore();
    lastChild.close(
        () -> {
          order.add("child");
          Thread.yield();
          order.add("returned");
        });
    assertOrder("child", "returned", "pd");
    assertNothingMore("child", "returned", "pd");
  }

  @Test
  @DisplayName("14. A completion queue goes after the queue pairs that use it")
  @Covers({"NdkCreateQp", "NdkCreateQpWithSrq"})
  void completionQueue() throws Exception {
    Side side = sides.client;
    NdkCq receiveCq = side.cq();
    NdkCq initiatorCq = side.cq();
    NdkSrq srq = side.pd.createSrq(4, 1, 0, null);
    final NdkQp qp = side.pd.createQp(receiveCq, initiatorCq, 1, Endpoint.SMALL);
    final NdkQp sharing = side.pd.createQpWithSrq(receiveCq, side.cq(), srq, 2, Endpoint.SMALL);
    close(receiveCq, "receive");
    close(initiatorCq, "initiator");
    assertNothingMore();
    close(qp, "qp");
    assertOrder("qp", "initiator");
    assertNothingMore("qp", "initiator");
    close(sharing, "sharing");
    assertOrder("qp", "initiator", "sharing", "receive");
  }

  @Test
  @DisplayName("15. A queue pair goes after its connector")
  void queuePair() throws Exception {
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Pair.connect(client, server);
    close(client.qp, "active qp");
    close(server.qp, "passive qp");
    assertNothingMore();
    close(client.connector, "active");
    assertOrder("active", "active qp");
    assertNothingMore("active", "active qp");
    close(server.connector, "passive");
    assertOrder("active", "active qp", "passive", "passive qp");
  }

  @ParameterizedTest(name = "{displayName} [inside: {0}]")
  @ValueSource(booleans = {true, false})
  @DisplayName("16. A completion queue closed during its callback goes after it, and has no other")
  @Covers({"NdkArmCq", "NDK_FN_CQ_NOTIFICATION_CALLBACK"})
  void completionQueueInItsCallback(boolean inside) throws Exception {
    Side side = sides.client;
    AtomicReference<NdkCq> queue = new AtomicReference<>();
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    queue.set(
        side.adapter.createCq(
            16,
            _ -> {
              order.add("called");
              queue.get().armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY);
              called.countDown();
              if (inside) {
                close(queue.get(), "closed");
              } else {
                awaitLatch(closing);
              }
              order.add("returned");
            }));
    NdkCq cq = queue.get();
    NdkQp qp = side.pd.createQp(cq, cq, 1, Endpoint.SMALL);
    qp.receive(1, null, 0);
    Await.done(qp.closeAsync()); // only the callback is left to wait for
    cq.armCq(NdkCqNotifyTypes.NDK_CQ_NOTIFY_ANY); // fires at once, for the cancelled receive
    if (!inside) {
      awaitLatch(called);
      close(cq, "closed");
      assertEquals(List.of("called"), List.copyOf(order));
      closing.countDown();
    }
    assertOrder("called", "returned", "closed");
    assertNothingMore("called", "returned", "closed");
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertTrue(latch.await(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @DisplayName("17. A connector's pending connect is cancelled, then the connector goes")
  @Covers({"NdkConnect", "NDK_FN_REQUEST_COMPLETION"})
  void connector() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    NdkQp qp = sides.client.qp();
    NdkConnector connector = sides.client.adapter.createConnector();
    connector.connect(
        qp,
        sides.client.anyPort(),
        acceptor.address(),
        1,
        1,
        null,
        (status, _) -> order.add("connect " + status));
    acceptor.next();
    close(connector, "closed");
    assertOrder("connect CANCELLED", "closed");
    assertNothingMore("connect CANCELLED", "closed");

    // The queue pair can be used with another connector.
    Handshake again = Handshake.request(sides.client, qp, acceptor);
    Completion accept = again.accept(new Endpoint(sides.server, Endpoint.SMALL, 2));
    assertEquals(NdkStatus.SUCCESS, again.connect.await());
    Await.done(again.active.completeConnect(null));
    assertEquals(NdkStatus.SUCCESS, accept.await());
  }

  @Test
  @DisplayName("18. A closed listener refuses at once and goes after its accepted connectors")
  @Covers({"NdkListen", "NdkConnect"})
  void listener() throws Exception {
    Acceptor acceptor = new Acceptor(sides.server);
    final InetSocketAddress address = acceptor.address();
    Endpoint client = new Endpoint(sides.client, Endpoint.SMALL, 1);
    Endpoint server = new Endpoint(sides.server, Endpoint.SMALL, 2);
    Pair.connect(client, server, acceptor, 1);
    close(acceptor.listener, "listener");
    NdkConnector late = sides.client.adapter.createConnector();
    NdkQp qp = sides.client.qp();
    assertEquals(
        NdkStatus.CONNECTION_REFUSED,
        Completion.of(c -> late.connect(qp, sides.client.anyPort(), address, 1, 1, null, c)));
    assertEquals(0, acceptor.waiting());
    assertNothingMore();
    server.qp.receive(1, null, 0);
    client.qp.send(2, null, 0, 0);
    Result.success(client.initiatorCq, 2); // the connection is not affected
    Await.done(server.connector.disconnect());
    assertNothingMore(); // a disconnect does not close
    close(server.connector, "connector");
    assertOrder("connector", "listener");
  }

  // --- 19

  /** The methods that still work on a closed object. */
  private static final Map<NdkObjectType, Set<String>> ALWAYS =
      Map.of(
          NdkObjectType.ADAPTER,
          Set.of("deviceName", "port", "queryAdapterInfo", "releaseLam"),
          NdkObjectType.QP,
          Set.of("flush", "firstFailure"),
          NdkObjectType.CONNECTOR,
          Set.of("whenEnded"));

  private static Class<?> apiType(NdkObject object) {
    return Stream.of(object.getClass().getInterfaces())
        .filter(type -> NdkObject.class.isAssignableFrom(type))
        .findFirst()
        .orElseThrow();
  }

  /** An argument that an open object would accept. */
  private Object argument(Class<?> type, List<NdkObject> objects) {
    if (NdkObject.class.isAssignableFrom(type)) {
      return objects.stream().filter(type::isInstance).findFirst().orElseThrow();
    }
    Map<Class<?>, Object> values =
        Map.ofEntries(
            Map.entry(int.class, 1),
            Map.entry(long.class, 1L),
            Map.entry(boolean.class, true),
            Map.entry(byte[].class, new byte[1]),
            Map.entry(Duration.class, Duration.ofSeconds(1)),
            Map.entry(MemorySegment.class, sides.client.pages(1)),
            Map.entry(InetSocketAddress.class, sides.client.anyPort()),
            Map.entry(NdkSgl.class, NdkSgl.of(sides.client.memory(8), 0)),
            Map.entry(NdkResults.class, new NdkResults(1)),
            Map.entry(NdkResultsEx.class, new NdkResultsEx(1)),
            Map.entry(NdkExtension.class, NativeHandle.EXTENSION),
            Map.entry(NdkLogicalAddressMapping.class, new NdkLogicalAddressMapping(1)),
            Map.entry(NdkQpSizes.class, NdkQpSizes.DEFAULT),
            Map.entry(NdkConnectOptions.class, NdkConnectOptions.DEFAULT),
            Map.entry(NdkGroupAffinity.class, NdkGroupAffinity.ofProcessor(0)),
            Map.entry(NdkRequestCompletion.class, (NdkRequestCompletion) (_, _) -> calledBack()),
            Map.entry(NdkCloseCompletion.class, (NdkCloseCompletion) this::calledBack),
            Map.entry(NdkCqNotification.class, (NdkCqNotification) _ -> calledBack()),
            Map.entry(NdkSrqNotification.class, (NdkSrqNotification) _ -> calledBack()),
            Map.entry(NdkConnectEvent.class, (NdkConnectEvent) _ -> calledBack()),
            Map.entry(NdkDisconnectEvent.class, (NdkDisconnectEvent) this::calledBack),
            Map.entry(NdkDisconnectEventEx.class, (NdkDisconnectEventEx) _ -> calledBack()));
    Object value = values.get(type);
    assertTrue(value != null, () -> "an argument for " + type);
    return value;
  }

  private void calledBack() {
    order.add("a callback after the close");
  }

  /** Calls every method of a closed object. */
  private void assertAllIsRefused(NdkObject closed, List<NdkObject> objects) {
    Set<String> always = ALWAYS.getOrDefault(closed.objectType(), Set.of());
    List<Executable> calls = new ArrayList<>();
    for (Method method : apiType(closed).getMethods()) {
      if (Modifier.isStatic(method.getModifiers())) {
        continue;
      }
      Object[] arguments =
          Stream.of(method.getParameterTypes()).map(type -> argument(type, objects)).toArray();
      boolean neverRefused =
          always.contains(method.getName())
              || Set.of("objectType", "version", "whenClosed").contains(method.getName())
              || (method.getName().equals("close") && arguments.length == 0);
      calls.add(
          neverRefused
              ? () -> method.invoke(closed, arguments)
              : () -> assertRefused(closed, method, arguments));
    }
    assertAll(closed.toString(), calls);
  }

  private static void assertRefused(NdkObject closed, Method method, Object[] arguments)
      throws IllegalAccessException {
    String call = method + " with " + Arrays.toString(arguments);
    Object answer;
    try {
      answer = method.invoke(closed, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof NdkException refusal) {
        assertEquals(NdkStatus.INVALID_HANDLE, refusal.status(), call);
      } else {
        assertInstanceOf(IllegalStateException.class, e.getCause(), call);
      }
      return;
    }
    if (answer instanceof CompletionStage<?> stage) {
      @SuppressWarnings("unchecked") // all stages of the API are of Void
      CompletionStage<Void> request = (CompletionStage<Void>) stage;
      assertEquals(NdkStatus.INVALID_HANDLE, Await.failure(request), call);
    } else {
      assertEquals(NdkStatus.INVALID_HANDLE, answer, call);
    }
  }

  @ParameterizedTest(name = "{displayName} [{0}]")
  @EnumSource
  @DisplayName("19. Whatever is called after the close, the second close included, is refused")
  void useAfterClose(NdkObjectType type) throws Exception {
    List<NdkObject> objects = sides.client.oneOfEach();
    NdkObject object = objects.get(type.ordinal());
    CompletionStage<Void> closed = object.closeAsync();
    assertAllIsRefused(object, objects);
    if (type != NdkObjectType.ADAPTER) {
      for (NdkObject other : objects.subList(1, objects.size())) {
        other.close();
      }
    }
    Await.done(closed);
    assertAllIsRefused(object, objects);
    sides.client.adapter.close(); // closes all that is left
    for (NdkObject other : objects) {
      assertAllIsRefused(other, objects);
    }
    assertEquals(List.of(), order);
  }
}
